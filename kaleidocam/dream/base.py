"""The contract of whatever dreams. No framework here: everything round a dream is tested without a network.

Invariant: a dreamer changes the picture it is given and nothing else about the world.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kaleidocam.dream.compute.imaging import Picture
from kaleidocam.settings.parameters import Look

Step = Callable[[Picture, float, Look], Picture]
"""One step of a dream: a picture, (H, W, 3) float32, RGB in [-1, 1], not to be written into; the seconds that the step
stands for; the look. It gives the dreamed picture: same shape, type and range."""


class Dreamer(Protocol):
    """A `Step`, and all that is asked of whoever takes one after another."""

    @property
    def value(self) -> float:
        """What the objective was before the last step; nan where it is not known."""

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        """As a `Step`."""

    def pass_time(self, seconds: float, look: Look) -> None:
        """Time goes on by so many `seconds` without a step: for a film that is begun in its midst."""

    def warm_up(self, size: tuple[int, int]) -> None:
        """Takes the first, slow step with an image of `size` (width, height) now; changes nothing."""

    def reset(self, channel: str | None = None) -> None:
        """Forgets: the next step is as the first, of `channel` where it is given and there are several to play."""

    def state(self) -> dict[str, Any]:
        """All that the following steps depend on, besides what they are given: texts, numbers, arrays, None and such
        dicts of them."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state`, bit by bit as the one that it is of."""

    def notice(self) -> str | None:
        """A line for the performer on what is not as it should be, or not yet."""


class Plain:
    """A Dreamer that is a bare step: it remembers nothing and has nothing to say."""

    value = float("nan")

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
