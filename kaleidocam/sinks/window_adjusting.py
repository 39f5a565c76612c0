"""Adjusting a projection by mouse and keys: corners, soft edges, way round.

Invariant: every change is a step that can be undone.
"""

from collections.abc import Callable
from dataclasses import replace

from kaleidocam.sinks.base import Held
from kaleidocam.sinks.window_corners import NAMES, Point
from kaleidocam.sinks.window_handles import COUNT, Handles
from kaleidocam.sinks.window_projection import GAMMAS, PARTS, SIDES, Projection
from kaleidocam.sinks.window_shape import Size

STEPS: dict[str, Point] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
FAST = 10  # pixels of a step with Shift
FASTER = {f"shift+{key}": (x * FAST, y * FAST) for key, (x, y) in STEPS.items()}
GAMMA_STEP = 0.1
HELP = (
    "drag a handle\t1-8 tab  choose one",
    "arrows  1 pixel\tshift  10 pixels",
    "double click  reset it\tbackspace  reset all",
    "o  turn    v  mirror\tg  grid",
    "h  half a picture\t-  =  gamma",
    "u  undo    U  redo\tk esc  done, saved",
)


class Adjusting:
    """Begins with a projection, on a window and a picture of those sizes, (width, height) in pixels. `chosen`: the
    handle that the keys move."""

    def __init__(self, projection: Projection, picture: Size, window: Size) -> None:
        self.handles, self.grid, self.chosen = Handles(projection, picture, window), True, 0
        self._past: list[Projection] = []
        self._undone: list[Projection] = []
        self._dragged: Point | None = None  # from the mouse to the handle, in shares of the screen
        self._keys: dict[str, Callable[[], None]] = {
            "tab": lambda: self._choose(self.chosen + 1),
            "shift+tab": lambda: self._choose(self.chosen - 1),
            "g": self._turn_grid,
            "o": lambda: self._change(turn=(self.projection.turn + 1) % 4),
            "v": self._mirror,
            "h": self._next_part,
            "-": lambda: self._nudge_gamma(-GAMMA_STEP),
            "backspace": lambda: self._step(Projection()),
            **dict.fromkeys(("=", "+"), lambda: self._nudge_gamma(GAMMA_STEP)),
            **dict.fromkeys(("u", "ctrl+z"), self._undo),
            **dict.fromkeys(("U", "ctrl+shift+z", "ctrl+y"), self._redo),
        }

    @property
    def projection(self) -> Projection:
        """As it is by now."""
        return self.handles.projection

    def sized(self, picture: Size, window: Size) -> None:
        """Tells the sizes of now."""
        if (picture, window) != (self.handles.picture, self.handles.window):
            self.handles = replace(self.handles, picture=picture, window=window)

    def press(self, key: str) -> bool:
        """Whether the key is one of these; what moves does so again while it is held."""
        held, step = isinstance(key, Held), (STEPS | FASTER).get(key)
        if step:
            self._remember(goes_on=held)
            self._become(self.handles.shifted(self.chosen, step))
        elif key.isdecimal():  # all of them: none plays the show meanwhile
            if 1 <= int(key) <= COUNT:
                self._choose(int(key) - 1)
        elif key in self._keys:
            if not held:
                self._keys[key]()
        else:
            return False
        return True

    def grab(self, at: Point) -> bool:
        """The mouse goes down, at a share of the screen: whether that is a handle."""
        nearest = self.handles.near(at)
        if nearest is None:
            return False
        self.chosen, handle = nearest, self.handles.points()[nearest]
        self._dragged = handle[0] - at[0], handle[1] - at[1]
        self._remember()
        return True

    def drag(self, at: Point) -> None:
        """The mouse moves."""
        if self._dragged:
            self._become(self.handles.brought(self.chosen, (at[0] + self._dragged[0], at[1] + self._dragged[1])))

    def release(self) -> None:
        """The mouse goes up."""
        self._dragged = None

    def reset(self, at: Point) -> None:
        """A double click: the handle there returns to where it is without any adjusting."""
        if self.grab(at):
            self.release()
            self._become(self.handles.reset(self.chosen))

    def lines(self) -> list[str]:
        """What the performer reads: the chosen handle, the numbers, the keys."""
        way = self.projection
        if self.chosen < len(NAMES):
            (x, y), (width, height) = self.handles.placement().quad.points[self.chosen], self.handles.window
            told = f"corner {self.chosen + 1}, {NAMES[self.chosen]}: {x * width:.1f}, {y * height:.1f}"
        else:
            number = self.chosen - len(NAMES)
            told = f"soft edge {self.chosen + 1}, {SIDES[number]}: {way.edges[number]:.3f}"
        turned = f"   turned {90 * way.turn}" * bool(way.turn) + "   mirrored" * way.mirrored
        return [f"{told}   gamma {way.gamma:.1f}{turned}{'' if way.part == PARTS[0] else f'   {way.part} half'}", *HELP]

    def _choose(self, number: int) -> None:
        self.chosen = number % COUNT

    def _turn_grid(self) -> None:
        self.grid = not self.grid

    def _mirror(self) -> None:
        """Left and right of what is seen change places, however it is turned."""
        self._change(mirrored=not self.projection.mirrored, turn=-self.projection.turn % 4)

    def _next_part(self) -> None:
        self._change(part=PARTS[(PARTS.index(self.projection.part) + 1) % len(PARTS)])

    def _nudge_gamma(self, step: float) -> None:
        self._change(gamma=round(min(GAMMAS[1], max(GAMMAS[0], self.projection.gamma + step)), 2))

    def _change(self, **changed: object) -> None:
        self._step(self.handles.changed(**changed))

    def _step(self, projection: Projection) -> None:
        self._remember()
        self._become(projection)

    def _become(self, projection: Projection) -> None:
        self.handles = replace(self.handles, projection=projection)

    def _remember(self, *, goes_on: bool = False) -> None:
        """Keeps what is so before a change that begins; `goes_on`: it is still the one before."""
        if not goes_on and self._past[-1:] != [self.projection]:
            self._past.append(self.projection)
        self._undone.clear()

    def _undo(self) -> None:
        while self._past:
            before = self._past.pop()
            if before != self.projection:  # a click that moved nothing is no step
                self._undone.append(self.projection)
                self._become(before)
                return

    def _redo(self) -> None:
        if self._undone:
            self._past.append(self.projection)
            self._become(self._undone.pop())
