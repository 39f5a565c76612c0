"""What a GLFW window of this program is made with.

Invariant: it is made hidden, for OpenGL 3.3, with no more than a picture needs.
"""

from typing import Any

import glfw

NAME = "kaleidocam"
NO_SCREEN: Any = None
ERRORS = {None: "exception"} | dict.fromkeys((0x1000C, 0x1000D), "ignore")  # these two: what Wayland can't do
HINTS = {
    glfw.VISIBLE: False,
    glfw.CONTEXT_VERSION_MAJOR: 3,
    glfw.CONTEXT_VERSION_MINOR: 3,
    glfw.OPENGL_PROFILE: glfw.OPENGL_CORE_PROFILE,
    glfw.OPENGL_FORWARD_COMPAT: True,  # macOS has no other
    glfw.AUTO_ICONIFY: False,  # a window that fills the projector stays while another has the keyboard
    glfw.DEPTH_BITS: 0,
    glfw.STENCIL_BITS: 0,
}
NAMES = (glfw.X11_CLASS_NAME, glfw.X11_INSTANCE_NAME, glfw.WAYLAND_APP_ID)


class NoWindow(Exception):
    """GLFW or OpenGL can't open a window here."""


def start() -> None:
    """Starts GLFW; nothing where it is running. NoWindow or GLFWError where it can't."""
    glfw.ERROR_REPORTING = ERRORS  # type: ignore[assignment]
    glfw.init_hint(glfw.COCOA_CHDIR_RESOURCES, False)
    if not glfw.init():
        raise NoWindow("GLFW does not start")


def make_hidden(size: tuple[int, int]) -> Any:
    """A hidden window of (width, height). NoWindow or GLFWError where there is none."""
    start()
    for hint, value in HINTS.items():
        glfw.window_hint(hint, value)
    for hint in NAMES:
        glfw.window_hint_string(hint, NAME)
    window = glfw.create_window(*size, NAME, NO_SCREEN, NO_SCREEN)
    if not window:
        raise NoWindow("no window of OpenGL 3.3")
    return window
