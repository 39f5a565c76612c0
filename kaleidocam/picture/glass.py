"""The layer over the full-size picture, under the mirrors: the finished frame.

Invariant: nothing here has state.
"""

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.mask.subject import Shown
from kaleidocam.motion.warp import resized
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.laid import CRISPER, blended, lay_over, mixed
from kaleidocam.picture.layer import colored, sharpened
from kaleidocam.planes import Picture, on_both, on_each
from kaleidocam.settings.parameters import Look


class Glass:
    """Lays a layer over the full-size picture and folds the result by the mirrors. No state."""

    def show(self, seen: Seen, layer: np.ndarray | None, look: Look) -> Frame:
        """The finished frame. `layer` None: there is no dream yet, and the picture is shown under the mirrors alone, as
        where none of it is let in."""
        if seen.let_in * look.strength == 0:
            layer = None
        if look.wet == 0 or (layer is None and seen.mirror is None):
            return seen.frame
        image = seen.picture
        if layer is not None:
            layer = sharpened(colored(seen.inner(layer), look.color), look.sharpness)
            shown = None if seen.shown is None else _without_margin(seen, seen.shown)
            image = _laid(image, layer, (seen.let_in * look.strength, CRISPER * look.sharpness), shown)
        clean, mirror = seen.frame.picture, seen.mirror
        if mirror and seen.fold == "after":
            image = on_each(image, mirror.fold)
        elif mirror and seen.fold == "inside" and mirror.halves:
            image = on_both(image, clean, lambda part, whole: mirror.unfold(part, whole.shape))
        return seen.frame.showing(image if look.wet == 1 else mixed(image, clean, look.wet))


def _laid(picture: Picture, layer: np.ndarray, how: tuple[float, float], shown: Shown | None) -> Picture:
    """The picture under the dream, with the layer over it where it is `shown`; None: everywhere. `how`: its strength
    and crispness."""
    level = shown.level() if shown else 1
    if level == 0:  # nobody is there, or nothing but people
        return picture
    share = shown.on(picture) if shown and level != 1 else None
    return lay_over(picture, layer, *how, share)


def partly(dreamed: Picture, picture: Picture, shown: Shown) -> Picture:
    """The dreamed picture where it is `shown`, and else the picture under the dream; both at full size."""
    level = shown.level()
    if level in (0, 1):
        return dreamed if level else picture
    return blended(dreamed, picture, shown.on(picture))


def _without_margin(seen: Seen, shown: Shown) -> Shown:
    if not any(seen.margin):
        return shown
    shape = seen.small.shape[:2]
    return shown.each(lambda mask: seen.inner(mask if mask.shape[0] >= shape[0] else resized(mask, shape)))
