"""The place of a live source: all that is needed to open it, and to open the same one again after it was unplugged.

Invariant: once a camera has given a picture, its place opens no other camera, even if the numbers have changed.
"""

import queue
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError
from kaleidocam.sources.base import Source
from kaleidocam.sources.camera import WITHOUT, Camera, Stream, camera_names, described

Named = tuple[int, str]  # a camera's number and its name


class Talk(NamedTuple):
    """What a source hears from, and says to, those whom its place serves, while another process reads it. `quiet` is
    called while it works and has no picture to give. `say` and `quiet` may be called on any thread."""

    words: "queue.SimpleQueue[str]"
    say: Callable[[str], None]
    quiet: Callable[[], None]


class Line(Protocol):
    """Those whom a place serves."""

    def joined(self, say: Callable[[str], None]) -> None:
        """A capture has begun that hears what is given to `say`."""

    def left(self, say: Callable[[str], None]) -> None:
        """That capture has ended."""

    def hear(self, text: str) -> None:
        """It said this."""


class Place(ABC):
    """It is sent to another process, so all of it can be pickled. `str` is its name for a performer.

    `awaited`: the camera is brought by others, whom `line` serves. Nothing is wrong while nobody has brought it, its
    pictures have any size up to its source's, and one that stands still is as good as another.
    """

    size: tuple[int, int]  # (width, height) to ask for, pixels
    fps: float
    awaited = False

    @property
    def line(self) -> Line | None:
        """Those whom it serves, in the performance's process."""
        return None

    @abstractmethod
    def open(self) -> tuple[Source, "Place"]:
        """The opened source, and the place that finds the same one again. UserError if it is not connected."""

    def open_for(self, talk: Talk) -> tuple[Source, "Place"]:
        """As `open`, for a source that is spoken to."""
        return self.open()

    def is_meant_by(self, text: str) -> bool:
        """Whether a source's text means what is here, so that it can't be opened once more."""
        return False


@dataclass(frozen=True)
class Met:
    """A camera that has given a picture. `name`: None if the system listed none; `twins`: the numbers of other cameras
    with the same name."""

    index: int
    name: str | None
    twins: frozenset[int] = frozenset()


@dataclass(frozen=True)
class CameraPlace(Place):
    """A camera by `text`: its number, its name, or a unique part of its name. Once it was opened, by `met`."""

    text: str
    size: tuple[int, int]
    fps: float
    met: Met | None = None
    names: Callable[[], Sequence[Named]] = camera_names
    camera: Callable[..., Source] = Camera  # called with the same arguments

    def open(self) -> tuple[Source, "CameraPlace"]:
        there = self._there()
        index = find_camera(self.text, there) if self.met is None else same_camera(self.met, there)
        if index is None:
            raise UserError(f"{self} is not connected")
        camera = self.camera(index, size=self.size, fps=self.fps)
        name = dict(there).get(index)
        if dict(self._there()).get(index) != name:
            camera.close()
            raise UserError(f"camera {index} was replaced by another while it was being opened; try again")
        twins = frozenset(number for number, other in there if name is not None and other == name) - {index}
        return camera, replace(self, met=Met(index, name, twins))

    def is_meant_by(self, text: str) -> bool:
        """Whether a camera's number or name means the one that is here."""
        if self.met is None:
            return text == self.text
        try:
            there = self._there()
            return find_camera(text, there) == same_camera(self.met, there)
        except UserError:
            return False

    def _there(self) -> list[Named]:
        try:
            return sorted(self.names())
        except Exception:  # the system can't list its cameras, whatever the error: only their numbers are known
            return []

    def __str__(self) -> str:
        if self.met is None:
            return f"camera {self.text}"
        return f"camera {self.met.index}" + (f" ({self.met.name})" if self.met.name else "")


@dataclass(frozen=True)
class StreamPlace(Place):
    """A network stream's address. The stream has its own size and frame rate; `size` and `fps` change nothing."""

    address: str = field(repr=False)
    size: tuple[int, int]
    fps: float

    def open(self) -> tuple[Source, "StreamPlace"]:
        return Stream(self.address), self

    def __str__(self) -> str:
        return without_secrets(self.address)


def find_camera(text: str, there: Sequence[Named] | None = None) -> int:
    """The number of the camera that `text` means: a number, a name in `there` (default: this machine's cameras) in
    upper or lower case, or a part of only one name. UserError lists the cameras."""
    if text.isdigit():
        return int(text)
    there = sorted(camera_names()) if there is None else there
    wanted = text.casefold()
    found = [named for named in there if named[1].casefold() == wanted] or [
        named for named in there if wanted in named[1].casefold()
    ]
    if len({name for _, name in found}) != 1:
        what = f"'{text}' can mean more than one camera" if found else f"no camera '{text}'"
        raise UserError(f"{what}; {described(list(there))}; {WITHOUT}")
    return found[0][0]


def same_camera(met: Met, there: Sequence[Named]) -> int | None:
    """The present number of the camera `met`; None while it is not connected.

    Of several with its name: the one with its number; else the first that was not connected together with it.
    """
    if met.name is None:  # it was not listed; a camera listed under its number now is another one
        return None if met.index in dict(there) else met.index
    alike = [index for index, name in there if name == met.name]
    if met.index in alike:
        return met.index
    return next((index for index in alike if index not in met.twins), None)
