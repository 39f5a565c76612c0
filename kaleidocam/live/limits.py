"""The limits of a look, of the quality and of the size, while a performance is played.

Invariant: whoever reaches a control surface learns nothing about the files of this machine.
"""

import math
from collections.abc import Iterable, Set
from contextlib import suppress

from kaleidocam.errors import UserError, brief, shown
from kaleidocam.picture.assembly import pictures_of
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import AUTO, LARGEST_SIDE, QUALITIES, Look, Machine
from kaleidocam.settings.presets import own_preset_names, read_preset
from kaleidocam.settings.values import settle

MOST_LIVE_GRID = (960, 540)  # (width, height), pixels: its area is what the look of a performance may change to

MOST_LIVE_SIZE = (3840, 2160)  # (width, height), pixels: its area is what the size of a performance may change to
SHORT_SIDES = (360, 540, 720, 1080)  # pixels, of the sizes to choose from


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


def check_quality(quality: str) -> None:
    """UserError where `--quality` has no such name."""
    if quality not in (AUTO, *QUALITIES):
        raise UserError(f"no quality '{brief(shown(quality))}'; allowed is {', '.join((AUTO, *QUALITIES))}")


def size_of(text: str, begun: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a text such as 1280x720. UserError where it is none, or has more pixels than MOST_LIVE_SIZE
    and the size that the performance has `begun` with: whoever reaches a control surface must not fill the memory."""
    if text == "{}x{}".format(*begun):  # a film may be larger than --size can say
        return begun
    size = settle({"size": text}, "the size", [Machine])[0].size
    if math.prod(size) > max(math.prod(MOST_LIVE_SIZE), math.prod(begun)):
        raise UserError(
            f"a size of {size[0]}x{size[1]} would hold up the picture; up to as many pixels as "
            f"{MOST_LIVE_SIZE[0]}x{MOST_LIVE_SIZE[1]} while it runs, more from the start by --size"
        )
    return size


def usual_sizes(begun: tuple[int, int]) -> list[str]:
    """The sizes to choose from, as texts, smallest first: in the shape of the one that the performance has `begun`
    with, and of a projector."""
    shapes = [begun, (16, 9)] if begun[0] >= begun[1] else [begun]
    sizes = {
        (round(width * short / min(width, height) / 2) * 2, round(height * short / min(width, height) / 2) * 2)
        for width, height in shapes
        for short in SHORT_SIDES
    }
    fit = {size for size in sizes if max(size) <= LARGEST_SIDE and math.prod(size) <= math.prod(MOST_LIVE_SIZE)}
    return ["{}x{}".format(*size) for size in sorted(fit | {begun}, key=math.prod)]


def check_pictures(wanted: Look, named: Set[str]) -> None:
    """UserError where a look needs a picture that is neither `named` nor in a preset of the user's own."""
    for picture in pictures_of(wanted):
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
            named.update(pictures_of(look))
    return named
