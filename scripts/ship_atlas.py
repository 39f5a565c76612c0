"""Puts an atlas into the package: python scripts/ship_atlas.py FOLDER [PICTURE_OR_CLIP...]

FOLDER was made by `kaleidocam atlas`. The usual activation of each channel is measured on the pictures and on some
frames of each clip; without any, the present values stay.
"""

import json
import shutil
import sys
from pathlib import Path

from kaleidocam.atlas import assembly as atlases
from kaleidocam.atlas.book import SMALL, read_index
from kaleidocam.atlas.excited import USUAL, of_pictures
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.opening import open_source
from kaleidocam.sources.picture import read_picture

FRAMES = 6  # of each clip
MOST = 8 << 20  # bytes, of the atlas in the package


def pictures(paths: list[str]):
    for path in paths:
        try:
            yield read_picture(path)
        except UserError:
            with open_source(path, Machine()) as clip:
                length = (clip.length or 0) / clip.fps
                for i in range(FRAMES):
                    frame = clip.skip_to(length * (i + 0.5) / FRAMES)
                    if frame:
                        yield frame.image


def main() -> None:
    folder = Path(sys.argv[1])
    SMALL.mkdir(exist_ok=True)
    for name in ["atlas.json", *(of["sheet"] for of in read_index(folder)["layers"].values())]:
        shutil.copyfile(folder / name, SMALL / name)
    if shown := list(pictures(sys.argv[2:])):
        see = atlases.make_seeing(Machine())
        (SMALL / USUAL).write_text(json.dumps(of_pictures(map(see, shown)), separators=(",", ":")))
        print(f"usual activations measured on {len(shown)} pictures")
    size = sum(file.stat().st_size for file in SMALL.iterdir())
    print(f"{size / 1e6:.1f} MB")
    if size > MOST:
        sys.exit(f"too large: at most {MOST / 1e6:.1f} MB are allowed")


main()
