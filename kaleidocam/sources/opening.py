"""What a text names as a source, opened.

Invariant: what can't be opened is a UserError before anything is begun.
"""

from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.base import Source
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.place import Place
from kaleidocam.sources.watched import Watched

CAMERA_SIZE = (1280, 720)
SMALL_WIDTH = 256  # pixels of a film that is looked through for cuts


def open_source(text: str, machine: Machine) -> Source:
    """What a film can be made of, read from its first frame on, at the machine's size where it has one."""
    source = kind_of(text).open(text, machine)
    if machine.size in (None, source.size):
        return source
    from kaleidocam.sources.resized import Resized

    return Resized(source, machine.size)


def open_small(text: str, machine: Machine) -> Source:
    """As `open_source`, for whoever looks for cuts: times are the same, pictures may be of any size."""
    source = kind_of(text).open(text, machine)
    if source.time_base is None:
        return source
    from kaleidocam.sources.video import Video

    source.close()
    return Video(text, width=SMALL_WIDTH)


def is_live(text: str) -> bool:
    """Whether a source has a pace of its own and no end: a camera's number, or an address, unless it is that of a film.
    UserError where an address does not answer."""
    return not kind_of(text).filmed(text)


def is_watched(text: str) -> bool:
    """Whether a source comes at a pace of its own, so that its newest frame is what counts: a camera, by number or
    name, or an address that is not a film's. UserError where an address does not answer."""
    return kind_of(text).film is None or is_live(text)


def place_of(text: str, *, size: tuple[int, int], fps: float) -> Place | None:
    """Where a camera or an address is, which is asked for pictures of `size` (width, height), `fps` a second; None for
    what is read from a disk or drawn. Opens nothing."""
    place = kind_of(text).place
    return place and place(text, size, fps)


def open_live(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Any source as a live one: newest frame wins. A camera (by number or name) or an address is taken up again when it
    was away, and with `patient` need not be there at first. A film is played at its own pace, again and again."""
    if place := place_of(text, size=machine.size or CAMERA_SIZE, fps=machine.fps):
        return Watched(place, patient=patient)
    source = open_source(text, machine)
    return Newest(source, paced=True, again=lambda: open_source(text, machine))
