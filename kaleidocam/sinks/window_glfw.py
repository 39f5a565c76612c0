"""GLFW's window, drawn by OpenGL, and its keys.

Invariant: every call comes from the main thread, the only one that macOS allows; the window is seen with its first
picture, never before; what is laid over the picture appears only in it, never in other sinks.
"""

import sys
from collections.abc import Sequence
from typing import Any

import glfw

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.window_early import FIRST, take_early
from kaleidocam.sinks.window_hints import NAME, NO_SCREEN, NoWindow, make_hidden, start
from kaleidocam.sinks.window_home import Home
from kaleidocam.sinks.window_keys import Typed
from kaleidocam.sinks.window_mouse import Mouse
from kaleidocam.sinks.window_painter import Painter
from kaleidocam.sinks.window_projector import KEY, Projector
from kaleidocam.sinks.window_screens import Screens, Wanted
from kaleidocam.sinks.window_shape import opening_size
from kaleidocam.sinks.window_swap import Swap

ON_X11 = sys.platform == "linux"  # what is drawn there before the window is seen is lost
open_windows: set[int] = set()  # of this process; with the last one, GLFW is ended


class GlfwWindow(Sink):
    """Shows frames; `size` (width, height) of the picture gives the window its first shape. It opens with the first
    frame; with `screen` it fills that one: a number, from 1, a name, or a part of it. With `keeps` it waits for that
    screen, and fills it again when it was unplugged; it is seen nowhere else.

    NoWindow where none can be opened; UserError if there is no such screen and it does not keep to it.
    """

    name = "the window"

    def __init__(
        self,
        title: str = NAME,
        *,
        size: tuple[int, int] = (1280, 720),
        screen: Wanted | None = None,
        keeps: bool = False,
    ) -> None:
        self._window: Any = None
        self._home: Home | None = None
        self._shown, self._fading, self._share = False, "", 0.0
        self._lines: tuple[str, ...] = ()
        self._typed, self._projector = Typed(), Projector()
        self._files: list[str] = []
        self._before: tuple[int, int, int, int] | None = None  # the place to return to from full screen
        try:
            self._make(title, size, screen, keeps)
        except BaseException as error:
            self.close()
            # Of whatever kind: moderngl raises RuntimeError and ValueError besides its own.
            if isinstance(error, Exception) and not isinstance(error, (UserError, NoWindow)):
                raise NoWindow(str(error)) from error
            raise

    def _make(self, title: str, size: tuple[int, int], screen: Wanted | None, keeps: bool) -> None:
        early = take_early()
        start()
        open_windows.add(id(self))
        self._window = early or make_hidden(FIRST)
        self._screens = Screens()
        self._screen = None
        if screen is not None and keeps:
            self._home = Home(screen, self._screens)
        elif screen is not None:
            self._screen = self._screens.wanted(screen)
        free = self._screens.free(self._screen)
        first = opening_size(size, free[2:])
        glfw.set_window_title(self._window, title)
        glfw.set_window_size(self._window, *first)
        glfw.set_window_pos(self._window, free[0] + (free[2] - first[0]) // 2, free[1] + (free[3] - first[1]) // 2)
        glfw.make_context_current(self._window)
        self._painter, self._swap = Painter(), Swap(self._window)
        self._listen()

    def _listen(self) -> None:
        glfw.set_input_mode(self._window, glfw.LOCK_KEY_MODS, True)
        glfw.set_key_callback(self._window, self._typed.on_key)
        glfw.set_char_callback(self._window, self._typed.on_text)
        glfw.set_drop_callback(self._window, self._on_drop)  # type: ignore[arg-type]
        self._mouse = Mouse(self._window, self._typed, self._projector)

    @property
    def alone(self) -> bool:  # type: ignore[override]  # read-only here
        return self._full

    @property
    def seen(self) -> bool:  # type: ignore[override]  # read-only here
        return self._home is None or self._home.there

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        return (self._home and self._home.notice) or self._projector.notice

    def held(self, key: str) -> float:
        return self._typed.held(key)

    def lock(self) -> None:
        self._mouse.never = True

    @property
    def _full(self) -> bool:
        return bool(self._window and glfw.get_window_monitor(self._window))

    def write(self, frame: Frame) -> None:
        if self._shown and glfw.get_window_attrib(self._window, glfw.ICONIFIED):
            return  # nobody sees it, and some systems hold up who draws there
        if not self._shown:
            self._open(frame)
        if self.seen:  # a system may hold up for good who draws where nobody sees it
            self._paint(frame)

    def _open(self, frame: Frame) -> None:
        if not ON_X11:
            self._paint(frame)
        self._shown = True
        if self._home:
            self._keep_to(self._home)
            return
        glfw.show_window(self._window)
        if self._screen:
            self._fill(self._screen)
        glfw.poll_events()

    def _paint(self, frame: Frame) -> None:
        glfw.make_context_current(self._window)
        room = glfw.get_framebuffer_size(self._window)
        if min(room) > 0:
            self._projector.sized((frame.image.shape[1], frame.image.shape[0]), room)
            adjusting = self._projector.adjusting
            grid = bool(adjusting and adjusting.grid)
            self._painter.paint(frame.image, room, self._projector.projection, grid=grid)
            self._painter.lay(self._lines, self._fading, self._share, adjusting)
            self._swap()

    def keys(self) -> Sequence[str]:
        if not self._shown:
            return ()
        glfw.poll_events()
        if self._home:
            self._keep_to(self._home)
        self._mouse.refresh(full=self._full)
        closed = ["q"] * bool(glfw.window_should_close(self._window))
        return [*self._projector.keys(self._typed.taken()), *closed]

    def files(self) -> Sequence[str]:
        files, self._files = self._files, []
        return files

    def press(self, key: str) -> None:
        if not self._shown:
            return
        if key == KEY:
            self._projector.turn()
        elif self._full and key in ("f", "esc"):
            self._home = None  # who takes it from its display has it
            glfw.set_window_monitor(self._window, NO_SCREEN, *(self._before or (0, 0, 1280, 720)), glfw.DONT_CARE)
            self._projector.fills(None)
        elif key == "f":
            self._fill(self._screens.under(self._window))

    def status(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)

    def feedback(self, line: str, share: float) -> None:
        self._fading, self._share = line, share

    def close(self) -> None:
        try:
            self._projector.end()
        finally:
            if self._window:
                glfw.destroy_window(self._window)
                self._window = None
            open_windows.discard(id(self))
            if not open_windows:
                glfw.terminate()

    def _keep_to(self, home: Home) -> None:
        """Fills its display where it does not, and is seen nowhere else."""
        screen = home.to_fill(self._window)
        if screen:
            glfw.show_window(self._window)
            self._fill(screen)
            glfw.poll_events()
        elif not home.there and glfw.get_window_attrib(self._window, glfw.VISIBLE):
            glfw.hide_window(self._window)
        elif home.there and glfw.get_window_attrib(self._window, glfw.ICONIFIED):
            glfw.restore_window(self._window)

    def _fill(self, screen: Any) -> None:
        self._before = *glfw.get_window_pos(self._window), *glfw.get_window_size(self._window)
        self._mouse.woken()
        mode = glfw.get_video_mode(screen)
        glfw.set_window_monitor(self._window, screen, 0, 0, *mode.size, mode.refresh_rate)
        self._projector.fills(self._screens.display(screen), alone=self._screens.alone(screen))

    def _on_drop(self, window: Any, paths: Any) -> None:
        self._files.extend(paths)
