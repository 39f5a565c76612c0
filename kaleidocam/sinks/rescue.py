"""What recordings that broke off have left beside their film: hidden parts of films, and their scores.

Invariant: nothing of it is overwritten or deleted; it gets a name under which it is found, and a line says so.
"""

import glob
import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from kaleidocam.errors import reason
from kaleidocam.growing_file import grows
from kaleidocam.settings.values import as_toml
from kaleidocam.whole_file import hidden, name_beside

MOST = 99  # parts beside one film
SCORE = ".toml"
PART = re.compile(r"\.(.+)\.part(?:-\d+)?(\.\w+)")  # the name of a part; of a name that was shortened, none
HEAD_BYTES = 2048  # of a score, which name its film


def part_of(film: Path, number: int) -> Path:
    """The name under which recording `number` of the film is written until it is complete; numbers begin at 1."""
    return hidden(film, film.stem, f".part{'' if number == 1 else f'-{number}'}{film.suffix}")


def score_of(film: Path) -> Path:
    """The score beside a film."""
    return film.with_suffix(SCORE)


def parts(film: Path) -> list[int]:
    """The numbers of all recordings of the film that are begun, by this program too."""
    return [number for number in range(1, MOST + 1) if any(map(os.path.lexists, _both(film, number)))]


def next_part(film: Path) -> Path:
    """A part that is not there yet, with a higher number than all others."""
    return part_of(film, max(parts(film), default=0) + 1)


def left(film: Path) -> list[Path]:
    """The parts, or lone scores, of recordings that broke off: no program writes them any more."""
    return [there for number in parts(film) if (there := _left(film, number))]


def left_in(folder: Path, before: str) -> list[Path]:
    """The films in a folder of which recordings that broke off have left parts; their names begin with `before`."""
    found = {}
    for path in folder.glob(f".{glob.escape(before)}*.part*"):
        if parted := PART.fullmatch(path.name):
            film = path.with_name(parted[1] + parted[2])
            found[film] = left(film)
    return sorted(film for film, there in found.items() if there and film.suffix != SCORE)


def bring_out(film: Path) -> Iterator[str]:
    """Gives what broke off a name that is free, as in "show (rescued).mp4", and its score too. Gives a line on each;
    call it once the new film has begun."""
    for number in parts(film):
        if part := _left(film, number):
            kept, score = _free(film), _score(film, number)
            try:
                part.rename(kept.with_suffix(part.suffix))
                if score and score != part:
                    score.rename(score_of(kept))
            except OSError as error:
                yield f"what an earlier recording left stays in '{part}': {reason(error)}"
            else:
                yield f"an earlier recording broke off; it is now '{kept.with_suffix(part.suffix)}'"


def told(film: Path) -> str:
    """A line on where the parts of recordings that broke off lie; none: an empty text."""
    found = ", ".join(f"'{part}'" for part in left(film))
    return f"an earlier recording broke off; it lies in {found}" if found else ""


def _both(film: Path, number: int) -> tuple[Path, Path]:
    return part_of(film, number), part_of(score_of(film), number)


def _left(film: Path, number: int) -> Path | None:
    part, score = _both(film, number)
    there = [path for path in (part, score) if os.path.lexists(path) and (path == part or _recorded(path, film))]
    return there[0] if there and not any(map(grows, there)) else None


def _score(film: Path, number: int) -> Path | None:
    """The score of that recording. Where none was there before, it is written under its own name from the start."""
    own, score = part_of(score_of(film), number), score_of(film)
    if _recorded(own, film):
        return own
    return None if film.exists() or grows(score) or not _recorded(score, film) else score


def _recorded(score: Path, film: Path) -> bool:
    """Whether the file `score` was written beside a recording of that name, rather than by hand."""
    try:
        with score.open("rb") as file:
            head = file.read(HEAD_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return False
    return f"film = {as_toml(film.name)}" in head


def _free(film: Path) -> Path:
    for number in count(1):
        after = f" (rescued{'' if number == 1 else f' {number}'}){film.suffix}"
        free = film.with_name(name_beside(film.stem, after=after))
        if not os.path.lexists(free) and not os.path.lexists(score_of(free)):
            return free
    raise AssertionError("there is always a next number")
