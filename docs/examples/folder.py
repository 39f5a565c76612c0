"""A folder of pictures, each dreamed for itself, in one look."""

from pathlib import Path

import cv2

import kaleidocam

out = Path("dreamed")
out.mkdir(exist_ok=True)
with kaleidocam.Kaleidoscope("marble", burst=20) as kaleidoscope:
    for path in sorted(Path("pictures").glob("*.jpg")):
        kaleidoscope.reset()  # each begins anew
        cv2.imwrite(str(out / f"{path.stem}.png"), kaleidoscope.frame(cv2.imread(str(path))))
