"""A grid of one picture, dreamed over two parameters.

Invariant: every cell is what the still of those settings would be, at the cell's size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

GAP, LINE, SIDE = 8, 20, 150  # pixels: round each cell, of a line of text, of the column of labels
PAPER, INK, DIM = 24, (235, 235, 235), (165, 165, 165)  # grey level; BGR
FONT, SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.45


@dataclass(frozen=True)
class Cell:
    """`image`: (H, W, 3) uint8 BGR. `strength`: by how many times the objective is up on the picture. `kept`: of the
    picture's content, 0 to 1."""

    image: np.ndarray
    strength: float
    kept: float

    def __str__(self) -> str:
        return f"strength {self.strength:.3g}  kept {self.kept:.2f}"


@dataclass(frozen=True)
class Axis:
    """A parameter and the values that it takes."""

    name: str
    values: tuple[str, ...]

    def labels(self) -> list[str]:
        return [f"{self.name.replace('_', ' ')} {value}" for value in self.values]


def sweep(across: Axis, down: Axis, cell: Callable[[str, str], Cell]) -> list[list[Cell]]:
    """The cells, row by row: `cell` is asked for each (value across, value down)."""
    return [[cell(x, y) for x in across.values] for y in down.values]


def sheet(cells: Sequence[Sequence[Cell]], across: Axis, down: Axis) -> np.ndarray:
    """The cells as one picture, (H, W, 3) uint8 BGR: values above and at the left, figures under each."""
    height, width = cells[0][0].image.shape[:2]
    step = height + LINE + GAP, width + GAP
    paper = np.full((LINE + GAP + len(cells) * step[0], SIDE + len(cells[0]) * step[1], 3), PAPER, np.uint8)
    for column, label in enumerate(across.labels()):
        _write(paper, label, SIDE + column * step[1], LINE - 5, width, INK)
    for row, (label, line) in enumerate(zip(down.labels(), cells, strict=True)):
        top = LINE + row * step[0]
        name, value = label.rsplit(" ", 1)
        _write(paper, name, GAP, top + height // 2 - 4, SIDE - 2 * GAP, INK)
        _write(paper, value, GAP, top + height // 2 + LINE - 4, SIDE - 2 * GAP, INK)
        for column, cell in enumerate(line):
            left = SIDE + column * step[1]
            paper[top : top + height, left : left + width] = cell.image
            _write(paper, str(cell), left, top + height + LINE - 6, width, DIM)
    return paper


def _write(paper: np.ndarray, text: str, left: int, line: int, room: int, ink: tuple[int, int, int]) -> None:
    """`text` on a line, smaller where it would need more than `room`."""
    wide = cv2.getTextSize(text, FONT, SCALE, 1)[0][0]
    cv2.putText(paper, text, (left, line), FONT, SCALE * min(1.0, room / wide), ink, 1, cv2.LINE_AA)
