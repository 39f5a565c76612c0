"""What tells from outside whether a performance lives: its frames, its dream, its source, its display.

Invariant: it only looks; nothing here waits for the performance, and nothing holds a secret.
"""

import time
from dataclasses import asdict
from typing import Any, cast

from kaleidocam.address import without_secrets_in
from kaleidocam.live.input import Live
from kaleidocam.live.stage import Stage
from kaleidocam.sinks.base import Sink

STILL_SECONDS = 10.0  # without a step of the dream: the slowest machines take a second for one


def vitals_of(stage: Stage, source: Live, windows: list[Sink]) -> dict[str, Any]:
    """For a process that watches it, as JSON: how many `frames` were shown, the `age` of the last in seconds (None
    before the first); the figures of `Reading`; `source` and `dream`, each with its `state` and, where something is
    wrong, a line that is `told`; `display`: "shown", "away", "lost", or None without a window."""
    meter, away = stage.meter, source.health()
    figures = {name: round(value, 1) for name, value in asdict(stage.reading()).items()}
    return {
        "frames": meter.frames,
        "age": None if meter.shown_at is None else round(time.monotonic() - meter.shown_at, 3),
        **figures,
        "quality": str(stage.view.governor),
        "source": {"state": "away" if away else "plays", "told": away and without_secrets_in(away)},
        "dream": _dream(stage),
        "display": _display(stage, windows),
        "notices": [without_secrets_in(line) for line in cast(list[str], stage.report()["notices"])],
    }


def _dream(stage: Stage) -> dict[str, Any]:
    dreaming, stepped = stage.view.dreaming, stage.meter.stepped_at
    since = 0.0 if stepped is None else time.monotonic() - stepped
    if since > STILL_SECONDS or (stepped is None and dreaming.error):
        return {"state": "stands still", "told": dreaming.error or f"the dream stands still, for {since:.0f} s now"}
    if stepped is None:
        return {"state": "is being made", "told": None}
    state = "bypassed" if stage.switcher.bypassed else "held" if stage.switcher.paused else "dreams"
    return {"state": state, "told": None}


def _display(stage: Stage, windows: list[Sink]) -> str | None:
    if not windows:
        return None
    if any(window not in stage.outputs.live for window in windows):
        return "lost"
    return "shown" if all(window.seen for window in windows) else "away"
