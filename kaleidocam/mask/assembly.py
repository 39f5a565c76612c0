"""Makes the masks that there are.

Invariant: what a mask needs is imported and read when it is made, and not before.
"""

from kaleidocam.errors import UserError
from kaleidocam.mask.base import Mask, Showing
from kaleidocam.mask.kinds import kind_of, path_in, plain

PEOPLE = "people"
FILM = Showing()


def make_mask(name: str, showing: Showing = FILM) -> Mask:
    """The mask of a name, as `Look.mask` has it. UserError where it can't be had."""
    check_mask(name)
    return kind_of(name).make(plain(name), showing)


def check_mask(name: str, *, used: bool = True) -> None:
    """UserError where `make_mask` would fail. Where it is not `used`, the network for people is not asked for."""
    if used or plain(name) != PEOPLE:
        kind_of(name).check(plain(name))


def check_still(name: str) -> None:
    """UserError where a single picture has no such mask."""
    if kind_of(name).timed:
        raise UserError(f"no mask '{name}' in a single picture, in which nothing moves; give another --mask")


def check_mask_shape(name: str, size: tuple[int, int]) -> None:
    """UserError where a mask is a file of another shape than pictures of `size` (width, height)."""
    if (path := path_in(name)) is not None:
        from kaleidocam.mask.matte_file import check_shape

        check_shape(path, size)
