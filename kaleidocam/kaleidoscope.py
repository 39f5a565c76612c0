"""The kaleidoscope for Python programs: pictures in, dreamed pictures out, one by one.

Invariant: the output depends only on the pictures, their times and the settings, never on the speed of the calls; a
film of one shot has the same frames.
"""

import math
from collections.abc import Iterable, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame, checked
from kaleidocam.planes import Planes
from kaleidocam.settings.asked import asked
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine
from kaleidocam.sources.base import Source

if TYPE_CHECKING:
    from kaleidocam.picture.dream import Dream
    from kaleidocam.picture.eye import Eye


class Kaleidoscope:
    """Dreams pictures one after another, as a film of one shot does.

    `look`: the name of a preset, the path of a TOML file, or a `Look`. `layer`: the preset whose dream is laid over
    that of `look`: its channel, palette and mirrors. `size`: (width, height) in pixels to which every picture is
    cropped and scaled; None: unchanged. `machine`: how it runs here. `parameters`: any parameters of `Look` and
    `Machine` by name; they override `look` and `machine`.

    The first frame prepares the network, which takes seconds, and sets OpenCV to the number of threads that a film
    uses. Obvious cuts clear the dream; `kaleidocam.film` finds all cuts in advance. Use it from one thread at a time.
    UserError if a parameter is wrong, or this machine can't dream the look.
    """

    def __init__(
        self,
        look: str | PathLike[str] | Look = DEFAULT_PRESET,
        *,
        layer: str | PathLike[str] | None = None,
        size: tuple[int, int] | str | None = None,
        machine: Machine | None = None,
        **parameters: Any,
    ) -> None:
        given = {**parameters, "layer": layer} | ({} if size is None else {"size": size})
        self._look, self._machine = asked(look, machine, given, "Kaleidoscope")
        self._size: tuple[int, int] | None = None  # (width, height) of the last picture
        self._check(self._look)
        self._closed = False
        self.reset()

    @property
    def look(self) -> Look:
        """The look of the next frame."""
        return self._look

    @property
    def machine(self) -> Machine:
        """How it runs here."""
        return self._machine

    def frame(self, image: np.ndarray, seconds: float | None = None) -> np.ndarray:
        """The next picture, dreamed. Both are (H, W, 3) uint8 BGR; `image` is copied.

        `seconds`: when it was taken, never less than the previous picture's time; None: 1 / `fps` after that time (30
        frames a second by default). UserError if either is wrong.
        """
        return self._dreamed(Frame(checked(image).copy(), self._time(seconds), self._count)).image

    def frames(self, source: Source | Iterable[Frame]) -> Iterator[Frame]:
        """Yields each frame of `source`, dreamed, with the same time; each is read only when it is needed. A source is
        left open; its owner closes it. UserError as with `frame`."""
        for frame in iter(source.read, None) if isinstance(source, Source) else source:
            if not isinstance(frame, Frame):
                raise UserError(f"got a {type(frame).__name__} instead of a Frame; give a Frame, or use frame()")
            if not isinstance(frame.picture, Planes):
                checked(frame.picture)
            self._time(frame.seconds)
            yield self._dreamed(frame)

    def change(self, look: str | PathLike[str] | Look | None = None, **parameters: Any) -> None:
        """Changes the look from the next frame on: `look`, or the present look if None, with these parameters. A new
        channel fades in within `morph` seconds; `layer` may be among them: a preset, or "" for no layer. If a
        parameter is wrong or belongs to `Machine`, UserError is raised and nothing changes."""
        for name in parameters:
            if name in Machine.model_fields:
                raise UserError(
                    f"change: {name} belongs to a machine, not to a look; make another Kaleidoscope with it"
                )
        wanted, _ = asked(self._look if look is None else look, None, parameters, "change")
        self._check(wanted)
        self._look = wanted

    def reset(self) -> None:
        """Clears the dream, the turn of the mirrors and the time: the next frame is the first again. The look stays."""
        self._parts: tuple[Eye, Dream] | None = None
        self._size = None
        self._last: float | None = None
        self._count, self._zero, self._since = 0, 0.0, 0
        self._began: float | None = None  # the time of the first frame
        self._channel, self._chosen = self._look.channel, 0.0  # and since when it is that one

    def close(self) -> None:
        """Frees the network. Closing twice does no harm; dreaming a frame afterwards is a UserError."""
        self._closed, self._parts = True, None

    def __enter__(self) -> "Kaleidoscope":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check(self, look: Look) -> None:
        """UserError if the look is wrong, as far as that shows without importing a framework."""
        from kaleidocam.dream.assembly import check_reach
        from kaleidocam.mask.assembly import check_mask_shape
        from kaleidocam.picture.assembly import check_texts
        from kaleidocam.settings.layering import channels_of, masks_wanted

        check_texts(look)
        for channel in channels_of(look):
            check_reach(channel, self._machine)
        if self._size:
            for mask in masks_wanted(look):
                check_mask_shape(mask, self._size)

    def _time(self, seconds: float | None) -> float:
        """The time of the next frame. Steady times are count / fps, not a running sum, so that they equal a file's."""
        if seconds is None:
            self._since += self._last is not None
            seconds = self._zero + self._since / self._machine.fps
        elif not (isinstance(seconds, int | float | np.number) and math.isfinite(seconds)):
            raise UserError(f"the time of frame {self._count} is {seconds!r}; give it in seconds, or None")
        else:
            self._zero, self._since = float(seconds), 0
        if self._last is not None and seconds < self._last:
            raise UserError(
                f"frame {self._count} is at {seconds:g} s, before the previous one at {self._last:g} s; times must not "
                "fall, reset() starts again"
            )
        self._last = float(seconds)
        return self._last

    def _dreamed(self, frame: Frame) -> Frame:
        from kaleidocam.dream.compute.backends.registry import plainly
        from kaleidocam.fit import fitted
        from kaleidocam.picture.glass import Glass

        if self._closed:
            raise UserError("this Kaleidoscope is closed; make another one")
        if self._machine.size is not None:
            frame = frame.showing(fitted(frame.picture, self._machine.size, self._machine.fit))
        with plainly():
            self._size, self._parts = frame.size, self._parts or self._begin(frame.size)
            eye, dream = self._parts
            look = self._wandered(frame.seconds)
            seen = eye.see(frame, look)
            finished = Glass().show(seen, dream.advance(seen, look), look)
        self._count += 1
        return finished

    def _wandered(self, seconds: float) -> Look:
        """The look at the time of a frame."""
        from kaleidocam.control.wandering import wandering

        if self._began is None:
            self._began = self._chosen = seconds
        if self._look.channel != self._channel:
            self._channel, self._chosen = self._look.channel, seconds
        return wandering(self._look, seconds - self._began, self._chosen - self._began)

    def _begin(self, size: tuple[int, int]) -> "tuple[Eye, Dream]":
        """Eye and dream in a film's initial state; the last digits of both depend on the number of threads."""
        import cv2

        from kaleidocam.film.worker import fresh_parts, picture_threads_here

        cv2.setNumThreads(picture_threads_here())
        return fresh_parts(self._machine, self._look, 0.0, size)
