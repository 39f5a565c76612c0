"""How a film can be stored: each codec with its encoder, its containers and its quality range.

Invariant: the pieces of a codec with `joins` can be put end to end, packet by packet, as one stream.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import av

from kaleidocam.errors import UserError, nearest
from kaleidocam.planes import PixelFormat
from kaleidocam.sinks import hardware

GOP = 250  # frames from keyframe to keyframe, at most: how far back a player must start to seek
BT709_RGB = {"colorspace": 0, "color_range": 2, "color_primaries": 1, "color_trc": 1}  # ffmpeg's numbers
# Where the planes are made here, each color sample is the mean of four pixels, so it lies in their middle.
CENTERED = ":chromaloc=1"

# On processors with AVX-512, x264's macroblock tree gives different results from run to run: of 120 runs over the same
# 30 frames 19 differed, and none without it.
REPEATABLE = "mbtree=0"


@dataclass(frozen=True)
class Codec:
    """`name`: its common name; `encoder` and `pix_fmt`: ffmpeg's names. `options` go to the encoder. `suffixes`: of the
    files that can hold it, the usual ones first. `default` and `quality` (lowest, highest): `crf`, where less is
    better; None if it has none; `asked` gives the encoder's options for one. `deep`: the pixel format for 10 bits;
    None: it has none. `located`: the option that says where the color samples lie, and what is added to it to say: in
    the middle. `preset`: name and value of the option that trades time for size. `recorded`: options besides, or
    instead, with which the encoder gives out each frame at once. `layout`: the pixel format that a frame of `pix_fmt`
    is rearranged to for the encoder."""

    name: str
    encoder: str
    pix_fmt: str
    suffixes: tuple[str, ...]
    default: int | None = None
    quality: tuple[int, int] | None = None
    joins: bool = True
    reorders: int = 0  # by how many frames, at most, decoding runs ahead of display: B-frames
    preset: tuple[str, str] | None = None
    options: dict[str, str] = field(default_factory=dict)
    located: tuple[str, str] | None = None
    deep: str | None = None
    recorded: dict[str, str] = field(default_factory=dict)
    tag: str | None = None  # its codec tag in .mp4 and .mov, if players need another than the default
    also: tuple[str, ...] = ()  # other names for it
    asked: Callable[[int], dict[str, str]] = lambda crf: {"crf": str(crf)}
    layout: str | None = None
    hardware: bool = False  # it works on some machines only

    @property
    def piece(self) -> "Codec":
        """The codec of its pieces: itself, or a lossless one if it does not join."""
        return self if self.joins else CODECS["ffv1"]

    @property
    def piece_suffix(self) -> str:
        """The suffix of its pieces: their container keeps frame times in any time base."""
        return ".mov" if self.name == "prores" else ".nut"

    def format_for(self, source: PixelFormat | None, bits: int) -> PixelFormat | None:
        """The format of a film's planes, in the colors of the planes that its source has (None: none). None: it is made
        of BGR, in the codec's own format. UserError if the codec has not that many bits."""
        if bits == 10 and not self.deep:
            able = ", ".join(codec.name for codec in _ALL if codec.deep)
            raise UserError(f"{self.name} has no 10 bits; leave --bits out, or choose {able}")
        if not self.joins or (source is None and bits == 8):
            return None
        if self.name == "ffv1" and source is not None:
            return source
        return replace(source or PixelFormat("yuv420p"), name=(self.deep if bits == 10 else None) or self.pix_fmt)

    def colors(self, form: PixelFormat | None) -> dict[str, int]:
        """Matrix, range, primaries and transfer, with ffmpeg's numbers, of a film of this format of planes."""
        if form is not None:
            return form.colors
        return PixelFormat("yuv420p").colors if self.pix_fmt.startswith("yuv") else BT709_RGB

    def describe(self, stream: av.VideoStream, form: PixelFormat | None) -> None:
        """Tags an output stream with the colors of its pixels, and with `tag`."""
        for name, value in self.colors(form).items():
            setattr(stream.codec_context, name, value)
        if self.tag and stream.container.format.name in ("mp4", "mov"):
            stream.codec_context.codec_tag = self.tag

    def crf(self, wanted: int | None) -> int | None:
        """The quality to encode with. UserError if it is out of range, or if the codec has no quality setting."""
        if wanted is None:
            return self.default
        if self.quality is None:
            raise UserError(f"{self.name} has no quality setting (got {wanted}); leave --crf out")
        low, high = self.quality
        if not low <= wanted <= high:
            raise UserError(f"the quality of {self.name} goes from {low} (best) to {high}; got {wanted}")
        return wanted


