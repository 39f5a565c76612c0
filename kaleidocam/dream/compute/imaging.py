"""The operations on pictures that the dream needs, as one contract for the processor and for a GPU.

Invariant: pictures are (H, W, C) float32, in arrays of the implementation; they support + - * / and slices. Inputs are
never changed. The formulas of the dream are elsewhere, once, and use only these operations.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import cv2
import numpy as np

Picture = Any
"""(H, W, C) float32: a NumPy array, or a framework's array on its device."""

Amount = Any
"""A single number: Python's, or a framework's on its device."""

LEVELS = 127.5  # gray levels per unit of the network's range
MEAN = np.full((1, 3), 1 / 3, np.float32)  # of the colors; NumPy's own mean over an axis takes twenty times as long
GRAY = np.full((3, 3), 1 / 3)
LEAST_WEIGHT = 1e-3


class Moved(Protocol):
    """The motion between two frames (see `motion.flow.Motion`), at any size."""

    @property
    def moving(self) -> np.ndarray: ...

    @property
    def kept(self) -> np.ndarray: ...

    @property
    def cut(self) -> bool: ...

    def carry(self, layer: np.ndarray, shape: Sequence[int], *, smooth: bool = False) -> np.ndarray: ...


class Imaging(Protocol):
    """Operations on pictures of one kind of array."""

    def at_once(self, f: Callable[..., Any], *given: Any, **fixed: Any) -> Any:
        """`f(self, *given, **fixed)`, its operations as one: a framework compiles them together, once for each set of
        shapes and of `fixed`. `given`: pictures, amounts, numbers and None. `f` is a plain function that depends on
        nothing else and neither uploads, downloads nor carries. It returns an array, or a tuple of them."""

    def picture(self, image: np.ndarray) -> Picture:
        """Uploads an image and converts it as `to_network` does."""

    def array(self, values: np.ndarray) -> Picture:
        """Uploads float32 numbers of any shape."""

    def numpy(self, picture: Picture) -> np.ndarray:
        """Downloads the numbers; read-only."""

    def number(self, value: float | Amount) -> Amount:
        """`value` as a float32 factor, so that a product keeps the picture's format."""

    def clip(self, picture: Picture, low: float, high: float) -> Picture: ...

    def root(self, picture: Picture) -> Picture: ...

    def finite(self, picture: Picture) -> bool: ...

    def length(self, picture: Picture) -> Amount:
        """The root of the sum of all squares."""

    def several(self, amounts: Sequence[Amount]) -> Any:
        """Amounts as one array, (n,)."""

    def highest(self, amounts: Any) -> Amount: ...

    def at_least(self, amount: Amount, floor: Amount) -> Amount: ...

    def centered(self, picture: Picture) -> Picture:
        """The picture minus its mean color."""

    def grayed(self, picture: Picture) -> Picture:
        """Gray: each color is the mean of the three."""

    def recolored(self, picture: Picture, matrix: np.ndarray) -> Picture:
        """Each place's (R, G, B) times `matrix` (3, 3)."""

    def energy(self, picture: Picture) -> Picture:
        """(H, W): the mean of the colors' squares."""

    def scaled(self, picture: Picture, by: Picture) -> Picture:
        """`picture` (H, W, C) times `by` (H, W), place by place."""

    def down(self, picture: Picture) -> Picture:
        """The next level of a Gaussian pyramid: half as wide and high."""

    def up(self, picture: Picture, shape: Sequence[int]) -> Picture:
        """The previous level of a Gaussian pyramid, of `shape` (H, W, …)."""

    def blurred(self, picture: Picture, reach: int) -> Picture:
        """The mean over a square of `reach` (odd) pixels a side, mirrored at the border; (H, W) or (H, W, C)."""

    def shrunk(self, picture: Picture, shape: Sequence[int]) -> Picture:
        """Resized to a smaller `shape` (H, W) by area means."""

    def enlarged(self, picture: Picture, shape: Sequence[int]) -> Picture:
        """Resized to a larger `shape` (H, W) by linear interpolation."""

    def framed(self, picture: Picture, top: int, bottom: int, left: int, right: int) -> Picture:
        """With more rows and columns on each side, which reflect the picture."""

    def carried(self, picture: Picture, motion: Moved, shape: Sequence[int], *, smooth: bool = False) -> Picture:
        """As `Motion.carry`, to `shape` (H, W, …)."""

    def drifted(self, picture: Picture, drift: np.ndarray) -> Picture:
        """Warped by `drift`, a matrix (2, 3) from a pixel to its previous place; cubic, the border reflects."""

    def symmetric(self, picture: Picture, seen: Any) -> Picture:
        """As `seen.symmetric`."""

    def weighted(self, picture: Picture, weight: np.float32) -> Picture:
        """(H, W, 4): the picture (H, W, 3) times `weight`, and the weight as the fourth channel."""

    def course(self, weighted: Picture, count: int, onset: Amount) -> Picture:
        """The first three channels of (H, W, 4) divided by the fourth, the sum of `count` weights of at most 1, which
        counts as at least `LEAST_WEIGHT`. Where that sum is small, the result is up to 1 + `onset` times stronger."""


