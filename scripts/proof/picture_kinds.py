"""The kinds of pictures that formats.py draws: each has a color of its own at its top right."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms

GREEN = (40, 190, 70)
SIZE = (96, 64)  # (width, height)
ORIENTATION, QUARTER_TURN = 0x0112, 6


@dataclass(frozen=True)
class PictureKind:
    """`make` draws it at a path; `color`: of its top right in sRGB, 0 to 255."""

    name: str
    what: str
    make: Callable[[Path], None]
    color: tuple[int, int, int] = GREEN


def drawn(mode: str = "RGB", color: Any = GREEN) -> Image.Image:
    """A picture whose top right quarter has that color; the rest is dark."""
    image = Image.new("RGB", SIZE, (20, 20, 20))
    image.paste(color, (SIZE[0] // 2, 0, SIZE[0], SIZE[1] // 2))
    return image.convert(mode)


def saved(image: Callable[[], Image.Image] = drawn, **how: Any) -> Callable[[Path], None]:
    return lambda path: image().save(path, **how)


def turned(path: Path) -> None:
    """Lies on its side, with a mark that says so."""
    exif = Image.Exif()
    exif[ORIENTATION] = QUARTER_TURN
    drawn().rotate(90, expand=True).save(path, exif=exif)


def clear(path: Path) -> None:
    """Half transparent."""
    image = drawn("RGBA")
    image.putalpha(128)
    image.save(path)


def deep(path: Path) -> None:
    cv2.imwrite(str(path), np.asarray(drawn())[..., ::-1].astype(np.uint16) * 257)


def lab(path: Path) -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    ImageCms.applyTransform(drawn(), to_lab).save(path)


def moving(path: Path) -> None:
    drawn().save(path, save_all=True, append_images=[drawn(color=(200, 30, 30))], duration=100)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PICTURES = (
    PictureKind("plain.jpg", "sRGB", saved(quality=95)),
    PictureKind("profile.jpg", "with a profile (sRGB)", saved(quality=95, icc_profile=SRGB)),
    PictureKind("turned.jpg", "turned by a quarter", turned),
    PictureKind("turned.webp", "turned by a quarter", turned),
    PictureKind("plain.png", "sRGB", saved()),
    PictureKind("clear.png", "half transparent", clear, tuple(round(level * 128 / 255) for level in GREEN)),
    PictureKind("deep.png", "16 bits", deep),
    PictureKind("deep.tif", "16 bits", deep),
    PictureKind("palette.png", "with a palette", saved(lambda: drawn().quantize(16))),
    PictureKind("gray.png", "gray", saved(lambda: drawn("L")), (131, 131, 131)),
    PictureKind("cmyk.jpg", "CMYK without a profile", saved(lambda: drawn("CMYK"), quality=95)),
    PictureKind("lab.tif", "CIE L*a*b*", lab),
    PictureKind("plain.avif", "AVIF", saved(quality=95)),
    PictureKind("plain.bmp", "BMP", saved()),
    PictureKind("named.jpg", "a PNG with another name", lambda path: drawn().save(path, format="PNG")),
    PictureKind("moving.webp", "animated: a film; as a picture its first", moving),
    PictureKind("moving.png", "animated: a film; as a picture its first", moving),
)
