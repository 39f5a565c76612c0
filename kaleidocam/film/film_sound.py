"""The sound of a media file, as one row of samples in sync with its pictures.

Invariant: each sample lies where the timeline says, even after a gap or a damaged place; only the file itself is
read.
"""

from collections.abc import Iterator

import av
import numpy as np

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError, reason
from kaleidocam.media import open_media
from kaleidocam.timeline import Timeline

RATE = 22_050  # samples a second
GAP_SECONDS = 0.05  # a longer gap is filled with silence; a shorter one is only rounding of the times


def samples_of(path: str) -> tuple[float, Iterator[np.ndarray]]:
    """When the sound of a file begins, in seconds of its timeline; and the sound in blocks: (n,) float32, mono, full
    scale 1, at RATE. A damaged place is silence. UserError if there is no sound or the file can't be read."""
    try:
        container = open_media(path)
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"'{without_secrets(path)}' can't be read as sound: {reason(error)}") from error
    frames = _frames(container)
    first = next(frames, None)
    if first is None:
        container.close()
        raise UserError(f"'{without_secrets(path)}' has no sound, so nothing can follow its beats or levels")
    return first.time or 0.0, _in_step(first, frames)


def _frames(container: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    """All frames of the best audio track that can be decoded; closes `container`."""
    with container:
        stream = container.streams.best("audio")
        if stream is None:
            return
        packets = Timeline(container).packets(stream)
        while True:
            try:
                packet = next(packets, None)
                yield from stream.decode(packet)
            except av.EOFError:
                return
            except av.FFmpegError:
                continue
            if packet is None:
                return


def _in_step(first: av.AudioFrame, frames: Iterator[av.AudioFrame]) -> Iterator[np.ndarray]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    start, heard, frame = first.time or 0.0, 0.0, first  # seconds
    while frame is not None:
        missing = 0.0 if frame.time is None else frame.time - start - heard
        if missing > GAP_SECONDS:
            yield np.zeros(round(missing * RATE), np.float32)
            heard += missing
        heard += frame.samples / frame.sample_rate
        for block in resampler.resample(frame):
            yield block.to_ndarray()[0]
        frame = next(frames, None)
    for block in resampler.resample(None):
        yield block.to_ndarray()[0]
