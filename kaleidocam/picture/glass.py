"""The layer over the full-size picture, under the mirrors: the finished frame.

Invariant: nothing here has state.
"""

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.picture import layer as layers
from kaleidocam.picture.eye import Seen
from kaleidocam.planes import on_both, on_each
from kaleidocam.settings.parameters import Look


class Glass:
    """Lays a layer over the full-size picture and folds the result by the mirrors. No state."""

    def show(self, seen: Seen, layer: np.ndarray | None, look: Look) -> Frame:
        """The finished frame. `layer` None: there is no dream yet, and the picture is shown under the mirrors alone."""
        if look.wet == 0 or (layer is None and seen.mirror is None):
            return seen.frame
        image = seen.picture
        if layer is not None:
            layer = layers.sharpened(layers.colored(seen.inner(layer), look.color), look.sharpness)
            image = layers.lay_over(image, layer, look.strength, layers.CRISPER * look.sharpness)
        clean, mirror = seen.frame.picture, seen.mirror
        if mirror and seen.fold == "after":
            image = on_each(image, mirror.fold)
        elif mirror and seen.fold == "inside" and mirror.halves:
            image = on_both(image, clean, lambda part, whole: mirror.unfold(part, whole.shape))
        return seen.frame.showing(image if look.wet == 1 else layers.mixed(image, clean, look.wet))
