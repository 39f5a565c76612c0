"""Figures of our method only, for tuning: one line per clip.

Invariant: the same figures as in the contest, of the same finished frames; figures that need a rival are left out.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from kaleidocam.dream.ascent import Ascent
from kaleidocam.settings.parameters import Look
from proof import clips, metrics
from proof.contest import rich
from proof.films import dreamed
from proof.pan import pan
from proof.shapes import by_shape

OWN = {"drawn": clips.drawn, "pan": pan}  # the clips that are made here
SHAPES = "shapes"  # not a clip: one picture in four shapes
BACK = 1  # frames; ten, as in the contest, would need another measurement of the motion
TOLD = (
    "luma",
    "contrast",
    "fine",
    "middle",
    "coarse",
    "white",
    "dark",
    "recovery",
    "carried",
    "flicker",
    "shimmer",
    "SSIM",
)


def clip_of(name: str, count: int) -> clips.Clip:
    """The first `count` frames of a clip that is made here, or of a file."""
    return OWN[name](count, backs=(BACK,)) if name in OWN else clips.filmed(Path(name), count, (BACK,))


def figures_of(clip: clips.Clip, look: Look, ascent: Ascent) -> dict[str, float | None]:
    """The figures of the product's film of a clip."""
    ascent.reset()
    finished = list(dreamed(clip.frames, clip.fps, ascent, look))
    outputs, source = ([clips.to_judge(frame, clip.judged) for frame in film] for film in (finished, clip.frames))
    r = [o - s for o, s in zip(outputs, source, strict=True)]
    return rich(clip, finished) | {
        "flicker": metrics.flicker(r, clip, BACK),
        "shimmer": metrics.shimmer(r, clip),
        "SSIM": metrics.similarity(outputs, source),
    }


def lines(names: list[str], look: Look, ascent: Ascent, count: int) -> Iterator[str]:
    """The line of each clip, as soon as it is measured."""
    yield f"{'':14s}" + "".join(f"{name:>9s}" for name in TOLD) + "  seconds"
    for name in names or [*OWN, SHAPES]:
        if name == SHAPES:
            found = by_shape(look, ascent)
            yield f"{name:14s} width over height: " + ", ".join(f"{n} {value:.2f}" for n, value in found.items())
            continue
        clip = clip_of(name, count)
        began = time.perf_counter()
        found = figures_of(clip, look, ascent)
        cells = "".join(f"{'–' if found[n] is None else format(found[n], '.3f'):>9s}" for n in TOLD)
        yield f"{clip.name:14s}{cells}{time.perf_counter() - began:9.1f}"
