"""MIDI's clock, and its start, stop, continue and song position.

Invariant: the time of a message is that of its arrival; nothing is done with it before that is noted.
"""

import time
from typing import Any

from kaleidocam.control.midi_events import Odd
from kaleidocam.control.tempo import Tempo

KINDS = ("clock", "start", "continue", "stop", "songpos")


def follow(message: Any, tempo: Tempo) -> Odd | None:
    """Has the tempo follow a message of KINDS; where it does not, a line on why."""
    now = time.monotonic()
    if tempo.shared:
        return Odd("a clock is not followed: the tempo is shared by Ableton Link")
    match message.type:
        case "clock":
            tempo.clock(now)
        case "start":
            tempo.start(now)
        case "continue":
            tempo.resume(now)
        case "stop":
            tempo.stop()
        case "songpos":
            tempo.locate(message.pos)
    return None
