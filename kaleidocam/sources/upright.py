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

from kaleidocam.planes import BT601, BT709, UNTAGGED, WEIGHTS, Picture, PixelFormat, Planes
from kaleidocam.sources.tone import NAMES, WIDE, Tone, conversion, needed

PLAIN = Interpolation.BILINEAR | Interpolation.ACCURATE_RND  # swscale truncates by default: 2 gray levels too dark
WHOLE_COLOR = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
ENLARGING, SHRINKING = Interpolation.BICUBIC | WHOLE_COLOR, Interpolation.AREA | WHOLE_COLOR
BT2020, BT2020_CONSTANT = 9, 10  # ffmpeg's numbers of color matrices
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
    quickly shrunk to that width in pixels; None: full size. `bits`: of the planes, 8 or 10. `opacity`: the pictures are
    how opaque the frames are, in gray, if the first one is transparent anywhere.

    `size`: (width, height) of every picture; `told`: lines on the conversions that a person should know of. `format`:
    of the pictures' planes; None: they are BGR, as those of films that are stored in RGB, are transparent or small."""

    def __init__(
        self,
        frame: av.VideoFrame,
        aspect: Fraction | None,
        width: int | None = None,
        bits: int = 8,
        opacity: bool = False,
    ) -> None:
        self._lying = square = _squared(frame, aspect)
        across = square[1] if _stands(_matrix(frame)) else square[0]
        if width is not None and width < across:
            self._lying = max(1, round(square[0] * width / across)), max(1, round(square[1] * width / across))
        self._to_bgr, self._to_wide = VideoReformatter(), VideoReformatter()
        self._tone: Tone | None = None
        self._size: tuple[int, int] | None = None
        matrix = frame.colorspace
        _name_colors(frame)
        self.format = _planar(frame, bits) if width is None else None
        clear = _has_alpha(frame) and self._scaled(frame, "bgra")[..., 3].min() < OPAQUE
        self._opacity = opacity and clear
        self._size = self.size = self.picture(frame).shape[1::-1]
        self.told = tuple(_conversions(frame, square, clear, matrix))

    def picture(self, frame: av.VideoFrame) -> Picture:
        """The frame's planes, or (H, W, 3) uint8 BGR."""
        _name_colors(frame)
        if self.format is None:
            return self._image(frame)
        matrix = _matrix(frame)
        planes = Planes.of(self._planar(frame, self.format), self.format)
        if not np.array_equal(np.sign(matrix), np.sign(NOT_ROTATED)):
            planes = planes.each(lambda plane: np.ascontiguousarray(_turned(plane, matrix)))
        if self._size and planes.size != self._size:  # the rotation changed in the middle of the film
            sizes = iter(self.format.plane_size(self._size, plane) for plane in range(3))
            planes = planes.each(lambda plane: cv2.resize(plane, next(sizes), interpolation=cv2.INTER_AREA))
        return planes

    def _planar(self, frame: av.VideoFrame, form: PixelFormat) -> av.VideoFrame:
        """The frame upright but for its rotation, in a pixel format."""
        if needed(frame):
            return self._to_bgr.reformat(self._wide(frame), format=form.name, interpolation=PLAIN, **form.target)
        alike = _matrix_of(frame) == form.matrix and (frame.color_range == ColorRange.JPEG) == form.full
        colors = {} if alike else form.target
        return self._to_bgr.reformat(frame, *self._lying, form.name, interpolation=self._way(frame), **colors)

    def _image(self, frame: av.VideoFrame) -> np.ndarray:
        """(H, W, 3) uint8 BGR."""
        pixels = self._toned(frame) if needed(frame) else self._scaled(frame, "bgr24")
        if _has_alpha(frame):
            alpha = self._scaled(frame, "bgra")[..., 3]
            pixels = cv2.merge([alpha] * 3) if self._opacity else over_black(pixels, alpha)
        image = np.ascontiguousarray(_turned(pixels, _matrix(frame)))
        if self._size and image.shape[1::-1] != self._size:  # the rotation changed in the middle of the film
            image = cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)
        return image

    def _toned(self, frame: av.VideoFrame) -> np.ndarray:
        return self._to_bgr.reformat(self._wide(frame), format="bgr24", interpolation=PLAIN).to_ndarray()

    def _wide(self, frame: av.VideoFrame) -> av.VideoFrame:
        self._tone = self._tone or Tone(frame)
        return self._tone(self._to_wide.reformat(frame, *self._lying, WIDE, interpolation=self._way(frame)))

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


def _planar(frame: av.VideoFrame, bits: int) -> PixelFormat | None:
    """The format of the planes of a film whose first frame, with named colors, this is; None: it has no such planes."""
    parts, form = frame.format.components, frame.format
    if form.is_rgb or form.has_palette or len(parts) != 3 or _has_alpha(frame):
        return None
    matrix = BT709 if needed(frame) else _matrix_of(frame)
    if matrix not in WEIGHTS:
        return None
    across, down = parts[1].width < parts[0].width, parts[1].height < parts[0].height
    if _stands(_matrix(frame)):
        across, down = down, across
    name = ("yuv420p" if down else "yuv422p" if across else "yuv444p") + ("10le" if bits == 10 else "")
    if needed(frame):
        return PixelFormat(name)
    return PixelFormat(name, matrix, frame.color_range == ColorRange.JPEG, frame.color_primaries, frame.color_trc)


def _matrix_of(frame: av.VideoFrame) -> int:
    """The number of the matrix that swscale uses."""
    return BT601 if frame.colorspace == UNTAGGED else frame.colorspace


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
