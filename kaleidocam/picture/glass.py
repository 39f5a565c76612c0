"""The layer over the full-size picture, under the mirrors: the finished frame.

Invariant: nothing here has state.
"""

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.picture import layer as layers
from kaleidocam.picture.eye import Seen
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
        clean = seen.frame.image
        if seen.mirror and seen.fold == "after":
            image = seen.mirror.fold(image)
        elif seen.mirror and seen.fold == "inside" and seen.mirror.halves:
            image = seen.mirror.unfold(image, clean.shape)
        return seen.frame.showing(image if look.wet == 1 else cv2.addWeighted(image, look.wet, clean, 1 - look.wet, 0))
