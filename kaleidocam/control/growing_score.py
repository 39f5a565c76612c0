"""The score of a recording, as it grows.

Invariant: an older score is untouched until the new film has its name; what was played is in the file at once, and on
the disk within a second.
"""

import os
from contextlib import suppress
from pathlib import Path

from kaleidocam.errors import UserError, reason
from kaleidocam.growing_file import GrowingFile
from kaleidocam.sinks.rescue import next_part, part_of, parts, score_of
from kaleidocam.whole_file import sync_folder


class GrowingScore:
    """The score beside the recording `film`, under the same name with .toml.

    Where there is none yet, it is written under that name from the start; else beside it, and it takes its place once
    `close` finds the new film under its name: close it after the film. One without a change leaves nothing behind.
    UserError if it can't be written, or if it exists and `overwrite` is False.
    """

    def __init__(self, film: Path, head: str, *, overwrite: bool) -> None:
        self._film, self._score = film, score_of(film)
        self._before = _mark(film)
        if os.path.lexists(self._score) and not overwrite:
            raise UserError(f"'{self._score}' exists; give -y to overwrite it")
        own = max(parts(film), default=0)  # the film's, which was opened before
        aside = part_of(self._score, own) if own else next_part(self._score)
        self._changes = 0
        try:
            self._file = GrowingFile(aside if os.path.lexists(self._score) else self._score)
            self._begin(head)
        except OSError as error:
            raise UserError(f"the score '{self._score}' can't be written: {reason(error)}") from error

    def _begin(self, head: str) -> None:
        """OSError if the disk fails; then nothing is left behind."""
        try:
            self._file.write(head.encode(errors="replace"))  # a name may be no UTF-8
        except OSError:
            with suppress(OSError):  # the first error counts
                self._file.end()
            self._file.path.unlink(missing_ok=True)
            raise

    def add(self, change: str) -> None:
        """OSError if the disk fails."""
        self._file.write(change.encode())  # at once: a kill finds all of it, or nothing
        self._changes += 1

    def close(self) -> None:
        """UserError if it can't be finished."""
        try:
            self._file.end()
            if not self._changes:
                self._file.path.unlink()
            elif self._file.path != self._score and _mark(self._film) not in (self._before, None):
                os.replace(self._file.path, self._score)
                sync_folder(self._score.parent)
        except OSError as error:
            raise UserError(
                f"the score '{self._score}' can't be finished: {reason(error)}; it is in '{self._file.path}'"
            ) from error


def _mark(film: Path) -> tuple[int, int] | None:
    """What tells the film under that name from another one; None: there is none."""
    try:
        found = film.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
