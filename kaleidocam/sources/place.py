"""Where a live picture comes from: what is enough to open it, and to open the very same again after it went away.

Invariant: once a camera has given a picture, its place opens no other camera, whatever number it has by then.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kaleidocam.address import without_password
from kaleidocam.errors import UserError
from kaleidocam.sources.base import Source
from kaleidocam.sources.camera import WITHOUT, Camera, Stream, camera_names, described

Named = tuple[int, str]  # a camera's number and its name


class Place(ABC):
    """Travels to another process, so everything in it can be pickled. `str` is its name for a performer."""

    size: tuple[int, int]  # (width, height) that is asked for, pixels
    fps: float

    @abstractmethod
    def open(self) -> tuple[Source, "Place"]:
        """The opened source, and the place under which the same one is found again. UserError if it is not there."""


@dataclass(frozen=True)
class Met:
    """A camera that has given a picture. `name`: None where the system named none; `twins`: the numbers of others
    of the same name."""

    index: int
    name: str | None
    twins: frozenset[int] = frozenset()


@dataclass(frozen=True)
class CameraPlace(Place):
    """A camera by `text`: its number, its name, or a part of its name that no other has. Later by what it was."""

    text: str
    size: tuple[int, int]
    fps: float
    met: Met | None = None
    names: Callable[[], Sequence[Named]] = camera_names
    camera: Callable[..., Source] = Camera  # called as Camera is

    def open(self) -> tuple[Source, "CameraPlace"]:
        there = self._there()
        index = find_camera(self.text, there) if self.met is None else same_camera(self.met, there)
        if index is None:
            raise UserError(f"{self} is not there")
        camera = self.camera(index, size=self.size, fps=self.fps)
        name = dict(there).get(index)
        if dict(self._there()).get(index) != name:
            camera.close()
            raise UserError(f"camera {index} was changed for another while it was being opened; try again")
        twins = frozenset(number for number, other in there if name is not None and other == name) - {index}
        return camera, replace(self, met=Met(index, name, twins))

    def _there(self) -> list[Named]:
        try:
            return sorted(self.names())
        except Exception:  # a system that can't list its cameras, by whatever error: they go by their numbers
            return []

    def __str__(self) -> str:
        if self.met is None:
            return f"camera {self.text}"
        return f"camera {self.met.index}" + (f" ({self.met.name})" if self.met.name else "")


@dataclass(frozen=True)
class StreamPlace(Place):
    """A network stream's address; it is opened as it is, whatever size and pace are asked for."""

    address: str
    size: tuple[int, int]
    fps: float

    def open(self) -> tuple[Source, "StreamPlace"]:
        return Stream(self.address), self

    def __str__(self) -> str:
        return without_password(self.address)


def find_camera(text: str, there: Sequence[Named] | None = None) -> int:
    """The number of the camera that `text` means: a number itself, or the name of one that is `there` (default: on
    this machine), in any case, or a part of one name alone. UserError says which there are."""
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
    """The present number of a camera that was met before; None while it is away.

    Of several that have its name, the one with its number; else the first that was not there beside it.
    """
    if met.name is None:  # it was not listed, so what is listed under its number now is another
        return None if met.index in dict(there) else met.index
    alike = [index for index, name in there if name == met.name]
    if met.index in alike:
        return met.index
    return next((index for index in alike if index not in met.twins), None)
