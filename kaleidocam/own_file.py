"""A TOML file of the user's own that several performances may read and write.

Invariant: the file is whole at every moment; what can't be read in it is set aside under another name, never lost.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError, reason
from kaleidocam.text_file import read_toml
from kaleidocam.whole_file import hidden, set_aside, write_whole

LOCK_SECONDS = 5.0  # for which another performance may hold the file


class OwnFile:
    """The file at `path`, which begins with the comment `head`. `damaged`: says that it is, for people."""

    def __init__(self, path: Path, head: str, damaged: str) -> None:
        self._path, self._head, self._damaged = path, head, damaged

    def tables(self) -> tuple[Mapping[str, Any], str | None]:
        """What is in it, and a line where it can't be read: then it is kept aside. UserError where it can't even be set
        aside: then it must not be written."""
        try:
            return read_toml(self._path, "it"), None
        except FileNotFoundError:
            return {}, None
        except UserError as error:
            return {}, self._set_aside(str(error))

    def mend(self, wrong: str, rest: str) -> str:
        """Keeps the file aside, for something in it is `wrong`, and writes the `rest`, if there is any. Returns a line
        on that. UserError as by `tables`."""
        told = self._set_aside(wrong)
        if rest:
            try:
                self.write(rest)
            except OSError as error:
                told += f"; the others can't be written back: {reason(error)}"
        return told

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else changes it meanwhile. UserError where it can't be held, or is not written within."""
        from filelock import FileLock, Timeout

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(hidden(self._path, self._path.name, ".lock"), timeout=LOCK_SECONDS):
                yield
        except Timeout as error:
            raise UserError(f"another performance holds '{self._path}'") from error
        except (OSError, UnicodeEncodeError) as error:
            raise UserError(f"'{self._path}' can't be written: {reason(error)}") from error

    def write(self, text: str) -> None:
        """Writes it anew. OSError where that can't be."""
        write_whole(self._path, (self._head + text).encode())

    def _set_aside(self, why: str) -> str:
        try:
            aside = set_aside(self._path)
        except OSError as error:
            raise UserError(f"'{self._path}' is damaged ({why}) and can't be set aside: {reason(error)}") from error
        return f"{self._damaged}: {why}; the file is kept as '{aside.name}'"
