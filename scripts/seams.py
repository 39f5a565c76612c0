"""Measures how visible a seam between two segments is, by length of the pre-roll: python scripts/seams.py CLIP…
[--at 3.5] [--preset NAME]

Each clip is dreamed once from its start, and once per pre-roll from AT minus the pre-roll; in the pre-roll the first
dream fades into the second. Prints the change of the dream from frame to frame during the fade, divided by the change
without a seam: maximum and mean. 1.00 is no visible seam; a pre-roll of 0 is a hard cut.
"""

import argparse
from itertools import pairwise

import numpy as np

from kaleidocam.film.pipeline import dream_each
from kaleidocam.film.seam import faded
from kaleidocam.picture.assembly import make_dreamer, make_eye
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Machine
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.values import settle
from kaleidocam.sources.opening import open_source

PRE_ROLLS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clips", nargs="+")
parser.add_argument("--at", type=float, default=3.5, help="seconds into the clip")
parser.add_argument("--after", type=float, default=0.2, help="seconds to dream after the seam")
parser.add_argument("--preset", default="spirals")


def dreamed(clip, look, machine, start: float, end: float) -> dict[float, np.ndarray]:
    """The dream layers, in gray levels, of the frames from `start` to `end`, by their times in seconds."""
    layers = {}
    with open_source(clip, machine) as source:
        waiting = [source.skip_to(start)]

        def read():
            frame = waiting.pop() if waiting else source.read()
            return frame if frame is not None and frame.seconds < end else None

        dream = Dream(grid_of(look, source.size), make_dreamer(look, machine))
        dream_each(
            read,
            lambda done: layers.update({done.seen.frame.seconds: done.layer * 127.5}),
            eye=make_eye(machine),
            dream=dream,
            look_at=lambda frame: look,
        )
    return layers


def change(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(after - before).mean())


def main() -> None:
    given, machine = parser.parse_args(), Machine()
    look = settle(read_preset(given.preset), "the preset")[0]
    for clip in given.clips:
        whole = dreamed(clip, look, machine, 0.0, given.at + given.after)
        times = sorted(whole)
        seam = next(i for i, at in enumerate(times) if at >= given.at)
        print(f"{clip}: the dream is {np.abs(whole[times[seam]]).mean():.1f} gray levels strong on average")
        for pre_roll in PRE_ROLLS:
            part = dreamed(clip, look, machine, times[seam] - pre_roll - 1e-6, given.at + given.after)
            begin = times.index(min(part))
            joined = (
                whole
                | {at: part[at] for at in times[seam:]}
                | {
                    at: faded(whole[at], part[at], (i + 1) / (seam - begin + 1))
                    for i, at in enumerate(times[begin:seam])
                }
            )
            pairs = list(pairwise(times[max(0, begin - 1) : seam + 2]))
            ratios = [change(joined[a], joined[b]) / change(whole[a], whole[b]) for a, b in pairs]
            weakest = min(np.abs(joined[at]).mean() / np.abs(whole[at]).mean() for at in times[begin : seam + 1])
            print(
                f"  pre-roll {pre_roll:4.2f} s: change from frame to frame {max(ratios):5.2f} at most, "
                f"{np.mean(ratios):5.2f} on average; strength at least {weakest:.2f}; the dreams differ by "
                f"{change(part[times[seam]], whole[times[seam]]):.1f} levels at the seam",
                flush=True,
            )


if __name__ == "__main__":
    main()
