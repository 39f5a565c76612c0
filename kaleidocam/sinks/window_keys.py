"""The keys of a GLFW window: what was typed, in order, as any keyboard layout has it.

Invariant: every key that was pressed is given once, and those that come again while it is held are `Held`.
"""

import time

import glfw

from kaleidocam.sinks.base import Held

NAMED = {glfw.KEY_ESCAPE: "esc", glfw.KEY_BACKSPACE: "backspace"}
# Those that Shift makes others of.
MOVING = {glfw.KEY_LEFT: "left", glfw.KEY_RIGHT: "right", glfw.KEY_UP: "up", glfw.KEY_DOWN: "down", glfw.KEY_TAB: "tab"}
SHIFTED = MOVING | {glfw.KEY_F1 + i: f"f{i + 1}" for i in range(12)}
CONTROL = glfw.MOD_CONTROL | glfw.MOD_SUPER  # Command, on a Mac
LATIN_ENDS = 0x250  # letters beyond it are of another script, whose keyboards have no Latin ones
PRINTABLE = range(32, 127)


class Typed:
    """Fed by GLFW's two callbacks; `taken` empties it."""

    def __init__(self) -> None:
        self._typed: list[str] = []
        self._key, self._held, self._caps = 0, False, False
        self._down, self._down_since = "", 0.0  # the name of the key that is held, and since when

    def on_key(self, window: object, key: int, scancode: int, action: int, mods: int) -> None:
        """A key went down, came again, or went up; its text comes after it."""
        if action == glfw.RELEASE:
            self._key, self._held, self._down = 0, False, ""
            return
        self._key, self._held, self._caps = key, action == glfw.REPEAT, bool(mods & glfw.MOD_CAPS_LOCK)
        if key in NAMED:
            self._add(NAMED[key])
        elif key in SHIFTED and not mods & glfw.MOD_ALT:  # with Alt they are the window manager's
            self._add(("shift+" if mods & glfw.MOD_SHIFT else "") + SHIFTED[key])
        elif mods & CONTROL and not mods & glfw.MOD_ALT:  # Ctrl with Alt is AltGr on Windows
            name = glfw.get_key_name(key, scancode)  # as the layout has it; None for Ctrl itself
            if name:
                self._add(("ctrl+shift+" if mods & glfw.MOD_SHIFT else "ctrl+") + name.lower())

    def on_text(self, window: object, code: int) -> None:
        """What was typed: never with Ctrl, Alt or Command, but with AltGr."""
        if code in PRINTABLE:
            self._add(chr(code).swapcase() if self._caps else chr(code))
        elif code >= LATIN_ENDS and self._key in PRINTABLE:  # Cyrillic, Greek …: as a keyboard of the US has the key
            self._add(chr(self._key).lower())

    def add(self, key: str) -> None:
        """A key that something else than the keyboard presses."""
        self._typed.append(key)

    def held(self, key: str) -> float:
        """For how many seconds it has been held down; keys come again at whatever pace the system is set to."""
        return time.monotonic() - self._down_since if self._down == key else 0.0

    def taken(self) -> list[str]:
        """What was typed since the previous call."""
        typed, self._typed = self._typed, []
        return typed

    def _add(self, key: str) -> None:
        if not self._held:
            self._down, self._down_since = key, time.monotonic()
        self._typed.append(Held(key) if self._held else key)
