"""OpenCV's window, which is there wherever OpenCV is: for where no other can be opened.

Invariant: every call comes from the main thread, the only one that macOS and Qt allow; the window appears with its
first picture, never before; the lines of `status` appear only in it, never in other sinks.
"""

import os
import time
from collections.abc import Sequence

os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # OpenCV's Qt warns of a missing font folder each time

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.window_displays import own_displays
from kaleidocam.sinks.window_lines import with_fading, with_lines
from kaleidocam.sinks.window_shape import opening_size

SCREEN = (1366, 768)  # pixels, of the smallest usual screen: OpenCV does not say how large this one is
NAMED, FIRST_PRINTABLE, LAST_PRINTABLE = {27: "esc", 8: "backspace", 0xFF08: "backspace"}, 32, 126
KEY_BITS = 0xFFFF  # some systems put the modifier keys into the higher bits
APPEARS = 5.0  # seconds in which a window must have appeared; a window manager may take its time
SETTLED = 0.5  # seconds that leaving full screen takes, at most
INSTEAD = "--to virtual or --to FILM.mp4 need no window"
NO_WINDOWS = f"this OpenCV has no windows: install opencv-python, not its headless kind; or {INSTEAD}"
NOT_PINNED = "this window is OpenCV's, which pins no picture; for that: pip install glfw moderngl, and OpenGL 3.3"


class OpenCVWindow(Sink):
    """Shows frames; `size` (width, height) of the picture gives the window its first shape. It opens with
    the first frame; with `full` it fills the screen from then on. Of several keys pressed within a frame it knows the
    last only.

    UserError if this OpenCV was built without windows.
    """

    name = "the window"

    def __init__(self, title: str = "kaleidocam", *, size: tuple[int, int] = (1280, 720), full: bool = False) -> None:
        if not cv2.currentUIFramework():
            raise UserError(NO_WINDOWS)
        self._title, self._full, self._opened, self._fill = title, False, False, full
        self._pins = own_displays().exists()  # which it can't show
        self._lines: tuple[str, ...] = ()
        self._fading, self._share = "", 0.0
        self._before = opening_size(size, SCREEN)  # the window's size before full screen, to return to
        self._appears = 0.0  # until then, a window that is not there is not there yet
        # When it opened or left full screen, and the size that it must not keep: None for any but the one asked for.
        self._exited: tuple[float, tuple[int, int] | None] | None = None

    @property
    def alone(self) -> bool:  # type: ignore[override]  # read-only here
        return self._full

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        return NOT_PINNED if self._full and self._pins else None

    def write(self, frame: Frame) -> None:
        if not self._opened:
            self._open()
            self._show(frame)
            cv2.pollKey()
            if self._fill:
                self.press("f")
        else:
            self._show(frame)

    def _open(self) -> None:
        """Makes the window. Until it is drawn for the first time, systems show anything in it."""
        try:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise UserError(NO_WINDOWS) from error
        now = time.monotonic()
        self._opened, self._appears = True, now + APPEARS
        cv2.resizeWindow(self._title, *self._before)
        self._exited = now, None  # Qt can miss this one too

    def _show(self, frame: Frame) -> None:
        if self._exited and time.monotonic() >= self._exited[0] + SETTLED:
            self._settle(self._exited[1])
        image = with_lines(frame.image, self._lines) if self._lines else frame.image
        image = with_fading(image, self._fading, self._share) if self._share else image
        cv2.imshow(self._title, framed(image, self._screen()) if self._full else image)

    def keys(self) -> Sequence[str]:
        if not self._opened:
            return ()
        pressed = []
        while (code := cv2.pollKey()) != -1:  # waitKey would cost up to 15 ms a frame on Windows
            key = code & KEY_BITS
            if key in NAMED or FIRST_PRINTABLE <= key <= LAST_PRINTABLE:  # not Shift, Alt and the like
                pressed.append(NAMED.get(key) or chr(key))
        if self._is_open():
            self._appears = 0.0
        elif time.monotonic() >= self._appears:
            pressed.append("q")
        return pressed

    def press(self, key: str) -> None:
        if not self._opened:
            return
        if key == "k":
            raise UserError(NOT_PINNED)
        if key == "f" or (key == "esc" and self._full):
            size = cv2.getWindowImageRect(self._title)[2:]
            if self._full:
                self._exited = time.monotonic(), size
            else:
                self._before = self._before if self._exited else size  # `size` may be wrong right after an exit
                self._exited = None
            self._full = not self._full
            how = cv2.WINDOW_FULLSCREEN if self._full else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, how)

    def status(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)

    def feedback(self, line: str, share: float) -> None:
        self._fading, self._share = line, share

    def close(self) -> None:
        if self._opened and self._is_open():
            cv2.destroyWindow(self._title)
            cv2.pollKey()

    def _screen(self) -> tuple[int, int]:
        """(width, height) of the screen while the window fills it: the picture's rect with its equal margins."""
        x, y, width, height = cv2.getWindowImageRect(self._title)
        return width + 2 * max(0, x), height + 2 * max(0, y)

    def _settle(self, wrong: tuple[int, int] | None) -> None:
        """Gives the size anew if Qt has missed the change: now and then it keeps `wrong`, and shows only a part."""
        self._exited = None
        size = cv2.getWindowImageRect(self._title)[2:] if self._is_open() else self._before
        if size != self._before and wrong in (None, size):
            cv2.resizeWindow(self._title, *self._before)

    def _is_open(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt, once its last window is gone
            return False


def framed(image: np.ndarray, screen: tuple[int, int]) -> np.ndarray:
    """`image` with black bars, in the shape of `screen` (width, height); Qt's own bars would be white."""
    height, width = image.shape[:2]
    wide, high = max(width, round(height * screen[0] / screen[1])), max(height, round(width * screen[1] / screen[0]))
    bars = (high - height) // 2, (wide - width) // 2
    return cv2.copyMakeBorder(image, bars[0], bars[0], bars[1], bars[1], cv2.BORDER_CONSTANT) if any(bars) else image