def to_network(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 BGR -> float32 RGB in [-1, 1], the range on which InceptionV3 was trained."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.float32) * np.float32(1 / LEVELS) - np.float32(1)


class OnProcessor:
    """`Imaging` by OpenCV, on NumPy arrays."""

    def at_once(self, f: Callable[..., Any], *given: Any, **fixed: Any) -> Any:
        return f(self, *given, **fixed)

    def picture(self, image: np.ndarray) -> np.ndarray:
        return to_network(image)

    def array(self, values: np.ndarray) -> np.ndarray:
        return values

    def numpy(self, picture: np.ndarray) -> np.ndarray:
        return picture

    def number(self, value: float) -> np.float32:
        return np.float32(value)

    def clip(self, picture: np.ndarray, low: float, high: float) -> np.ndarray:
        return np.clip(picture, low, high)

    def root(self, picture: np.ndarray) -> np.ndarray:
        return np.sqrt(picture)

    def finite(self, picture: np.ndarray) -> bool:
        return bool(np.isfinite(picture).all())

    def length(self, picture: np.ndarray) -> float:
        return cv2.norm(picture)

    def several(self, amounts: Sequence[float]) -> np.ndarray:
        return np.array(amounts)

    def highest(self, amounts: np.ndarray) -> float:
        return amounts.max()

    def at_least(self, amount: float, floor: float) -> float:
        return max(amount, floor)

    def centered(self, picture: np.ndarray) -> np.ndarray:
        return picture - picture.mean((0, 1))

    def grayed(self, picture: np.ndarray) -> np.ndarray:
        return cv2.transform(picture, GRAY)

    def recolored(self, picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        return cv2.transform(picture, matrix)

    def energy(self, picture: np.ndarray) -> np.ndarray:
        return cv2.transform(picture * picture, MEAN)

    def scaled(self, picture: np.ndarray, by: np.ndarray) -> np.ndarray:
        return cv2.multiply(picture, cv2.cvtColor(by, cv2.COLOR_GRAY2BGR))

    def down(self, picture: np.ndarray) -> np.ndarray:
        return cv2.pyrDown(picture)

    def up(self, picture: np.ndarray, shape: Sequence[int]) -> np.ndarray:
        return cv2.pyrUp(picture, dstsize=shape[1::-1])

    def blurred(self, picture: np.ndarray, reach: int) -> np.ndarray:
        return cv2.blur(picture, (reach, reach), borderType=cv2.BORDER_REFLECT)

    def shrunk(self, picture: np.ndarray, shape: Sequence[int]) -> np.ndarray:
        return cv2.resize(picture, shape[1::-1], interpolation=cv2.INTER_AREA)

    def enlarged(self, picture: np.ndarray, shape: Sequence[int]) -> np.ndarray:
        return cv2.resize(picture, shape[1::-1], interpolation=cv2.INTER_LINEAR)

    def framed(self, picture: np.ndarray, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        return cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REFLECT_101)

    def carried(self, picture: np.ndarray, motion: Moved, shape: Sequence[int], *, smooth: bool = False) -> np.ndarray:
        return motion.carry(picture, shape, smooth=smooth)

    def drifted(self, picture: np.ndarray, drift: np.ndarray) -> np.ndarray:
        return cv2.warpAffine(
            picture,
            drift,
            picture.shape[1::-1],
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )

    def symmetric(self, picture: np.ndarray, seen: Any) -> np.ndarray:
        return seen.symmetric(picture)

    def weighted(self, picture: np.ndarray, weight: np.float32) -> np.ndarray:
        result = np.empty((*picture.shape[:2], 4), np.float32)
        np.multiply(picture, weight, out=result[..., :3])
        result[..., 3] = weight
        return result

    def course(self, weighted: np.ndarray, count: int, onset: float) -> np.ndarray:
        weight = cv2.extractChannel(weighted, 3)
        gain = (1 + onset - (onset / count) * weight) / np.maximum(weight, np.float32(LEAST_WEIGHT))
        return cv2.multiply(cv2.cvtColor(weighted, cv2.COLOR_BGRA2BGR), cv2.cvtColor(gain, cv2.COLOR_GRAY2BGR))


PROCESSOR: Imaging = OnProcessor()
