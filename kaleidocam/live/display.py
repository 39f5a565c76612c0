"""What the performer reads over the picture: figures, keys, and messages that stay a while.

Invariant: only figures that are shown are computed.
"""

import time
from collections.abc import Callable
from enum import IntEnum

from kaleidocam.control.keys import SHORT, help_lines
from kaleidocam.errors import one_line
from kaleidocam.live.feedback import Feedback, preset_title
from kaleidocam.live.meter import Reading
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.values import as_text

MESSAGE_SECONDS = 3.0  # that a message stays
LOOK_COLUMNS = 4


class Page(IntEnum):
    """What is laid over the picture."""

    OFF = 0
    SHORT = 1  # figures
    FULL = 2  # figures, and what of the look is changed
    KEYS = 3


class Display:
    """The page that is open, and the last message."""

    def __init__(self, page: Page = Page.OFF) -> None:
        self.page, self.feedback = page, Feedback()
        self._message, self._message_ends = "", 0.0

    def turn_figures(self) -> None:
        """Off, short, full, off; from the keys: off."""
        self.page = Page((min(self.page, Page.FULL) + 1) % Page.KEYS)

    def turn_keys(self) -> None:
        """The keys, or nothing."""
        self.page = Page.OFF if self.page == Page.KEYS else Page.KEYS

    def say(self, message: str) -> None:
        """Shows a message for MESSAGE_SECONDS. Any thread."""
        self._message, self._message_ends = message, time.monotonic() + MESSAGE_SECONDS

    def failed(self, error: Exception) -> None:
        """Shows what went wrong. Any thread."""
        self.say(f"something failed: {one_line(error)}")

    def messages(self) -> list[str]:
        """The message, while it stays."""
        return [self._message] if time.monotonic() < self._message_ends else []

    def lines(
        self,
        reading: Callable[[], Reading],
        quality: object,
        look: Callable[[], Look],
        preset: str,
        bpm: Callable[[], float | None],
    ) -> list[str]:
        """The open page. `quality`: what the governor has chosen, as text; `bpm`: None without a tempo."""
        if self.page == Page.OFF:
            return []
        if self.page == Page.KEYS:
            return help_lines()
        figures = [*reading().lines(), str(quality)]
        if self.page == Page.SHORT:
            return [*figures, SHORT]
        return [*figures, "   ".join([f"preset {preset_title(preset)}", *tempo(bpm())]), *changed(look())]


def tempo(bpm: float | None) -> list[str]:
    """The tempo as text, where there is one."""
    return [] if bpm is None else [f"{bpm:.1f} BPM"]


def changed(look: Look) -> list[str]:
    """What of a look is not at its default, and its channel in any case, a few to a line."""
    parts = [
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {as_text(value)}"
        for name, value in look
        if value != Look.model_fields[name].default or name == "channel"
    ]
    return ["   ".join(parts[i : i + LOOK_COLUMNS]) for i in range(0, len(parts), LOOK_COLUMNS)]
