"""Checks a long film for drift: python scripts/endurance.py CLIP [--frames 10000] [--grid 192x108] [--still]

Dreams a clip in a loop, or with --still only its first frame; the seam of the loop counts as a cut only if it looks
like one. Prints for every tenth of the run: strength (mean activation, measured on every tenth dreamed picture), mean
gray level of picture and dream, and the share of saturated values. Ends with an error if a later tenth differs from the
second by more than is allowed; the first tenth is not compared, since the dream is still growing.
"""

import argparse
import sys
from itertools import islice

import numpy as np
from rich.progress import track

from kaleidocam import Kaleidoscope, open_source
from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.picture.assembly import make_measure
from kaleidocam.settings.parameters import DEFAULT_PRESET

MEASURED = 10  # frames from one measurement of the strength to the next
# Allowed differences: strength and layer rms as a share, level in gray levels, saturated values in percent.
MOST = {"strength": 0.05, "output level": 2.0, "layer rms": 0.05, "saturated": 1.0}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clip")
parser.add_argument("--frames", type=int, default=10_000)
parser.add_argument("--grid", default="192x108")
parser.add_argument("--still", action="store_true", help="repeat only the first frame")
parser.add_argument("--preset", default=DEFAULT_PRESET)
given = parser.parse_args()


def saturated(image: np.ndarray) -> float:
    """Percentage of values that are black or white."""
    return 100 * float(((image == 0) | (image == 255)).mean())


with open_source(given.clip, size=given.grid) as source:
    pictures, fps = [frame.image for frame in islice(iter(source.read, None), 1 if given.still else None)], source.fps
kaleidoscope = Kaleidoscope(given.preset, grid=given.grid, sharpness=0)  # nothing is enlarged, so no sharpening
rows = []
for i in track(range(given.frames), "dreaming"):
    picture = pictures[i % len(pictures)]
    output = kaleidoscope.frame(picture, i / fps)
    strength = np.nan
    if i % MEASURED == 0:
        measure, _ = make_measure(kaleidoscope.look.channel, kaleidoscope.machine)  # with the same network
        _, strength = measure(to_network(output))
    layer = output.astype(np.float32) - picture
    rows.append((strength, picture.mean(), output.mean(), layer.std(), saturated(output), saturated(picture)))
print(f"{given.clip}: {len(pictures)} frames at {fps:g} fps, looped; {given.preset}, grid {given.grid}")
print("frames         strength  source level  output level  layer rms  saturated %  source's %")
tenth, tenths = given.frames // 10, []
for start in range(0, tenth * 10, tenth):
    tenths.append(np.nanmean(rows[start : start + tenth], axis=0))
    print(f"{start:6d}-{start + tenth - 1:<6d}" + "".join(f"{value:12.3f}" for value in tenths[-1]))
settled = np.array(tenths[1:])
drift = np.abs(settled - settled[0]).max(axis=0)
found = {
    "strength": drift[0] / settled[0, 0],
    "output level": drift[2],
    "layer rms": drift[3] / settled[0, 3],
    "saturated": drift[4],
}
print("largest drift from the second tenth on: " + ", ".join(f"{name} {value:.3f}" for name, value in found.items()))
if drifted := [name for name, value in found.items() if value > MOST[name]]:
    sys.exit(f"drift in {', '.join(drifted)}; allowed at most: {MOST}")
