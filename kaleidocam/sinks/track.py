"""Encodes one video stream into an open container.

Invariant: the same frames give the same bytes, each frame keeps its own time, and no frame refers to another track.
"""

import os
from collections import deque
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace, Interpolation

from kaleidocam.frame import Frame
from kaleidocam.growing_file import GrowingFile
from kaleidocam.planes import PixelFormat, Planes
from kaleidocam.scheduling import policy_kept
from kaleidocam.sinks.codecs import FORMATS, GOP, Codec

FINE_TIME_BASE = Fraction(1, 90_000)  # for frame times that come from a clock
ENCODER_THREADS = 4  # fixed, since the film's bytes depend on it: so they are the same on any number of cores
BT709_LIMITED = PixelFormat("yuv420p")
TO_YUV = np.column_stack([BT709_LIMITED.from_rgb[:, ::-1], BT709_LIMITED.black])  # of B, G, R; the last column is added
EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND  # swscale truncates by default
PIECE_FORMATS = {".nut": "nut", ".mov": "mov"}
# A recording is written in parts of LOSS_SECONDS at most, each with its own index. An .mp4 becomes an ordinary one at
# its end: its one index is written first, and only then are those of the parts made invalid.
LOSS_SECONDS = 0.5
KEY_SECONDS = 1.0  # of a recording, from keyframe to keyframe
_FRAGMENTS = {
    "movflags": "hybrid_fragmented+frag_keyframe+delay_moov",
    "frag_duration": str(round(LOSS_SECONDS * 1e6)),
    "flush_packets": "1",
}
_CLUSTERS = {"cluster_time_limit": str(round(LOSS_SECONDS * 1e3)), "flush_packets": "1"}
RECORDED = {"mp4": _FRAGMENTS, "mov": _FRAGMENTS, "matroska": _CLUSTERS, "webm": _CLUSTERS}
BITEXACT = 0x400  # ffmpeg's AVFMT_FLAG_BITEXACT: no random numbers, no versions in the file


def open_container(path: Path, tick: Fraction, file: GrowingFile | None = None) -> av.container.OutputContainer:
    """Opens an empty film or piece; `tick`: the unit of its frame times, seconds. PyAV creates the file only when
    encoding starts, so an error before that leaves no file. `file`: a recording is written there, so that it can be
    played at any moment, up to its last second."""
    form = (FORMATS | PIECE_FORMATS)[path.suffix.lower()]
    options = {}
    if form in ("mp4", "mov"):  # the start of the picture is stored in movie_timescale, by default milliseconds
        options = {"movflags": "+faststart", "movie_timescale": str(_fine(tick))}
    if file:
        return flagged(av.open(file, "w", format=form, options=options | RECORDED[form]))
    # "file:", or a name such as "12:30.mp4" is taken for an address
    return flagged(av.open(f"file:{path}", "w", format=form, options=options))


def flagged(container: av.container.OutputContainer) -> av.container.OutputContainer:
    container.flags |= BITEXACT
    return container


