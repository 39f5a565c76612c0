"""For the tests: clips, also through a pipe, and pieces of a film."""

import threading
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from moving import texture

from kaleidocam.frame import Frame
from kaleidocam.sinks.piece import PieceFile

TICK = Fraction(1, 90_000)
VARIABLE = [0, 3600, 3601, 7200, 7207, *range(12_000, 90_000, 3003), *(90_000 + 17 * k * k for k in range(30))]


def picture(i, size=(160, 96)):
    return np.roll(texture(i // 25, size), 2 * i, axis=1)


def send_through(pipe, data):
    """Writes `data` into a FIFO from another thread, as a program would; its reader may go away before the end."""

    def send():
        with suppress(BrokenPipeError):
            Path(pipe).write_bytes(data)

    threading.Thread(target=send, daemon=True).start()


def write_clip(path, pictures, size=(160, 96), **options):
    """Pictures of that size as H.264 at 25 frames a second; returns `path`. `options`: of the container."""
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream("libx264", rate=25)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
    return path


def write_pieces(folder, codec, *, ticks=VARIABLE, count=3, size=(160, 96), tick=TICK, crf=None, first=0.0):
    """`count` pieces with frames at `ticks`, `first` seconds later."""
    paths, each = [], -(-len(ticks) // count)
    for k in range(count):
        paths.append(folder / f"piece-{codec.name}-{k}{codec.piece_suffix}")
        with PieceFile(paths[-1], codec, size=size, fps=25, tick=tick, crf=crf) as piece:
            for i in range(k * each, min(len(ticks), (k + 1) * each)):
                piece.write(Frame(picture(i, size), float(ticks[i] * tick) + first, i))
    return paths
