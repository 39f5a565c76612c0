"""The folder that keeps a film's finished pieces, however the program ends.

Invariant: a piece counts as finished only when its entry in the journal is on the disk, and the entry is written only
after the piece itself. An entry holds the number of frames and the SHA-256, to check the piece. A state is kept only
until the next piece is finished: at large grids it is larger than the piece.
"""

import hashlib
import json
import os
import re
import shutil
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from kaleidocam.errors import UserError, one_line
from kaleidocam.film.plan import Piece
from kaleidocam.film.state import State, from_bytes, to_bytes
from kaleidocam.sinks.codecs import NUMBERED
from kaleidocam.sinks.piece import open_piece
from kaleidocam.whole_file import name_beside, sync_folder, write_whole

PLAN, LOCK = "plan.json", "lock"
OWN = re.compile(r"lock|\.?plan\.json.*|\.?\d{6}\..*|trial\.part\..*")  # names of the files in a film's folder

Found = dict[str, Any]
"""Names to values that JSON can hold."""


@dataclass
class Pieces:
    """The pieces of one film in `folder`, files that end in `suffix`. `left`: the piece that an interruption left
    incomplete; it can be played, to show how far the film is."""

    folder: Path
    suffix: str
    left: Path | None = None

    def path(self, piece: Piece) -> Path:
        return self.folder / f"{piece.number:06d}{self.suffix}"

    def aside(self, piece: Piece) -> Path:
        """The path where a piece is written until it is complete. Each process uses another name, because a cluster may
        replace a worker that still runs."""
        return self.folder / f"{piece.number:06d}.{uuid.uuid4().hex[:8]}.part{self.suffix}"

    def keep(self, piece: Piece, aside: Path, state: State | None) -> None:
        """Makes the file `aside` a finished piece. `state`: of the dream after it; None if nothing continues from
        there. UserError if the file has the wrong number of frames; OSError if the disk fails."""
        frames = count_frames(aside)
        if frames != piece.end - piece.first:
            raise UserError(
                f"piece {piece.number} has {frames} frames where {piece.end - piece.first} were written; "
                f"the disk of '{self.folder}' fails"
            )
        data = b"" if state is None else to_bytes(state)
        entry = {
            "frames": frames,
            "bytes": aside.stat().st_size,
            "sha256": _digest(aside),
            "memory_sha256": hashlib.sha256(data).hexdigest(),
        }
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        if data:
            write_whole(self._state(piece), data)
        os.replace(aside, self.path(piece))
        sync_folder(self.folder)
        write_whole(self._entry(piece), json.dumps(entry).encode())

    def finished(self, piece: Piece, *, thorough: bool = False) -> bool:
        """Whether the piece is complete. `thorough`: also reads the file and compares it with the journal."""
        try:
            entry = json.loads(self._entry(piece).read_bytes())
            path = self.path(piece)
            if path.stat().st_size != entry["bytes"] or entry["frames"] != piece.end - piece.first:
                return False
            return not thorough or _digest(path) == entry["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def state(self, piece: Piece) -> State | None:
        """The state of the dream after a finished piece; None if it is no longer kept, or damaged."""
        try:
            entry, state = json.loads(self._entry(piece).read_bytes()), self._state(piece).read_bytes()
            return from_bytes(state) if hashlib.sha256(state).hexdigest() == entry["memory_sha256"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget(self, piece: Piece) -> None:
        """Deletes the state after this piece: nothing continues from there any more."""
        self._state(piece).unlink(missing_ok=True)

    def drop(self, piece: Piece) -> None:
        """Deletes a damaged piece, its entry first."""
        for path in (self._entry(piece), self.path(piece), self._state(piece)):
            path.unlink(missing_ok=True)

    def _entry(self, piece: Piece) -> Path:
        return self.folder / f"{piece.number:06d}.json"

    def _state(self, piece: Piece) -> Path:
        return self.folder / f"{piece.number:06d}.npz"


def folder_of(out: str) -> Path:
    """The folder for the pieces of the film `out`: beside it, or, for a sequence of pictures, beside their folder.
    UserError if it names none."""
    path = Path(out.rstrip("/\\"))
    if not path.name:
        raise UserError(f"'{out}' names no film; give a name such as dream.mp4")
    if NUMBERED.search(path.name) and path.suffix.lower() == ".png" and path.parent.name:
        path = path.parent
    return path.with_name(name_beside(path.name, after=".pieces"))


def is_begun(folder: Path) -> bool:
    """Whether a film is begun in `folder`. If so, the question of overwriting was settled then, and the file under the
    film's name may come from the interrupted run."""
    return os.path.isfile(folder / PLAN)  # a name that the disk refuses is none


def setting(folder: Path, name: str) -> Any:
    """A setting of the film that is begun in `folder`; None where no film is, or it has no such setting."""
    try:
        return json.loads((folder / PLAN).read_bytes())["settings"].get(name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def begin(folder: Path, settings: Found, *, anew: bool) -> Found | None:
    """What `note` saved when a film with the same `settings` was begun in `folder`; None if there is none. UserError if
    the folder holds another film and `anew` does not allow deleting it, or holds other files."""
    try:
        plan = json.loads((folder / PLAN).read_bytes())
        earlier, found = plan["settings"], plan["found"]
    except (OSError, ValueError, KeyError, TypeError):
        if not _is_own(folder):
            raise UserError(f"'{folder}', the folder for the pieces, holds other files; move them away") from None
        return None
    if earlier == settings:
        _tidy(folder)
        return found
    if not anew:
        raise UserError(
            f"'{folder}' holds an unfinished film with {_difference(earlier, settings)}; give the same "
            f"again to continue it, -y to delete it, or another name"
        )
    return None


def note(folder: Path, settings: Found, found: Found) -> None:
    """Begins a film of these `settings` in `folder`: deletes the old files, saves both. UserError if the disk fails."""
    try:
        for path in folder.iterdir():
            if path.name != LOCK:
                path.unlink()
        write_whole(folder / PLAN, json.dumps({"settings": settings, "found": found}).encode())
    except OSError as error:
        raise UserError(f"'{folder}' can't be written: {one_line(error)}") from error


def end(folder: Path) -> None:
    """Deletes the folder of a finished film. The plan goes first: without it, no film is begun here."""
    (folder / PLAN).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(folder: Path):
    """Locks the folder, so that no second process renders the same film. UserError if another one does. The system
    releases the lock when a process ends, however it ends."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
        lock.acquire()
    except Timeout:
        raise UserError(f"another kaleidocam is rendering into '{folder}'; wait for it, or give another name") from None
    except OSError as error:
        raise UserError(f"'{folder}', the folder for the pieces, can't be made: {one_line(error)}") from error
    try:
        yield
    finally:
        lock.release()
        if folder.is_dir() and not is_begun(folder) and _is_own(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    return all(OWN.fullmatch(path.name) for path in folder.iterdir())


def _tidy(folder: Path) -> None:
    """Deletes the files that were being written when the program ended."""
    for path in folder.iterdir():
        if ".part." in path.name or path.name.endswith(".new"):
            path.unlink(missing_ok=True)


def count_frames(path: Path) -> int:
    """How many frames a piece has; -1 if it can't be read."""
    try:
        with open_piece(path) as opened:
            return sum(packet.size > 0 for packet in opened.demux(video=0))
    except (av.FFmpegError, OSError, IndexError):
        return -1


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _difference(earlier: dict[str, Any], now: dict[str, Any]) -> str:
    """Which settings differ, for people; three at most."""
    other = [name for name in now if name in earlier and earlier[name] != now[name]]
    words = [_told(name, earlier[name], now[name]) for name in other]
    return ", ".join(words[:3]) or "other settings"


def _told(name: str, earlier: Any, now: Any) -> str:
    """How the setting `name` differs, for people. Of guides, palettes and masks the file that has changed is named."""
    if name == "guides":
        changed = [path for path in earlier if path in now and earlier[path] != now[path]]
        return f"'{changed[0]}' as it was before it changed" if changed else "other guides, palettes or masks"
    return f"other {name}" if isinstance(now, (list, dict)) else f"{name} {earlier} (now {now})"
