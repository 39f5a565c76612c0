"""The temporary file beside a film, in which the film is written until it is complete.

Invariant: the film's path holds either the old file or the complete new one.
"""

import os
from pathlib import Path

from kaleidocam.errors import UserError, reason
from kaleidocam.whole_file import hidden, sync_folder


class Aside:
    """Write to `self.path`, then `place` it under the film's name, or `remove` it.

    `source`: the input, which is never overwritten. `part`: the temporary file of what can't be made anew, under a name
    that is free; None: always the same one, for what can, so that what an earlier run left there is overwritten.
    UserError if the film can't be written there, or if it exists and `overwrite` is False.
    """

    def __init__(
        self, film: str | Path, *, source: str | None = None, overwrite: bool = False, part: Path | None = None
    ) -> None:
        self._film, self._overwrite = Path(film), overwrite
        self._usual = hidden(self._film, self._film.stem, f".part{self._film.suffix}")
        self.path = part or self._usual
        try:
            self._check(source)
        except OSError as error:
            raise UserError(f"'{film}' can't be written: {reason(error)}") from error

    def _check(self, source: str | None) -> None:
        film = self._film
        if not film.parent.is_dir():
            raise UserError(f"'{film}' can't be written: there is no folder '{film.parent}'")
        if film.is_dir():
            raise UserError(f"'{film}' is a folder; give the name of a file in it")
        if film.exists() and not film.is_file():
            raise UserError(
                f"'{film}' is a pipe or a device, and what is written here is put in place whole; give a file"
            )
        for name, what in ((film, "is"), (self._usual, f"is first made as '{self._usual}', which is")):
            if source and name.exists() and Path(source).exists() and name.samefile(source):
                raise UserError(f"'{film}' {what} the input itself; give another name")
        if film.exists() and not self._overwrite:
            raise UserError(f"'{film}' exists; give -y to overwrite it, or another name")

    def place(self) -> None:
        """Gives the finished file its name; it is on the disk when this returns. OSError where the disk fails."""
        if self._film.exists() and not self._overwrite:
            raise UserError(f"'{self._film}' was created in the meantime; the new film is in '{self.path}'")
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self._film)
        sync_folder(self._film.parent)

    def remove(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            pass  # a name that the disk refuses never existed
