"""Files that are whole or absent.

Invariant: whatever ends the program or the power, under the name lies what lay there before, or all of the new.
"""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Puts `data` into `path`, on the disk before this returns. OSError where that fails; then nothing has changed."""
    aside = path.with_name(f".{path.name}.new")
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


def sync_folder(folder: Path) -> None:
    """Makes what was renamed in `folder` outlast a power cut; Windows does so by itself and opens no folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
