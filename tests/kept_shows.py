"""Stand-ins for a performance that is kept running: each run does the next thing on a list in a file.

Invariant: they import nothing that is slow.
"""

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from kaleidocam.kiosk import line

GOOD = {
    "age": 0.0,
    "fps": 30.0,
    "source": {"state": "plays", "told": None},
    "dream": {"state": "dreams", "told": None},
    "display": None,
}


def run():
    """`sys.argv`: a folder, and a word for each run."""
    kept, folder, words = line.take_over(), Path(sys.argv[1]), sys.argv[2:]
    print("this goes to nobody")
    number = kept.greeting.restarts
    (folder / f"run{number}").write_text(json.dumps([kept.greeting.look, kept.greeting.preset, kept.greeting.token]))
    ended = threading.Event()
    kept.when_it_ends(ended.set)
    word = words[min(number, len(words) - 1)]
    shown = 0 if word == "refused" else 5
    for frame in range(shown):
        beat(kept, frame + 1)
    kept.tell({"look": {"look": {"strength": float(number)}, "preset": f"preset {number}"}})
    {
        "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "failed": lambda: os._exit(1),
        "refused": lambda: os._exit(2),
        "refused later": lambda: os._exit(2),
        "hangs": lambda: hang(kept, shown),
        "lost": lambda: hang(kept, shown, display="lost"),
        "still": lambda: dream_stands_still(kept),
        "quits": lambda: kept.tell({"vitals": {"ends": True}, "finished": True}),
        "goes on": lambda: go_on(kept, ended, folder),
    }[word]()
    os._exit(0)


def beat(kept, frames, **more):
    kept.tell({"vitals": GOOD | {"frames": frames} | more})


def hang(kept, frames, **more):
    while True:
        time.sleep(0.05)
        beat(kept, frames, **more)


def dream_stands_still(kept):
    for frame in range(5, 100000):
        time.sleep(0.02)
        beat(kept, frame, dream={"state": "stands still", "told": None})


def go_on(kept, ended, folder):
    frame = 5
    while not ended.wait(0.02):
        frame += 1
        with suppress(OSError):  # its keeper was killed
            beat(kept, frame)
    (folder / "ended").touch()
    with suppress(OSError):
        kept.tell({"vitals": {"ends": True}, "finished": True})
