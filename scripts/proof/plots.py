"""The comparison's two plots.

Invariant: the same figures give the same bytes.
"""

import itertools
from pathlib import Path

import numpy as np

from proof.aims import OURS
from proof.metrics import SHADES
from proof.rivals import RIVALS


def draw(folder: Path, found: dict) -> None:
    """Writes flicker.svg and shades.svg to `folder`; `found`: the result of `report.figures`."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "kaleidocam", "font.size": 9})
    ways = [way.name for way in RIVALS]
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 3.6), sharey=True)
    plotted = ("flicker 1", "ghosting", "SSIM")
    for axis, column in zip(axes, plotted, strict=True):
        for i, (clip, of_clip) in enumerate(found["clips"].items()):
            at = np.arange(len(ways)) + 0.2 * i
            axis.barh(at, [of_clip["ways"][way][column] for way in ways], 0.2, label=clip)
        axis.set_yticks(np.arange(len(ways)) + 0.3, ways)
        axis.set_xlabel(
            {
                "flicker 1": "flicker t-1 (0 holds still)",
                "ghosting": "ghosting, gray levels²",
                "SSIM": "SSIM, content kept",
            }[column]
        )
    axes[0].invert_yaxis()
    axes[1].set_xscale("log")
    axes[2].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(folder / "flicker.svg", metadata={"Date": None})
    figure, axis = pyplot.subplots(figsize=(6, 3.2))
    middle = [(a + b) / 2 for a, b in itertools.pairwise(SHADES)]
    for clip, of_clip in found["clips"].items():
        axis.plot(middle, of_clip["ways"][OURS]["by shade"], "o-", label=clip)
    axis.axhline(1, color="#aaa", linewidth=0.8)
    axis.set(xlabel="luma of the source", ylabel="rms of ours over its mean", ylim=(0, None))
    axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / "shades.svg", metadata={"Date": None})
