"""The process that tries encoders in hardware: each makes two pieces, which are joined to a film and read back.

Invariant: it runs apart, because a driver may crash or hang; its answers stand on stdout one by one.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from kaleidocam.errors import UserError, reason
from kaleidocam.frame import Frame
from kaleidocam.media import open_media
from kaleidocam.sinks.codecs import Codec, named
from kaleidocam.sinks.join import join
from kaleidocam.sinks.piece import PieceFile

FPS, TICK = 25, Fraction(1, 25)
PIECES, FRAMES = 2, 5  # frames of each piece


def main() -> None:
    """Reads the names and a size (width, height) from stdin; writes a line for each: its name, and why it does not
    work, or null."""
    names, size = json.load(sys.stdin)
    av.logging.set_level(av.logging.ERROR)  # so that an error says what FFmpeg said
    for name in names:
        sys.stdout.write(json.dumps([name, trial(named(name), tuple(size))]) + "\n")
        sys.stdout.flush()


def trial(codec: Codec, size: tuple[int, int]) -> str | None:
    """Makes a film of pictures of `size` (width, height). Why it can't be made; None if it can."""
    try:
        with TemporaryDirectory(prefix="kaleidocam-") as folder:
            paths = [_piece(Path(folder) / f"{k}{codec.piece_suffix}", k, codec, size) for k in range(PIECES)]
            out = Path(folder) / f"film{codec.suffixes[0]}"
            join(paths, out, codec=codec, crf=None, fps=FPS, tick=TICK)
            with open_media(str(out)) as film:
                count = sum(1 for _ in film.decode(video=0))
    except (av.FFmpegError, OSError, RuntimeError, UserError, ValueError) as error:
        return _said(error)
    return None if count == PIECES * FRAMES else f"of {PIECES * FRAMES} frames {count} could be read back"


def _piece(path: Path, number: int, codec: Codec, size: tuple[int, int]) -> Path:
    picture = np.random.default_rng(number).integers(0, 256, (*size[::-1], 3), np.uint8)
    with PieceFile(path, codec, size=size, fps=FPS, tick=TICK, crf=None) as piece:
        for i in range(number * FRAMES, (number + 1) * FRAMES):
            piece.write(Frame(np.roll(picture, i, axis=1), float(i * TICK), i))
    return path


def _said(error: BaseException) -> str:
    """In FFmpeg's words, if it said why."""
    cause = error.__cause__ if isinstance(error.__cause__, av.FFmpegError) else error
    log = cause.log if isinstance(cause, av.FFmpegError) else None
    return " ".join((log[2] if log else reason(error)).split()).rstrip(".")
