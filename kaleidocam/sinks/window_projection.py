"""How a picture is projected: its corners, soft edges, way round, and which part of it.

Invariant: a projection can be shown, whatever picture comes; what is written down is read back unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from kaleidocam.errors import UserError
from kaleidocam.sinks.window_corners import Corners

SIDES = ("top", "right", "bottom", "left")  # as the screen has them: each from the corner of its number to the next
OPPOSITE = {"left": "right", "right": "left", "upper": "bottom", "lower": "top"}  # part: the side that overlaps
PARTS = ("whole", *OPPOSITE)
WIDEST = 0.5  # a soft edge, in shares of what is shown
GAMMA = 2.2  # of nearly every projector: light = signal ** gamma
GAMMAS = 1.0, 4.0
SHAPES = 0.01, 100.0
MIRRORED = (1, 0, 3, 2)  # the corner that each one changes places with


@dataclass(frozen=True)
class Projection:
    """`corners`: None where the picture's shape decides. `shape`: width / height of what filled them. `edges`: how wide
    each of SIDES fades, 0 to WIDEST; `gamma` of the projector. The picture is `mirrored`, then turned clockwise by
    `turn` quarters. `part`: of PARTS; half a picture is wider by what overlaps the other half: the soft edge there."""

    corners: Corners | None = None
    shape: float | None = None
    edges: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    gamma: float = GAMMA
    turn: int = 0
    mirrored: bool = False
    part: str = "whole"

    def __post_init__(self) -> None:
        _require(all(0 <= edge <= WIDEST for edge in self.edges), f"an edge is 0 to {WIDEST:g}")
        _require(GAMMAS[0] <= self.gamma <= GAMMAS[1], f"gamma is {GAMMAS[0]:g} to {GAMMAS[1]:g}")
        _require(self.turn in range(4), "turn is 0, 1, 2 or 3 quarters")
        _require(self.part in PARTS, f"part is one of {', '.join(PARTS)}")
        _require(self.shape is None or SHAPES[0] <= self.shape <= SHAPES[1], "shape is width / height, such as 1.78")

    @property
    def plain(self) -> bool:
        """Whether the picture is shown as without any of it."""
        return self == Projection(gamma=self.gamma, shape=self.shape)

    def order(self) -> list[int]:
        """For each corner of the picture, where it stands on the screen: 0 to 3."""
        return [((MIRRORED[i] if self.mirrored else i) + self.turn) % 4 for i in range(4)]

    def way(self) -> dict[str, float]:
        """The edges by the sides of the picture, however it is turned."""
        at = self.order()
        sides = {frozenset((i, (i + 1) % 4)): edge for i, edge in enumerate(self.edges)}
        return {side: sides[frozenset((at[i], at[(i + 1) % 4]))] for i, side in enumerate(SIDES)}

    def view(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the part, in shares of the picture."""
        if self.part == "whole":
            return 0.0, 0.0, 1.0, 1.0
        half = 1 / (2 - self.way()[OPPOSITE[self.part]])
        return {
            "left": (0.0, 0.0, half, 1.0),
            "right": (1 - half, 0.0, 1.0, 1.0),
            "upper": (0.0, 0.0, 1.0, half),
            "lower": (0.0, 1 - half, 1.0, 1.0),
        }[self.part]


def table_of(projection: Projection) -> dict[str, Any]:
    """A projection as plain values, of which those that are as usual are left out."""
    table: dict[str, Any] = {}
    if projection.corners:
        table |= {"corners": [list(point) for point in projection.corners.points], "shape": projection.shape}
    if any(projection.edges):
        table |= dict(zip(SIDES, projection.edges, strict=True))
    usual = Projection()
    names = ("gamma", "turn", "mirrored", "part")
    return table | {
        name: getattr(projection, name) for name in names if getattr(projection, name) != getattr(usual, name)
    }


def projection_of(table: Mapping[str, Any]) -> Projection:
    """A projection from plain values, as `table_of` has them. UserError where one is wrong or unknown."""
    known = {"corners", "shape", *SIDES, "gamma", "turn", "mirrored", "part"}
    unknown = [name for name in table if name not in known]
    _require(not unknown, f"no '{', '.join(unknown)}'")
    corners = table.get("corners")
    _require(isinstance(table.get("mirrored", False), bool), "mirrored is true or false")
    turn = _number(table.get("turn", 0), "turn")
    return Projection(
        corners=_corners(corners) if corners is not None else None,
        shape=_number(table["shape"], "shape") if "shape" in table else None,
        edges=tuple(_number(table.get(side, 0.0), side) for side in SIDES),  # type: ignore[arg-type]  # four
        gamma=_number(table.get("gamma", GAMMA), "gamma"),
        turn=int(turn) if turn.is_integer() else -1,
        mirrored=table.get("mirrored", False),
        part=str(table.get("part", "whole")),
    )


def _corners(value: Any) -> Corners:
    whole = isinstance(value, list) and len(value) == 4
    _require(whole and all(isinstance(each, list) and len(each) == 2 for each in value), "corners are four of [x, y]")
    a, b, c, d = ((_number(x, "a corner"), _number(y, "a corner")) for x, y in value)
    return Corners((a, b, c, d))


def _number(value: Any, name: str) -> float:
    right = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    _require(right, f"{name} is no number")
    return float(value)


def _require(holds: bool, allowed: str) -> None:
    if not holds:
        raise UserError(allowed)
