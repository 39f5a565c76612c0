"""Colors that a picture's ICC profile describes, brought to sRGB.

Invariant: a picture whose profile is sRGB, under whatever name, is left as it is; a profile that can't be used is told
of and passed over, as browsers do.
"""

import io

import numpy as np
from PIL import Image, ImageCms

SAME = 2  # levels: a profile that changes no color by more is sRGB
PROBE = np.linspace(0, 255, 9).round().astype(np.uint8)  # levels of each color that are tried out
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}  # color space of a profile -> mode of Pillow
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # for pictures in that space, which need none
LONGEST = 60  # characters of a profile's name in a message


class Profile:
    """The profile `data` of a picture of Pillow's `mode` (RGB, L, CMYK, LAB). `told`: the lines on it. `mode`: that in
    which `__call__` takes the picture; None if the picture is left as it is."""

    def __init__(self, data: bytes, mode: str) -> None:
        self.mode: str | None = None
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
            space = MODES.get(profile.profile.xcolor_space.strip(), "")
            wanted = "RGB" if (space, mode) == ("RGB", "L") else mode  # gray by the curves of a profile for colors
            if space != wanted:
                raise ValueError(f"a profile of {space} colors for a picture in {mode}")
            self._transform = _to_srgb(profile, space)
            name = _name(profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            self.told: tuple[str, ...] = ("its color profile can't be used and is passed over",)
            return
        if _changes(self._transform, space):
            self.mode, self.told = space, (f"its {name} colors are converted to sRGB",)
        else:
            self.told = ()

    def __call__(self, strip: Image.Image) -> Image.Image:
        """A part of the picture in `mode`, as sRGB in the mode RGB."""
        shown = ImageCms.applyTransform(strip, self._transform)
        assert shown is not None  # it is, unless it is done in place
        return shown


def _to_srgb(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    """As browsers do: relative colorimetric, black to black."""
    return ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _changes(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a transform changes a color that can be seen."""
    if mode not in ("RGB", "L"):
        return True
    if mode == "L":
        given = np.arange(256, dtype=np.uint8)[None]
        wanted = np.dstack([given] * 3)
    else:
        given = wanted = np.stack(np.meshgrid(PROBE, PROBE, PROBE), -1).reshape(1, -1, 3)
    shown = np.asarray(ImageCms.applyTransform(Image.fromarray(given), transform))
    return bool(np.abs(shown.astype(int) - wanted).max() > SAME)


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    """The profile's own name, on one line; the file wrote it."""
    words = "".join(c if c.isprintable() else " " for c in ImageCms.getProfileDescription(profile))
    return " ".join(words.split())[:LONGEST] or "own"
