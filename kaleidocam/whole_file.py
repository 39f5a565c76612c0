"""Files that are written completely or not at all.

Invariant: even after a crash or a power cut, the path holds either the complete old file or the complete new one.
"""

import os
from hashlib import sha256
from pathlib import Path

LONGEST = 200  # bytes of a name within a temporary one: file systems take 255 with what is added


def write_whole(path: Path, data: bytes) -> None:
    """Writes `data` to `path`; it is on the disk when this returns. If that fails, OSError, and nothing has changed."""
    aside = hidden(path, path.name, ".new")
    try:
        with open(aside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def hidden(path: Path, name: str, ending: str) -> Path:
    """A temporary file beside `path`, called after `name`, which is shortened where file systems would refuse it."""
    return path.with_name(f".{shortened(name)}{ending}")


def shortened(name: str) -> str:
    """`name` itself, or its beginning and a mark of all of it if it is longer than LONGEST bytes."""
    data = os.fsencode(name)
    if len(data) <= LONGEST:
        return name
    mark = sha256(data).hexdigest()[:8]
    return f"{data[: LONGEST - 1 - len(mark)].decode(errors='ignore')}~{mark}"


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` survive a power cut; Windows does that by itself and can't open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
