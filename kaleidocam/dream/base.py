"""The contract of a dreamer. No framework here, so the code around a dream can be tested without a network.

Invariant: a dreamer returns a changed picture and has no other effect outside itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kaleidocam.dream.compute.imaging import Picture
from kaleidocam.settings.parameters import Look

Step = Callable[[Picture, float, Look], Picture]
"""One step of a dream. Arguments: a picture, (H, W, 3) float32, RGB in [-1, 1], read-only; the seconds that the step
stands for; the look. It returns the dreamed picture: same shape, type and range."""


class Dreamer(Protocol):
    """A `Step` with state, for a sequence of steps."""

    @property
    def value(self) -> float:
        """The objective before the last step; nan where it is not known."""

    @property
    def ready(self) -> bool:
        """Whether it has a channel to dream."""

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        """Takes a `Step`."""

    def pass_time(self, seconds: float, look: Look) -> None:
        """Advances time by `seconds` without a step: for a film that starts in the middle."""

    def warm_up(self, size: tuple[int, int]) -> None:
        """Takes the slow first step at `size` (width, height) now; the state does not change."""

    def reset(self, channel: str | None = None) -> None:
        """Clears the state; the next step is like the first. A dreamer of several channels then plays `channel`, where
        it is given."""

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, besides their arguments: texts, numbers, arrays, None, and dicts of
        these."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continues from a `state`, bit for bit like the dreamer that gave it."""

    def notice(self) -> str | None:
        """A line for the performer: what is still being prepared, or what failed."""


class Plain:
    """A Dreamer from a plain step: no state and no notices."""

    value, ready = float("nan"), True

    def __init__(self, step: Step) -> None:
        self._step = step

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        return self._step(image, seconds, look)

    def pass_time(self, seconds: float, look: Look) -> None:
        return None

    def warm_up(self, size: tuple[int, int]) -> None:
        return None

    def reset(self, channel: str | None = None) -> None:
        return None

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        return None

    def notice(self) -> str | None:
        return None
