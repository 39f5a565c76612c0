"""A job: all that a process needs to render any segment of a film. And fingerprints, which tell films apart.

Invariant: everything that affects a frame is in the job, and the job can be sent to another process or machine.
"""

import hashlib
import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from kaleidocam.address import is_web, without_secrets
from kaleidocam.dream.objective import GUIDE
from kaleidocam.film.plan import Plan
from kaleidocam.film.score import Score
from kaleidocam.mask.kinds import with_path
from kaleidocam.picture.palette import is_picture
from kaleidocam.planes import PixelFormat
from kaleidocam.settings.layering import EVERYWHERE
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.film_file import fingerprint_there
from kaleidocam.sources.sequence import find_pictures, is_sequence

SAMPLE = 1 << 20  # bytes that are read at the beginning, the middle and the end of a file for its fingerprint


@dataclass(frozen=True)
class Job:
    """`source`: what is dreamed. Paths of source, guides and weights are absolute, as a worker may run in another
    folder. `sound`: the file whose sound and subtitles are copied. `machine`: backend, device and precision are
    settled. `shown`: one of showing.SHOWN. `size` (width, height): of the source's pictures. `fps`: nominal frame rate.
    `tick`: the time base, in seconds. `folder`: for the pieces, absolute. `threads`: for the network,
    `picture_threads`: for OpenCV; the last digits of their results depend on them. `end`: seconds of the source's clock
    at which its last frame ends; None: after 1 / `fps`. `form`: of the film's planes; None: it is made of BGR."""

    source: str = field(repr=False)  # as `sound`, it may be an address with a password
    sound: str | None = field(repr=False)
    machine: Machine
    score: Score
    plan: Plan
    shown: str
    size: tuple[int, int]
    fps: float
    tick: Fraction
    codec: str
    folder: Path
    threads: int
    picture_threads: int
    end: float | None = None
    form: PixelFormat | None = None

    def look_at(self, seconds: float) -> Look:
        """The look at `seconds` by the source's clock."""
        return self.score.look(seconds - self.plan.seconds[0])


def guided_from_here(channel: str) -> str:
    """An objective with absolute paths for its guides. A path that would contain a quotation mark stays as it is,
    because an objective can't contain one."""

    def absolute(guide: re.Match) -> str:
        path = os.path.abspath(guide["quoted"] or guide["plain"])
        return guide[0] if '"' in path else f'@"{path}"'

    return re.sub(GUIDE, absolute, channel)


def palette_from_here(palette: str) -> str:
    """A palette; if it is a picture, with its absolute path."""
    return os.path.abspath(palette) if palette and is_picture(palette) else palette


def mask_from_here(mask: str) -> str:
    """A mask; if it is a file, with its absolute path."""
    return mask if mask == EVERYWHERE else with_path(mask, os.path.abspath)


def fingerprint(path: str) -> dict[str, Any]:
    """Values that tell a file or a sequence of pictures from another of the same name. For a web address: what is
    there, and the address as it may be shown. For anything else: the name alone."""
    if is_web(path):
        return {"name": without_secrets(path), **fingerprint_there(path)}
    file = Path(path)
    if not file.is_file():
        return (
            {"name": path, "pictures": _pictures_digest(path)} if is_sequence(path) else {"name": without_secrets(path)}
        )
    size, digest = file.stat().st_size, hashlib.sha256()
    with file.open("rb") as opened:
        for at in (0, size // 2, max(0, size - SAMPLE)):
            opened.seek(at)
            digest.update(opened.read(SAMPLE))
    return {"bytes": size, "sha256 of samples": digest.hexdigest()}


def _pictures_digest(path: str) -> str:
    """Digest of the pictures' names, sizes and modification times; reading thousands of pictures would take too
    long."""
    digest = hashlib.sha256()
    for name, file in sorted((file.name, file) for file in find_pictures(path)[0]):
        stat = file.stat()
        digest.update(f"{name}/{stat.st_size}/{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
