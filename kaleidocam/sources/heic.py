"""HEIC, the photos of iPhones and others: tiles of HEVC, decoded by FFmpeg and put together here.

Invariant: the main picture is taken, never a thumbnail, a depth map or a gain map; the size is checked first.
"""

import math
import struct
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from PIL import Image

from kaleidocam.errors import UserError
from kaleidocam.sources.color_numbers import Colors, by_numbers
from kaleidocam.sources.color_profile import Profile
from kaleidocam.sources.heif_items import Item, Items
from kaleidocam.sources.pillow import BROKEN
from kaleidocam.sources.pixel_limit import check_pixels
from kaleidocam.sources.upright import CLEAR, MATRICES, OPAQUE, PLAIN, over_black

BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
NAMED, PROFILES = b"nclx", {b"prof", b"rICC"}  # kinds of color information
BT601, SRGB_CURVE = 6, 13  # numbers that stand where a file says nothing of its colors
ALPHA = (b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
PADDED, LARGE_TILE = 4, 1 << 20  # at most so many times the pixels that are shown; pixels of a large tile
Numbers = tuple[int, int, int, bool]  # primaries, transfer curve, matrix, full range


def is_heic(head: bytes) -> bool:
    """Whether a file that begins so is a HEIC; an AVIF may have the same brand."""
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS and b"avif" not in head[8:]


def named_colors(head: bytes) -> tuple[int, int] | None:
    """The numbers of primaries and transfer curve that the beginning of an AVIF names; None if it names none."""
    at = head.find(b"colr" + NAMED)
    if not 0 <= at <= len(head) - 12:
        return None
    primaries, transfer = struct.unpack_from(">2H", head, at + 8)
    return primaries, transfer


def avif_bits(head: bytes) -> int:
    """Bits a color of the AVIF that begins so."""
    at = head.find(b"av1C")
    flags = head[at + 6] if 0 <= at < len(head) - 6 else 0
    return (12 if flags & 0x20 else 10) if flags & 0x40 else 8


def read(path: str | Path, most: int | None) -> tuple[np.ndarray, list[str]]:
    """(H, W, 3) uint8 BGR, upright and in sRGB, and what is to be told. UserError if it can't be read, or has more than
    `most` pixels."""
    try:
        with open(path, "rb") as file:
            items = Items(file)
            main = items.items[items.primary]
            check_pixels(path, _size(main), most)
            profile, numbers = _said_of_colors(main)
            image = _decoded(items, items.primary, numbers)
            opacity = _opacity(items)
    except (*BROKEN, av.FFmpegError, AssertionError) as error:
        raise UserError(f"'{path}' is a HEIC that can't be read here; save it as a JPEG or PNG") from error
    told: list[str] = []
    image = cv2.cvtColor(_in_srgb(image, profile, numbers, told), cv2.COLOR_RGB2BGR)
    if opacity is not None and opacity.shape == image.shape[:2] and opacity.min() < OPAQUE:
        image, told = over_black(image, opacity), [*told, CLEAR]
    return _turned(image, main), told


def _size(item: Item) -> tuple[int, int]:
    """(width, height) that an item has before it is turned."""
    extents = item.property(b"ispe")
    if extents is None:
        raise ValueError("no size")
    width, height = struct.unpack_from(">II", extents, 4)
    return width, height


def _said_of_colors(item: Item) -> tuple[bytes | None, Numbers]:
    profile, numbers = None, (1, SRGB_CURVE, BT601, True)
    for kind, data in item.said:
        if kind == b"colr" and data[:4] == NAMED:
            numbers = (*struct.unpack_from(">3H", data, 4), bool(data[10] & 0x80))
        elif kind == b"colr" and data[:4] in PROFILES:
            profile = data[4:]
    return profile, numbers


def _decoded(items: Items, number: int, numbers: Numbers) -> np.ndarray:
    """(H, W, 3) RGB of an item, as it lies, of 16 bits if it is HDR, else of 8."""
    item = items.items[number]
    if item.kind != b"grid":
        return _picture(items, number, numbers)
    _, flags, rows, columns = items.data(number)[:4]
    width, height = struct.unpack_from(">II" if flags & 1 else ">HH", items.data(number), 4)
    if (width, height) != _size(item):
        raise ValueError("two sizes")
    whole: np.ndarray | None = None
    for place, part in enumerate(items.ties[b"dimg"][number][: (rows + 1) * (columns + 1)]):
        tile = _picture(items, part, numbers)
        if whole is None:
            whole = np.zeros((height, width, 3), tile.dtype)
        top, left = place // (columns + 1) * tile.shape[0], place % (columns + 1) * tile.shape[1]
        room = whole[top : top + tile.shape[0], left : left + tile.shape[1]]
        if not room.size:
            raise ValueError("a tile outside the picture")
        room[:] = tile[: room.shape[0], : room.shape[1]]
    if whole is None:
        raise ValueError("no tiles")
    return whole


def _picture(items: Items, number: int, numbers: Numbers) -> np.ndarray:
    frame = _frame(items, number)
    _, transfer, matrix, full = numbers
    frame.colorspace = matrix if matrix in MATRICES else BT601
    frame.color_range = ColorRange.JPEG if full else ColorRange.MPEG
    deep = by_numbers(1, transfer) is not None
    return VideoReformatter().reformat(frame, format="rgb48le" if deep else "rgb24", interpolation=PLAIN).to_ndarray()


def _frame(items: Items, number: int) -> av.VideoFrame:
    item = items.items[number]
    width, height = _size(item)
    if width * height > PADDED * max(math.prod(_size(items.items[items.primary])), LARGE_TILE):
        raise ValueError("a tile that is larger than its picture")
    decoder = av.CodecContext.create("hevc", "r")
    decoder.extradata = item.property(b"hvcC")
    decoder.thread_count = 1  # a tile is small, and a picture has dozens
    decoder.options = {"max_pixels": str(PADDED * max(width * height, 1 << 16))}
    frames = [*decoder.decode(av.Packet(items.data(number))), *decoder.decode(None)]
    if not frames or frames[0].width < width or frames[0].height < height:
        raise ValueError("no picture")
    return frames[0]


def _opacity(items: Items) -> np.ndarray | None:
    """(H, W) uint8 of the main picture; None if it has none."""
    for number, of in items.ties.get(b"auxl", {}).items():
        item = items.items[number]
        if items.primary not in of or not (item.property(b"auxC") or b"")[4:].startswith(ALPHA):
            continue
        if _size(item) == _size(items.items[items.primary]):
            return np.ascontiguousarray(_decoded(items, number, (1, SRGB_CURVE, BT601, True))[..., 1])
    return None


def _in_srgb(image: np.ndarray, profile: bytes | None, numbers: Numbers, told: list[str]) -> np.ndarray:
    if profile is not None:
        found = Profile(profile, "RGB")
        told += found.told
        return np.asarray(found(Image.fromarray(image))) if found.mode else image
    colors: Colors | None = by_numbers(*numbers[:2])
    told += [colors.told] if colors else []
    return colors.convert(image) if colors else image


def _turned(image: np.ndarray, item: Item) -> np.ndarray:
    """As the file says by clean aperture, rotation (counterclockwise) and mirroring, in the order of the file."""
    for kind, data in item.said:
        if kind == b"irot":
            image = np.rot90(image, data[0] & 3)
        elif kind == b"imir":
            image = image[:, ::-1] if data[0] & 1 else image[::-1]
        elif kind == b"clap":
            image = _cropped(image, data)
    return np.ascontiguousarray(image)


def _cropped(image: np.ndarray, data: bytes) -> np.ndarray:
    """The clean aperture: its size and the way of its middle from the picture's, as fractions."""
    parts = struct.unpack(">8i", data[:32])
    if not all(parts[1::2]):
        return image
    width, height, right, down = (share / of for share, of in zip(parts[::2], parts[1::2], strict=True))
    left, top = round((image.shape[1] - width) / 2 + right), round((image.shape[0] - height) / 2 + down)
    if left < 0 or top < 0 or width < 1 or height < 1:
        return image
    return image[top : top + round(height), left : left + round(width)]
