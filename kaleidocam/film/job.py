"""All that a process needs to render any segment of a film, and what makes two films the same.

Invariant: everything that decides a frame is in the job; it can be sent to another process or machine.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from kaleidocam.address import is_web, without_password
from kaleidocam.dream.objective import GUIDE
from kaleidocam.film.plan import Plan
from kaleidocam.film.score import Score
from kaleidocam.picture.palette import is_picture
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.film_file import bytes_there
from kaleidocam.sources.sequence import find_pictures, is_sequence

SAMPLE = 1 << 20  # bytes at the beginning, the middle and the end of a file that tell it from another


@dataclass(frozen=True)
class Job:
    """`source`: what is dreamed, an absolute path where it is a file, as those of guides and weights are: a worker may
    be elsewhere. `sound`: the file whose sound and subtitles go with it. `machine` has its precision settled.
    `shown`: one of showing.SHOWN. `size` (width, height): of the source's pictures. `fps`, `tick`: nominal pace, and
    the unit of frame times, seconds. `folder`: of the pieces, absolute. `threads`: of the network and the flow; the
    last digits of their results depend on the number."""

    source: str
    sound: str | None
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

    def look_at(self, seconds: float) -> Look:
        """The look at `seconds` of the source's clock."""
        return self.score.look(seconds - self.plan.seconds[0])


def guided_from_here(channel: str) -> str:
    """An objective with the paths of its guides absolute. In a folder whose name has a quotation mark, which can't
    be written in one, they stay as they are."""

    def absolute(guide: re.Match) -> str:
        path = os.path.abspath(guide["quoted"] or guide["plain"])
        return guide[0] if '"' in path else f'@"{path}"'

    return re.sub(GUIDE, absolute, channel)


def palette_from_here(palette: str) -> str:
    """A palette with its picture's path absolute, where it is one."""
    return os.path.abspath(palette) if is_picture(palette) else palette


def fingerprint(path: str) -> dict[str, Any]:
    """What tells a file, or a sequence of pictures, from another of its name; for all else, the name itself, of a web
    address with how many bytes there are."""
    if is_web(path):
        return {"name": without_password(path), "bytes": bytes_there(path)}
    file = Path(path)
    if not file.is_file():
        return {"name": path, "pictures": _pictures_digest(path)} if is_sequence(path) else {"name": path}
    size, digest = file.stat().st_size, hashlib.sha256()
    with file.open("rb") as opened:
        for at in (0, size // 2, max(0, size - SAMPLE)):
            opened.seek(at)
            digest.update(opened.read(SAMPLE))
    return {"bytes": size, "sha256 of samples": digest.hexdigest()}


def _pictures_digest(path: str) -> str:
    """Of each picture's name, size and time of change: thousands of them are not read for this."""
    digest = hashlib.sha256()
    for name, file in sorted((file.name, file) for file in find_pictures(path)[0]):
        stat = file.stat()
        digest.update(f"{name}/{stat.st_size}/{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
