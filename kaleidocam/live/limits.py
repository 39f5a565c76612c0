"""The limits of a look while it is played.

Invariant: whoever reaches a control surface learns nothing about the files of this machine.
"""

import math
from collections.abc import Iterable, Set
from contextlib import suppress

from kaleidocam.errors import UserError
from kaleidocam.picture.assembly import pictures_of
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import own_preset_names, read_preset
from kaleidocam.settings.values import settle

MOST_LIVE_GRID = (960, 540)  # (width, height), pixels: its area is what the look of a performance may change to


def check_grid(wanted: Look, played: Iterable[Look], size: tuple[int, int]) -> None:
    """UserError where the grid of a look is larger than MOST_LIVE_GRID and all those `played`, on a picture of `size`
    (width, height). The played ones count because a picture may become larger: all else may still be changed then."""
    grid = grid_of(wanted, size)
    largest = max(MOST_LIVE_GRID, *(grid_of(look, size) for look in played), key=math.prod)
    if math.prod(grid) > math.prod(largest):
        raise UserError(
            f"a grid of {grid[0]}x{grid[1]} would hold up the picture; up to {largest[0]}x{largest[1]} "
            "while it runs, larger ones from the start by --grid or --detail"
        )


def check_pictures(wanted: Look, named: Set[str]) -> None:
    """UserError where a look needs a picture that is neither `named` nor in a preset of the user's own."""
    for picture in pictures_of(wanted.channel, wanted.palette):
        if picture not in named and picture not in _pictures_of_presets():
            raise UserError(
                f"'{picture}' is no picture of this performance; name it on the command line, or in a preset in your "
                "own folder"
            )


def _pictures_of_presets() -> set[str]:
    """The pictures that the user's own presets name; a preset that can't be read names none."""
    named: set[str] = set()
    for name in own_preset_names():
        with suppress(UserError):
            look, _ = settle(read_preset(name), name)
            named.update(pictures_of(look.channel, look.palette))
    return named
