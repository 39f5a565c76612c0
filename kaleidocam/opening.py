"""Sources and sinks by the names that the commands know them by.

Invariant: what can't be opened is a UserError; what is opened is closed by its owner, best by `with`.
"""

from os import PathLike, fspath
from typing import Any

from kaleidocam.settings.parameters import Machine
from kaleidocam.settings.values import settle
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source


def open_source(text: str | PathLike[str], **machine: Any) -> Source:
    """A video, a picture, a sequence of pictures or `aisle` (drawn), every frame of it; or a camera, by its number or
    name, or an address, of which each frame is the newest.

    `machine`: parameters of `Machine` by name, such as `size` and `fps`. UserError where it can't be opened.
    """
    from kaleidocam.sources import opening

    text, settled = fspath(text), _settled(machine, "open_source")
    return (opening.open_live if opening.is_watched(text) else opening.open_source)(text, settled)


def open_sink(
    text: str | PathLike[str], size: tuple[int, int], fps: float, *, overwrite: bool = False, **machine: Any
) -> Sink:
    """What takes frames of `size` (width, height), about `fps` a second: `window`, `virtual` (a camera for other
    programs), `virtual:DEVICE`, or the path of a film. `write` waits until a film has taken the frame, so none is
    dropped.

    `machine`: parameters of `Machine` by name, such as `codec` and `crf`. UserError where it can't be opened, or the
    film exists and `overwrite` is False.
    """
    from kaleidocam.sinks import opening

    settled = _settled(machine, "open_sink")
    return opening.open_sink(fspath(text), size, fps, settled, overwrite=overwrite, behind=False)


def _settled(machine: dict[str, Any], source: str) -> Machine:
    return settle(machine, source, (Machine,))[0]
