"""The choice of the picture for a frame: the dreamed one, the one held while paused, or the clean one.

Invariant: every frame gets a picture, and every picture goes through the guard. Errors are reported; the show goes on.
"""

from collections.abc import Callable

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.live.view import View
from kaleidocam.picture.glass import Glass
from kaleidocam.settings.parameters import Look


class Switcher:
    """Call `show` with every frame. State: the held picture, and the one shown last.

    `view`: dreams a frame. `look`: gives the present look. `failed`: called with every error. `each`: called with every
    frame from the source and its look. `guard`: (image, seconds) -> the picture that may be shown, such as the flash
    limiter; None: every picture may be shown.
    """

    def __init__(
        self,
        view: View,
        look: Callable[[], Look],
        failed: Callable[[Exception], None],
        *,
        each: Callable[[Frame, Look], None] = lambda frame, look: None,
        guard: Callable[[np.ndarray, float], np.ndarray] | None = None,
    ) -> None:
        self._view, self._look, self._failed = view, look, failed
        self.each, self._guard = each, guard
        self.paused = self.bypassed = False
        self._held: np.ndarray | None = None
        self._shown: np.ndarray | None = None

    def pause(self) -> None:
        """Holds the picture, or goes on."""
        self.paused = not self.paused

    def bypass(self) -> None:
        """Shows the clean picture, or the dream again."""
        self.bypassed = not self.bypassed

    def show(self, frame: Frame) -> np.ndarray:
        """The picture to show, (H, W, 3) uint8 BGR. Never raises."""
        try:
            image = self._picture(frame)
        except Exception as error:  # whichever part it is: the source as it is
            self._failed(error)
            image = frame.image
        self._shown = self._guarded(image, frame.seconds)
        return self._shown

    def _picture(self, frame: Frame) -> np.ndarray:
        look = self._look()
        if self.bypassed:
            look = look.model_copy(update={"wet": 0.0})
        seen, layer = self._view.see(frame, look)
        self.each(frame, look)
        if self.paused and not self.bypassed and self._held is not None:
            return self._held
        image = Glass().show(seen, layer, look).image
        if not self.bypassed:
            self._held = image
        return image

    def _guarded(self, image: np.ndarray, seconds: float) -> np.ndarray:
        """What may be shown; where the guard itself fails, what was shown last, which can't flash."""
        if self._guard is None:
            return image
        try:
            return self._guard(image, seconds)
        except Exception as error:
            self._failed(error)
            return image if self._shown is None else self._shown
