"""THE table of sources: which texts name one, and how it opens.

Invariant: a text belongs to the first kind in SOURCES that claims it, and the last kind claims every text; messages and
help take their words on sources from here. A kind's modules are imported only when they are needed.
"""

import os.path
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaleidocam.address import is_address, is_web
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sharing.base import HOMES, System
from kaleidocam.sharing.systems import SYSTEMS, names_one, system_of

if TYPE_CHECKING:
    from kaleidocam.sources.base import Source
    from kaleidocam.sources.place import Place

SMALL_WIDTH = 256  # pixels, of a film that is searched for cuts
AISLE_SIZE = (640, 360)  # drawn at 30 fps by a quarter of one core


def _always(text: str) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """A kind of source.

    `claims`: whether a text names a source of this kind; a few bytes of a file are read for it. `open`: opens it at its
    first frame, at the machine's frame rate if it has none of its own. `small`: as `open`, with small pictures, if that
    is faster. `help`: its name in lists of what can be given. `film`: its name in lists of what a
    film can be made of; None if no film can. `filmed`: whether a film can be made of this text; UserError if that can't
    be found out. `place`: the place of a live source, made of its text, size (width, height) and fps; None if it is
    read directly and played at its frames' times. `rooted`: the text is a path, so it depends on the working folder.
    `once`: it can be read only once.
    `finding`: a title in `doctor`, and the function that gives the text under it.
    """

    name: str
    example: str
    help: str
    film: str | None
    claims: Callable[[str], bool]
    open: Callable[[str, Machine], "Source"]
    small: Callable[[str, Machine], "Source"] | None = None
    filmed: Callable[[str], bool] = _always
    place: Callable[[str, tuple[int, int], float], "Place"] | None = None
    rooted: bool = True
    once: bool = False
    finding: tuple[str, Callable[[], str]] | None = None


def kind_of(text: str) -> Kind:
    """The kind of source that a text names."""
    return next(kind for kind in SOURCES if kind.claims(text))


def _aisle(text: str, machine: Machine) -> "Source":
    from kaleidocam.sources.aisle import Aisle

    return Aisle(size=machine.size or AISLE_SIZE, fps=machine.fps)


def _web_film(text: str) -> bool:
    from kaleidocam.sources.film_file import has_end

    return is_web(text) and has_end(text)


def _stream_place(text: str, size: tuple[int, int], fps: float) -> "Place":
    from kaleidocam.sources.place import StreamPlace

    return StreamPlace(text, size, fps)


def _is_camera(text: str) -> bool:
    """Whether a text is a number, or a name that can't be a path."""
    return text.isdigit() or not (Path(text).suffix or os.path.exists(text) or _is_sequence(text))


def _is_pipe(text: str) -> bool:
    from kaleidocam.pipe import is_pipe

    return is_pipe(text)


def _no_film(text: str, machine: Machine) -> "Source":
    raise UserError(f"no file '{text}'; give {FILMS}")


def _camera_place(text: str, size: tuple[int, int], fps: float) -> "Place":
    from kaleidocam.sources.place import CameraPlace

    return CameraPlace(text, size, fps)


def _is_phone(text: str) -> bool:
    return text == "phone"


def _no_phone_film(text: str, machine: Machine) -> "Source":
    raise UserError("a phone's camera is live, and no film can be made of it; use live --from phone, and record")


def _phone_place(text: str, size: tuple[int, int], fps: float) -> "Place":
    from kaleidocam.sources.phone import PhonePlace

    return PhonePlace(size, fps)


def _cameras() -> str:
    from kaleidocam.sources.camera import camera_names

    found = camera_names()
    return ", ".join(f"{index}: {name}" for index, name in found) or (
        "none found; 'kaleidocam live --from aisle' runs without one"
    )


def _shared_place(text: str, size: tuple[int, int], fps: float) -> "Place":
    from kaleidocam.sources.shared import SharedPlace

    system_of(text).check()
    return SharedPlace(text, size, fps)


def _senders(system: System) -> str:
    from kaleidocam.sharing.search import told_of

    return told_of(system)


