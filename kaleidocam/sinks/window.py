"""A window on the screen, and its keys.

Invariant: every call comes from the main thread, the only one that macOS and Qt allow; the window appears with its
first picture, never before; the lines of `status` appear only in it, never in other sinks.
"""

import os
import sys
import time
from collections.abc import Sequence
from itertools import zip_longest

os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # OpenCV's Qt warns of a missing font folder each time

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink

FIRST_WIDTH = 1280  # pixels, of the window when it opens; it can be resized
NAMED, FIRST_PRINTABLE, LAST_PRINTABLE = {27: "esc", 8: "backspace", 0xFF08: "backspace"}, 32, 126
KEY_BITS = 0xFFFF  # some systems put the modifier keys into the higher bits
APPEARS = 5.0  # seconds in which a window must have appeared; a window manager may take its time
SETTLED = 0.5  # seconds that leaving full screen takes, at most
INSTEAD = "--to virtual or --to FILM.mp4 need no window"
NO_WINDOWS = f"this OpenCV has no windows: install opencv-python, not its headless kind; or {INSTEAD}"


class Window(Sink):
    """Shows frames; `size` (width, height) of the picture gives the window its first shape. It opens with
    the first frame.

    UserError if there is no screen, or if this OpenCV was built without windows.
    """

    def __init__(self, title: str = "kaleidocam", *, size: tuple[int, int] = (1280, 720)) -> None:
        _require_screen()
        if not cv2.currentUIFramework():
            raise UserError(NO_WINDOWS)
        self._title, self._full, self._opened = title, False, False
        self._lines: tuple[str, ...] = ()
        self._before = size  # the window's size before full screen, to return to
        self._appears = 0.0  # until then, a window that is not there is not there yet
        self._exited: tuple[float, tuple[int, int]] | None = None  # when it left full screen, and its size then

    @property
    def alone(self) -> bool:  # type: ignore[override]  # read-only here
        return self._full

    def write(self, frame: Frame) -> None:
        if not self._opened:
            self._open()
            self._show(frame)
            cv2.pollKey()
        else:
            self._show(frame)

    def _open(self) -> None:
        """Makes the window. Until it is drawn for the first time, systems show anything in it."""
        try:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise UserError(NO_WINDOWS) from error
        self._opened, self._appears = True, time.monotonic() + APPEARS
        width = min(self._before[0], FIRST_WIDTH)
        cv2.resizeWindow(self._title, width, round(width * self._before[1] / self._before[0]))

    def _show(self, frame: Frame) -> None:
        if self._exited and time.monotonic() >= self._exited[0] + SETTLED:
            self._settle(self._exited[1])
        image = with_lines(frame.image, self._lines) if self._lines else frame.image
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

    def close(self) -> None:
        if self._opened and self._is_open():
            cv2.destroyWindow(self._title)
            cv2.pollKey()

    def _screen(self) -> tuple[int, int]:
        """(width, height) of the screen while the window fills it: the picture's rect with its equal margins."""
        x, y, width, height = cv2.getWindowImageRect(self._title)
        return width + 2 * max(0, x), height + 2 * max(0, y)

    def _settle(self, filled: tuple[int, int]) -> None:
        """Restores the size if Qt has missed the exit: it sometimes keeps the size `filled`, and shows only a part."""
        self._exited = None
        if self._is_open() and cv2.getWindowImageRect(self._title)[2:] == filled != self._before:
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


def with_lines(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A copy of `image` (H, W, 3) uint8 with lines of text on a dark plate at its top left; tabs separate columns."""
    scale = max(0.4, image.shape[0] / 900)
    font, step, margin = cv2.FONT_HERSHEY_SIMPLEX, round(32 * scale), round(14 * scale)
    rows = [line.split("\t") for line in lines]
    widths = [[cv2.getTextSize(cell, font, scale, 1)[0][0] for cell in row] for row in rows]
    columns = [0]  # the start of each column, and the end of the last
    for cells in zip_longest(*(row for row in widths if len(row) > 1), fillvalue=0):
        columns.append(columns[-1] + max(cells) + 2 * margin)
    width = max(columns[-1] - 2 * margin, *(row[0] for row in widths))
    shown = image.copy()
    plate = shown[margin : 2 * margin + step * len(lines), margin : 3 * margin + width]
    plate[:] = plate // 4
    for i, row in enumerate(rows, 1):
        for start, cell in zip(columns, row, strict=False):
            at = (2 * margin + start, margin // 2 + step * i)
            cv2.putText(shown, cell, at, font, scale, (255, 255, 255), max(1, round(1.4 * scale)), cv2.LINE_AA)
    return shown


def _require_screen() -> None:
    """UserError if there is no screen; Qt would end the process."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UserError(f"no screen to open a window on (DISPLAY is not set); {INSTEAD}")
