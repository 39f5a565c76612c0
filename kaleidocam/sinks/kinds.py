"""THE table of sinks: which texts name one, and how it opens.

Invariant: a text belongs to the first kind in SINKS that claims it; messages and help take their words on sinks from
here. A kind's modules are imported only when they are needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Machine

if TYPE_CHECKING:
    from kaleidocam.planes import PixelFormat
    from kaleidocam.sinks.base import Sink

Size = tuple[int, int]  # (width, height), pixels


@dataclass(frozen=True)
class Kind:
    """A kind of sink. `claims`: whether a text names a sink of this kind. `open`: called with the text, the size and
    frame rate of the frames, the machine, whether a file may be overwritten, and the format of the frames' planes
    (None: they are BGR). `help`: its name in lists of what can be given. `finding`: a title in `doctor`, and the
    function that says under it whether the sink works here. `slow`: a frame may take longer than a performance can
    wait."""

    name: str
    example: str
    help: str
    claims: Callable[[str], bool]
    open: Callable[[str, Size, float, Machine, bool, "PixelFormat | None"], "Sink"]
    finding: tuple[str, Callable[[], str]]
    slow: bool = False


def kind_of(text: str) -> Kind:
    """The kind of sink that a text names. UserError if it names none."""
    for kind in SINKS:
        if kind.claims(text):
            return kind
    if text == "-":
        raise UserError(f"a performance can't be written to a pipe ('-'); give {GIVEN}")
    raise UserError(f"no sink '{text}'; give {GIVEN}{nearest(text, [kind.example for kind in SINKS])}")


def _window(text: str, size: Size, fps: float, machine: Machine, overwrite: bool, form: "PixelFormat | None") -> "Sink":
    from kaleidocam.sinks.window import Window

    return Window(size=size)


def _window_works() -> str:
    from kaleidocam.sinks.window import Window

    return _works(Window)


def _virtual_camera(
    text: str, size: Size, fps: float, machine: Machine, overwrite: bool, form: "PixelFormat | None"
) -> "Sink":
    from kaleidocam.sinks.virtual_camera import VirtualCamera

    return VirtualCamera(size=size, fps=fps, device=text.partition(":")[2] or None)


def _virtual_camera_works() -> str:
    from kaleidocam.sinks.virtual_camera import VirtualCamera

    return _works(lambda: VirtualCamera(size=(1280, 720), fps=30.0))


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
        help="'window'",
        claims=lambda text: text == "window",
        open=_window,
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
