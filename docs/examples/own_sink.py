"""A sink of your own: how bright the dream is, frame by frame, as a table."""

from pathlib import Path

import kaleidocam


class Brightness(kaleidocam.Sink):
    def __init__(self, path):
        self._path, self._rows = Path(path), []

    def write(self, frame):
        self._rows.append(f"{frame.seconds:.3f}\t{frame.image.mean():.1f}\n")

    def close(self):
        self._path.write_text("".join(self._rows))


with kaleidocam.open_source("walk.mp4") as walk, Brightness("brightness.tsv") as table:
    for frame in kaleidocam.Kaleidoscope("eyes").frames(walk):
        table.write(frame)
