"""Dreams a clip with every method at equal strength, and judges the films.

Invariant: a method is judged at the strength of ours (within TOLERANCE), or at the nearest that it reached, which is
given with its figures: too large a step makes a dream weaker again, so not every method reaches every strength.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.settings.parameters import Look
from proof import metrics, richness
from proof.clips import Clip, scaled, to_judge
from proof.films import grid_of
from proof.pan import carried
from proof.recovery import contrasts, recovery
from proof.rivals import Rival

TOLERANCE = 0.03  # of the wanted strength
TRIES, WHOLE_TRIES = 7, 3  # the latter for a whole film after tuning on a part of it: ten steps a frame are slow
WINDOW, BLENDED = 14, 4  # frames for tuning a method that carries little; how many of them are not judged
START_ALONE = 0.25  # start of tuning: climbed in every frame, in ranges from mid-gray to white
RATES = (0.02, 20.0)  # allowed rates; for a method that carries little, in ranges from gray to white per frame
LITTLE = (0.005, 1.0)


@dataclass(frozen=True)
class Entry:
    """One method's film of one clip: `outputs`, finished frames (H, W, 3) uint8 BGR, and the figures by name."""

    name: str
    meaning: str
    outputs: list[np.ndarray]
    figures: dict


class Contest:
    """Dreams one clip with many methods, the same dreamer and the same look."""

    def __init__(self, clip: Clip, look: Look, ascent: Ascent) -> None:
        self.clip, self.look, self.grid = clip, look, grid_of(look, clip.size)
        self._ascent = ascent
        self._of_source: dict[int, float] = {}

    def strength(self, outputs: dict[int, np.ndarray]) -> float:
        """Mean activation of the objective on the outputs (frame -> finished), divided by that on the same source
        frames, at the grid."""
        for t in outputs:
            if t not in self._of_source:
                self._of_source[t] = self._activation(self.clip.frames[t])
        return sum(map(self._activation, outputs.values())) / sum(self._of_source[t] for t in outputs)

    def _activation(self, frame: np.ndarray) -> float:
        return self._ascent.measure(to_network(scaled(frame, self.grid)))

    def enter(self, rival: Rival, like: Entry | None = None) -> Entry:
        """`rival`'s film, with its rate tuned to the strength of `like`; None: with the look's rate."""
        rate = self.look.rate if rival.carries else START_ALONE * self.clip.fps
        if like is not None and not rival.carries:  # a few frames are enough to find the rate, in a quarter of the time
            middle = len(self.clip.frames) // 2
            rate = self._tuned(rival, rate, like, slice(middle - WINDOW // 2, middle + WINDOW // 2))[0]
        whole = slice(0, len(self.clip.frames))
        if like is not None:
            rate, outputs, reached = self._tuned(rival, rate, like, whole)
        else:
            outputs = self._render(rival, rate, whole)
            reached = self._reached(outputs, whole)
        found = {"rate": rate, "strength": reached} | self.judge(outputs)
        return Entry(rival.name, rival.meaning, outputs, found)

    def _tuned(self, rival: Rival, rate: float, like: Entry, part: slice) -> tuple[float, list[np.ndarray], float]:
        """The rate at which `rival` equals the strength of `like` on a part of the clip; that film and its strength."""
        aim, tried, best = self._reached(like.outputs[part], part), [], None
        whole = len(like.outputs[part]) == len(self.clip.frames)
        least, most = RATES if rival.carries else (self.clip.fps * share for share in LITTLE)
        for _ in range(TRIES if rival.carries or not whole else WHOLE_TRIES):
            outputs = self._render(rival, rate, part)
            reached = self._reached(outputs, part)
            if best is None or abs(np.log(reached / aim)) < abs(np.log(best[2] / aim)):
                best = rate, outputs, reached
            tried.append((np.log(rate), np.log(reached)))
            following = float(np.clip(np.exp(_next(tried, np.log(aim))), least, most))
            if abs(reached / aim - 1) <= TOLERANCE or following in [np.exp(t[0]) for t in tried]:
                break
            rate = following
        return best

    def _render(self, rival: Rival, rate: float, part: slice) -> list[np.ndarray]:
        self._ascent.reset()
        look = self.look.model_copy(update={"rate": rate})
        return list(rival.render(self.clip.frames[part], self.clip.fps, self._ascent, look))

    def _reached(self, outputs: list[np.ndarray], part: slice) -> float:
        """Strength of a part's film, on every second frame after it has settled."""
        settled = metrics.SETTLED if part.start == 0 else BLENDED
        return self.strength({part.start + i: outputs[i] for i in range(settled, len(outputs), 2)})

    def control(self, name: str, meaning: str, outputs: list[np.ndarray]) -> Entry:
        """A film that was not dreamed, judged in the same way: if it wins, a metric is broken."""
        strength = {"strength": self._reached(outputs, slice(0, len(outputs)))}
        return Entry(name, meaning, outputs, strength | self.judge(outputs))

    def judge(self, outputs: list[np.ndarray]) -> dict:
        """Every figure except strength."""
        return judged(self.clip, outputs)


def judged(clip: Clip, finished: list[np.ndarray]) -> dict:
    """Every figure of a film that needs no other film."""
    outputs, source = ([to_judge(frame, clip.judged) for frame in film] for film in (finished, clip.frames))
    r = [o - s for o, s in zip(outputs, source, strict=True)]
    figures = {}
    for back in clip.ways:
        figures[f"flicker {back}"] = metrics.flicker(r, clip, back)
        own = metrics.warping_error(source, clip, back)  # the drawn pan has none
        figures[f"warping error {back}"] = metrics.warping_error(outputs, clip, back) / own if own else None
    return (
        figures
        | {
            "shimmer": metrics.shimmer(r, clip),
            "ghosting": metrics.ghosting(r, clip),
            "left over": metrics.left_over(r, source, clip),
            "after cuts": metrics.after_cuts(r, source, clip),
            "SSIM": metrics.similarity(outputs, source),
            "edges": metrics.edge_agreement(outputs, source),
            "fineness": metrics.fineness(r),
            "by shade": metrics.shares_by_shade(r, source),
            "rms": float(np.sqrt(np.mean([np.mean(x * x) for x in r[metrics.SETTLED :]])) * 127.5),
        }
        | rich(clip, finished)
    )


def rich(clip: Clip, finished: list[np.ndarray]) -> dict[str, float | None]:
    """The figures of the dream's richness, and of where and how soon it appears."""
    return richness.figures(clip.frames, finished) | {
        "recovery": recovery(contrasts(clip, finished), clip),
        "carried": carried(clip, finished),
    }


def _next(tried: list[tuple[float, float]], aim: float) -> float:
    """The logarithm of the next rate to try: between the two that bracket the aim, or beyond the last."""
    below = max((t for t in tried if t[1] < aim), default=None)
    above = min((t for t in tried if t[1] >= aim), default=None)
    if below and above:
        share = (aim - below[1]) / max(above[1] - below[1], 1e-9)
        return below[0] + np.clip(share, 0.1, 0.9) * (above[0] - below[0])
    (rate, reached), slope = tried[-1], 1.5
    if len(tried) > 1 and abs(reached - tried[-2][1]) > 1e-6:  # as steep as between the last two
        slope = max(0.2, (rate - tried[-2][0]) / (reached - tried[-2][1]))
    return rate + np.clip(slope * (aim - reached), -1.5, 1.5)


def controls(contest: Contest, ours: Entry) -> list[tuple[str, str, list[np.ndarray]]]:
    """(name, meaning, film) of the controls, which must not win."""
    source, middle = contest.clip.frames, len(ours.outputs) // 2
    glued = ours.outputs[middle].astype(np.int16) - source[middle]
    blur = 2.0 * source[0].shape[1] / contest.grid[0]
    return [
        ("the source", "nothing dreamed", source),
        (
            "glued to the screen",
            "one frame's dream laid over all",
            [np.clip(s + glued, 0, 255).astype(np.uint8) for s in source],
        ),
        (
            "ours, blurred",
            "our output through a blur of 2 pixels of the grid",
            [cv2.GaussianBlur(o, (0, 0), blur) for o in ours.outputs],
        ),
        ("frozen", "our middle frame for all", [ours.outputs[middle]] * len(source)),
    ]