def _shared(system: System) -> Kind:
    """What other programs share by a system."""
    home = f" ({HOMES[system.platform]})" if system.platform else ""
    return Kind(
        system.name,
        example=f"{system.name}:NAME",
        help=f"'{system.name}' or '{system.name}:NAME'{home}",
        film=None,
        claims=lambda text: names_one(text, system) and not os.path.exists(text),
        open=_no_film,
        filmed=lambda text: False,
        place=_shared_place,
        rooted=False,
        finding=(system.title, lambda: _senders(system)) if system.here else None,
    )


def _is_sequence(text: str) -> bool:
    from kaleidocam.sources.sequence import is_sequence

    return is_sequence(text)


def _sequence(text: str, machine: Machine) -> "Source":
    from kaleidocam.sources.sequence import Sequence

    return Sequence(text, fps=machine.fps, most=_most(machine))


def _is_picture(text: str) -> bool:
    """By what the file holds; by its name if that can't be known, so that the message is about a picture."""
    from kaleidocam.sources.sequence import PICTURES
    from kaleidocam.sources.signature import content_of

    content = content_of(text)
    return content == "picture" or (content == "other" and Path(text).suffix.lower() in PICTURES)


def _most(machine: Machine) -> int:
    """The most pixels of a frame."""
    from kaleidocam.sources.pixel_limit import FRAME_PIXELS

    return machine.max_pixels or FRAME_PIXELS


def _picture(text: str, machine: Machine) -> "Source":
    from kaleidocam.sources.picture import Picture

    return Picture(text, fps=machine.fps, most=_most(machine))


def _video(text: str, machine: Machine, width: int | None = None) -> "Source":
    from kaleidocam.sources.signature import content_of
    from kaleidocam.sources.video import Video

    if not is_address(text) and content_of(text) == "animation":
        from kaleidocam.sources.animated import Animated  # with Pillow, which a film does not need

        video: Source = Animated(text, most=_most(machine))
    else:
        video = Video(
            text,
            width=width,
            most=_most(machine),
            stream=machine.stream,
            deinterlace=machine.deinterlace,
            bits=int(machine.bits),
        )
    if "fps" in machine.model_fields_set:  # given explicitly
        video.told += ("a video's frames keep their own times; --fps is for sources and masks without any",)
    return video


def _small_video(text: str, machine: Machine) -> "Source":
    return _video(text, machine, SMALL_WIDTH)


SOURCES = (
    Kind(
        "aisle",
        example="aisle",
        help="'aisle' (drawn, no file)",
        film="'aisle' (drawn, no file)",
        claims=lambda text: text == "aisle",
        open=_aisle,
        rooted=False,
    ),
    *map(_shared, SYSTEMS),  # before addresses: a name may hold anything
    Kind(
        "address",
        example="http://10.0.0.5/video.mjpg",
        help="an address",
        film="the web address of a video",
        claims=is_address,
        open=_video,
        small=_small_video,
        filmed=_web_film,
        place=_stream_place,
        rooted=False,
    ),
    Kind(
        "pipe",
        example="-",
        help="'-' (a pipe)",
        film="'-' (a pipe)",
        claims=_is_pipe,
        open=_video,
        rooted=False,
        once=True,
    ),
    Kind(
        "phone",
        example="phone",
        help="'phone' (its camera, sent from the panel's page)",
        film=None,
        claims=_is_phone,
        open=_no_phone_film,
        filmed=lambda text: False,
        place=_phone_place,
        rooted=False,
    ),
    Kind(
        "camera",
        example="0",
        help="a camera's number or name",
        film=None,
        claims=_is_camera,
        open=_no_film,
        filmed=lambda text: not text.isdigit(),  # a name is more likely that of a missing file
        place=_camera_place,
        rooted=False,
        finding=("cameras", _cameras),
    ),
    Kind(
        "sequence",
        example="frames/%05d.png",
        help="a folder of pictures",
        film="a folder of pictures",
        claims=_is_sequence,
        open=_sequence,
    ),
    Kind(
        "picture",
        example="photo.jpg",
        help="a picture",
        film="a picture",
        claims=_is_picture,
        open=_picture,
    ),
    Kind(
        "video",
        example="walk.mp4",
        help="a video",
        film="a video",
        claims=_always,
        open=_video,
        small=_small_video,
    ),
)


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])}, or {words[-1]}"


GIVEN = _listed([kind.help for kind in reversed(SOURCES)])
"""The sources of a performance, as text for help and messages."""

FILMS = _listed([kind.film for kind in reversed(SOURCES) if kind.film])
"""The sources of a film, as text for help and messages."""
