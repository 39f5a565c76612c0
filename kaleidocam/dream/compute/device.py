"""The dream's pictures on the device that computes the network. They stay there from the upload of a frame to the
download of its layer.

Invariant: each operation equals that of `imaging.OnProcessor` within float32, but uses only the operations of
`backends.base.Backend`. A framework that compiles does so once for each operation and size.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial
from typing import Any

import cv2
import numpy as np

from kaleidocam.dream.compute import resampling
from kaleidocam.dream.compute.backends.base import Array, Backend
from kaleidocam.dream.compute.imaging import LEAST_WEIGHT, LEVELS, Moved
from kaleidocam.dream.compute.interpolation import BEYOND, held, interpolated, reflected

KEPT = 6  # cached tables as large as a picture: for each size in use, the pixels' positions, plain and mirrored
ROWS, COLUMNS = 0, 1
COMPILED = 256  # functions that are kept, those of three grids or more: each may hold pictures of its own
NUMBER = (int, float, np.floating)


@cache
def device_of(on: Backend) -> "OnDevice":
    return OnDevice(on)


class OnDevice:
    """`Imaging` by a backend, on its device."""

    def __init__(self, on: Backend) -> None:
        self._on = on
        self._functions: OrderedDict[tuple, Callable] = OrderedDict()
        self._matrices: dict[tuple, Array] = {}
        self._large: OrderedDict[tuple, Array] = OrderedDict()
        self._lock = threading.RLock()  # guards the three above
        self._inside = threading.local()  # whether this thread is within a function that is compiled
        self._motion: tuple[Moved, Array, Array] | None = None  # the last one: the layer and its drives share it
        self._ways: dict[tuple[int, ...], tuple[Array, Array]] = {}  # the same, at their sizes

    def at_once(self, f: Callable[..., Any], *given: Any, **fixed: Any) -> Any:
        if self._within:
            return f(self, *given, **fixed)
        kinds = tuple("number" if isinstance(each, NUMBER) else each is not None for each in given)
        numbers = [each for each in given if isinstance(each, NUMBER)]
        arrays = [each for each in given if each is not None and not isinstance(each, NUMBER)]
        if numbers:  # in a single upload
            arrays.append(self.array(np.array(numbers, np.float32)))

        def together(*arrays: Array) -> Any:
            left, at = iter(arrays), iter(range(len(numbers)))
            parts = (arrays[-1][next(at)] if kind == "number" else next(left) if kind else None for kind in kinds)
            return f(self, *parts, **fixed)

        return self._run((f.__module__, f.__qualname__, kinds, *sorted(fixed.items())), together, *arrays)

    @property
    def _within(self) -> bool:
        return getattr(self._inside, "a_function", False)

    def picture(self, image: np.ndarray) -> Array:
        colors = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)  # bytes: a quarter of the upload
        return self._run("picture", lambda x: self._on.real(x) * (1 / LEVELS) - 1.0, self._on.array(colors))

    def array(self, values: np.ndarray | np.float32) -> Array:
        return self._on.array(np.asarray(values, np.float32))

    def numpy(self, picture: Array) -> np.ndarray:
        return self._on.numpy(picture)

    def number(self, value: float | Array) -> Array:
        return np.float32(value) if isinstance(value, NUMBER) else value

    def clip(self, picture: Array, low: float, high: float) -> Array:
        return self._on.clip(picture, low, high)

    def root(self, picture: Array) -> Array:
        return picture**0.5

    def finite(self, picture: Array) -> bool:
        """Tests the sum of squares, so values beyond 1e19 count as not finite."""
        return bool(np.isfinite(float(self.length(picture))))

    def length(self, picture: Array) -> Array:
        return self._run("length", lambda x: self._on.sum(x * x, (0, 1, 2)) ** 0.5, picture)

    def several(self, amounts: Sequence[Array]) -> Array:
        return self._on.joined([amount[None] for amount in amounts], 0)

    def highest(self, amounts: Array) -> Array:
        return self._on.highest(amounts, 0)

    def at_least(self, amount: Array, floor: Array) -> Array:
        return self._on.highest(self.several([amount, floor]), 0)

    def centered(self, picture: Array) -> Array:
        return self._run("centered", lambda x: x - self._on.mean(x, (0, 1)), picture)

    def grayed(self, picture: Array) -> Array:
        def grayed(x: Array) -> Array:
            gray = self._on.mean(x, (2,))[..., None]
            return self._on.joined([gray] * 3, 2)

        return self._run("grayed", grayed, picture)

    def recolored(self, picture: Array, matrix: np.ndarray) -> Array:
        return self._run("recolored", lambda x, by: x @ by, picture, self.array(matrix.T))

    def energy(self, picture: Array) -> Array:
        return self._run("energy", lambda x: self._on.mean(x * x, (2,)), picture)

    def scaled(self, picture: Array, by: Array) -> Array:
        return picture * by[..., None]

    def down(self, picture: Array) -> Array:
        return self._resampled(picture, *(self._matrix(resampling.down, side) for side in picture.shape[:2]))

    def up(self, picture: Array, shape: Sequence[int]) -> Array:
        return self._resampled(picture, *(self._matrix(resampling.up, *pair) for pair in _sides(picture, shape)))

    def blurred(self, picture: Array, reach: int) -> Array:
        if len(picture.shape) == 2:
            return self.blurred(picture[..., None], reach)[..., 0]
        return self._resampled(picture, *(self._matrix(resampling.mean, side, reach) for side in picture.shape[:2]))

    def shrunk(self, picture: Array, shape: Sequence[int]) -> Array:
        return self._resized(picture, shape, cv2.INTER_AREA)

    def enlarged(self, picture: Array, shape: Sequence[int]) -> Array:
        return self._resized(picture, shape, cv2.INTER_LINEAR)

    def _resized(self, picture: Array, shape: Sequence[int], interpolation: int) -> Array:
        if tuple(picture.shape[:2]) == tuple(shape[:2]):
            return picture
        return self._resampled(
            picture, *(self._matrix(resampling.scaled, *pair, interpolation) for pair in _sides(picture, shape))
        )

    def framed(self, picture: Array, top: int, bottom: int, left: int, right: int) -> Array:
        rows, columns = (
            self._on.array(resampling.mirrored(np.arange(-before, side + after), side))
            for side, before, after in zip(picture.shape[:2], (top, left), (bottom, right), strict=True)
        )
        return self._run("framed", self._selected, picture, rows, columns)

    def _selected(self, x: Array, rows: Array, columns: Array) -> Array:
        return self._on.take(self._on.take(x, rows, ROWS), columns, COLUMNS)

    def carried(self, picture: Array, motion: Moved, shape: Sequence[int], *, smooth: bool = False) -> Array:
        if motion.cut:
            return self.array(np.zeros((*shape[:2], picture.shape[2]), np.float32))
        if self._motion is None or self._motion[0] is not motion:
            self._motion = motion, self.array(motion.moving), self.array(motion.kept)
            self._ways = {}
        if (size := tuple(shape[:2])) not in self._ways:
            pixels = np.array(size[::-1], np.float32) / motion.moving.shape[1::-1]
            self._ways[size] = self.at_once(_way, *self._motion[1:], self.array(pixels), size=size)

        def carried(picture: Array, flow: Array, kept: Array, positions: Array) -> Array:
            return interpolated(self._on, picture, positions + flow, held, cubic=not smooth) * kept

        way = self._ways[size]
        return self._run(f"carried {smooth}", carried, self.enlarged(picture, shape), *way, self._positions(shape))

    def drifted(self, picture: Array, drift: np.ndarray) -> Array:
        def drifted(picture: Array, by: Array, positions: Array) -> Array:
            x, y = positions[..., :1], positions[..., 1:]
            return interpolated(self._on, picture, x * by[:, 0] + y * by[:, 1] + by[:, 2], reflected)

        return self._run("drifted", drifted, picture, self.array(drift), self._positions(picture.shape))

    def symmetric(self, picture: Array, seen: Any) -> Array:
        if seen.mirror is None or seen.fold != "inside":
            return picture
        shape = tuple(picture.shape[:2])
        # Mirrors show pixels of the picture. Mirroring a table of positions gives the sources of those pixels.
        places = self._cached((seen.mirror.untouched, seen.margin, shape), lambda: seen.symmetric(_grid(shape)))
        return self._run(
            "symmetric", lambda x, places: interpolated(self._on, x, places, held, cubic=False), picture, places
        )

    def weighted(self, picture: Array, weight: np.float32) -> Array:
        def weighted(x: Array, weight: Array) -> Array:
            return self._on.joined([x * weight, x[..., :1] * 0.0 + weight], 2)

        return self._run("weighted", weighted, picture, self.array(weight))

    def course(self, weighted: Array, count: int, onset: float | Array) -> Array:
        def course(x: Array, onset: Array) -> Array:
            weight = x[..., 3:]
            return x[..., :3] * ((1.0 + onset - onset / count * weight) / self._on.clip(weight, LEAST_WEIGHT, BEYOND))

        return self._run(f"course {count}", course, weighted, self._amount(onset))

    def _amount(self, value: float | Array) -> Array:
        return self.array(np.float32(value)) if isinstance(value, NUMBER) else value

    def _run(self, name: Hashable, f: Callable[..., Any], *given: Array) -> Any:
        """Calls `f`, compiled for the arrays' shapes. The same name must always mean the same function. Within another
        such function it is a part of that."""
        if self._within:
            return f(*given)
        key = name, *(tuple(array.shape) for array in given)
        with self._lock:
            if key not in self._functions:
                self._functions[key] = self._on.compiled(partial(self._whole, f))
                while len(self._functions) > COMPILED:
                    self._functions.popitem(last=False)
            self._functions.move_to_end(key)
            compiled = self._functions[key]
        return compiled(*given)

    def _whole(self, f: Callable[..., Any], *given: Array) -> Any:
        self._inside.a_function = True
        try:
            return f(*given)
        finally:
            self._inside.a_function = False

    def _matrix(self, make: Callable[..., np.ndarray], *of: int) -> Array:
        """A matrix of `resampling`, on the device. All are kept: the sizes in use are few."""
        key = make.__name__, *of
        with self._lock:
            if key not in self._matrices:
                with self._on.apart():
                    self._matrices[key] = self._on.array(make(*of))
            return self._matrices[key]

    def _cached(self, key: tuple, make: Callable[[], np.ndarray]) -> Array:
        """The result of `make`, on the device; a cache by `key` that drops the least recently used."""
        with self._lock:
            if key not in self._large:
                self._large[key] = self.array(make())
                while len(self._large) > KEPT:
                    self._large.popitem(last=False)
            self._large.move_to_end(key)
            return self._large[key]

    def _positions(self, shape: Sequence[int]) -> Array:
        return self._cached(("positions", *shape[:2]), lambda: _grid(shape))

    def _resampled(self, picture: Array, rows: Array, columns: Array) -> Array:
        def resampled(x: Array, rows: Array, columns: Array) -> Array:
            return self._along(self._along(x, rows), columns)

        return self._run("resampled", resampled, picture, rows, columns)

    def _along(self, picture: Array, matrix: Array) -> Array:
        """(H, W, C) by a matrix (h, H) along its columns of pixels, then turned over: (W, h, C)."""
        height, width, channels = picture.shape
        lines = matrix @ self._on.reshaped(picture, (height, width * channels))
        return self._on.turned(self._on.reshaped(lines, (matrix.shape[0], width, channels)))


def _sides(picture: Array, shape: Sequence[int]) -> list[tuple[int, int]]:
    """(old, new) number of rows, and of columns."""
    return list(zip(picture.shape[:2], shape[:2], strict=True))


def _grid(shape: Sequence[int]) -> np.ndarray:
    """(H, W, 2) float32: x and y of every pixel."""
    return np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), -1).astype(np.float32)


def _way(on: OnDevice, moving: Array, kept: Array, pixels: Array, *, size: tuple[int, int]) -> tuple[Array, Array]:
    """A motion for pictures of another size, for which a pixel is `pixels` of its own."""
    return on.enlarged(moving, size) * pixels, on.enlarged(kept[..., None], size)
