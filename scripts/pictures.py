"""The README's pictures, made by the product: python scripts/pictures.py CLIP [--frame N]

Dreams CLIP up to frame N with every preset, and writes that frame as docs/pictures/PRESET.jpg; the default look goes
beside the undreamed frame into docs/pictures/before-after.jpg.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from kaleidocam import build
from kaleidocam.filter import Dream
from kaleidocam.pipeline import dream_film
from kaleidocam.settings import DEFAULT_PRESET, preset_names, read_preset, settle
from kaleidocam.sinks.memory import Memory

OUT = Path(__file__).parents[1] / "docs" / "pictures"
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 88]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clip")
parser.add_argument("--frame", type=int, default=45)
given = parser.parse_args()

OUT.mkdir(parents=True, exist_ok=True)
for preset in preset_names():
    look, machine = settle(read_preset(preset), preset)
    kept = Memory(limit=1)
    with build.open_source(given.clip, machine) as source:
        dream = Dream(look.grid, build.make_dreamer(look, machine))
        dream_film(source, [kept], eye=build.make_eye(look, machine), dream=dream, look=look,
                   until=(given.frame + 0.5) / source.fps)
    after = kept.frames[-1]
    cv2.imwrite(str(OUT / f"{preset}.jpg"), after.image, QUALITY)
    if preset == DEFAULT_PRESET:
        with build.open_source(given.clip, machine) as source:
            before = next(frame for frame in iter(source.read, None) if frame.index == after.index)
        cv2.imwrite(str(OUT / "before-after.jpg"), np.hstack([before.image, after.image]), QUALITY)
    print(f"{preset}: {after.seconds:.2f} s into {given.clip}")
