"""Opens the source that a text names.

Invariant: a source that can't be opened is a UserError before any work starts.
"""

from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.base import Source
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.place import Place
from kaleidocam.sources.watched import Watched

CAMERA_SIZE = (1280, 720)


def open_source(text: str, machine: Machine) -> Source:
    """Opens a source for a film, at its first frame; its pictures get the machine's size if that is set."""
    source = kind_of(text).open(text, machine)
    if machine.size in (None, source.size):
        return source
    from kaleidocam.sources.resized import Resized

    return Resized(source, machine.size, machine.fit)


def open_small(text: str, machine: Machine) -> Source:
    """As `open_source`, for the search for cuts: times are the same, pictures may have any size."""
    kind = kind_of(text)
    return (kind.small or kind.open)(text, machine)


def is_live(text: str) -> bool:
    """Whether a source runs in real time without an end: a camera's number, or an address that is not a film's.
    UserError if an address does not answer."""
    return not kind_of(text).filmed(text)


def is_watched(text: str) -> bool:
    """Whether a source runs in real time, so that only its newest frame counts: a camera, by number or name, or an
    address that is not a film's. UserError if an address does not answer."""
    return kind_of(text).film is None or is_live(text)


def place_of(text: str, *, size: tuple[int, int], fps: float) -> Place | None:
    """The place of a camera or an address, with the `size` (width, height) and `fps` to ask it for; None for a source
    that is a file or drawn. Opens nothing."""
    place = kind_of(text).place
    return place and place(text, size, fps)


def is_placed(text: str) -> bool:
    """Whether it is a camera or an address, which a process of its own reads. Opens nothing."""
    return kind_of(text).place is not None


def open_live(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Opens any source as a live one: the newest frame wins. A camera (by number or name) or an address is opened again
    after it fails; with `patient` it may be missing at first. A film is played at its own pace, in a loop; one from a
    pipe, once."""
    if place := place_of(text, size=machine.size or CAMERA_SIZE, fps=machine.fps):
        return Watched(place, patient=patient or place.awaited, how=machine.fit)
    source, kind = open_source(text, machine), kind_of(text)
    again = None if kind.once else lambda: open_source(text, machine)
    return Newest(source, paced=True, again=again, name=text if kind.rooted else "")
