"""The contract of whatever dreams. No framework here: everything round a dream is tested with a lambda.

Invariant: a dreamer changes the picture it is given and nothing else about the world.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from kaleidocam.settings.parameters import Look


class Dreamer(Protocol):
    """One step of a dream.

    `image`: (H, W, 3) float32, RGB in [-1, 1], not to be written into. `seconds`: how much time the step stands
    for. Returns the dreamed image: same shape, dtype and range.
    """

    def __call__(self, image: np.ndarray, seconds: float, look: Look) -> np.ndarray: ...


class Remembering(Dreamer, Protocol):
    """A dreamer that can go on in another process, bit for bit, from what it remembers here."""

    def memory(self) -> dict[str, Any]: ...

    def recall(self, memory: Mapping[str, Any]) -> None: ...
