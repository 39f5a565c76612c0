"""Joins pieces into a film without encoding them again, with the sound and subtitles of the input.

Invariant: every frame of the pieces is in the film once, byte for byte, at its own time; the film gets its name only
when it is complete.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

from kaleidocam.errors import UserError, reason
from kaleidocam.planes import PixelFormat
from kaleidocam.sinks import piece
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.film_copy import Copies
from kaleidocam.sinks.film_tags import copy_tags
from kaleidocam.sinks.track import open_container


def join(
    pieces: Sequence[Path],
    out: Path,
    *,
    codec: Codec,
    crf: int | None,
    fps: float,
    tick: Fraction,
    copy_from: str | None = None,
    start: float = 0.0,
    end: float | None = None,
    shift: float | None = None,
    last: float | None = None,
    overwrite: bool = False,
    form: PixelFormat | None = None,
) -> list[str]:
    """Makes the film `out` of the `pieces`, which are in order of time.

    `tick`: the unit of their times, seconds; `fps`: the nominal frame rate; `last`: seconds for which the last frame is
    shown, None: 1 / `fps`. `copy_from`: the file whose sound, subtitles, data, attachments, tags and chapters go into
    the film, from its seconds [`start`, `end`); 0 and None: all. `shift` seconds are subtracted from every time; None:
    only as much as moves a start before zero to zero. `form`: of the pieces' planes, as for `EncodedStream`. `crf`
    matters only if the codec does not join: then the pieces are decoded and encoded. Returns lines on what was left
    out. UserError if the film can't be written; then no file of it remains. RuntimeError if the pieces don't belong
    together.
    """
    if not codec.joins:
        from kaleidocam.sinks.animation import animate

        return animate(
            pieces, out, codec=codec, crf=crf, fps=fps, tick=tick, copy_from=copy_from, last=last, overwrite=overwrite
        )
    aside = Aside(out, source=copy_from, overwrite=overwrite)
    notices: list[str] = []
    film = None
    try:
        order = _Order(pieces, tick, fps, last)
        shift = min(0.0, order.start) if shift is None else shift
        cut = {
            "start": start if start > 0 else -math.inf,
            "end": math.inf if end is None else end,
            "shift": float(round(shift / tick) * tick),
        }  # a whole number of ticks, or sound and picture would drift apart
        film = _Joined(aside.path, pieces[0], codec, fps, tick, form)
        if copy_from:
            film.copies = Copies(copy_from, film.container, str(out), notices, **cut)
            notices += copy_tags(copy_from, film.container, film.stream, fps=fps, **cut)
        film.fill(pieces, order, cut["shift"])
        aside.place()
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"'{out}' can't be written: {reason(error)}; its pieces are kept") from error
    finally:
        if film:
            film.free()
        aside.remove()
    return notices


class _Order:
    """When each packet is shown and decoded. The encoder's own decoding times fall where pieces meet, so new ones are
    made: packet k is decoded at the time at which frame k - `delay` of the film is shown. These times rise, since no
    two frames are shown at once; `delay` is the smallest with which no packet is decoded after it is shown."""

    def __init__(self, pieces: Sequence[Path], tick: Fraction, fps: float, last: float | None) -> None:
        self.tick, self._frame = tick, max(1, round(1 / fps / tick))
        self._held = self._frame if last is None else max(1, round(last / tick))
        self.shown: list[int] = []  # ticks, in decoding order
        self._last = 0  # ticks: the latest time of the previous piece
        head = None
        for path in pieces:
            with piece.open_piece(path) as opened:
                head = head or _head(opened)
                if _head(opened) != head:
                    raise RuntimeError(f"the piece '{path}' was encoded differently from '{pieces[0]}'")
                times = [pts for pts, _ in piece.packets(opened, tick)]
            if not times or (self.shown and min(times) <= self._last):
                raise RuntimeError(f"the piece '{path}' does not follow the previous one")
            self._last = max(times)
            self.shown += times
        self._sorted = sorted(self.shown)
        self._delay = max(k - bisect_left(self._sorted, pts) for k, pts in enumerate(self.shown))

    def decoded(self, k: int) -> int:
        """Ticks at which the k-th packet is decoded."""
        k -= self._delay
        return self._sorted[k] if k >= 0 else self._sorted[0] + k * self._frame

    def length(self, pts: int) -> int:
        """Ticks for which the frame at the time `pts` is shown."""
        following = bisect_right(self._sorted, pts)
        return self._sorted[following] - pts if following < len(self._sorted) else self._held

    @property
    def start(self) -> float:
        """Seconds at which the first frame is shown."""
        return float(self._sorted[0] * self.tick)


class _Joined:
    """The unfinished film at `path`; `sample` is any of its pieces."""

    def __init__(
        self, path: Path, sample: Path, codec: Codec, fps: float, tick: Fraction, form: PixelFormat | None
    ) -> None:
        self.copies: Copies | None = None
        self.container = open_container(path, tick)
        with piece.open_piece(sample) as opened:
            self.stream = self.container.add_stream_from_template(opened.streams.video[0], opaque=True)
        self.stream.time_base = tick
        self.stream.codec_context.framerate = Fraction(fps).limit_denominator(1001)
        codec.describe(self.stream, form)

    def fill(self, pieces: Sequence[Path], order: _Order, shift: float) -> None:
        """Copies everything, sound and picture interleaved, and ends the file."""
        earlier = round(shift / order.tick)
        for k, packet in enumerate(_all_packets(pieces, order.tick)):
            pts, packet.time_base = order.shown[k], order.tick
            packet.pts, packet.dts = pts - earlier, order.decoded(k) - earlier
            packet.duration, packet.stream = order.length(pts), self.stream
            if self.copies:
                self.copies.copy_until(float(order.decoded(k) * order.tick))
            self.container.mux(packet)
        if self.copies:
            self.copies.copy_until(math.inf)
        self.container.close()

    def free(self) -> None:
        """Closes every file, after any error."""
        if self.copies:
            self.copies.close()
        try:
            self.container.close()
        except (av.FFmpegError, OSError):
            pass  # the first error has been reported already
        self.container = self.stream = self.copies = None  # PyAV closes a broken file only when nothing refers to it


def _all_packets(pieces: Sequence[Path], tick: Fraction) -> Iterator[av.Packet]:
    for path in pieces:
        with piece.open_piece(path) as opened:
            for _, packet in piece.packets(opened, tick):
                yield packet


def _head(opened: av.container.InputContainer) -> tuple:
    """The decoder's settings, which must be the same in the whole film."""
    context = opened.streams.video[0].codec_context
    return context.name, context.width, context.height, context.pix_fmt, context.extradata
