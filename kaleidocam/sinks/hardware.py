"""Encoders in hardware, by ffmpeg's names: which there are, how each is asked for a quality, and which work here.

Invariant: one is used only when it is asked for by name, and only after a process of its own has made a film with it.
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from kaleidocam import child_process
from kaleidocam.errors import UserError

TRIED_SIZE = (640, 360)  # pixels; most makers' encoders refuse pictures below 145x49 or 128x128
TRY_SECONDS = 30  # until a trial counts as hung; one takes well under a second
QP_TO_LAMBDA = 118  # ffmpeg's FF_QP2LAMBDA: in this unit a fixed quality is written
BEST_OF_100 = 100  # videotoolbox counts up to its best

# No B-frames and closed groups, so that pieces can be put end to end.
_JOINS = {"bf": "0", "flags": "+cgop"}


@dataclass(frozen=True)
class Encoder:
    """`name`: ffmpeg's. `standard`: the codec in `codecs` that it makes. `layout`: the pixel format that it is fed.
    `default`, `quality` (lowest, highest): `crf`, where less is better; `asked` gives the options for one. `options`:
    for every film; `recorded`: besides, or instead, with which it gives out each frame at once; `streamed`: the same
    for a stream of an even bit rate."""

    name: str
    standard: str
    asked: Callable[[int], dict[str, str]]
    default: int
    quality: tuple[int, int]
    layout: str = "yuv420p"
    preset: tuple[str, str] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)
    streamed: Mapping[str, str] = field(default_factory=dict)


def _nvenc(name: str, standard: str, default: int, worst: int) -> Encoder:
    """NVIDIA's. Without b=0 its bit rate would bound the quality; a cq of 0 means that it chooses by itself."""
    return Encoder(
        name,
        standard,
        lambda crf: {"cq": str(crf)},
        default,
        (1, worst),
        preset=("preset", "p4"),
        options=_JOINS | {"rc": "vbr", "b": "0"},
        recorded={"delay": "0", "zerolatency": "1"},
        streamed={"delay": "0", "zerolatency": "1", "rc": "cbr"},
    )


def _qsv(name: str, standard: str, default: int) -> Encoder:
    """Intel's Quick Sync; global_quality alone is its constant quality (ICQ)."""
    return Encoder(
        name,
        standard,
        lambda crf: {"global_quality": str(crf)},
        default,
        (1, 51),
        layout="nv12",
        preset=("preset", "medium"),
        options=_JOINS,
        recorded={"async_depth": "1"},
        streamed={"async_depth": "1"},  # as many bits as at most: then its rate is even
    )


def _amf(name: str, standard: str, default: int, worst: int, scale: int = 1) -> Encoder:
    """AMD's. Its AV1 counts to 255, four steps for one of the others' 63."""
    return Encoder(
        name,
        standard,
        lambda crf: {"qp_i": str(scale * crf), "qp_p": str(scale * crf)},
        default,
        (0, worst),
        preset=("quality", "balanced"),
        options=_JOINS | {"usage": "transcoding", "rc": "cqp"},
        recorded={"usage": "lowlatency"},
        streamed={"usage": "lowlatency", "rc": "cbr"},
    )


def _videotoolbox(name: str, standard: str) -> Encoder:
    """Apple's; it holds a quality on Apple silicon only. crf 35 is ffmpeg's -q:v 65."""
    return Encoder(
        name,
        standard,
        lambda crf: {"global_quality": str(QP_TO_LAMBDA * (BEST_OF_100 - crf))},
        35,
        (0, 99),
        options=_JOINS | {"flags": "+cgop+qscale", "allow_sw": "0"},
        recorded={"realtime": "1"},
        streamed={"realtime": "1", "flags": "+cgop"},
    )


ENCODERS = (
    _nvenc("h264_nvenc", "h264", 20, 51),
    _nvenc("hevc_nvenc", "h265", 22, 51),
    _nvenc("av1_nvenc", "av1", 28, 63),
    _qsv("h264_qsv", "h264", 20),
    _qsv("hevc_qsv", "h265", 22),
    _qsv("av1_qsv", "av1", 24),
    _amf("h264_amf", "h264", 20, 51),
    _amf("hevc_amf", "h265", 22, 51),
    _amf("av1_amf", "av1", 25, 63, scale=4),
    _videotoolbox("h264_videotoolbox", "h264"),
    _videotoolbox("hevc_videotoolbox", "h265"),
)
NAMES = tuple(encoder.name for encoder in ENCODERS)


def streamed(name: str) -> Mapping[str, str]:
    """The options, besides those of a film or instead of them, with which the encoder makes a stream."""
    return next(encoder.streamed for encoder in ENCODERS if encoder.name == name)


def working() -> list[str]:
    """The names of those that work here."""
    return [name for name, why in tried(NAMES, TRIED_SIZE).items() if why is None]


def told() -> str:
    """What there is, for a person."""
    if not (names := working()):
        return "none works here; films and recordings are encoded by the processor"
    return f"{', '.join(names)}; the processor encodes unless you ask for one: --codec {names[0]}"


@cache
def check(name: str, size: tuple[int, int] = TRIED_SIZE) -> None:
    """UserError if the encoder can't be used here for pictures of `size` (width, height)."""
    if (why := tried([name], size)[name]) is None:
        return
    instead = next(encoder.standard for encoder in ENCODERS if encoder.name == name)
    if size != TRIED_SIZE and tried([name], TRIED_SIZE)[name] is None:
        raise UserError(f"{name} can't encode {size[0]}x{size[1]} here ({why}); give --codec {instead}, or a --size")
    others = ", ".join(working()) or "none"
    raise UserError(f"{name} does not work here ({why}); hardware encoders that do: {others}; give --codec {instead}")


def tried(names: Iterable[str], size: tuple[int, int]) -> dict[str, str | None]:
    """Why each can't be used here for pictures of `size`; None: it works. One that crashes takes nothing with it."""
    import av

    names = list(names)
    missing = f"the FFmpeg of PyAV {av.__version__} has no such encoder"
    found = {name: None if name in av.codecs_available else missing for name in names}
    left = [name for name in names if found[name] is None]
    while left:
        answers = _apart(left, size)
        if len(answers) < len(left):
            answers[left[len(answers)]] = "it crashed, or did not answer"
        found |= answers
        left = [name for name in left if name not in answers]
    return found


def _apart(names: Sequence[str], size: tuple[int, int]) -> dict[str, str | None]:
    """The answers of another process, up to the encoder with which it ended. One that hangs ends it too."""
    try:
        process = subprocess.run(
            child_process.command("kaleidocam.sinks.hardware_trial:main"),
            env=child_process.environment(),
            input=json.dumps([names, size]).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TRY_SECONDS,
        )
        said = process.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    lines = [json.loads(line) for line in said.splitlines() if line.startswith(b"[") and line.endswith(b"]")]
    return dict(lines)
