"""Makes the README's pictures: python scripts/pictures.py CLIP [CLIP...] [--frame N] [--only PRESET...]

Dreams every CLIP up to frame N with every preset. Writes these frames side by side as docs/pictures/PRESET.jpg, and all
of them as docs/pictures/contact-sheet.jpg; those of the last CLIP become the panel's thumbnails. The first CLIP in the
default look, before and after dreaming, becomes docs/pictures/before-after.jpg. With --only, just these are dreamed;
the others are on the sheet as they were made last. Prints the nearest other look of each look that was dreamed, and the
distance of each from itself one second earlier. What a look's trigger does is not waited for.
"""

import argparse
from collections import deque
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from proof import alike

from kaleidocam import Frame, Kaleidoscope, open_source
from kaleidocam.control.panel.presets import THUMBNAILS
from kaleidocam.dream.network.gradient import Activations
from kaleidocam.dream.network.weights import load
from kaleidocam.picture.sheet import Layout, laid_out
from kaleidocam.settings.parameters import DEFAULT_PRESET
from kaleidocam.settings.presets import former_presets, preset_groups, read_preset
from kaleidocam.settings.values import settle

OUT = Path(__file__).parents[1] / "docs" / "pictures"
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 86]
THUMBNAIL, THUMBNAIL_QUALITY = (160, 90), [cv2.IMWRITE_JPEG_QUALITY, 82]
PANEL, COLUMNS, MARGIN = (320, 180), 3, 6  # contact sheet: size of a picture, presets per row, gap in pixels


def moments_of(clip: str, preset: str, frame: int) -> tuple[Frame, Frame]:
    """Frame `frame` of `clip`, or its last, dreamed from the first frame on; and the frame one second earlier."""
    with open_source(clip) as source, Kaleidoscope(preset, trigger="off") as kaleidoscope:
        kept = deque(islice(kaleidoscope.frames(source), frame + 1), maxlen=round(source.fps) + 1)
    return kept[-1], kept[0]


def source_frames(clip: str, indices: set[int]) -> dict[int, np.ndarray]:
    """These frames of `clip`, not dreamed."""
    with open_source(clip) as source:
        every = iter(source.read, None)
        return {frame.index: frame.image for frame in every if frame.index in indices}


def labeled(picture: np.ndarray, text: str) -> np.ndarray:
    for color, width in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        cv2.putText(picture, text, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.65, color, width, cv2.LINE_AA)
    return picture


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clips", nargs="+", metavar="CLIP")
parser.add_argument("--frame", type=int, default=45)
parser.add_argument("--only", nargs="+", metavar="PRESET")
given = parser.parse_args()

OUT.mkdir(parents=True, exist_ok=True)
names = [name for group in preset_groups().values() for name in group]
for old in [*OUT.glob("*.jpg"), *THUMBNAILS.glob("*.jpg")]:
    if old.stem in former_presets():
        old.unlink()
cells, befores = [], {}
looks, earlier, seen = {}, {}, Activations(alike.LAYERS, load("bundled"), "float32")
for name in names:
    if given.only and name not in given.only:
        cell = cv2.imread(str(OUT / f"{name}.jpg"))
        cells.append((labeled(cell, f"{name}  {settle(read_preset(name), name)[0].channel}"), ""))
        continue
    pairs = [moments_of(clip, name, given.frame) for clip in given.clips]
    moments = [pair[0] for pair in pairs]
    for clip, pair in zip(given.clips, pairs, strict=True):
        if clip not in befores:  # the frames are the same for every look
            befores[clip] = source_frames(clip, {frame.index for frame in pair})
    for kept, which in ((looks, 0), (earlier, 1)):
        kept[name] = alike.features(
            [
                alike.dream_alone(befores[clip][pair[which].index], pair[which].image)
                for clip, pair in zip(given.clips, pairs, strict=True)
            ],
            seen,
        )
    cell = np.hstack([cv2.resize(m.image, PANEL, interpolation=cv2.INTER_AREA) for m in moments])
    cv2.imwrite(str(OUT / f"{name}.jpg"), cell, QUALITY)
    thumbnail = cv2.resize(moments[-1].image, THUMBNAIL, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(THUMBNAILS / f"{name}.jpg"), thumbnail, THUMBNAIL_QUALITY)
    label = labeled(cell, f"{name}  {settle(read_preset(name), name)[0].channel}")
    cells.append((label, ""))
    if name == DEFAULT_PRESET:
        before = befores[given.clips[0]][moments[0].index]
        cv2.imwrite(str(OUT / "before-after.jpg"), np.hstack([before, moments[0].image]), QUALITY)
    print(name, flush=True)
contact_sheet = laid_out(cells, Layout(COLUMNS, gap=(MARGIN, MARGIN), paper=255))
cv2.imwrite(str(OUT / "contact-sheet.jpg"), contact_sheet, QUALITY)
for neighbor in alike.neighbors(looks) if len(looks) > 1 else ():
    own = alike.distance(looks[neighbor.name], earlier[neighbor.name])
    print(f"{neighbor.name:14s} nearest {neighbor.nearest:14s} {neighbor.distance:.3f}  a second before {own:.3f}")
