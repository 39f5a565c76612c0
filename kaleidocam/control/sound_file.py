"""A sound file as the sound: played in silence, again and again, at its own pace.

Invariant: samples are handed over when their time is over, as a sound card does it; only the file itself is read.
"""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np

from kaleidocam.errors import UserError, reason
from kaleidocam.media import open_media

RE_ANCHOR_SECONDS = 0.5  # a file that is later than this goes on from now instead of racing to catch up
BLOCK_SAMPLES = 1024  # 23 ms at 44,100 Hz, the pace at which levels are measured
RETRY_SECONDS = 1.0  # after a file that could not be read again
CLOSE_SECONDS = 2.0

Hear = Callable[[np.ndarray, float], None]
"""Takes samples, (n, channels) float32 of full scale 1, and their rate."""


class SoundFile:
    """Plays the audio of the file `path` to `hear`, and later that of others. UserError if it can't be read or has no
    sound."""

    def __init__(self, path: str, hear: Hear) -> None:
        self._path: str | None = path  # None: there is silence
        self._first, self._hear, self.name = path, hear, Path(path).name
        self.notice: str | None = None
        blocks = _decode(path)
        self._ended, self._turned = threading.Event(), threading.Event()  # turned: to another file, or to the end
        self._thread = threading.Thread(target=self._run, args=(blocks,), name="sound", daemon=True)
        self._thread.start()

    def follow(self, path: str | None) -> None:
        """Plays another file from its start; None, or one without sound: silence. Any thread."""
        self._path, self.name, self.notice = path, Path(path or "").name, None
        self._turned.set()

    def close(self) -> None:
        self._ended.set()
        self._turned.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self, blocks: Iterator[tuple[np.ndarray, float]] | None) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            self._turned.clear()
            if self._ended.is_set():  # just now
                return
            if (path := self._path) is None:
                self._turned.wait()
                continue
            try:
                for samples, rate in blocks or _decode(path):
                    due = max(due, time.monotonic() - RE_ANCHOR_SECONDS) + len(samples) / rate
                    if self._turned.wait(max(0.0, due - time.monotonic())):
                        break
                    self._hear(samples, rate)
                    self.notice = None
                blocks = None
            except (UserError, av.FFmpegError, ValueError, OSError) as error:
                blocks = None
                if isinstance(error, UserError) and path != self._first:  # of all that is played, some has no sound
                    self._turned.wait()
                    continue
                self.notice = f"no sound from {Path(path).name}: {reason(error)}"
                self._turned.wait(RETRY_SECONDS)


def _decode(path: str) -> Iterator[tuple[np.ndarray, float]]:
    """(samples, rate) of a few milliseconds each, to the file's end. UserError at once if there are none."""
    blocks = _blocks(path)
    try:
        return chain([next(blocks)], blocks)
    except StopIteration as error:
        raise UserError(f"'{path}' has no sound in it; give a sound file, such as a .wav") from error
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UserError(f"'{path}' can't be read as sound: {reason(error)}") from error


def _blocks(path: str) -> Iterator[tuple[np.ndarray, float]]:
    with open_media(path) as container:
        if not container.streams.audio:
            return
        resampler = av.AudioResampler(format="flt", layout="mono", frame_size=BLOCK_SAMPLES)
        for frame in chain(container.decode(container.streams.audio[0]), [None]):
            for block in resampler.resample(frame):
                yield block.to_ndarray().T, float(block.sample_rate)
