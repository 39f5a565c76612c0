"""Colors that a file names by numbers, not by an ICC profile, brought to sRGB.

Invariant: a picture whose colors are sRGB, or nearly so, is left as it is.
Source: ITU-T H.273 (the numbers), IEC 61966-2-1 (sRGB), the PNG specification (gAMA, cHRM, cICP).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kaleidocam.sources.tone import DEFAULT_PEAK, HLG, HLG_PEAK, NAMES, tone_mapped

Convert = Callable[[np.ndarray], np.ndarray]
"""From (h, w, 3) uint8 or uint16 RGB to (h, w, 3) uint8 RGB in sRGB."""

White = tuple[float, float]
D65: White = (0.3127, 0.3290)
Primaries = tuple[float, float, float, float, float, float]  # x, y of red, green and blue
BT709, BT2020, DISPLAY_P3 = 1, 9, 12
KNOWN: dict[int, tuple[str, Primaries, White]] = {
    BT709: ("sRGB", (0.64, 0.33, 0.30, 0.60, 0.15, 0.06), D65),
    4: ("NTSC", (0.67, 0.33, 0.21, 0.71, 0.14, 0.08), (0.310, 0.316)),
    5: ("BT.601", (0.64, 0.33, 0.29, 0.60, 0.15, 0.06), D65),
    6: ("BT.601", (0.630, 0.340, 0.310, 0.595, 0.155, 0.070), D65),
    7: ("SMPTE 240M", (0.630, 0.340, 0.310, 0.595, 0.155, 0.070), D65),
    BT2020: ("BT.2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046), D65),
    11: ("DCI-P3", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), (0.314, 0.351)),
    DISPLAY_P3: ("Display P3", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), D65),
}
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}  # transfer curves that are a plain power; the others of SDR are shown as sRGB
AS_SRGB_GAMMA = 0.40, 0.50  # values of gAMA that stand for sRGB: programs round 1 / 2.2 in many ways
NEAR = 0.005  # of x and y: primaries this near are meant to be the same
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
CURVE = 1 << 14  # places of the table of sRGB's curve: its steepest part rises 0.2 levels from one to the next


@dataclass(frozen=True)
class Colors:
    """How a picture's colors become sRGB, and the line that tells it."""

    convert: Convert
    told: str
    hdr: bool = False


def by_numbers(primaries: int, transfer: int, peak: float | None = None) -> Colors | None:
    """The colors with these numbers of H.273; None if they are sRGB, or not known. `peak`: of HDR, in cd/m²."""
    if transfer in NAMES:
        most = HLG_PEAK if transfer == HLG else peak or DEFAULT_PEAK
        told = f"HDR ({NAMES[transfer]}, BT.2020) is tone-mapped to sRGB"
        return Colors(lambda strip: _toned(strip, transfer, most), told, hdr=True)
    if primaries not in KNOWN:
        return None
    name, points, white = KNOWN[primaries]
    return _between(name, points, white, GAMMAS.get(transfer))


def adobe_rgb() -> Colors | None:
    """The colors of a camera's picture that says Adobe RGB in its EXIF (DCF's option file), without a profile."""
    return _between("Adobe RGB", (0.64, 0.33, 0.21, 0.71, 0.15, 0.06), D65, 563 / 256)


def by_gamma(gamma: float | None, chromaticities: tuple[float, ...] | None) -> Colors | None:
    """The colors of a PNG with gAMA (`gamma`) and cHRM (`chromaticities`: white, red, green and blue, each x and y);
    None for each that it lacks. None if they are sRGB."""
    own = None if not gamma or AS_SRGB_GAMMA[0] <= gamma <= AS_SRGB_GAMMA[1] else 1 / gamma
    if chromaticities is None or len(chromaticities) != 8 or min(chromaticities[1::2]) <= 0:
        name, points, white = KNOWN[BT709]
    else:
        name, points, white = "own", chromaticities[2:], chromaticities[:2]
    return _between(name if own is None else "own", points, white, own)


def _between(name: str, points: tuple[float, ...], white: White, gamma: float | None) -> Colors | None:
    _, srgb, _ = KNOWN[BT709]
    near = np.abs(np.subtract((*points, *white), (*srgb, *D65))).max() <= NEAR
    if near and gamma is None:
        return None
    try:
        matrix = np.linalg.inv(_to_xyz(srgb, D65)) @ _adapted(white) @ _to_xyz(points, white)
    except np.linalg.LinAlgError:
        return None  # primaries on one line: an error in the file
    given = np.linspace(0, 1, 256)
    linear = (_from_srgb(given) if gamma is None else given**gamma).astype(np.float32)
    curve = np.rint(255 * _to_srgb(np.linspace(0, 1, CURVE))).astype(np.uint8)
    across = (np.eye(3) if near else matrix).T.astype(np.float32)

    def convert(strip: np.ndarray) -> np.ndarray:
        light = linear[strip if strip.dtype == np.uint8 else (strip >> 8)] @ across
        return curve[np.rint(np.clip(light, 0, 1) * (CURVE - 1)).astype(np.int32)]

    return Colors(convert, f"its {name} colors are converted to sRGB")


def _toned(strip: np.ndarray, transfer: int, peak: float) -> np.ndarray:
    signal = strip / np.float32(np.iinfo(strip.dtype).max)
    return np.rint(255 * tone_mapped(signal, transfer, peak)).astype(np.uint8)


def _to_xyz(points: tuple[float, ...], white: White) -> np.ndarray:
    """(3, 3): linear RGB -> XYZ."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in zip(points[::2], points[1::2], strict=True)]).T
    return columns * np.linalg.solve(columns, _xyz(white))


def _xyz(white: White) -> np.ndarray:
    x, y = white
    return np.array([x / y, 1, (1 - x - y) / y])


def _adapted(white: White) -> np.ndarray:
    """(3, 3): XYZ under this white -> XYZ under D65."""
    return np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ _xyz(D65) / (BRADFORD @ _xyz(white))) @ BRADFORD


def _from_srgb(signal: np.ndarray) -> np.ndarray:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _to_srgb(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
