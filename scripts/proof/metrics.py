"""The figures of a film's dream: steadiness, ghosting, similarity.

Invariant: every figure is a ratio, a share or in gray levels, so it does not depend on size or length; `r`, the dream's
contribution, is output minus source. Pictures are (H, W, 3) float32, RGB in [-1, 1], at the judged size.

Sources: warping error, Lai et al. 2018, "Learning Blind Video Temporal Consistency"; SSIM, Wang et al. 2004, as
scikit-image has it. The amplitude-free flicker and the two ghosting figures are kaleidocam's own.
"""

import cv2
import numpy as np

from proof.clips import Clip

SETTLED = 10  # frames at the start that are not judged: every method starts with the same burst
AFTER = 2  # frames for which a newly visible place is watched
CUT_COVERAGE = 0.35  # a frame is a cut if less than this share of it was seen before
SHADES = (0, 43, 85, 128, 170, 213, 256)  # gray levels that divide the picture into shades, dark to bright
RGB_TO_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def flicker(r: list[np.ndarray], clip: Clip, back: int) -> float:
    """Warping error of the dream's contribution divided by its energy, where the judge is sure of the motion: 0 moves
    exactly with the things, 2 is independent of the previous frame. A faint dream has no advantage."""
    error = energy = 0.0
    for t, way in _judged(clip, back):
        carried = _carry(r[t - back], way.flow)
        error += _sum((r[t] - carried) ** 2, way.sure)
        energy += 0.5 * (_sum(r[t] ** 2, way.sure) + _sum(carried**2, way.sure))
    return error / energy if energy else 0.0


def shimmer(r: list[np.ndarray], clip: Clip) -> float:
    """Root of the same warping error against the previous frame, in gray levels: the visible flicker. A faint dream has
    less."""
    error = count = 0.0
    for t, way in _judged(clip, 1):
        error += _sum((r[t] - _carry(r[t - 1], way.flow)) ** 2, way.sure)
        count += 3 * way.sure.sum()
    return 127.5 * float(np.sqrt(error / count)) if count else 0.0


def warping_error(pictures: list[np.ndarray], clip: Clip, back: int) -> float:
    """Mean squared difference between a picture and the earlier one, warped to it, where the judge is sure; values 0 to
    1 as in Lai et al."""
    error = count = 0.0
    for t, way in _judged(clip, back):
        error += _sum((0.5 * (pictures[t] - _carry(pictures[t - back], way.flow))) ** 2, way.sure)
        count += 3 * way.sure.sum()
    return error / count


def coverage(clip: Clip, back: int) -> float:
    """Share of the picture that `flicker` and `shimmer` measure."""
    return float(np.mean([way.sure.mean() for _, way in _judged(clip, back)]))


def ghosting(r: list[np.ndarray], clip: Clip) -> float:
    """Energy of the dream's contribution in places that came into view at most two frames ago, in gray levels². So
    soon, it can only be the dream of something else."""
    return _mean(((r[t] * 127.5) ** 2).mean(-1)[new] for t, new, _ in _uncovered(clip))


def left_over(r: list[np.ndarray], source: list[np.ndarray], clip: Clip) -> float:
    """How much of the old picture remains in such places: the share of (old picture warped here - source) in the
    contribution, by least squares. 1: the old picture is still there; 0: no trace of it."""
    held = there = 0.0
    for t, new, way in _uncovered(clip):
        old = (_carry(source[t - 1], way.flow) - source[t])[new]
        held += float((r[t][new] * old).sum())
        there += float((old**2).sum())
    return held / there if there else 0.0


def after_cuts(r: list[np.ndarray], source: list[np.ndarray], clip: Clip) -> float | None:
    """The same share on the first frame after a cut, over the whole picture; the old picture is the last before the
    cut. None if there is no cut."""
    cuts = cut_frames(clip)
    if not cuts:
        return None
    old = [source[t - 1] - source[t] for t in cuts]
    return sum(float((r[t] * o).sum()) for t, o in zip(cuts, old, strict=True)) / sum(float((o**2).sum()) for o in old)


def cut_frames(clip: Clip) -> list[int]:
    """Frames of which the judge finds too little in the previous frame."""
    return [t for t, way in clip.ways[1].items() if way.seen.mean() < CUT_COVERAGE]


def similarity(pictures: list[np.ndarray], source: list[np.ndarray]) -> float:
    """Structural similarity of the luma; 1 is identical to the source."""
    from skimage.metrics import structural_similarity

    pairs = zip(pictures[SETTLED:], source[SETTLED:], strict=True)
    return _mean(
        structural_similarity(
            _luma(p), _luma(s), data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for p, s in pairs
    )


def edge_agreement(pictures: list[np.ndarray], source: list[np.ndarray]) -> float:
    """Agreement of the output's edges with the source's: cosine between their luma gradients."""
    cosines = []
    for p, s in zip(pictures[SETTLED:], source[SETTLED:], strict=True):
        a, b = _edges(_luma(p)), _edges(_luma(s))
        cosines.append((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))
    return _mean(cosines)


def fineness(r: list[np.ndarray]) -> float:
    """Share of the contribution's energy in its finest band (under two pixels): high is noise rather than motif."""
    fine = [((x - cv2.GaussianBlur(x, (0, 0), 1.0)) ** 2).sum() / ((x**2).sum() + 1e-9) for x in r[SETTLED:]]
    return _mean(fine)


def shares_by_shade(r: list[np.ndarray], source: list[np.ndarray]) -> list[float]:
    """RMS of the contribution in each shade of the source, dark to bright, divided by that of all shades."""
    energy, count = np.zeros(len(SHADES) - 1), np.zeros(len(SHADES) - 1)
    for x, s in zip(r[SETTLED:], source[SETTLED:], strict=True):
        shade = np.digitize(_luma(s) * 255, SHADES[1:-1])
        energy += np.bincount(shade.ravel(), (x**2).mean(-1).ravel(), minlength=len(energy))
        count += np.bincount(shade.ravel(), minlength=len(count))
    whole = energy.sum() / count.sum()
    return np.sqrt(energy / np.maximum(count, 1) / (whole + 1e-12)).tolist()


def _judged(clip: Clip, back: int):
    """Frames after the start that show something seen `back` frames earlier; none if a cut lies in between."""
    return [
        (t, way)
        for t, way in clip.ways[back].items()
        if t - back >= SETTLED and way.seen.mean() >= (CUT_COVERAGE if back == 1 else 0.05)
    ]


def _uncovered(clip: Clip):
    """(frame, where something came into view in it or the previous frame, the motion to the previous frame)."""
    ways = clip.ways[1]
    for t in range(SETTLED, len(clip.frames)):
        new = ~ways[t].seen
        for age in range(1, AFTER):
            new = new | (_carry((~ways[t - age].seen).astype(np.float32), ways[t].flow) > 0.5)
        if new.any():
            yield t, new, ways[t]


def _carry(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _luma(picture: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: SSIM compares means as ratios, so they must not be negative."""
    return 0.5 * (picture @ RGB_TO_LUMA + 1)


def _edges(luma: np.ndarray) -> np.ndarray:
    return np.stack([cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)])


def _sum(values: np.ndarray, where: np.ndarray) -> float:
    return float(values[where].sum(dtype=np.float64))


def _mean(values) -> float:
    return float(np.mean(np.concatenate([np.ravel(v) for v in values])))
