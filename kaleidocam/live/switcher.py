"""The choice of the picture for a frame: the dreamed one, the one held while paused, or the clean one.

Invariant: every frame gets a picture, and every picture goes through the guard. Errors are reported; the show goes on.
"""

from collections.abc import Callable

from kaleidocam.fit import fitted
from kaleidocam.frame import Frame, Joint
from kaleidocam.live.view import View
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.glass import Glass
from kaleidocam.planes import Picture
from kaleidocam.settings.parameters import Look


class Switcher:
    """Call `show` with every frame. State: the held picture, and the one shown last.

    `view`: dreams a frame. `look`: gives the present look. `failed`: called with every error. `each`: called with every
    frame from the source and its look. `cover`: (frame as it was seen, look, finished picture) -> what is shown in its
    place, but for the clean and the held picture; None: nothing is. `guard`: (picture, seconds) -> the picture that may
    be shown, such as the flash limiter; None: every picture may be shown.
    """

    def __init__(
        self,
        view: View,
        look: Callable[[], Look],
        failed: Callable[[Exception], None],
        *,
        each: Callable[[Frame, Look], None] = lambda frame, look: None,
        cover: Callable[[Seen, Look, Picture], Picture] | None = None,
        guard: Callable[[Picture, float], Picture] | None = None,
    ) -> None:
        self._view, self._look, self._failed = view, look, failed
        self.each, self._cover, self._guard = each, cover, guard
        self.paused = self.bypassed = False
        self._held: Picture | None = None
        self._shown: Picture | None = None

    def pause(self) -> None:
        """Holds the picture, or goes on."""
        self.paused = not self.paused

    def bypass(self) -> None:
        """Shows the clean picture, or the dream again."""
        self.bypassed = not self.bypassed

    def show(self, frame: Frame, joint: Joint = Joint.ON) -> Picture:
        """The picture to show: planes where the frame has them, or BGR. `joint`: how the frame follows the one before
        it. Never raises."""
        try:
            picture = self._picture(frame, joint)
        except Exception as error:  # whichever part it is: the source as it is
            self._failed(error)
            picture = frame.picture
        self._shown = self._guarded(picture, frame.seconds)
        return self._shown

    def _picture(self, frame: Frame, joint: Joint) -> Picture:
        look = self._look()
        if self.bypassed:
            look = look.model_copy(update={"wet": 0.0})
        seen, layer = self._view.see(frame, look, joint)
        self.each(frame, look)
        if self.paused and not self.bypassed and self._held is not None:
            return fitted(self._held, frame.size)  # the show's size may have changed since
        picture = Glass().show(seen, layer, look).picture
        if not self.bypassed:
            picture = self._cover(seen, look, picture) if self._cover else picture
            self._held = picture
        return picture

    def _guarded(self, picture: Picture, seconds: float) -> Picture:
        """What may be shown; where the guard itself fails, what was shown last, which can't flash."""
        if self._guard is None:
            return picture
        try:
            return self._guard(picture, seconds)
        except Exception as error:
            self._failed(error)
            return picture if self._shown is None else self._shown
