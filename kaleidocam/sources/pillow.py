"""Picture files, opened by Pillow under our own limits instead of its own.

Invariant: whatever is in a file, the answer is a picture or one of `BROKEN`; Pillow's settings, which are the whole
program's, are back when a `with` ends.
"""

import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFile

# All that Pillow's decoders raise on files that are damaged, or made to hurt.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    Image.DecompressionBombError,
    RuntimeError,
)

_settings = threading.Lock()
_users, _keepers = 0, 0  # how many are within `without_limit`, and within `keeping_what_is_there`
_before: int | None = None
_kept_before = False
_quiet = warnings.catch_warnings()


@contextmanager
def opened(path: str | Path) -> Iterator[Image.Image]:
    """The open picture, of which only the header is read; whoever reads more checks its size first. One of `BROKEN` if
    it is none.

    Pillow gets a file, not its name: by name it maps some into memory, and then turns a TIFF with opacity twice."""
    with without_limit(), open(path, "rb") as file, Image.open(file) as picture:
        yield picture


@contextmanager
def without_limit() -> Iterator[None]:
    """Within it, Pillow neither warns of large pictures nor refuses them, as it does by a limit of its own; nor does it
    warn of damage, of which we tell ourselves."""
    global _users, _before, _quiet
    with _settings:
        _users += 1
        if _users == 1:
            _before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            _quiet = warnings.catch_warnings()
            _quiet.__enter__()
            warnings.simplefilter("ignore")
    try:
        yield
    finally:
        with _settings:
            _users -= 1
            if _users == 0:
                Image.MAX_IMAGE_PIXELS = _before
                _quiet.__exit__(None, None, None)


@contextmanager
def keeping_what_is_there() -> Iterator[None]:
    """Within it, a file that breaks off gives its good part."""
    global _keepers, _kept_before
    with _settings:
        _keepers += 1
        if _keepers == 1:
            _kept_before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        yield
    finally:
        with _settings:
            _keepers -= 1
            if _keepers == 0:
                ImageFile.LOAD_TRUNCATED_IMAGES = _kept_before
