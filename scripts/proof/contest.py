"""One clip dreamed in every way at equal strength, and judged.

Invariant: a way is judged at the strength of ours (within TOLERANCE), or at the nearest that it reached, which stands
beside its figures: too large a step makes a dream weaker again, so not every way can be brought to every strength.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.imaging import to_network
from kaleidocam.settings import Look
from proof import metrics
from proof.clips import BACKS, Clip
from proof.rivals import Rival

TOLERANCE = 0.03  # of the strength aimed at
TRIES, WHOLE_TRIES = 7, 3  # the latter for a whole film whose rate a part of it has told, ten steps a frame being slow
WINDOW, BLENDED = 14, 4  # frames on which a way that carries little is tuned, and those of them that are not judged
START_ALONE = 0.25  # of the range from mid-grey to white, climbed anew in every frame: where tuning begins
RATES = (0.02, 20.0)  # what may be asked of a way; of one that carries little, in ranges from grey to white a frame
LITTLE = (0.005, 1.0)


@dataclass(frozen=True)
class Entry:
    """One way's film of one clip: `outputs` (H, W, 3) float32 in [-1, 1], and the figures by name."""

    name: str
    meaning: str
    outputs: list[np.ndarray]
    figures: dict


class Contest:
    """Dreams one clip in many ways with one dreamer, at one look."""

    def __init__(self, clip: Clip, look: Look, ascent: Ascent) -> None:
        self.clip, self.look = clip, look.model_copy(update={"grid": clip.grid})
        self._ascent = ascent
        self.source = [to_network(frame) for frame in clip.frames]
        self._of_source: dict[int, float] = {}

    def strength(self, outputs: dict[int, np.ndarray]) -> float:
        """Mean activation of the objective on the outputs (frame -> picture) over that on the same source frames."""
        for t in outputs:
            if t not in self._of_source:
                self._of_source[t] = self._ascent.measure(self.source[t])
        return sum(map(self._ascent.measure, outputs.values())) / sum(self._of_source[t] for t in outputs)

    def enter(self, rival: Rival, like: Entry | None = None) -> Entry:
        """`rival`'s film, its rate tuned to the strength of `like`; as the look says where that is None."""
        rate = self.look.rate if rival.carries else START_ALONE * self.clip.fps
        if like is not None and not rival.carries:  # a few frames tell the rate, at a quarter of the time
            middle = len(self.source) // 2
            rate = self._tuned(rival, rate, like, slice(middle - WINDOW // 2, middle + WINDOW // 2))[0]
        whole = slice(0, len(self.source))
        if like is not None:
            rate, outputs, reached = self._tuned(rival, rate, like, whole)
        else:
            outputs = self._render(rival, rate, whole)
            reached = self._reached(outputs, whole)
        found = {"rate": rate, "strength": reached} | self.judge(outputs)
        return Entry(rival.name, rival.meaning, outputs, found)

    def _tuned(self, rival: Rival, rate: float, like: Entry, part: slice) -> tuple[float, list[np.ndarray], float]:
        """The rate at which `rival` is as strong as `like` on a part of the clip, its film of it, and its strength."""
        aim, tried, best = self._reached(like.outputs[part], part), [], None
        whole = len(like.outputs[part]) == len(self.source)
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
        films = rival.render(self.clip.frames[part], self.clip.fps, self._ascent, look)
        return [np.clip(picture, -1, 1) for picture in films]

    def _reached(self, outputs: list[np.ndarray], part: slice) -> float:
        """Strength of a part's film, by every other of its frames once it has settled."""
        settled = metrics.SETTLED if part.start == 0 else BLENDED
        return self.strength({part.start + i: outputs[i] for i in range(settled, len(outputs), 2)})

    def control(self, name: str, meaning: str, outputs: list[np.ndarray]) -> Entry:
        """A film that no dreamer made, judged in the same way: one that wins shows a broken metric."""
        strength = {"strength": self._reached(outputs, slice(0, len(outputs)))}
        return Entry(name, meaning, outputs, strength | self.judge(outputs))

    def judge(self, outputs: list[np.ndarray]) -> dict:
        """Every figure but strength."""
        clip, source = self.clip, self.source
        r = [o - s for o, s in zip(outputs, source, strict=True)]
        figures = {}
        for back in BACKS:
            figures[f"flicker {back}"] = metrics.flicker(r, clip, back)
            figures[f"warping error {back}"] = (metrics.warping_error(outputs, clip, back)
                                                / metrics.warping_error(source, clip, back))
        return figures | {
            "ghosting": metrics.ghosting(r, clip), "left over": metrics.left_over(r, source, clip),
            "after cuts": metrics.after_cuts(r, source, clip), "SSIM": metrics.similarity(outputs, source),
            "edges": metrics.edge_agreement(outputs, source), "fineness": metrics.fineness(r),
            "by shade": metrics.shares_by_shade(r, source),
            "rms": float(np.sqrt(np.mean([np.mean(x * x) for x in r[metrics.SETTLED:]])) * 127.5),
        }


def _next(tried: list[tuple[float, float]], aim: float) -> float:
    """The next logarithm of a rate to try: between the two that bracket the aim, or further out."""
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
    """(name, meaning, film) of what must not win."""
    source = contest.source
    middle = len(source) // 2
    glued = ours.outputs[middle] - source[middle]
    return [
        ("the source", "nothing dreamed", source),
        ("glued to the screen", "one frame's dream laid over all", [np.clip(s + glued, -1, 1) for s in source]),
        ("ours, blurred", "our output through a 2-pixel blur",
         [cv2.GaussianBlur(o, (0, 0), 2.0) for o in ours.outputs]),
        ("frozen", "our middle frame for all", [ours.outputs[middle]] * len(source)),
    ]
