"""The figures of the dream's richness.

Invariant: the contribution is finished minus source, at 640 wide; its mean over a frame, a tint, is not counted.
Frames are (H, W, 3) uint8 BGR; luma is in half-ranges, 1 being half the way from black to white.

Sources: the bands are differences of Gaussians (Burt and Adelson 1983); natural pictures keep more than 0.9 of their
variance in light and dark (Ruderman, Cronin and Chiao 1998).
"""

import cv2
import numpy as np

WIDTH = 640  # pixels, the width to which sizes of detail refer
SETTLED, EVERY = 20, 3  # frames at the start that are skipped, while the dream grows; then every third is measured
BANDS = {"fine": 8, "middle": 32, "coarse": 128}  # pixels, the largest detail of each band
ACROSS = 4  # deviations of a Gaussian that make a spot: one of 2 px takes out detail of up to 8 px
SHADES = {"white": (215, 256), "dark": (-1, 40)}  # gray levels of the source, from and below
ENOUGH = 0.01  # of a frame must be white or dark for the frame to count
BGR_TO_LUMA = np.array([0.114, 0.587, 0.299], np.float32)


def figures(source: list[np.ndarray], finished: list[np.ndarray]) -> dict[str, float | None]:
    """Every figure of a film's richness, over its settled frames. `luma`: share of the contribution's variance that is
    light and dark. `contrast`: deviation of its luma. `fine`, `middle`, `coarse`: shares of the bands' energy. `white`,
    `dark`: contrast of its detail where the source is so, over that of the same frames; None where none is."""
    moments = range(min(SETTLED, len(source) // 2), len(source), EVERY)
    rows = [_of_frame(source[t], finished[t]) for t in moments]
    sums = {name: float(np.sum([row[name] for row in rows])) for name in rows[0]}
    found = {"luma": _over(sums["luma"], sums["luma"] + sums["color"]), "contrast": np.sqrt(sums["luma"] / len(rows))}
    found |= {band: _over(sums[band], sum(sums[name] for name in BANDS)) for band in BANDS}
    for shade in SHADES:
        asked = [row for row in rows if row[f"{shade} area"] >= ENOUGH]
        energy, area, whole = (sum(row[name] for row in asked) for name in (shade, f"{shade} area", "detail"))
        found[shade] = np.sqrt(_over(energy / area, whole / len(asked))) if asked else None
    return {name: None if value is None else float(value) for name, value in found.items()}


def contribution(source: np.ndarray, finished: np.ndarray) -> np.ndarray:
    """Finished minus source at 640 wide, (h, WIDTH, 3) float32 BGR in half-ranges."""
    difference = (finished.astype(np.float32) - source) / np.float32(127.5)
    return cv2.resize(difference, _size(source), interpolation=cv2.INTER_AREA)


def bands(luma: np.ndarray, wanted: tuple[str, ...] = tuple(BANDS)) -> dict[str, np.ndarray]:
    """`luma` (h, w) float32 divided into bands, fine to coarse; coarser detail is left out."""
    parted, reach = {}, 0.0
    for name in wanted:
        deviation = BANDS[name] / ACROSS
        lower = blurred(luma, np.sqrt(deviation**2 - reach**2), max(1, int(reach / 2)))
        parted[name], luma, reach = luma - lower, lower, deviation
    return parted


def blurred(picture: np.ndarray, deviation: float, step: int) -> np.ndarray:
    """Blurred by a Gaussian at every `step`-th pixel: enough for an already blurred picture, and much faster."""
    small = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    return cv2.resize(
        cv2.GaussianBlur(small, (0, 0), deviation / step), picture.shape[::-1], interpolation=cv2.INTER_LINEAR
    )


def _of_frame(source: np.ndarray, finished: np.ndarray) -> dict[str, float]:
    """A frame's mean energies and the areas of its shades."""
    difference = contribution(source, finished)
    difference = difference - difference.mean((0, 1), dtype=np.float64).astype(np.float32)
    luma = difference @ BGR_TO_LUMA
    parted = bands(luma)
    found = {"luma": _energy(luma), "color": _energy(difference - luma[..., None])}
    found |= {name: _energy(band) for name, band in parted.items()}
    detail = sum(parted.values())
    found["detail"] = _energy(detail)
    gray = cv2.resize(source, luma.shape[::-1], interpolation=cv2.INTER_AREA) @ BGR_TO_LUMA
    for name, (low, high) in SHADES.items():
        where = (gray > low) & (gray < high)
        found |= {name: _energy(detail * where), f"{name} area": float(where.mean())}
    return found


def _energy(values: np.ndarray) -> float:
    return float(np.mean(values * values, dtype=np.float64))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _size(picture: np.ndarray) -> tuple[int, int]:
    """(width, height) of a picture at WIDTH."""
    return WIDTH, max(1, round(WIDTH * picture.shape[0] / picture.shape[1]))
