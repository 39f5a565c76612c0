"""Runs `kaleidocam live` as it is, and writes to FILE what its meter was told: noting.py FILE live ...

Invariant: nothing of the performance is changed, but that without --to it is shown nowhere.
"""

import atexit
import json
import sys
import time
from pathlib import Path

SHOWN, STEPPED = "shown", "stepped"  # frames: when, how late, dropped until then; turns of the dream: when, how large


def note() -> dict[str, list]:
    """From now on what every meter is told, in seconds of time.monotonic."""
    from kaleidocam.live.governor import Governor
    from kaleidocam.live.input import Input
    from kaleidocam.live.meter import Meter

    noted: dict[str, list] = {SHOWN: [], STEPPED: []}
    made: dict[type, object] = {}
    shown, stepped = Meter.shown, Meter.stepped

    def keep(kind):
        begun = kind.__init__

        def begin(self, *given, **named):
            begun(self, *given, **named)
            made[kind] = self

        kind.__init__ = begin

    def show(self, grabbed):
        shown(self, grabbed)
        now = time.monotonic()
        noted[SHOWN].append((now, now - grabbed, made[Input].dropped))

    def step(self):
        stepped(self)
        noted[STEPPED].append((time.monotonic(), made[Governor].rung.area))

    keep(Input)
    keep(Governor)
    Meter.shown, Meter.stepped = show, step
    return noted


def show_nowhere() -> None:
    """Every output is one that keeps the last frame and no more."""
    from kaleidocam.sinks import opening
    from kaleidocam.sinks.memory import Memory

    opening.open_all = lambda *given, **named: [Memory(limit=1)]


def main() -> None:
    file, *words = sys.argv[1:]
    noted = note()
    if "--to" not in words:
        show_nowhere()
    atexit.register(lambda: Path(file).write_text(json.dumps(noted)))
    sys.argv = ["kaleidocam", *words]
    from kaleidocam.cli import program

    program.run()


if __name__ == "__main__":
    main()
