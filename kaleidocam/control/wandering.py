"""A dream that wanders by itself: colors, light and shade, flow, and motifs, slowly.

Invariant: it is a function of the look and of times alone, and everything in it but the motif is continuous.
"""

import math
from functools import lru_cache
from typing import Any

from kaleidocam.atlas.kin import KIN, with_kin
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import knob

# How far each parameter goes, in its own unit: (below, above) what the look says, and in which share of the period it
# goes there and back. No two of them meet again soon.
WAYS = {
    "palette_amount": (-0.45, 0.1, 1.618),
    "color": (-0.1, 0.25, 1.272),
    "tilt": (-0.25, 0.4, 1.0),
    "outline": (-0.3, 0.2, 0.786),
    "drift_zoom": (-0.01, 0.06, 0.9),
    "drift_turn": (-0.004, 0.004, 1.414),
    "drift_x": (-0.003, 0.003, 1.155),
    "drift_y": (-0.003, 0.003, 0.732),
}
FASTER, SMALLER = 2.236, 0.4  # of the ripple on each way
GOLDEN = (math.sqrt(5) - 1) / 2
MORPH = 0.15  # of the period: the least time in which one motif becomes another


def wandering(look: Look, seconds: float, chosen: float = 0.0) -> Look:
    """`look` as it has wandered `seconds` after the beginning. `chosen`: the seconds at which its channel was chosen:
    for one period, it is that channel."""
    if look.wander == 0:
        return look
    period, amount = look.wander_seconds, look.wander
    moved: dict[str, Any] = {
        name: _moved(look, name, amount * (above if (way := _way(seconds / (period * each), i)) > 0 else -below) * way)
        for i, (name, (below, above, each)) in enumerate(WAYS.items())
    }
    moved["morph"] = max(look.morph, min(knob("morph").high, MORPH * period))
    moved["channel"] = _channel(look.channel, _number(max(0, int((seconds - chosen) // period)), amount))
    return look.model_copy(update=moved)


def _moved(look: Look, name: str, by: float) -> float:
    reach = knob(name)
    return min(reach.high, max(reach.low, getattr(look, name) + by))


def _way(turns: float, number: int) -> float:
    """-1 to 1, smooth, and 0 at the beginning; each number goes its own way."""
    turns *= (-1) ** number
    slow, ripple = math.sin(math.tau * turns), math.sin(math.tau * turns * FASTER)
    return (slow + SMALLER * ripple) / (1 + SMALLER)


def _number(period: int, amount: float) -> int:
    """Which of its kin a channel is in a period: itself in the first, and the less often the smaller the amount."""
    away = (period * GOLDEN) % 1 < amount
    return period % (KIN + 1) if away else 0


@lru_cache(maxsize=64)
def _channel(objective: str, number: int) -> str:
    return with_kin(objective, number)
