"""What a text names as a source, and how it opens.

Invariant: what can't be opened is a UserError before anything is begun.
"""

from pathlib import Path

from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.base import Source
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.place import place_of
from kaleidocam.sources.watched import Watched

CAMERA_SIZE = (1280, 720)
SMALL_WIDTH = 256  # pixels of a film that is looked through for cuts
AISLE_SIZE = (640, 360)  # drawn at 30 fps by a quarter of one core


def open_source(text: str, machine: Machine) -> Source:
    """`aisle`, or the path of a picture, a video, or a sequence of pictures, at the machine's size where it has one;
    what is live opens by `open_live`."""
    source = _open_as_it_is(text, machine)
    if machine.size in (None, source.size):
        return source
    from kaleidocam.sources.resized import Resized

    return Resized(source, machine.size)


def _open_as_it_is(text: str, machine: Machine) -> Source:
    if text == "aisle":
        from kaleidocam.sources.aisle import Aisle

        return Aisle(size=machine.size or AISLE_SIZE, fps=machine.fps)
    from kaleidocam.sources.sequence import PICTURES, is_sequence
    from kaleidocam.sources.sequence import Sequence as Pictures

    if is_sequence(text):
        return Pictures(text, fps=machine.fps)
    if Path(text).suffix.lower() in PICTURES:
        from kaleidocam.sources.picture import Picture

        return Picture(text, fps=machine.fps)
    from kaleidocam.sources.video import Video

    video = Video(text)
    if "fps" in machine.model_fields_set:  # asked for by name
        video.told += ("a video's frames keep their own times; --fps is for what has none",)
    return video


def open_small(text: str, machine: Machine) -> Source:
    """As `open_source`, for whoever looks for cuts: times are the same, pictures may be of any size."""
    source = _open_as_it_is(text, machine)
    if source.time_base is None:
        return source
    from kaleidocam.sources.video import Video

    source.close()
    return Video(text, width=SMALL_WIDTH)


def is_live(text: str) -> bool:
    """Whether a source has a pace of its own and no end: a camera's number or an address."""
    return text.isdigit() or "://" in text


def is_watched(text: str) -> bool:
    """Whether a source is a camera, by number or name, or an address."""
    from kaleidocam.sources.sequence import is_sequence

    return is_live(text) or not (text == "aisle" or Path(text).suffix or Path(text).exists() or is_sequence(text))


def open_live(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Any source as a live one: newest frame wins. A camera (by number or name) or an address is taken up again when it
    was away, and with `patient` need not be there at first. A film is played at its own pace, again and again."""
    if is_watched(text):
        return Watched(place_of(text, size=machine.size or CAMERA_SIZE, fps=machine.fps), patient=patient)
    source = open_source(text, machine)
    return Newest(source, paced=True, again=lambda: open_source(text, machine))
