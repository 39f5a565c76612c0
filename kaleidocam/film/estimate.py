"""Estimates how long a film will take and how large it will be, from a few rendered frames.

Invariant: what happens only at the beginning, such as preparing the network, does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaleidocam.media import open_sound

BEGINNING = 3  # first frames of the trial; they do not count, as they prepare the network
LEAST, MOST = BEGINNING + 4, 24  # frames in the trial
TRIED_SHARE = 4  # the trial renders at most a quarter of the film
WORTH_SHARE = 40  # and beyond LEAST no more than one of so many frames, because nothing of it is kept
TRY_SECONDS = 6.0  # then the trial ends
WORTH_SECONDS = 10.0  # a film that takes less needs no estimate
WORKER_SECONDS = 6.0  # before a worker dreams: start of the process, the framework and the network


@dataclass(frozen=True)
class Tried:
    """The frames of a trial. `finished`: for each, when it was done, in seconds of wall time and of CPU time. `sizes`:
    bytes of each in the piece; the first is a keyframe. `film_seconds`, `film_bytes`: the time to encode the film from
    the piece, and its size; None if the film is not encoded again."""

    finished: Sequence[tuple[float, float]]
    sizes: Sequence[int]
    film_seconds: float | None = None
    film_bytes: int | None = None


@dataclass(frozen=True)
class Pace:
    """The cost of a frame: `seconds` to render it, `join_seconds` to join it to the film, `bytes` in the film and
    `piece_bytes` in its piece. `cores`: how many cores rendering keeps busy."""

    seconds: float
    bytes: float
    piece_bytes: float
    join_seconds: float = 0.0
    cores: float = 1.0


@dataclass(frozen=True)
class Expected:
    """`seconds`: how long a film takes. `bytes`: its size. `disk`: bytes that must be free for it and its pieces."""

    seconds: float
    bytes: float
    disk: float

    def __str__(self) -> str:
        return f"about {_duration_text(self.seconds)} and {_size_text(self.bytes)}"


def goes_on(finished: Sequence[tuple[float, float]], frames: int) -> bool:
    """Whether the trial needs another frame. `finished`: as in Tried; `frames`: how many are to be rendered in all."""
    count = len(finished)
    if count < LEAST:
        return True
    seconds = finished[-1][0] - finished[BEGINNING][0]
    worth = frames * seconds / (count - 1 - BEGINNING) >= WORTH_SECONDS
    return worth and count < min(MOST, frames // WORTH_SHARE) and seconds < TRY_SECONDS


def pace(tried: Tried, *, key_every: int) -> Pace:
    """The cost of a frame, from a trial of LEAST frames or more. `key_every`: frames from one keyframe of the film to
    the next."""
    (start, start_busy), (end, end_busy) = tried.finished[BEGINNING], tried.finished[-1]
    seconds = (end - start) / (len(tried.finished) - 1 - BEGINNING)
    keyframe, *others = tried.sizes
    size = sum(others) / len(others)
    size += max(0.0, keyframe - size) / key_every
    cores = (end_busy - start_busy) / (end - start) if end > start else 1.0
    if tried.film_bytes is None or tried.film_seconds is None:
        return Pace(seconds, size, size, cores=cores)
    count = len(tried.sizes)
    return Pace(seconds, tried.film_bytes / count, size, tried.film_seconds / count, cores)


def speed_up(workers: Mapping[str, int], cores: int, busy: float) -> float:
    """How many times as fast as a single process the `workers` are. `workers`: how many on each machine; `cores`: of
    each machine; `busy`: how many cores a process keeps busy."""
    return sum(max(1.0, min(count, cores / max(busy, 0.1))) for count in workers.values())


def expect(
    pace: Pace, segments: Sequence[int], frames: int, *, workers: float | None = None, sound_bytes: float = 0
) -> Expected:
    """What a film of `frames` takes. `segments`: for each unfinished segment, the frames still to be dreamed, pre-rolls
    included. `workers`: how many times as fast as a single process the workers are; None: this process renders."""
    seconds = sum(segments) * pace.seconds
    if workers is not None:
        seconds = WORKER_SECONDS + max(seconds / workers, max(segments, default=0) * pace.seconds)
    size = frames * pace.bytes + sound_bytes
    return Expected(seconds + frames * pace.join_seconds, size, size + frames * pace.piece_bytes)


def sound_bytes(path: str, seconds: float) -> float:
    """About how many bytes of sound go with `seconds` of the film `path`, from the bit rate in the file; 0 if it names
    none. UserError if it can't be read."""
    with open_sound(path) as opened:
        known = [stream for stream in opened.streams.audio if stream.codec_context is not None]
        rates = [stream.bit_rate or stream.codec_context.bit_rate or 0 for stream in known]
    return sum(rates) / 8 * seconds


def warning(expected: Expected, free: int) -> str | None:
    """A line of warning if `free` bytes on the disk may be too few; else None."""
    if free >= expected.disk:
        return None
    return f"the disk has {_size_text(free)} free; the film may need {_size_text(expected.disk)}"


def _duration_text(seconds: float) -> str:
    """A duration for people, rounded: an estimate has no two exact figures."""
    seconds = max(1, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(5 * round(seconds / 300), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _size_text(count: float) -> str:
    """A size in bytes for people, in units of 1000."""
    for unit in ("kB", "MB", "GB"):  # noqa: B007
        count /= 1000
        if round(count) < 1000:
            break
    return f"{count:.1f} {unit}" if unit == "GB" or count < 9.95 else f"{count:.0f} {unit}"
