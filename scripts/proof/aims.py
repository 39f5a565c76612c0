"""Compares the figures with the aims.

Invariant: a figure meets an aim or misses it; a figure that can't be measured is left out of the mean, and a state that
was never reached is a miss.
"""

import math

import numpy as np

from proof.rivals import RIVALS

OURS, ALONE, WARPED = "ours", "each frame alone", "whole frame warped"
PAN = "pan"  # the clip
OTHERS = tuple(way.name for way in RIVALS if not way.name.startswith(OURS))
ONE_STEP = tuple(way.name for way in RIVALS if way.carries and way.name in OTHERS)  # a frame, as ours at most
RICH = {"luma": 0.85, "contrast": 0.20, "fine": 0.25, "white": 0.8, "dark": 0.6}  # at least
CARRIED = 0.7  # at least
SECONDS = 0.3  # for what has just come into view, at most
ROUND = (0.8, 1.25)  # width over height
OF_ALONE, FLICKER = 0.08, 0.10  # at most: the mean of the clips over frame by frame, and every clip by itself

Clips = dict[str, dict[str, dict]]
"""Clip -> method -> figure -> value."""


def aims(clips: Clips, shapes: dict[str, float] | None = None) -> list[dict]:
    """Rows with the aim, the figure, its bound ("at most" or "at least") and whether it is met. `shapes`: anisotropy by
    shape of picture. The pan counts only for carried detail and recovery, for which it was drawn."""
    films = {name: ways for name, ways in clips.items() if name != PAN}
    return [
        *_richness(films),
        *_in_motion(clips),
        *_roundness(shapes or {}),
        *_steadiness(films),
        *_against_rivals(films),
    ]


def row(aim: str, value: float, *, at_most: float | None = None, at_least: float | None = None) -> dict:
    """An aim compared with its figure; infinity is written as "never"."""
    met = value <= at_most if at_most is not None else value >= at_least
    bound = {"at most": at_most} if at_most is not None else {"at least": at_least}
    return {"aim": aim, "figure": "never" if math.isinf(value) else round(float(value), 4), **bound, "met": bool(met)}


def _richness(clips: Clips) -> list[dict]:
    rows = []
    for name, limit in RICH.items():
        found = [ways[OURS][name] for ways in clips.values() if ways[OURS].get(name) is not None]
        if found:
            rows.append(row(f"{name}, mean of the clips", np.mean(found), at_least=limit))
            rows.append(row("… on the worst clip", min(found), at_least=limit))
    return rows


def _in_motion(clips: Clips) -> list[dict]:
    rows = [
        row(f"carried, on the {name}", ways[OURS]["carried"], at_least=CARRIED)
        for name, ways in clips.items()
        if ways[OURS].get("carried") is not None
    ]
    waited = [_seconds(ways[OURS]["recovery"]) for ways in clips.values() if ways[OURS].get("recovery") is not None]
    if waited:
        rows.append(row("recovery, seconds, mean of the clips", np.mean(waited), at_most=SECONDS))
        rows.append(row("… on the worst clip", max(waited), at_most=SECONDS))
    return rows


def _roundness(shapes: dict[str, float]) -> list[dict]:
    if not shapes:
        return []
    return [
        row("anisotropy, the narrowest of the shapes", min(shapes.values()), at_least=ROUND[0]),
        row("… the widest", max(shapes.values()), at_most=ROUND[1]),
    ]


def _seconds(value: float | str) -> float:
    """A recovery time from its form in the figures."""
    return math.inf if value == "never" else value


def _steadiness(clips: Clips) -> list[dict]:
    return [
        row(
            "flicker over that of each frame alone, mean of the clips",
            np.mean(_over(clips, ALONE, "flicker 1")),
            at_most=OF_ALONE,
        ),
        row("… on the worst clip", max(_over(clips, ALONE, "flicker 1")), at_most=0.15),
        row(
            "flicker over the dream's own energy, on the worst clip",
            max(ways[OURS]["flicker 1"] for ways in clips.values()),
            at_most=FLICKER,
        ),
    ]


def _against_rivals(clips: Clips) -> list[dict]:
    """Steadiness and content compared with the other methods, at equal strength."""

    def mean(way: str, figure: str) -> float:
        return float(np.mean([ways[way][figure] for ways in clips.values()]))

    rows = []
    for figure, limit in (("flicker 1", 0.6), ("ghosting", 0.2)):
        name = f"{figure.partition(' ')[0]} over that of the whole frame warped, mean of the clips"
        rows.append(row(name, np.mean(_over(clips, WARPED, figure)), at_most=limit))
        rows.append(row("… on the worst clip", max(_over(clips, WARPED, figure)), at_most=limit))
    rows.append(
        row(
            "the clips' mean flicker over that of the whole frame warped",
            mean(OURS, "flicker 1") / mean(WARPED, "flicker 1"),
            at_most=0.6,
        )
    )
    for figure, name in (("SSIM", "SSIM"), ("edges", "edge agreement")):
        for rivals, title in (
            (OTHERS, f"{name} of the best rival less ours, mean of the clips"),
            (ONE_STEP, "… of those that take one step a frame"),
        ):
            best = [max(ways[rival][figure] for rival in rivals) - ways[OURS][figure] for ways in clips.values()]
            rows.append(row(title, np.mean(best), at_most=0.0))
    return rows


def _over(clips: Clips, other: str, figure: str) -> list[float]:
    """The ratio of our figure to another method's, for every clip in which the latter is not 0."""
    return [ways[OURS][figure] / ways[other][figure] for ways in clips.values() if ways[other][figure]]
