"""A part of an opened picture, whatever its mode, as eight bits of gray or color, and its opacity apart.

Invariant: values keep their meaning: 65535 of 16 bits is 255, a float of 1 is 255.
"""

import numpy as np
from PIL import Image

FULL_16, FULL_31, OPAQUE = (1 << 16) - 1, (1 << 31) - 1, 255
STRAIGHT = {"PA": "RGBA", "RGBa": "RGBA", "La": "LA"}  # modes with opacity that Pillow can't take apart as they are


def apart(strip: Image.Image, *, deep: bool) -> tuple[Image.Image, np.ndarray | None]:
    """The strip in the mode L, RGB, CMYK or LAB, and its opacity, (h, w) uint8; None if it is opaque as a whole.
    `deep`: the file has 16 bits a color, of which Pillow gives the upper eight."""
    key = strip.info.get("transparency")  # a color that is clear, or the opacities of a palette
    if strip.mode.startswith("I") or strip.mode == "F":
        clear = np.where(np.asarray(strip) == key, 0, OPAQUE).astype(np.uint8) if isinstance(key, int) else None
        return _eight_bits(strip), clear
    if key is not None and strip.mode in ("1", "L", "RGB", "P"):
        if deep and isinstance(key, tuple):
            strip.info["transparency"] = tuple(value >> 8 for value in key)
        strip = strip.convert("RGBA")
    if strip.mode in ("RGBA", "LA", *STRAIGHT):
        straight = strip.convert(STRAIGHT.get(strip.mode, strip.mode))
        color = straight.convert("RGB") if straight.mode == "RGBA" else straight.getchannel("L")
        return color, np.asarray(straight.getchannel("A"))
    return strip if strip.mode in ("L", "RGB", "CMYK", "LAB") else strip.convert(
        "L" if strip.mode == "1" else "RGB"
    ), None


def base_mode(mode: str) -> str:
    """The mode in which `apart` gives the color of a picture of this mode."""
    if mode in ("L", "1", "LA", "La", "F") or mode.startswith("I"):
        return "L"
    return mode if mode in ("CMYK", "LAB") else "RGB"


def from_floats(given: np.ndarray) -> np.ndarray:
    """Floats from 0 to 1 as uint8."""
    return np.rint(255 * np.clip(np.nan_to_num(given), 0, 1)).astype(np.uint8)


def _eight_bits(strip: Image.Image) -> Image.Image:
    given = np.asarray(strip)
    if given.dtype.kind == "f":
        return Image.fromarray(from_floats(given))
    top = FULL_16 if strip.mode != "I" or given.max(initial=0) <= FULL_16 else FULL_31
    return Image.fromarray(np.rint(np.clip(given, 0, top) * (OPAQUE / top)).astype(np.uint8))
