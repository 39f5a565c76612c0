"""What a picture file says of its colors, and how they become sRGB.

Invariant: what a file says most precisely counts: its profile before numbers, these before what a camera noted; except
that the numbers of a PNG (cICP) come before its profile, as PNG has it.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from kaleidocam.sources import heic
from kaleidocam.sources.color_numbers import Colors, adobe_rgb, by_gamma, by_numbers
from kaleidocam.sources.color_profile import LAB, Profile
from kaleidocam.sources.depth import base_mode
from kaleidocam.sources.signature import png_chunks

INTEROPERABILITY = 0xA005  # of EXIF: a table, in which 1 is R98 for sRGB, R03 for Adobe RGB
INDEX_BYTES = 1 << 16  # of an AVIF, in which its index is
PNG_DEPTH = 24  # the byte of a PNG that gives its bits a color


def colors_of(path: str | Path, picture: Image.Image, told: list[str]) -> Colors | Profile | None:
    """How the picture's colors become sRGB: by the numbers of H.273 if a PNG has them, else by its profile, else by
    such numbers, what a camera wrote into EXIF, or the gamma and primaries of a PNG. None: they are sRGB. Adds the
    lines on it to `told`."""
    numbers, peak = _numbers(path, picture)
    icc, mode = picture.info.get("icc_profile"), base_mode(picture.mode)
    if icc and isinstance(icc, bytes) and not (numbers and picture.format == "PNG"):
        profile = Profile(icc, mode)
        told += profile.told
        if profile.mode or mode != "LAB":
            return profile if profile.mode else None
    if mode == "LAB":
        return Profile(LAB, mode)
    found: Colors | None = None
    if numbers:
        found = by_numbers(*numbers, peak)
    elif picture.getexif().get_ifd(INTEROPERABILITY).get(1) == "R03":
        found = adobe_rgb()
    elif picture.format == "PNG" and "srgb" not in picture.info:
        found = by_gamma(picture.info.get("gamma"), picture.info.get("chromaticity"))
    told += [found.told] if found else []
    return found


def _numbers(path: str | Path, picture: Image.Image) -> tuple[tuple[int, int] | None, float | None]:
    """The numbers of the primaries and of the transfer curve, and the peak of HDR in cd/m², as far as the file has
    them."""
    numbers: tuple[int, int] | None = None
    peak: float | None = None
    with open(path, "rb") as file:
        if picture.format == "AVIF":
            return heic.named_colors(file.read(INDEX_BYTES)), None
        if picture.format != "PNG":
            return None, None
        for kind, size in png_chunks(file):
            if kind == b"cICP" and size == 4:
                primaries, transfer = file.read(2)
                numbers = primaries, transfer
            elif kind == b"cLLI" and size == 8:
                peak = int.from_bytes(file.read(4), "big") / 10_000 or None
            elif kind in (b"IDAT", b"IEND"):
                break
    return numbers, peak


def in_srgb(strip: Image.Image, colors: Colors | Profile | None, deep: np.ndarray | None) -> np.ndarray:
    """(h, w, 3) uint8 RGB. `strip`: in the mode L, RGB, CMYK or LAB; `deep`: the same in 16 bits, if it has them."""
    if isinstance(colors, Profile):
        strip = colors(strip if colors.mode == strip.mode else strip.convert(colors.mode))
    color = np.asarray(strip.convert("RGB"))
    return colors.convert(color if deep is None else deep) if isinstance(colors, Colors) else color


def bits_of(path: str | Path, picture: Image.Image) -> int:
    """Bits a color, of which Pillow gives the upper eight: of a PNG or AVIF in colors; 8 of others."""
    if picture.format not in ("PNG", "AVIF") or base_mode(picture.mode) != "RGB":
        return 8
    with open(path, "rb") as file:
        head = file.read(INDEX_BYTES)
    return heic.avif_bits(head) if picture.format == "AVIF" else head[PNG_DEPTH]
