"""Lines of text on a dark plate, for the performer.

Invariant: the picture that is given is never written to.
"""

from collections.abc import Sequence
from itertools import zip_longest

import cv2
import numpy as np

FONT = cv2.FONT_HERSHEY_SIMPLEX
PLATE = 0.75  # how much of the picture the plate takes away


def with_lines(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A copy of `image` (H, W, 3) uint8 with lines of text on a dark plate at its top left; tabs separate columns."""
    plate = plate_of(lines, image.shape[0])
    return laid(image, plate, (margin_of(image.shape[0]),) * 2)


def with_fading(image: np.ndarray, line: str, share: float) -> np.ndarray:
    """A copy of `image` (H, W, 3) uint8 with a line at its bottom left, of which `share` (0 to 1) is there."""
    plate, margin = plate_of([line], image.shape[0]), margin_of(image.shape[0])
    return laid(image, plate, (margin, max(0, image.shape[0] - plate.shape[0] - margin)), share)


def margin_of(height: int) -> int:
    """Pixels between a plate and the edges of a picture of that height."""
    return round(14 * _scale(height))


def plate_of(lines: Sequence[str], height: int) -> np.ndarray:
    """(h, w, 2) uint8, for a picture of that height: how bright the text is, and how much the plate covers."""
    scale = _scale(height)
    step, margin, bold = round(32 * scale), margin_of(height), max(1, round(1.4 * scale))
    rows = [line.split("\t") for line in lines]
    widths = [[cv2.getTextSize(cell, FONT, scale, bold)[0][0] for cell in row] for row in rows]
    columns = [0]  # the start of each column, and the end of the last
    for cells in zip_longest(*(row for row in widths if len(row) > 1), fillvalue=0):
        columns.append(columns[-1] + max(cells) + 2 * margin)
    width = max(columns[-1] - 2 * margin, *(row[0] for row in widths))
    text = np.zeros((margin + step * len(lines), 2 * margin + width), np.uint8)
    for i, row in enumerate(rows, 1):
        for start, cell in zip(columns, row, strict=False):
            cv2.putText(text, cell, (margin + start, step * i - margin // 2), FONT, scale, 255, bold, cv2.LINE_AA)
    return cv2.merge([text, np.maximum(text, round(255 * PLATE))])


def laid(image: np.ndarray, plate: np.ndarray, at: tuple[int, int], share: float = 1.0) -> np.ndarray:
    """A copy of `image` (H, W, 3) uint8 under a plate, whose top left stands `at` (x, y); `share`: of it, 0 to 1."""
    shown = image.copy()
    part = shown[at[1] : at[1] + plate.shape[0], at[0] : at[0] + plate.shape[1]]
    text, cover = cv2.split(plate[: part.shape[0], : part.shape[1]].astype(np.float32) * share)
    part[:] = part * (1 - cover / 255)[..., None] + text[..., None]
    return shown


def _scale(height: int) -> float:
    return max(0.4, height / 900)
