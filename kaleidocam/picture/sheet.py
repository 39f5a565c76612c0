"""Pictures side by side on one sheet, each with a line of text.

Invariant: a picture on a sheet is unchanged to the last bit; a text stays in its cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out, in pixels. `gap`: space to the right of each cell and below it. `caption`: height of the
    strip below each picture; the text's baseline lies `line` below the picture and starts `indent` from its left edge.
    `head`, `side`, `foot`: space above all cells, on their left, and below. `scale`: text size, relative to the font's
    own; `fits`: a longer text is written smaller. `ink`: BGR. `paper`: gray level."""

    columns: int
    gap: tuple[int, int] = (0, 0)
    caption: int = 0
    line: int = 0
    indent: int = 0
    head: int = 0
    side: int = 0
    foot: int = 0
    scale: float = 0.5
    fits: bool = False
    ink: tuple[int, int, int] = (225, 225, 225)
    paper: int = 24


def laid_out(cells: Sequence[tuple[np.ndarray, str]], layout: Layout) -> np.ndarray:
    """A sheet, (H, W, 3) uint8 BGR, with `cells` in rows of `layout.columns`. Each cell is a picture, (H, W, 3) uint8
    BGR, all of one size, and its text."""
    height, width = cells[0][0].shape[:2]
    down, right = height + layout.caption + layout.gap[1], width + layout.gap[0]
    rows, columns = -(-len(cells) // layout.columns), min(len(cells), layout.columns)
    shape = layout.head + rows * down + layout.foot, layout.side + columns * right, 3
    paper = np.full(shape, layout.paper, np.uint8)
    for number, (picture, text) in enumerate(cells):
        row, column = divmod(number, layout.columns)
        top, left = layout.head + row * down, layout.side + column * right
        cell = paper[top : top + down, left : left + right]
        cell[:height, :width] = picture
        at = layout.indent, height + layout.line
        write(cell, text, at, layout.scale, layout.ink, room=width if layout.fits else None)
    return paper


def write(
    paper: np.ndarray, text: str, at: tuple[int, int], scale: float, ink: tuple[int, int, int], room: int | None = None
) -> None:
    """Writes `text` from (x, y), the left end of its baseline; smaller where it is wider than `room` pixels."""
    if room is not None and text:
        scale *= min(1.0, room / cv2.getTextSize(text, FONT, scale, 1)[0][0])
    cv2.putText(paper, text, at, FONT, scale, ink, 1, cv2.LINE_AA)
