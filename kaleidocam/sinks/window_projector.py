"""What a window that fills a display does with the picture there: as it was saved for it, and adjusting that.

Invariant: a window that fills no display shows the picture plain; what was adjusted is saved before anything ends it.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress

from kaleidocam.errors import UserError
from kaleidocam.sinks.base import Held
from kaleidocam.sinks.window_adjusting import Adjusting
from kaleidocam.sinks.window_displays import Display, DisplayFile, Saved, found, own_displays
from kaleidocam.sinks.window_projection import Projection
from kaleidocam.sinks.window_shape import Size

log = logging.getLogger(__name__)
KEY, ENDS = "k", ("k", "esc")
NOT_HERE = "the picture is pinned to a display that the window fills: drag it there and press f, then k"


class Projector:
    """`adjusting`: None while it is not adjusted. `notice`: a line on what could not be read or written."""

    def __init__(self) -> None:
        self._file = DisplayFile(own_displays())
        self._display: Display | None = None
        self._alone, self._projection = True, Projection()
        self._asked = False  # whether the key was typed in this window, and not in another one
        self._unsaved: dict[Display, Projection] = {}  # what could not be saved yet
        self._later: list[str] = []  # typed after that key, which comes first
        self._sizes: tuple[Size, Size] = (1, 1), (1, 1)
        self.adjusting: Adjusting | None = None
        self.notice: str | None = None

    @property
    def projection(self) -> Projection | None:
        """How the picture is shown now; None: plain."""
        if self.adjusting:
            return self.adjusting.projection
        return None if self._display is None or self._projection.plain else self._projection

    def fills(self, display: Display | None, *, alone: bool = True) -> None:
        """The window fills a display from now on, or none. `alone`: no other is connected that is like it."""
        with suppress(UserError):  # which is in the notice
            self.end()
        self._display, self._alone = display, alone
        self._projection = found(self._saved(), display, alone=alone) if display else Projection()

    def sized(self, picture: Size, window: Size) -> None:
        """Tells the sizes of the picture and of the window, (width, height) in pixels, before each is shown."""
        self._sizes = picture, window
        if self.adjusting:
            self.adjusting.sized(picture, window)

    def keys(self, typed: Sequence[str]) -> list[str]:
        """Those that it leaves to the show. The one that ends the adjusting comes back as KEY, for `turn`; what was
        typed after it, in the next call."""
        left: list[str] = []
        typed, self._later = [*self._later, *typed], []
        for i, key in enumerate(typed):
            if self._takes(key):
                continue
            turns = not isinstance(key, Held) and (key == KEY or (self.adjusting and key in ENDS))
            left.append(KEY if turns else key)
            if turns:
                self._asked, self._later = True, typed[i + 1 :]
                break
        return left

    def turn(self) -> None:
        """Begins to adjust, or ends it and saves; nothing where the key was typed in another window. UserError where
        it can't be."""
        asked, self._asked = self._asked, False
        if not asked:
            return
        if self.adjusting:
            self.end()
        elif self._display is None:
            raise UserError(NOT_HERE)
        else:
            self.adjusting = Adjusting(self._projection, *self._sizes)

    def end(self) -> None:
        """Ends the adjusting, if there is any, and saves it. UserError where that fails; it is in the notice too, for a
        full screen shows no messages unasked."""
        if self.adjusting:
            adjusted, self.adjusting = self.adjusting.projection, None
            self._save(adjusted)

    def _takes(self, key: str) -> bool:
        """Whether a key is one of the adjusting's own."""
        if self.adjusting is None:
            return False
        return isinstance(key, Held) if key in ENDS else self.adjusting.press(key)  # held since it began

    def _saved(self) -> Saved:
        try:
            saved, wrong = self._file.read()
        except UserError as error:
            saved, wrong = {}, str(error)
        if wrong:
            log.info(wrong)
            self.notice = wrong
        return saved | self._unsaved

    def _save(self, adjusted: Projection) -> None:
        if self._display and (adjusted != self._projection or self._unsaved):
            self._projection = self._unsaved[self._display] = adjusted
            try:
                self.notice = self._file.store(self._display, adjusted, alone=self._alone)
            except UserError as error:
                self.notice = str(error)
                raise
            del self._unsaved[self._display]
