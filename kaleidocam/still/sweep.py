"""A sheet of dreams of the same picture, over the values of two parameters.

Invariant: every cell equals the still with the same settings, at the cell's size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kaleidocam.picture.sheet import Layout, laid_out, write

GAP, LINE, SIDE = 8, 20, 150  # pixels: gap between cells, height of a line of text, width of the labels
PAPER, INK, DIM = 24, (235, 235, 235), (165, 165, 165)  # gray level; BGR
SCALE = 0.45  # of the font's own size
LAYOUT = Layout(
    columns=1,
    gap=(GAP, GAP),
    caption=LINE,
    line=LINE - 6,
    head=LINE,
    side=SIDE,
    foot=GAP,
    scale=SCALE,
    fits=True,
    ink=DIM,
    paper=PAPER,
)


@dataclass(frozen=True)
class Cell:
    """`image`: (H, W, 3) uint8 BGR. `strength`: the objective on the dream, divided by that on the picture. `kept`: how
    much of the picture's content remains, 0 to 1."""

    image: np.ndarray
    strength: float
    kept: float

    def __str__(self) -> str:
        return f"strength {self.strength:.3g}  kept {self.kept:.2f}"


@dataclass(frozen=True)
class Axis:
    """A parameter and its values."""

    name: str
    values: tuple[str, ...]

    def labels(self) -> list[str]:
        return [f"{self.name.replace('_', ' ')} {value}" for value in self.values]


def sweep(across: Axis, down: Axis, cell: Callable[[str, str], Cell]) -> list[list[Cell]]:
    """The cells, row by row: `cell` is called for each (value across, value down)."""
    return [[cell(x, y) for x in across.values] for y in down.values]


def sheet(cells: Sequence[Sequence[Cell]], across: Axis, down: Axis) -> np.ndarray:
    """The cells as one picture, (H, W, 3) uint8 BGR, with the values above and on the left, and the figures below each
    cell."""
    height, width = cells[0][0].image.shape[:2]
    step = height + LINE + GAP, width + GAP
    layout = replace(LAYOUT, columns=len(cells[0]))
    paper = laid_out([(cell.image, str(cell)) for line in cells for cell in line], layout)
    for column, label in enumerate(across.labels()):
        write(paper, label, (SIDE + column * step[1], LINE - 5), SCALE, INK, room=width)
    for row, label in enumerate(down.labels()):
        middle = LINE + row * step[0] + height // 2 - 4
        for line, text in enumerate(label.rsplit(" ", 1)):
            write(paper, text, (GAP, middle + line * LINE), SCALE, INK, room=SIDE - 2 * GAP)
    return paper