def _fine(tick: Fraction) -> int:
    """A time scale, at least 1000 units a second, in which `tick` is a whole number of units."""
    return tick.denominator * -(-1000 // tick.denominator)


class EncodedStream:
    """The video of the open `container`.

    `size` (width, height) of the frames in pixels; if the codec needs even sides, an odd one is padded by repeating
    its last row or column. `tick`: unit of the frame times, seconds; `later` ticks are added to each time. `crf`:
    on the codec's scale; None: its default; UserError if it is out of range. `write` and `end` raise av.FFmpegError
    or OSError if the encoder or the disk fails. `even`: frames come at `fps`, as far as `tick` allows. `recorded`:
    no frame is held back, and players can begin at every second. `form`: of the planes; None: the frames are BGR, and
    the codec's own format is used. `chosen`: quality and preset as text for a
    message.
    """

    def __init__(
        self,
        container: av.container.OutputContainer,
        codec: Codec,
        *,
        size: tuple[int, int],
        fps: float,
        tick: Fraction,
        crf: int | None,
        later: int = 0,
        even: bool = True,
        recorded: bool = False,
        form: PixelFormat | None = None,
    ) -> None:
        self._container, self._codec, self._size, self._tick = container, codec, size, tick
        self._form, self._pix_fmt = form, form.name if form else codec.pix_fmt
        self._frame_ticks, self._later = max(1, round(1 / fps / tick)), later
        self._next: int | None = None  # the first tick that is free for the next frame
        self._decoded: deque[int] = deque()  # decoding times of the next packets, ticks
        self._begun = False
        self._reorders = 0 if recorded else codec.reorders
        options = codec.options | (codec.recorded if recorded else {})
        gop = max(1, min(GOP, round(KEY_SECONDS * fps))) if recorded else GOP
        asked = {} if (quality := codec.crf(crf)) is None else codec.asked(quality)
        options |= asked
        if codec.located and form is None:  # the planes are made here: each color sample is the mean of four pixels
            name, middle = codec.located
            options[name] = options.get(name, "") + middle
        if not even and codec.encoder == "libx264":  # else it gives 1 / `tick` as the frame rate
            options["x264-params"] += ":force-cfr=1"
        if codec.preset:
            options[codec.preset[0]] = codec.preset[1]
        self.chosen = "".join(f", {name} {options[name]}" for name in (*asked, "preset") if name in options)
        self._stream = container.add_stream(codec.encoder, rate=Fraction(fps).limit_denominator(1001))
        self._stream.width, self._stream.height = (side + pad for side, pad in zip(size, self._padding(), strict=True))
        self._stream.pix_fmt = codec.layout or self._pix_fmt
        self._stream.options = options
        if codec.name == "av1":
            os.environ.setdefault("SVT_LOG", "1")  # else it prints its configuration on stderr; 1: errors only
        context = self._stream.codec_context
        context.time_base, context.thread_count, context.gop_size = tick, ENCODER_THREADS, int(options.get("g", gop))
        codec.describe(self._stream, form)

    def _padding(self) -> tuple[int, int]:
        """Pixels to add to width and height."""
        width, height = self._size
        return (width % 2 if "42" in self._pix_fmt else 0), (height % 2 if "420" in self._pix_fmt else 0)

    def begin(self) -> None:
        """Opens the container's encoders and writes its header; else the first frame does. Raises as `write`."""
        with policy_kept():
            self._container.start_encoding()

    def write(self, frame: Frame) -> None:
        """Encodes one frame; a time that does not rise becomes one tick after the previous."""
        if frame.size != self._size:
            raise ValueError(f"a frame of {frame.size} in a film of {self._size}")
        pts = round(frame.seconds / self._tick)
        if self._next is not None:
            pts = max(self._next, pts)
        self._next = pts + 1
        picture = self._planar(frame) if self._form else self._encodable(frame.image)
        if self._codec.layout:
            picture = picture.reformat(format=self._codec.layout)
        picture.pts, picture.time_base, picture.duration = pts + self._later, self._tick, self._frame_ticks
        first = not self._begun
        self._plan(picture.pts)
        with policy_kept() if first else nullcontext():  # the encoder may be opened by its first picture
            packets = self._stream.encode(picture)
        self._mux(packets)

    def _plan(self, pts: int) -> None:
        """Sets decoding times: `reorders` frames before display, as far as the encoder may reorder frames. Its own
        times are not used: with only a few frames, x265's are uninitialized memory."""
        if not self._begun:
            self._begun = True
            self._decoded.extend(pts - k * self._frame_ticks for k in range(self._reorders, 0, -1))
        self._decoded.append(pts)

    def end(self) -> None:
        """Writes the frames that the encoder still holds; `write` must not follow."""
        self._mux(self._stream.encode(None))

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.dts = self._decoded.popleft()
            packet.duration = packet.duration or self._frame_ticks
            self._container.mux(packet)

    def _planar(self, frame: Frame) -> av.VideoFrame:
        """The frame's planes in the film's format, padded if needed."""
        picture, form = frame.picture, self._form
        assert form is not None  # or it would not be called
        size = self._stream.width, self._stream.height
        if not isinstance(picture, Planes):
            made = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
            picture = Planes.of(made.reformat(format=form.name, interpolation=EXACT, **form.target), form)
        made = picture.frame(size)
        if picture.format != form:
            colors = {} if picture.format.target == form.target else form.target
            made = made.reformat(format=form.name, interpolation=EXACT, **colors)
        for name, value in form.colors.items():
            setattr(made, name, value)
        return made

    def _encodable(self, image: np.ndarray) -> av.VideoFrame:
        """(H, W, 3) uint8 BGR -> a frame in the codec's pixel format, padded if needed."""
        right, below = self._padding()
        if right or below:
            image = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        if self._pix_fmt == "yuv420p":
            frame = _to_yuv420p(image)
        else:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            matrix = Colorspace.ITU709 if self._pix_fmt.startswith("yuv") else None
            frame = frame.reformat(format=self._pix_fmt, dst_colorspace=matrix, interpolation=EXACT)
        for name, value in self._codec.colors(None).items():
            setattr(frame, name, value)
        return frame


def _to_yuv420p(image: np.ndarray) -> av.VideoFrame:
    """(H, W, 3) uint8 BGR of even size -> yuv420p, BT.709, limited range. Four times as fast as swscale."""
    height, width = image.shape[:2]
    halved = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    color = cv2.transform(halved, TO_YUV)
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = cv2.transform(image, TO_YUV)[..., 0]
    planes[height:].reshape(2, *halved.shape[:2])[:] = color[..., 1:].transpose(2, 0, 1)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")
