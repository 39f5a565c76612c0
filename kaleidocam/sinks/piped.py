"""A film that is written to a pipe as it is made: in a container that can be read while it grows, or as raw pictures.

Invariant: what was written is never gone back to. Raw pictures have no times, so they come at a constant rate.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import av

from kaleidocam.errors import UserError, nearest, reason
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks import hardware
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import Codec, codec_for
from kaleidocam.sinks.outlet import Outlet, is_outlet
from kaleidocam.sinks.steady import Steady
from kaleidocam.sinks.track import FINE_TIME_BASE, RECORDED, EncodedStream, flagged

_FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


@dataclass(frozen=True)
class Form:
    """A format that a pipe can have, by ffmpeg's name. `like`: the suffix of the files that hold the same codecs; None:
    raw pictures. `options`: of the format; `live`: besides or instead, where each frame must come at once."""

    like: str | None
    options: dict[str, str] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)


FORMS = {
    "matroska": Form(".mkv", live=RECORDED["matroska"]),
    "webm": Form(".webm", live=RECORDED["webm"]),
    "mpegts": Form(".mkv"),
    "nut": Form(".mkv"),
    "mp4": Form(".mp4", _FRAGMENTS, {"frag_duration": "200000"}),
    "mov": Form(".mov", _FRAGMENTS, {"frag_duration": "200000"}),
    "flv": Form(".mkv"),
    "rawvideo": Form(None),
    "yuv4mpegpipe": Form(None),
}
USUAL = "matroska"


def form_of(machine: Machine) -> str:
    """ffmpeg's name of the format that a pipe is written in. UserError for others."""
    name = USUAL if machine.format == "auto" else machine.format
    if name not in FORMS:
        raise UserError(f"-f is '{name}'; a pipe can be written as {', '.join(FORMS)}{nearest(name, FORMS)}")
    return name


def piped_codec(machine: Machine) -> Codec:
    """The codec of a film in a pipe. UserError if the format can't hold it, or if it does not work here."""
    name = form_of(machine)
    if (like := FORMS[name].like) is None:
        return _raw(name, machine.pix_fmt)
    codec = codec_for(f"film{like}", None if machine.codec == "auto" else machine.codec)
    try:
        with av.open(_Nowhere(), "w", format=name) as trial:
            trial.add_stream(codec.encoder, rate=25)
    except ValueError as error:
        raise UserError(f"{name} can't hold {codec.name}; give another -f, or -c:v h264") from error
    return codec


def check_asked(machine: Machine, outs: list[str]) -> None:
    """UserError if a format is asked for, and none of the outputs is a pipe."""
    if machine.format != "auto" and not any(map(is_outlet, outs)):
        raise UserError(f"-f {machine.format} says how a pipe is written ('-'); a file's name says what it is")


class Piped(Sink):
    """Writes frames of `size` (width, height) to `out`, as the machine says; `write` waits for the reader.

    `live`: each frame comes at once, and the first is at 0; else at its own time. `tick`: unit of the times, seconds.
    `form`: of the frames' planes, as EncodedStream has it. `more`: adds other tracks, and what is told of the film; it
    gets the container and its video. UserError if it can't be begun; ReaderGone once nothing reads it.
    """

    fixed = True

    def __init__(
        self,
        out: Outlet,
        machine: Machine,
        *,
        size: tuple[int, int],
        fps: float,
        live: bool,
        tick: Fraction = FINE_TIME_BASE,
        form: PixelFormat | None = None,
        more: Callable[[av.container.OutputContainer, av.VideoStream], None] | None = None,
    ) -> None:
        codec, name = piped_codec(machine), form_of(machine)
        if codec.hardware:
            hardware.check(codec.name, size)
        self._out, self._live, self._zero = out, live, 0.0 if not live else None
        self._steady = Steady(fps) if FORMS[name].like is None else None
        tick = 1 / Fraction(fps).limit_denominator(1001) if self._steady else tick
        options = FORMS[name].options | (FORMS[name].live if live else {}) | {"flush_packets": "1"}
        self._track: EncodedStream | None = None
        try:
            self._container = flagged(av.open(out, "w", format=name, options=options))
            # fmt: off
            self._track = EncodedStream(
                self._container, codec, size=size, fps=fps, tick=tick, crf=machine.crf if codec.quality else None,
                recorded=live, even=bool(self._steady), form=form,
            )
            # fmt: on
            if more:
                more(self._container, self._container.streams.video[0])
            self._track.begin()
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._failed(error) from error

    @property
    def name(self) -> str:
        return f"the pipe '{self._out.text}'"

    def write(self, frame: Frame) -> None:
        self._zero = frame.seconds if self._zero is None else self._zero
        frame = frame.at(frame.seconds - self._zero)
        try:
            assert self._track is not None  # until it is closed
            for each in self._steady.come(frame) if self._steady else [frame]:
                self._track.write(each)
        except (av.FFmpegError, OSError) as error:
            raise self._failed(error) from error

    def cut(self) -> None:
        self._out.cut()

    def close(self) -> None:
        try:
            if self._track and not self._out.closed:
                self._track.end()
                self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        finally:
            self._out.closed = True
            self._track = self._container = None
            self._out.close()

    def _failed(self, error: Exception) -> UserError:
        self._out.closed = True  # or PyAV would try to write an end
        return UserError(f"{self.name} can't be written: {reason(error)}")


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


def _raw(name: str, pix_fmt: str) -> Codec:
    planar = pix_fmt.startswith("yuv")
    if name == "yuv4mpegpipe" and not planar:
        raise UserError(f"yuv4mpegpipe has no {pix_fmt}; give -pix_fmt yuv420p, yuv422p or yuv444p, or -f rawvideo")
    return Codec("rawvideo", "rawvideo", pix_fmt, (), joins=planar)


def piped_form(codec: Codec, given: PixelFormat | None, bits: int) -> PixelFormat | None:
    """The format of the planes of a film in a pipe, whose source has `given`."""
    if codec.encoder != "rawvideo":
        return codec.format_for(given, bits)
    if bits == 10:
        raise UserError("rawvideo has no 10 bits; leave --bits out")
    return replace(given, name=codec.pix_fmt) if given and codec.joins else None
