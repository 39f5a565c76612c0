"""THE table of sinks: which texts name one, and how it opens.

Invariant: a text belongs to the first kind in SINKS that claims it; messages and help take their words on sinks from
here. A kind's modules are imported only when they are needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kaleidocam.address import is_address
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Machine
from kaleidocam.sharing.base import HOMES, System
from kaleidocam.sharing.systems import SYSTEMS, names_one, system_of, wanted_of

if TYPE_CHECKING:
    from kaleidocam.planes import PixelFormat
    from kaleidocam.sinks.base import Sink

Size = tuple[int, int]  # (width, height), pixels


@dataclass(frozen=True)
class Kind:
    """A kind of sink. `claims`: whether a text names a sink of this kind. `open`: called with the text, the size and
    frame rate of the frames, the machine, whether a file may be overwritten, and the format of the frames' planes
    (None: they are BGR). `help`: its name in lists of what can be given. `finding`: a title in `doctor`, and the
    function that says under it whether the sink works here; None where a source of the same name says it, or there is
    nothing to say. `slow`: a frame may take longer than a performance can wait. `later`: as `open`, for what may not be
    reached yet: it is tried again; None: nothing of this kind has to be waited for."""

    name: str
    example: str
    help: str
    claims: Callable[[str], bool]
    open: Callable[[str, Size, float, Machine, bool, "PixelFormat | None"], "Sink"]
    finding: tuple[str, Callable[[], str]] | None = None
    slow: bool = False
    later: Callable[[str, Size, float, Machine, bool, "PixelFormat | None"], "Sink"] | None = None


def kind_of(text: str) -> Kind:
    """The kind of sink that a text names. UserError if it names none."""
    for kind in SINKS:
        if kind.claims(text):
            return kind
    raise UserError(f"no sink '{text}'; give {GIVEN}{nearest(text, [kind.example for kind in SINKS])}")


def _screen_of(text: str) -> int | str | None:
    """The screen that "window:2" or "window:HDMI-1" fills, from 1; None for a window that fills none."""
    screen = text.partition(":")[2].strip()
    if text != "window" and not screen:
        raise UserError(f"'{text}' names no screen; give window:1 to fill the first, or window:NAME")
    return int(screen) if screen.isascii() and screen.isdecimal() else screen or None


def _window(
    text: str,
    size: Size,
    fps: float,
    machine: Machine,
    overwrite: bool,
    form: "PixelFormat | None",
    *,
    keeps: bool = False,
) -> "Sink":
    from kaleidocam.sinks.window import open_window

    return open_window(size=size, screen=_screen_of(text), keeps=keeps)


def _window_works() -> str:
    from kaleidocam.sinks.window import how_it_works

    try:
        return how_it_works()
    except UserError as error:
        return str(error)


def _virtual_camera(
    text: str, size: Size, fps: float, machine: Machine, overwrite: bool, form: "PixelFormat | None"
) -> "Sink":
    from kaleidocam.sinks.virtual_camera import VirtualCamera

    return VirtualCamera(size=size, fps=fps, device=text.partition(":")[2] or None)


def _virtual_camera_works() -> str:
    from kaleidocam.sinks.virtual_camera import VirtualCamera

    return _works(lambda: VirtualCamera(size=(1280, 720), fps=30.0))


def _sender(text: str, size: Size, fps: float, machine: Machine, overwrite: bool, form: "PixelFormat | None") -> "Sink":
    from kaleidocam.sinks.shared import Shared

    return Shared(system_of(text), wanted_of(text), size=size, fps=fps)


def _shared(system: System) -> Kind:
    """A sender to other programs by a system."""
    home = f" ({HOMES[system.platform]})" if system.platform else ""
    return Kind(
        system.name,
        example=system.name,
        help=f"'{system.name}' or '{system.name}:NAME'{home}",
        claims=lambda text: names_one(text, system),
        open=_sender,
        finding=None,
    )


def _is_film(text: str) -> bool:
    from kaleidocam.sinks.codecs import FORMATS

    return Path(text).suffix.lower() in FORMATS


def _film(text: str, size: Size, fps: float, machine: Machine, overwrite: bool, form: "PixelFormat | None") -> "Sink":
    from kaleidocam.sinks.recording import film_of

    return film_of(text, size, fps, machine, overwrite=overwrite, given=form)


def _codecs() -> str:
    import av

    wanted = {"libx264": "H.264", "libx265": "H.265", "libsvtav1": "AV1", "libvpx-vp9": "VP9", "prores_ks": "ProRes"}
    have = [name for codec, name in wanted.items() if codec in av.codecs_available]
    return f"{', '.join(have) or 'none: reinstall av'} (PyAV {av.__version__})"


def _is_pipe(text: str) -> bool:
    from kaleidocam.sinks.outlet import is_outlet

    return is_outlet(text)


def _pipe(text: str, size: Size, fps: float, machine: Machine, overwrite: bool, form: "PixelFormat | None") -> "Sink":
    from kaleidocam.sinks.outlet import Outlet
    from kaleidocam.sinks.piped import Piped, piped_codec, piped_form

    form = piped_form(piped_codec(machine), form, int(machine.bits))
    return Piped(Outlet(text), machine, size=size, fps=fps, live=True, form=form)


def _is_stream(text: str) -> bool:
    if not (is_address(text) or text.lower().endswith(".m3u8")):
        return False
    from kaleidocam.sinks.protocols import is_stream

    return is_stream(text)


def _stream(
    text: str,
    size: Size,
    fps: float,
    machine: Machine,
    overwrite: bool,
    form: "PixelFormat | None",
    *,
    wait: bool = False,
) -> "Sink":
    from kaleidocam.sinks.protocols import destination
    from kaleidocam.sinks.stream import Stream
    from kaleidocam.sinks.stream_codec import stream_codec

    codec, to = stream_codec(machine, size, fps), destination(text, overwrite=overwrite)
    return Stream(to, size=size, fps=fps, codec=codec, form=codec.format_for(form, 8), wait=wait)


def _streams() -> str:
    from kaleidocam.sinks.carrier import how_streams_go

    return how_streams_go()


def _works(opened: Callable[[], "Sink"]) -> str:
    try:
        with opened():
            return "works"
    except UserError as error:
        return str(error)


SINKS = (
    Kind(
        "window",
        example="window",
        help="'window', 'window:2' or 'window:NAME' (fills that screen)",
        claims=lambda text: text == "window" or text.startswith("window:"),
        open=_window,
        later=partial(_window, keeps=True),
        finding=("window", _window_works),
    ),
    Kind(
        "virtual",
        example="virtual",
        help="'virtual' or 'virtual:DEVICE' (a camera for OBS and Zoom)",
        claims=lambda text: text == "virtual" or text.startswith("virtual:"),
        open=_virtual_camera,
        finding=("virtual camera", _virtual_camera_works),
    ),
    *map(_shared, SYSTEMS),
    Kind(
        "pipe",
        example="-",
        help="'-' (a pipe)",
        claims=_is_pipe,
        open=_pipe,
        slow=True,
    ),
    Kind(
        "stream",
        example="udp://127.0.0.1:9998",
        help="an address to stream to (rtmp, srt, udp, rtp, rtsp, or a playlist ending in .m3u8)",
        claims=_is_stream,
        open=_stream,
        later=partial(_stream, wait=True),
        finding=("streams", _streams),
    ),
    Kind(
        "film",
        example="record.mp4",
        help="a film ending in .mp4, .m4v, .mov, .mkv or .webm",
        claims=_is_film,
        open=_film,
        finding=("codecs", _codecs),
        slow=True,
    ),
)

GIVEN = f"{', '.join(kind.help for kind in SINKS[:-1])}, or {SINKS[-1].help}"
"""The sinks that can be given, as text for help and messages."""
