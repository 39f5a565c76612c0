"""A film as a sequence of numbered PNG files: a name with a place for the number, or a folder.

Invariant: no picture appears under its final name before all are complete.
"""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import av
import cv2

from kaleidocam.errors import UserError
from kaleidocam.sinks.codecs import NUMBERED
from kaleidocam.whole_file import name_beside, sync_folder

DIGITS = "%06d.png"


def write_sequence(frames: Iterable[tuple[float, av.VideoFrame]], out: Path, *, overwrite: bool) -> None:
    """Writes a PNG for each of `frames` (seconds, frame), numbered from 1. The files are made in a folder beside `out`,
    and moved when all are complete. UserError as of `check_sequence`; OSError if the disk fails."""
    pattern, before = check_sequence(out, overwrite=overwrite)
    folder = pattern.parent
    aside = folder.parent / name_beside(folder.name or "film", ".", ".part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        names = []
        for number, (_, frame) in enumerate(frames, 1):
            names.append(_numbered(pattern.name, number))
            picture = cv2.imencode(".png", frame.to_ndarray(format="bgr24"))[1]
            with (aside / names[-1]).open("wb") as file:
                file.write(picture.tobytes())
                file.flush()
                os.fsync(file.fileno())
        folder.mkdir(exist_ok=True)
        for name in names:
            (aside / name).replace(folder / name)
        for stale in set(before) - {folder / name for name in names}:
            stale.unlink()  # of an earlier, longer sequence
        sync_folder(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def check_sequence(out: Path, *, overwrite: bool) -> tuple[Path, list[Path]]:
    """The name pattern of the sequence `out`, and the pictures of it that already exist. UserError if it can't be
    written, or if there are any and `overwrite` is False."""
    pattern = out if NUMBERED.search(out.name) else out / DIGITS
    folder, made = pattern.parent, not pattern.parent.exists()
    if not folder.parent.is_dir() or (not made and not folder.is_dir()):
        raise UserError(f"'{out}' can't be written: there is no folder '{folder.parent if made else folder}'")
    before = _existing(pattern)
    if before and not overwrite:
        raise UserError(f"'{before[0]}' exists; give -y to overwrite it, or another name")
    return pattern, before


def _numbered(pattern: str, number: int) -> str:
    """The name of picture `number`. As in ffmpeg, %% stands for a percent sign; others are taken as they are."""
    place = NUMBERED.search(pattern)
    assert place is not None, pattern  # `check_sequence` has seen to it
    head, tail = pattern[: place.start()], pattern[place.end() :]
    return f"{_plain(head)}{place[0] % number}{_plain(tail)}"


def _plain(part: str) -> str:
    return part.replace("%%", "%")


def _existing(pattern: Path) -> list[Path]:
    """The existing files of the sequence, with any number."""
    head, tail = NUMBERED.split(pattern.name, 1)
    form = re.compile(re.escape(_plain(head)) + r"\d+" + re.escape(_plain(tail)))
    return sorted(p for p in pattern.parent.iterdir() if form.fullmatch(p.name)) if pattern.parent.is_dir() else []
