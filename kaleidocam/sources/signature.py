"""What a file holds, told by its first bytes; its name is not asked.

Invariant: only regular files are opened, and of these only some bytes are read, so it is quick and can't hang.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

Content = Literal["picture", "animation", "film", "other"]
"""`picture`: a still, even if it can't be decoded here. `animation`: a film in a format of pictures that FFmpeg does
not read. `film`: one that it reads. `other`: it can't be told; also what is no regular file."""

HEAD_BYTES = 64
PNG, GIF, TIFF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
JPEG, JPEG_FILMS = b"\xff\xd8\xff", {".mjpeg", ".mjpg"}  # a raw Motion JPEG begins as its first picture does
JPEG_XL = (b"\xff\x0a", b"\0\0\0\x0cJXL ")
STILLS = (
    b"8BPS",
    b"v/1\x01",
    b"#?RADIANCE",
    b"#?RGBE",
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"qoif",
    b"FUJIFILMCCD-RAW",
)
NETPBM = {b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF"}
BMP_HEADS = {12, 40, 52, 56, 64, 108, 124}  # bytes of its second header
ANIMATED_BRANDS = {b"avis"}
FILMS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"OggS", b"\x30\x26\xb2\x75", b"\0\0\x01\xba", b"\0\0\x01\xb3")
QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # what a .mov without a brand begins with
STILL_BRANDS = {b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1", b"crx "}
WEBP_ANIMATED = 0x02  # in the flags of its VP8X chunk
GIF_IMAGE, GIF_EXTENSION = b",", b"!"


def is_regular(path: str | Path) -> bool:
    """Whether a path is a file of its own: no folder, pipe or device, and not missing."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


def content_of(path: str | Path) -> Content:
    """What the file `path` holds."""
    if not is_regular(path):
        return "other"
    try:
        with Path(path).open("rb") as file:
            return _content(file, file.read(HEAD_BYTES), Path(path).suffix.lower())
    except OSError:
        return "other"


def _content(file: BinaryIO, head: bytes, suffix: str) -> Content:
    if head.startswith(PNG):
        return "animation" if _png_frames(file) > 1 else "picture"
    if head.startswith(GIF):
        return "film" if _is_moving_gif(file) else "picture"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        moving = head[12:16] == b"VP8X" and len(head) > 20 and head[20] & WEBP_ANIMATED and _webp_moves(file)
        return "animation" if moving else "picture"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(JPEG):
        return "film" if suffix in JPEG_FILMS else "picture"
    if head.startswith((*TIFF, *JPEG_XL, *STILLS)) or (head[:2] in NETPBM and head[2:3].isspace()):
        return "picture"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADS:
        return "picture"
    is_film = head.startswith(FILMS) or head[4:8] in QUICKTIME or (head[:4], head[8:12]) == (b"RIFF", b"AVI ")
    return "film" if is_film else "other"


def _by_brand(head: bytes) -> Content:
    brand = head[8:12]
    if brand in ANIMATED_BRANDS:
        return "animation"
    return "picture" if brand in STILL_BRANDS else "film"


def png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """The kind and the number of bytes of each chunk of a PNG; when one is given, the file is at the start of its
    data."""
    at = len(PNG)
    while len(head := (file.seek(at), file.read(8))[1]) == 8:
        size = int.from_bytes(head[:4], "big")
        yield head[4:], size
        at += size + 12


def _png_frames(file: BinaryIO) -> int:
    for kind, _ in png_chunks(file):
        if kind == b"acTL":
            return int.from_bytes(file.read(4), "big")
        if kind in (b"IDAT", b"IEND"):
            break
    return 1


def webp_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """As `png_chunks`, of a WebP."""
    at = 12
    while len(head := (file.seek(at), file.read(8))[1]) == 8:
        size = int.from_bytes(head[4:], "little")
        yield head[:4], size
        at += 8 + size + size % 2


def _webp_moves(file: BinaryIO) -> bool:
    frames = (kind for kind, _ in webp_chunks(file) if kind == b"ANMF")
    return next(frames, None) is not None and next(frames, None) is not None


def _is_moving_gif(file: BinaryIO) -> bool:
    """Whether a GIF has a second picture; the data of the first one is leapt over."""
    file.seek(10)
    _skip_colors(file, file.read(3)[:1])
    images = 0
    while (block := file.read(1)) in (GIF_IMAGE, GIF_EXTENSION):
        if block == GIF_IMAGE:
            images += 1
            if images > 1:
                return True
            _skip_colors(file, file.read(9)[8:])
        file.read(1)  # the size of the code, or the kind of extension
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
    return False


def _skip_colors(file: BinaryIO, flags: bytes) -> None:
    """Leaps over the table of colors that the flags tell of."""
    if flags and flags[0] & 0x80:
        file.seek(3 << ((flags[0] & 7) + 1), 1)
