"""The contract of whatever dreams. No framework here: everything round a dream is tested with a lambda.

Invariant: a dreamer changes the picture it is given and nothing else about the world.
"""

from typing import Protocol

import numpy as np

from kaleidocam.settings.parameters import Look


class Dreamer(Protocol):
    """One step of a dream.

    `image`: (H, W, 3) float32, RGB in [-1, 1], not to be written into. `seconds`: how much time the step stands
    for. Returns the dreamed image: same shape, dtype and range.
    """

    def __call__(self, image: np.ndarray, seconds: float, look: Look) -> np.ndarray: ...
