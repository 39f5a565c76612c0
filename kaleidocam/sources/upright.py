"""Converts a decoded frame into the picture that it is meant to show.

Invariant: all pictures of a film have the same size, are upright, and have square pixels and 8-bit BT.709 colors;
unless a smaller size is asked for, no row or column is lost.
"""

from collections.abc import Iterator
from fractions import Fraction

import av
import cv2
import numpy as np
from av.sidedata.sidedata import Type
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from kaleidocam.sources.tone import NAMES, WIDE, Tone, conversion, needed

PLAIN = Interpolation.BILINEAR | Interpolation.ACCURATE_RND  # swscale truncates by default: 2 gray levels too dark
WHOLE_COLOR = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
ENLARGING, SHRINKING = Interpolation.BICUBIC | WHOLE_COLOR, Interpolation.AREA | WHOLE_COLOR
BT709, UNTAGGED, BT2020, BT2020_CONSTANT = 1, 2, 9, 10  # ffmpeg's numbers of color matrices
MATRICES = {0, BT709, UNTAGGED, 4, 5, 6, 7, BT2020}  # those that swscale has; 0: no matrix, RGB
RANGES = {0, ColorRange.MPEG, ColorRange.JPEG}
HD_HEIGHT = 720  # from this height on, players assume BT.709 for untagged files
LIKELY_ASPECTS = 0.1, 10.0  # a pixel's width over its height; a value outside is an error in the file
NOT_ROTATED = np.eye(3)  # the display matrix of a film that has none
OPAQUE = 255
CLEAR = "transparent parts are laid over black"
MARKS = {Type.SPHERICAL: "a 360° video", Type.STEREO3D: "a 3D video"}


class Upright:
    """Set up from a film's first frame and the shape of its pixels (`aspect`: width over height). `width`: pictures are
    quickly shrunk to that width in pixels; None: full size.

    `size`: (width, height) of every picture; `told`: lines on the conversions that a person should know of."""

    def __init__(self, frame: av.VideoFrame, aspect: Fraction | None, width: int | None = None) -> None:
        self._lying = square = _squared(frame, aspect)
        across = square[1] if _stands(_matrix(frame)) else square[0]
        if width is not None and width < across:
            self._lying = max(1, round(square[0] * width / across)), max(1, round(square[1] * width / across))
        self._to_bgr, self._to_wide = VideoReformatter(), VideoReformatter()
        self._tone: Tone | None = None
        self._size: tuple[int, int] | None = None
        matrix = frame.colorspace
        self._size = self.size = self.image(frame).shape[1::-1]
        clear = _has_alpha(frame) and self._scaled(frame, "bgra")[..., 3].min() < OPAQUE
        self.told = tuple(_conversions(frame, square, clear, matrix))

    def image(self, frame: av.VideoFrame) -> np.ndarray:
        """(H, W, 3) uint8 BGR."""
        _name_colors(frame)
        pixels = self._toned(frame) if needed(frame) else self._scaled(frame, "bgr24")
        if _has_alpha(frame):
            pixels = over_black(pixels, self._scaled(frame, "bgra")[..., 3])
        image = np.ascontiguousarray(_turned(pixels, _matrix(frame)))
        if self._size and image.shape[1::-1] != self._size:  # the rotation changed in the middle of the film
            image = cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)
        return image

    def _toned(self, frame: av.VideoFrame) -> np.ndarray:
        self._tone = self._tone or Tone(frame)
        wide = self._to_wide.reformat(frame, *self._lying, WIDE, interpolation=self._way(frame))
        return self._to_bgr.reformat(self._tone(wide), format="bgr24", interpolation=PLAIN).to_ndarray()

    def _scaled(self, frame: av.VideoFrame, form: str) -> np.ndarray:
        return self._to_bgr.reformat(frame, *self._lying, form, interpolation=self._way(frame)).to_ndarray()

    def _way(self, frame: av.VideoFrame) -> Interpolation:
        (width, height), given = self._lying, (frame.width, frame.height)
        if (width, height) == given:
            return PLAIN
        return ENLARGING if width > given[0] or height > given[1] else SHRINKING


def over_black(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """`image` (H, W, 3) laid over black with the opacity `alpha` (H, W); both uint8, or both uint16."""
    return cv2.multiply(image, cv2.merge([alpha] * 3), scale=1 / np.iinfo(alpha.dtype).max)


def _squared(frame: av.VideoFrame, aspect: Fraction | None) -> tuple[int, int]:
    """The (width, height) of a frame with square pixels; one side grows, none shrinks."""
    if not aspect or not LIKELY_ASPECTS[0] <= aspect <= LIKELY_ASPECTS[1]:
        return frame.width, frame.height
    if aspect > 1:
        return round(frame.width * aspect), frame.height
    return frame.width, round(frame.height / aspect)


def _name_colors(frame: av.VideoFrame) -> None:
    """Gives the frame a color matrix and a range that swscale knows, if it has none or an unknown one."""
    matrix = BT2020 if frame.colorspace == BT2020_CONSTANT else frame.colorspace
    matrix = matrix if matrix in MATRICES else UNTAGGED
    if matrix == UNTAGGED and not frame.format.is_rgb:
        matrix = BT2020 if frame.color_trc in NAMES else BT709 if frame.height >= HD_HEIGHT else UNTAGGED
    frame.colorspace = matrix
    frame.color_range = frame.color_range if frame.color_range in RANGES else 0


def _has_alpha(frame: av.VideoFrame) -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)


def _matrix(frame: av.VideoFrame) -> np.ndarray:
    """(3, 3): FFmpeg's AVDisplayMatrix, which maps the frame's x, y to the display."""
    data = frame.side_data.get(Type.DISPLAYMATRIX)
    return NOT_ROTATED if data is None else np.frombuffer(bytes(data), np.int32).reshape(3, 3)


def _stands(matrix: np.ndarray) -> bool:
    """Whether the matrix turns rows into columns."""
    return abs(matrix[0, 1]) > abs(matrix[0, 0])


def _turned(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The image rotated by quarter turns and mirrored, as the matrix says."""
    right, down = matrix[0, 0], matrix[1, 1]
    if _stands(matrix):
        image, right, down = cv2.transpose(image), matrix[1, 0], matrix[0, 1]
    if right < 0 or down < 0:
        image = cv2.flip(image, -1 if right < 0 and down < 0 else 1 if right < 0 else 0)
    return image


def _conversions(frame: av.VideoFrame, square: tuple[int, int], clear: bool, matrix: int) -> Iterator[str]:
    if needed(frame):
        yield conversion(frame)
    if clear:
        yield CLEAR
    if square != (frame.width, frame.height):
        yield f"its pixels are not square: {frame.width}x{frame.height} becomes {square[0]}x{square[1]}"
    if matrix not in MATRICES | {BT2020_CONSTANT}:
        yield f"its color matrix (number {matrix}) is not supported; the default one is used"
    for mark, what in MARKS.items():
        if frame.side_data.get(mark) is not None:
            yield f"its mark as {what} is not kept: mark the film again, if it still is such a one"
