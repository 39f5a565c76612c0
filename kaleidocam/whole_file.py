"""Files that are written completely or not at all.

Invariant: even after a crash or a power cut, the path holds either the complete old file or the complete new one.
"""

import hashlib
import os
from itertools import count
from pathlib import Path

LONGEST_NAME = 255  # bytes, on nearly every disk
DIGEST = 8  # hexadecimal digits that tell shortened names apart


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Writes `data` to `path`; it is on the disk when this returns. If that fails, OSError, and nothing has changed.
    `mode`: who may do what with it, less what the system's umask takes away."""
    aside = hidden(path, path.name, ".new")
    try:
        with open(aside, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def set_aside(path: Path) -> Path:
    """Renames a file that is damaged, by a name beside it that is free: `NAME.damaged.toml`. Returns it; OSError where
    that can't be."""
    names = (f"{path.stem}.damaged{number if number > 1 else ''}{path.suffix}" for number in count(1))
    aside = next(free for free in map(path.with_name, names) if not free.exists())
    path.rename(aside)
    return aside


def name_beside(name: str, before: str = "", after: str = "") -> str:
    """`before` + `name` + `after`, for what lies beside the file `name` for a while. Where that is longer than disks
    allow, the end of `name` gives way to a digest of it all."""
    whole = f"{before}{name}{after}"
    if len(os.fsencode(whole)) <= LONGEST_NAME:
        return whole
    after = f"~{hashlib.sha256(os.fsencode(name)).hexdigest()[:DIGEST]}{after}"
    while len(os.fsencode(f"{before}{name}{after}")) > LONGEST_NAME:
        name = name[:-1]
    return f"{before}{name}{after}"


def hidden(path: Path, name: str, ending: str) -> Path:
    """A temporary file beside `path`, called after `name`, which is shortened where disks would refuse it."""
    return path.with_name(name_beside(name, ".", ending))


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` survive a power cut; Windows does that by itself and can't open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
