"""The screens of this machine, as GLFW counts them: the first is the main one.

Invariant: GLFW is running; places and sizes are in its screen coordinates.
"""

from typing import Any

import glfw

from kaleidocam.errors import UserError
from kaleidocam.sinks.window import MAIN
from kaleidocam.sinks.window_displays import Display

Area = tuple[int, int, int, int]  # x, y, width, height
Wanted = int | str  # a screen: its number, from 1; its name, or a part of it; or MAIN


class Screens:
    """Those that are there at the moment it is asked."""

    def wanted(self, wanted: Wanted) -> Any:
        """The screen that is meant. UserError where there is none such, or more than one."""
        screens = self.meant(wanted)
        if len(screens) != 1:
            what = f"no screen {wanted}" if not screens else f"'{wanted}' is more than one screen"
            raise UserError(f"{what}; 'window:NUMBER' or 'window:NAME' fills one of these: {self.told()}")
        return screens[0]

    def meant(self, wanted: Wanted) -> list[Any]:
        """All screens that it may mean, those whose whole name it is before others."""
        screens = glfw.get_monitors()
        if wanted == MAIN:
            return screens[:1]
        if isinstance(wanted, int):
            return screens[wanted - 1 : wanted] if wanted else []
        names = [self.display(screen).name.casefold() for screen in screens]
        for fits in (wanted.casefold().__eq__, lambda name: wanted.casefold() in name):
            if found := [screen for screen, name in zip(screens, names, strict=True) if fits(name)]:
                return found
        return []

    def told(self) -> str:
        """All of them, for a person."""
        displays = [self.display(screen) for screen in glfw.get_monitors()]
        each = [f"{i} {display.name} ({display.size[0]}x{display.size[1]})" for i, display in enumerate(displays, 1)]
        return ", ".join(each) or "none"

    def free(self, screen: Any = None) -> Area:
        """The part of a screen, by default of the main one, that no bar or dock covers."""
        screen = screen or glfw.get_primary_monitor()
        if not screen:
            return 0, 0, 1280, 720
        area = glfw.get_monitor_workarea(screen)
        return area if min(area[2:]) > 0 else _whole(screen)

    def display(self, screen: Any) -> Display:
        """What tells a screen from others."""
        name, (x, y, width, height) = glfw.get_monitor_name(screen), _whole(screen)
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name or "")
        return Display(text, (width, height), (x, y))

    def alone(self, screen: Any) -> bool:
        """Whether no other screen has its name and size."""
        this = self.display(screen)
        return sum(this.alike(self.display(other)) for other in glfw.get_monitors()) == 1

    def under(self, window: Any) -> Any:
        """The screen that most of a window is on."""
        at = (*glfw.get_window_pos(window), *glfw.get_window_size(window))
        return max(glfw.get_monitors(), key=lambda screen: _shared(at, _whole(screen)))


def _whole(screen: Any) -> Area:
    return (*glfw.get_monitor_pos(screen), *glfw.get_video_mode(screen).size)


def _shared(one: Area, other: Area) -> int:
    """Pixels that two areas share."""
    sides = [min(one[i] + one[i + 2], other[i] + other[i + 2]) - max(one[i], other[i]) for i in (0, 1)]
    return max(0, sides[0]) * max(0, sides[1])
