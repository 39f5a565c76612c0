"""The README's pictures, made by the product: python scripts/pictures.py CLIP [CLIP...] [--frame N]

Dreams every CLIP up to frame N with every preset, writes those frames side by side as docs/pictures/PRESET.jpg and all
of them as docs/pictures/contact-sheet.jpg; the last CLIP's become the panel's thumbnails. The first CLIP in the default
look, undreamed and dreamed, becomes docs/pictures/before-after.jpg.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from kaleidocam import build
from kaleidocam.control.panel.presets import THUMBNAILS
from kaleidocam.filter import Dream
from kaleidocam.frame import Frame
from kaleidocam.grid import grid_of
from kaleidocam.pipeline import dream_film
from kaleidocam.settings import DEFAULT_PRESET, former_presets, preset_groups, read_preset, settle
from kaleidocam.sinks.memory import Memory

OUT = Path(__file__).parents[1] / "docs" / "pictures"
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 86]
THUMBNAIL, THUMBNAIL_QUALITY = (160, 90), [cv2.IMWRITE_JPEG_QUALITY, 82]
PANEL, COLUMNS, MARGIN = (320, 180), 3, 6  # of the contact sheet: a clip's picture, presets in a row, pixels between


def moment(clip: str, preset: str, frame: int) -> Frame:
    """Frame `frame` of `clip`, or its last, dreamed from the first one on."""
    look, machine = settle(read_preset(preset), preset)
    kept = Memory(limit=1)
    with build.open_source(clip, machine) as source:
        dream_film(source, [kept], eye=build.make_eye(machine), look=look, until=(frame + 0.5) / source.fps,
                   dream=Dream(grid_of(look, source.size), build.make_dreamer(look, machine)))
    return kept.frames[-1]


def labelled(picture: np.ndarray, text: str) -> np.ndarray:
    for colour, width in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        cv2.putText(picture, text, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.65, colour, width, cv2.LINE_AA)
    return picture


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clips", nargs="+", metavar="CLIP")
parser.add_argument("--frame", type=int, default=45)
given = parser.parse_args()

OUT.mkdir(parents=True, exist_ok=True)
names = [name for group in preset_groups().values() for name in group]
for old in [*OUT.glob("*.jpg"), *THUMBNAILS.glob("*.jpg")]:
    if old.stem in former_presets():
        old.unlink()
cells = []
for name in names:
    moments = [moment(clip, name, given.frame) for clip in given.clips]
    cell = np.hstack([cv2.resize(m.image, PANEL, interpolation=cv2.INTER_AREA) for m in moments])
    cv2.imwrite(str(OUT / f"{name}.jpg"), cell, QUALITY)
    thumbnail = cv2.resize(moments[-1].image, THUMBNAIL, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(THUMBNAILS / f"{name}.jpg"), thumbnail, THUMBNAIL_QUALITY)
    label = labelled(cell, f"{name}  {settle(read_preset(name), name)[0].channel}")
    cells.append(cv2.copyMakeBorder(label, 0, MARGIN, 0, MARGIN, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    if name == DEFAULT_PRESET:
        look, machine = settle({}, "pictures")
        with build.open_source(given.clips[0], machine) as source:
            before = next(frame for frame in iter(source.read, None) if frame.index == moments[0].index)
        cv2.imwrite(str(OUT / "before-after.jpg"), np.hstack([before.image, moments[0].image]), QUALITY)
    print(name, flush=True)
cells += [np.full_like(cells[0], 255)] * (-len(cells) % COLUMNS)
rows = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
cv2.imwrite(str(OUT / "contact-sheet.jpg"), np.vstack(rows), QUALITY)
