"""Opens sources and sinks by the same names as the commands.

Invariant: a failed opening is a UserError; the caller closes what it opened, best by `with`.
"""

from os import PathLike, fspath
from typing import Any

from kaleidocam.settings.parameters import Machine
from kaleidocam.settings.values import settle
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source


def open_source(text: str | PathLike[str], **machine: Any) -> Source:
    """Opens a source. A video, a picture, a sequence of pictures or `aisle` (drawn) gives every frame. A camera, by its
    number or name, an address of a live stream, or what another program shares (`ndi:NAME`, `spout:NAME`,
    `syphon:NAME`) gives the newest frame at each read.

    `machine`: parameters of `Machine` by name, such as `size` and `fps`. UserError if it can't be opened.
    """
    from kaleidocam.sources import opening

    text, settled = fspath(text), _settled(machine, "open_source")
    return (opening.open_live if opening.is_watched(text) else opening.open_source)(text, settled)


def open_sink(
    text: str | PathLike[str], size: tuple[int, int], fps: float, *, overwrite: bool = False, **machine: Any
) -> Sink:
    """Opens a sink for frames of `size` (width, height), about `fps` a second: `window`, `virtual` (a camera for other
    programs), `virtual:DEVICE`, `ndi:NAME`, `spout:NAME`, `syphon:NAME`, `-` (the standard output), an address to
    stream to, such as `rtmp://host/app/key`, or the path of a film. With a film, `write` waits until the frame is
    encoded, so none is dropped, and with a pipe until its reader has it; with a stream it never waits.

    `machine`: parameters of `Machine` by name, such as `codec` and `crf`. UserError if it can't be opened, or if the
    film exists and `overwrite` is False.
    """
    from kaleidocam.sinks import opening

    settled = _settled(machine, "open_sink")
    return opening.open_sink(fspath(text), size, fps, settled, overwrite=overwrite, behind=False)


def _settled(machine: dict[str, Any], source: str) -> Machine:
    return settle(machine, source, (Machine,))[0]
