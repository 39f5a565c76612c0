"""Films and stills, made by a call from Python.

Invariant: the result equals that of the command with the same settings; nothing is written to stdout or stderr.
"""

import logging
from collections import deque
from collections.abc import Callable
from os import PathLike, fspath
from typing import Any

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import checked
from kaleidocam.settings.asked import asked
from kaleidocam.settings.parameters import (
    DEFAULT_PRESET,
    EVERY_GROUP,
    PRE_ROLL_SECONDS,
    SPLIT_SECONDS,
    Look,
    Machine,
)
from kaleidocam.settings.presets import with_layer

log = logging.getLogger(__name__)

Path = str | PathLike[str]
Progress = Callable[[int, int], None]


def film(
    source: Path,
    out: Path,
    *,
    look: Path | Look = DEFAULT_PRESET,
    layer: Path | None = None,
    machine: Machine | None = None,
    start: float | None = None,
    end: float | None = None,
    score: Path | None = None,
    cuts: str = "auto",
    show: str = "dreamed",
    split: float = SPLIT_SECONDS,
    pre_roll: float = PRE_ROLL_SECONDS,
    workers: int | None = None,
    cluster: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **parameters: Any,
) -> None:
    """Makes the film `out` of a video, a picture, a sequence of pictures or `aisle`, as `kaleidocam film` does.

    `look`, `layer`, `machine`, `parameters`: as in `Kaleidoscope`. `start`, `end`: seconds from the source's first
    frame. `score`: the path of a timeline. The others are the options of the command. `progress` is called with the
    number of finished frames and their total. Messages go to the logger `kaleidocam`.

    UserError if it can't be made. After KeyboardInterrupt the finished part is kept, and the same call continues it.
    With `workers`, call it under `if __name__ == "__main__":`.
    """
    from kaleidocam.dream.compute.backends.registry import plainly
    from kaleidocam.film.order import Order
    from kaleidocam.film.studio import make

    given = with_layer({**parameters, "layer": layer}, "film")
    settled, machine = asked(look, machine, given, "film")
    order = Order(
        _path(source, "source"),
        _path(out, "out"),
        settled,
        machine,
        given={name: getattr(settled, name) for name in given if name in Look.model_fields},
        score=None if score is None else _path(score, "score"),
        start=start,
        end=end,
        cuts=cuts,
        shown=show,
        split=split,
        pre_roll=pre_roll,
        workers=workers,
        cluster=cluster,
        overwrite=overwrite,
        called=progress or (lambda done, total: None),
    )
    with plainly():
        make(order)


def still(
    picture: Path | np.ndarray,
    out: Path | None = None,
    *,
    look: Path | Look = DEFAULT_PRESET,
    machine: Machine | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **parameters: Any,
) -> np.ndarray:
    """Dreams a picture in octaves, as `kaleidocam still` does; returns it, (H, W, 3) uint8 BGR, in its original size.

    `picture`: a path, or (H, W, 3) uint8 BGR. `out`: a path to which the result is also written. `look`, `machine`,
    `parameters`: as in `Kaleidoscope`, and those of a still (`octaves`, `octave_steps`, …). `progress` is called with
    the number of network runs so far and their total. UserError if it can't be made.
    """
    from kaleidocam.dream.compute.backends.registry import plainly
    from kaleidocam.sinks.picture import PictureFile
    from kaleidocam.sources.picture import read_picture
    from kaleidocam.sources.pixel_limit import STILL_PIXELS
    from kaleidocam.still.assembly import as_asked, dreaming, left_out

    path = None if isinstance(picture, np.ndarray) else _path(picture, "picture")
    settled, machine, how = asked(look, machine, parameters, "still", EVERY_GROUP)
    settled, how = as_asked(settled, how)
    if line := left_out(settled):
        log.info(line)
    file = None if out is None else PictureFile(_path(out, "out"), source=path, overwrite=overwrite)
    shown = checked(picture) if path is None else read_picture(path, machine.max_pixels or STILL_PIXELS)
    with plainly():
        work = dreaming(shown, settled, machine, how)
        done = 0

        def each(more: int) -> None:
            nonlocal done
            done += more
            if progress:
                progress(done, work.tiles)

        dreamed = work.shown(deque(work.steps(each), 1).pop())
    if file:
        file.write(dreamed)
    return dreamed


def _path(given: Any, name: str) -> str:
    if not isinstance(given, str | PathLike):
        raise UserError(f"{name} is a {type(given).__name__}; give a path (frames of your own: Kaleidoscope.frames)")
    return fspath(given)