_ALL = (
    Codec(
        "h264",
        "libx264",
        "yuv420p",
        (".mp4", ".mkv", ".mov", ".m4v"),
        18,
        (0, 51),
        reorders=2,
        preset=("preset", "veryfast"),
        options={"x264-params": REPEATABLE},
        located=("x264-params", CENTERED),
        deep="yuv420p10le",
        recorded={"tune": "zerolatency"},
        also=("avc", "x264", "h.264"),
    ),
    Codec(
        "h265",
        "libx265",
        "yuv420p",
        (".mp4", ".mkv", ".mov", ".m4v"),
        18,
        (0, 51),
        reorders=2,
        preset=("preset", "superfast"),
        options={"x265-params": f"open-gop=0:keyint={GOP}:pools=4:frame-threads=2:log-level=none"},
        recorded={"tune": "zerolatency", "x265-params": "open-gop=0:pools=4:log-level=none"},
        located=("x265-params", CENTERED),
        deep="yuv420p10le",
        tag="hvc1",
        also=("hevc", "x265", "h.265"),
    ),
    Codec(
        "av1",
        "libsvtav1",
        "yuv420p",
        (".mp4", ".mkv", ".webm"),
        20,
        (1, 63),
        preset=("preset", "9"),
        options={"svtav1-params": "lp=2"},
        deep="yuv420p10le",
        recorded={"svtav1-params": "lp=2:pred-struct=1"},
        also=("svtav1",),
    ),
    Codec(
        "vp9",
        "libvpx-vp9",
        "yuv420p",
        (".webm", ".mkv", ".mp4"),
        22,
        (0, 63),
        preset=("cpu-used", "8"),
        options={"b": "0", "deadline": "realtime", "row-mt": "1", "tile-columns": "2"},
        recorded={"lag-in-frames": "0"},
    ),
    Codec(
        "prores",
        "prores_ks",
        "yuv422p10le",
        (".mov", ".mkv"),
        options={"profile": "hq", "vendor": "apl0"},
        deep="yuv422p10le",
    ),
    Codec(
        "ffv1",
        "ffv1",
        "bgr0",
        (".mkv",),
        options={"level": "3", "slices": "4", "slicecrc": "1", "g": "1"},
        deep="yuv420p10le",
    ),
    Codec("gif", "gif", "pal8", (".gif",), joins=False),
    Codec("webp", "libwebp_anim", "bgra", (".webp",), 25, (0, 100), joins=False, also=("libwebp",)),
    Codec("png", "png", "rgb24", (".png",), joins=False),
)
CODECS = {codec.name: codec for codec in _ALL}
_HARDWARE = {
    encoder.name: replace(
        CODECS[encoder.standard],
        name=encoder.name,
        encoder=encoder.name,
        default=encoder.default,
        quality=encoder.quality,
        reorders=0,
        preset=encoder.preset,
        deep=None,
        located=("chroma_sample_location", "center"),
        options=dict(encoder.options),
        recorded=dict(encoder.recorded),
        also=(encoder.name.replace("hevc", "h265"),),
        asked=encoder.asked,
        layout=encoder.layout,
        hardware=True,
    )
    for encoder in hardware.ENCODERS
}
_NAMES = {name: codec for codec in (*_ALL, *_HARDWARE.values()) for name in (codec.name, codec.encoder, *codec.also)}
_USUAL = {
    ".mp4": "h264",
    ".m4v": "h264",
    ".mov": "h264",
    ".mkv": "h264",
    ".webm": "vp9",
    ".gif": "gif",
    ".webp": "webp",
    ".png": "png",
}
NUMBERED = re.compile(r"(?<!%)%0?\d*d")  # the place for the number in a sequence's names, as in ffmpeg
FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}  # ffmpeg's names


def named(name: str) -> Codec:
    """The codec of that `Codec.name`, in software or in hardware."""
    return CODECS.get(name) or _HARDWARE[name]


def codec_for(path: str, wanted: str | None = None) -> Codec:
    """The codec of the film `path`: `wanted`, which may be ffmpeg's name of an encoder, or by default the usual codec
    for the path's suffix.

    UserError if there is no such codec, if it does not work here, or if a file with that suffix can't hold it.
    """
    codec = None
    if path == "-":
        raise UserError("this film can't be written to a pipe ('-'); give a file")
    if wanted is not None and (codec := _NAMES.get(wanted.lower())) is None:
        raise UserError(
            f"no codec '{wanted}'{nearest(wanted, (*CODECS, *_HARDWARE))}; there are {', '.join(CODECS)}, and those in "
            "hardware that 'kaleidocam doctor' finds"
        )
    folder = path.endswith(("/", "\\")) or (codec and codec.name == "png" and not Path(path).suffix)
    suffix = ".png" if folder else Path(path).suffix.lower()
    if suffix not in _USUAL:
        raise UserError(f"'{path}' names no film; it must end in {', '.join(_USUAL)}")
    if suffix == ".png" and not folder and len(NUMBERED.findall(Path(path).name)) != 1:
        raise UserError(
            f"'{path}' names one picture; a sequence has a place for the number, as in film-%05d.png, or "
            "is a folder, as in film/"
        )
    if codec is None:
        codec = CODECS[_USUAL[suffix]]
    if suffix not in codec.suffixes:
        other = ", ".join(c.name for c in _ALL if suffix in c.suffixes)
        raise UserError(
            f"{codec.name} does not go into '{path}'; name it {' or '.join(codec.suffixes)}, or choose {other}"
        )
    if codec.hardware:
        hardware.check(codec.name)
    return codec
