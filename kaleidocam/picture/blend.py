"""How one dream is laid over another, at the grid.

Invariant: nothing here has state. Where a layer has no share, the dream below it stays number by number.
"""

import numpy as np

from kaleidocam.errors import UserError

HALF = np.float32(0.5)
OVERLAID = np.float32(0.6)  # of a layer's change: as both its lights and its darks count, all of it burns bright places
Share = np.ndarray | float
"""0 to 1, everywhere the same or (h, w, 1) float32."""


def blended(
    below: np.ndarray, over: np.ndarray, image: np.ndarray, share: Share, blend: str, alone: float = 0.0
) -> np.ndarray:
    """The dream layer of two: `over`, so much of it as `share` says, laid over `below`; all (h, w, 3) float32 RGB.
    `image`: the picture that they belong to, in [-1, 1]. `blend`: as `Look.layer_blend`; `alone`: how far `below` has
    gone from it, 0 to 1, so that `over` is left by itself.

    A dream is a change of a picture. So only what it changes is blended: where it changes nothing, the picture shows.
    """
    if blend == "normal":
        return _mixed(below, over, share)
    if blend not in BLENDS:
        raise UserError(f"no blend '{blend}'; allowed is normal, {', '.join(BLENDS)}")
    level = np.clip((image + below + 1) * HALF, 0, 1)  # of the dreamed picture below, from black to white
    change = (BLENDS[blend](level, over * HALF) - level) * np.float32(2)
    if alone:
        change = _mixed(below + change, over, alone) - below
    return below + change * share


def _mixed(below: np.ndarray, over: np.ndarray, share: Share) -> np.ndarray:
    """As strong as its parts: a plain mean of two dreams that have little in common is weaker than either."""
    strength = np.sqrt(share * share + (1 - share) * (1 - share), dtype=np.float32)
    return (below + (over - below) * share) / strength


def _screen(level: np.ndarray, change: np.ndarray) -> np.ndarray:
    return 1 - (1 - level) * (1 - np.clip(change, 0, 1))


def _multiply(level: np.ndarray, change: np.ndarray) -> np.ndarray:
    return level * (1 + np.clip(change, -1, 0))


def _overlay(level: np.ndarray, change: np.ndarray) -> np.ndarray:
    light = np.clip(HALF + OVERLAID * change, 0, 1)
    return np.where(level < HALF, 2 * level * light, 1 - 2 * (1 - level) * (1 - light))


BLENDS = {"screen": _screen, "multiply": _multiply, "overlay": _overlay}
"""From a level and a change of it, both in shares of the way from black to white."""
