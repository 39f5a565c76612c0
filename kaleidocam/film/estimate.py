"""How long a film will take and how large it will be, from rendering a little of it.

Invariant: what is only done at a beginning, such as preparing the network and bringing the dream up, does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import av

from kaleidocam.sinks.film_copy import open_input

BEGINNING = 3  # frames that are tried first and tell nothing: they are seen while the network is prepared
LEAST, MOST = BEGINNING + 4, 24  # frames that are tried
TRIED_SHARE = 4  # of a film no more than a quarter is tried
TRY_SECONDS = 6.0  # after which no more are tried
WORTH_SECONDS = 10.0  # a film that takes less is soon done
WORKER_SECONDS = 6.0  # until a worker dreams: its process, the framework, the network


@dataclass(frozen=True)
class Tried:
    """Some frames that were rendered. `finished`: when each was, seconds by a clock on the wall and by that of the
    processor; `sizes`: bytes of each in the piece, the first a key frame. `film_seconds`, `film_bytes`: what making the
    film of the piece takes, and its size, where it is encoded once more; else None."""

    finished: Sequence[tuple[float, float]]
    sizes: Sequence[int]
    film_seconds: float | None = None
    film_bytes: int | None = None


@dataclass(frozen=True)
class Pace:
    """What a frame costs: `seconds` of rendering, `join_seconds` of putting the film together, `bytes` of the film and
    `piece_bytes` of its pieces. `cores`: how many rendering keeps busy."""

    seconds: float
    bytes: float
    piece_bytes: float
    join_seconds: float = 0.0
    cores: float = 1.0


@dataclass(frozen=True)
class Expected:
    """`seconds` that a film takes, `bytes` that it has, `disk`: bytes that must be free, for it and its pieces."""

    seconds: float
    bytes: float
    disk: float

    def __str__(self) -> str:
        return f"about {_lasting(self.seconds)} and {_sized(self.bytes)}"


def goes_on(finished: Sequence[tuple[float, float]], frames: int) -> bool:
    """Whether more frames are to be tried of `frames` that are to be rendered; `finished` as Tried has it."""
    count = len(finished)
    if count < LEAST:
        return True
    seconds = finished[-1][0] - finished[BEGINNING][0]
    worth = frames * seconds / (count - 1 - BEGINNING) >= WORTH_SECONDS
    return worth and count < MOST and seconds < TRY_SECONDS


def pace(tried: Tried, *, key_every: int) -> Pace:
    """`key_every`: frames from one key frame of the film to the next; LEAST frames or more were tried."""
    (start, start_busy), (end, end_busy) = tried.finished[BEGINNING], tried.finished[-1]
    seconds = (end - start) / (len(tried.finished) - 1 - BEGINNING)
    key, *others = tried.sizes
    size = sum(others) / len(others)
    size += max(0.0, key - size) / key_every
    cores = (end_busy - start_busy) / (end - start) if end > start else 1.0
    if tried.film_bytes is None or tried.film_seconds is None:
        return Pace(seconds, size, size, cores=cores)
    count = len(tried.sizes)
    return Pace(seconds, tried.film_bytes / count, size, tried.film_seconds / count, cores)


def speed_up(workers: Mapping[str, int], cores: int, busy: float) -> float:
    """How many times as fast as one process so many `workers` on each machine are, of which each has `cores` and one
    process keeps `busy` of them busy."""
    return sum(max(1.0, min(count, cores / max(busy, 0.1))) for count in workers.values())


def expect(
    pace: Pace, segments: Sequence[int], frames: int, *, workers: float | None = None, sound_bytes: float = 0
) -> Expected:
    """What a film of `frames` takes of whose `segments` so many are still to be dreamed, pre-rolls included, each by
    one of processes `workers` times as fast as one; None: here."""
    seconds = sum(segments) * pace.seconds
    if workers is not None:
        seconds = WORKER_SECONDS + max(seconds / workers, max(segments, default=0) * pace.seconds)
    size = frames * pace.bytes + sound_bytes
    return Expected(seconds + frames * pace.join_seconds, size, size + frames * pace.piece_bytes)


def sound_bytes(path: str, seconds: float) -> float:
    """About how large the sound is that goes with `seconds` of the film `path`: by what the file says; 0 where it says
    nothing."""
    try:
        with open_input(path) as opened:
            rates = [stream.bit_rate or stream.codec_context.bit_rate or 0 for stream in opened.streams.audio]
    except (av.FFmpegError, OSError):
        return 0.0
    return sum(rates) / 8 * seconds


def warning(expected: Expected, free: int) -> str | None:
    """A line where the disk, with `free` bytes left, may be too small; None: it is not."""
    if free >= expected.disk:
        return None
    return f"the disk has {_sized(free)} free, the film may need {_sized(expected.disk)}"


def _lasting(seconds: float) -> str:
    """Two figures are more than an estimate can keep."""
    seconds = max(1, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(5 * round(seconds / 300), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _sized(count: float) -> str:
    """Bytes as people say them, in steps of 1000."""
    for unit in ("kB", "MB", "GB"):  # noqa: B007
        count /= 1000
        if round(count) < 1000:
            break
    return f"{count:.1f} {unit}" if unit == "GB" or count < 9.95 else f"{count:.0f} {unit}"
