"""A picture as a film stores it: a plane of luma, and two of color differences, with what their numbers mean.

Invariant: planes never change after they are made; whatever is done to a picture is done to each plane at its own size.

Source: ITU-R BT.601-7, BT.709-6 and BT.2020-2 (the weights of red and blue, and the limited range); the numbers of
matrices, ranges, primaries and transfer curves are those of ITU-T H.273, which FFmpeg uses.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import av

WEIGHTS = {  # number of a matrix -> the shares of red and blue in luma
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
BT709, BT601, UNTAGGED = 1, 6, 2
LIMITED, FULL = 1, 2
EIGHT_BITS = 255  # the highest number of eight bits


@dataclass(frozen=True)
class PixelFormat:
    """`name`: FFmpeg's, of planes of 8 or 10 bits: yuv420p, yuv422p, yuv444p, and the same with 10le. `matrix`: one of
    WEIGHTS. `full`: black is 0 and white the highest number; else luma has 16 to 235, in eight bits. `primaries`,
    `transfer`: as the file marks them; UNTAGGED if it doesn't."""

    name: str
    matrix: int = BT709
    full: bool = False
    primaries: int = BT709
    transfer: int = BT709

    @property
    def bits(self) -> int:
        return 10 if self.name.endswith("10le") else 8

    @property
    def shrinking(self) -> tuple[int, int]:
        """(across, down): luma samples for one of color."""
        return {"yuv420p": (2, 2), "yuv422p": (2, 1), "yuv444p": (1, 1)}[self.name.removesuffix("10le")]

    @property
    def highest(self) -> int:
        """The highest number that a sample can be."""
        return (1 << self.bits) - 1

    @property
    def colors(self) -> dict[str, int]:
        """Matrix, range, primaries and transfer by PyAV's names, with FFmpeg's numbers."""
        return {
            "colorspace": self.matrix,
            "color_range": FULL if self.full else LIMITED,
            "color_primaries": self.primaries,
            "color_trc": self.transfer,
        }

    @property
    def target(self) -> dict[str, int]:
        """What PyAV must be told to convert to these numbers from others."""
        return {f"dst_{name}": self.colors[name] for name in ("colorspace", "color_range")}

    def plane_size(self, size: tuple[int, int], plane: int) -> tuple[int, int]:
        """(width, height) of the plane 0, 1 or 2 of a picture of `size`."""
        across, down = self.shrinking if plane else (1, 1)
        return -(-size[0] // across), -(-size[1] // down)

    @cached_property
    def from_rgb(self) -> np.ndarray:
        """(3, 3): changes of R, G, B, in levels of 0 to 255, to those of Y, Cb and Cr."""
        red, blue = WEIGHTS[self.matrix]
        luma = np.array([red, 1 - red - blue, blue])
        rows = [luma, (np.array([0, 0, 1]) - luma) / (2 * (1 - blue)), (np.array([1, 0, 0]) - luma) / (2 * (1 - red))]
        return np.array(rows) * self._scales[:, None]

    @cached_property
    def to_bgr(self) -> np.ndarray:
        """(3, 4): from Y, Cb and Cr to B, G, R of 0 to 255; the last column is added."""
        turned = np.linalg.inv(self.from_rgb)[::-1]
        return np.column_stack([turned, -turned @ self.black])

    @cached_property
    def black(self) -> np.ndarray:
        """(3,): Y, Cb and Cr of black."""
        return np.array([0 if self.full else 16, 128, 128], float) * (1 << (self.bits - 8))

    @cached_property
    def white(self) -> np.ndarray:
        """(3,): Y, Cb and Cr of white."""
        return self.black + self.from_rgb.sum(1) * EIGHT_BITS

    @property
    def _scales(self) -> np.ndarray:
        """(3,): levels of Y, Cb and Cr for one of 0 to 255."""
        if self.full:
            return np.full(3, self.highest / EIGHT_BITS)
        return np.array([219, 224, 224]) * ((1 << (self.bits - 8)) / EIGHT_BITS)


@dataclass(frozen=True)
class Planes:
    """`y`: (H, W); `cb`, `cr`: (h, w), as the format says; uint8, or uint16 for 10 bits. `memory`: the frame that they
    are part of, if they are; FFmpeg knows more of it, such as that its rows are of two moments."""

    y: np.ndarray
    cb: np.ndarray
    cr: np.ndarray
    format: PixelFormat
    memory: "av.VideoFrame | None" = field(default=None, repr=False)

    @classmethod
    def of(cls, frame: "av.VideoFrame", form: PixelFormat) -> "Planes":
        """The planes of a frame in the pixel format `form.name`, without copying: they are the frame's memory."""
        kind, sides = np.uint8 if form.bits == 8 else np.uint16, (frame.width, frame.height)

        def plane(number: int) -> np.ndarray:
            (width, height), memory = form.plane_size(sides, number), frame.planes[number]
            rows = np.frombuffer(memory, np.uint8).reshape(-1, memory.line_size)[:height]
            return rows.view(kind)[:, :width]

        return cls(plane(0), plane(1), plane(2), form, frame)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.y.shape[1], self.y.shape[0]

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.y.shape[0], self.y.shape[1]

    @property
    def all(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.y, self.cb, self.cr

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> "Planes":
        """Every plane changed by the same function."""
        return Planes(change(self.y), change(self.cb), change(self.cr), self.format)

    def with_each(self, other: "Planes", change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> "Planes":
        """Every plane put together with that of another picture."""
        y, cb, cr = (change(mine, others) for mine, others in zip(self.all, other.all, strict=True))
        return Planes(y, cb, cr, self.format)

    def frame(self, size: tuple[int, int] | None = None) -> "av.VideoFrame":
        """A copy as PyAV's frame, marked with its colors. `size` (width, height): a larger one repeats the last row and
        column."""
        import av

        made = av.VideoFrame(*(size or self.size), self.format.name)
        for mine, copy in zip(self.all, Planes.of(made, self.format).all, strict=True):
            height, width = mine.shape
            copy[:height, :width] = mine
            copy[height:, :width] = mine[-1]
            copy[:, width:] = copy[:, width - 1 : width]
        for name, value in self.format.colors.items():
            setattr(made, name, value)
        return made

    def bgr(self) -> np.ndarray:
        """(H, W, 3) uint8 BGR, 0 to 255."""
        if self.memory is not None and self.memory.interlaced_frame:
            return self._fields_to_bgr(self.memory)
        import cv2  # takes a tenth of a second, and who imports the package's names may never need it

        (height, width), (across, down) = self.shape, self.format.shrinking
        colors = self.cb, self.cr
        if (across, down) != (1, 1):
            # Twice as fast as swscale, and nearer to its best conversion than its usual one is
            wide, high = across * self.cb.shape[1], down * self.cb.shape[0]
            colors = tuple(cv2.resize(plane, (wide, high))[:height, :width] for plane in colors)
        return turned_to_bgr(cv2.merge([self.y, *colors]), self.format)

    @staticmethod
    def _fields_to_bgr(frame: "av.VideoFrame") -> np.ndarray:
        """By FFmpeg, which gives the rows of each field the colors of that field."""
        from av.video.reformatter import Interpolation

        # swscale truncates by default: two gray levels too dark
        how = Interpolation.BILINEAR | Interpolation.ACCURATE_RND
        return frame.reformat(format="bgr24", interpolation=how).to_ndarray()


def turned_to_bgr(samples: np.ndarray, form: PixelFormat) -> np.ndarray:
    """(H, W, 3) Y, Cb and Cr of a format -> (H, W, 3) uint8 BGR."""
    import cv2  # as above

    image = cv2.transform(samples, form.to_bgr)
    return image if image.dtype == np.uint8 else np.minimum(image, EIGHT_BITS).astype(np.uint8)


Picture = np.ndarray | Planes
"""(H, W, 3) uint8 BGR, or the planes of a film."""


def bgr_of(picture: Picture) -> np.ndarray:
    """The picture, (H, W, 3) uint8 BGR."""
    return picture.bgr() if isinstance(picture, Planes) else picture


def alike(one: Picture, other: Picture) -> bool:
    """Whether both are BGR, or planes of one format."""
    return getattr(one, "format", None) == getattr(other, "format", None)


def on_each(picture: Picture, change: Callable[[np.ndarray], np.ndarray]) -> Picture:
    """`picture` changed by a function that takes (H, W) and (H, W, 3)."""
    return picture.each(change) if isinstance(picture, Planes) else change(picture)


def on_both(one: Picture, other: Picture, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Picture:
    """Two pictures of one kind, put together by a function that takes (H, W) and (H, W, 3)."""
    if isinstance(one, Planes) and isinstance(other, Planes):
        return one.with_each(other, change)
    if isinstance(one, Planes) or isinstance(other, Planes):
        raise TypeError("planes and BGR can't be put together")
    return change(one, other)
