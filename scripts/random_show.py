"""Plays a show at random: python scripts/random_show.py CLIP [--minutes 20] [--seed 1]

Starts `kaleidocam live` with that clip and the panel, and presses whatever a page, OSC and (where there is a screen and
xdotool) the window's keys can press: parameters, presets, snapshots, the crossfader, surprises, undo, sources, quality,
size, recordings. Prints every minute: memory, file handles, threads, frames a second. Ends with an error if the show
ends, if something in it failed, if it is slow to the end, or if memory still grows in the last quarter.
"""

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from shutil import which

from pythonosc.osc_message_builder import build_msg
from show import MINUTE, Show

from kaleidocam.control.desk import COMMANDS, SETTABLE
from kaleidocam.settings.parameters import QUALITIES
from kaleidocam.settings.presets import preset_names
from kaleidocam.settings.ranges import span

PAUSES = (0.02, 0.6)  # seconds between two presses
DEEDS = [name for name in COMMANDS if name != "quit"]
KNOBS = [name for name in SETTABLE if span(name)]
SIZES = ("640x360", "480x270", "320x320")
KEYS = (
    "p s i b t < > { } [ ] 9 0 7 8 c 1 2 3 4 - = u U x A B j l J L n m w r f F1 F2 F3 shift+F1 shift+F2 ctrl+z ctrl+y"
)


def play(show: Show, ask: Callable[..., None], chance: random.Random, until: float) -> int:
    """Presses at random by turns of a page, of OSC and of keys. Returns how often."""
    presets, presses, clip = preset_names(), 0, ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc:
        while time.monotonic() < until and show.process.poll() is None:
            time.sleep(chance.uniform(*PAUSES))
            clip = clip or next((report["source"] for report in show.reports if report.get("source")), "")
            wish, presses = _wish(chance, presets, clip), presses + 1
            if wish["do"] in ("ask", "share", "preset", "control") and chance.random() < 0.3:
                osc.sendto(_as_osc(wish), show.osc)
            elif which("xdotool") and os.environ.get("DISPLAY") and chance.random() < 0.2:
                subprocess.run(["xdotool", "key", _called(chance.choice(KEYS.split()))], check=False)
            else:
                ask(**wish)
    return presses


def _wish(chance: random.Random, presets: list[str], clip: str) -> dict:
    knob = chance.choice(KNOBS)
    return chance.choice(
        [
            {"do": "ask", "name": chance.choice(DEEDS)},
            {"do": "ask", "name": chance.choice(["undo", "redo", "surprise"])},
            {"do": "share", "name": knob, "value": chance.random()},
            {"do": "preset", "name": chance.choice(presets)},
            {"do": "control", "name": "crossfade", "value": chance.random()},
            {"do": "control", "name": "recall_seconds", "value": chance.choice([0, 0, 1, 4])},
            {"do": "control", "name": "when", "value": chance.choice(["now", "now", "beat", "bar"])},
            {"do": "lock", "name": knob, "value": chance.random() < 0.5},
            {"do": "looks", "value": chance.choice([0, 0, 1])},
            {"do": "sources"},
            {"do": "source", "name": chance.choice(["aisle", clip or "aisle", "nothing"])},
            {"do": "quality", "name": chance.choice(["auto", *QUALITIES])},
            {"do": "size", "name": chance.choice(SIZES)},
        ]
    )


def _as_osc(wish: dict) -> bytes:
    if wish["do"] == "ask":
        return build_msg(f"/kaleidocam/{wish['name']}").dgram
    if wish["do"] == "preset":
        return build_msg("/kaleidocam/preset", [wish["name"]]).dgram
    name = f"norm/{wish['name']}" if wish["do"] == "share" else wish["name"]
    return build_msg(f"/kaleidocam/{name}", [wish["value"]]).dgram


def _called(key: str) -> str:
    """A key by X's name for it."""
    signs = {"<": "less", ">": "greater", "{": "braceleft", "}": "braceright", "[": "bracketleft", "]": "bracketright"}
    return (signs | {"-": "minus", "=": "equal"}).get(key, key)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        show = Show(folder, ["--from", str(Path(given.clip).resolve()), "--tempo", "120"])
        threading.Thread(target=show.tell, daemon=True).start()
        with show.opened_page() as ask:
            presses = play(show, ask, random.Random(given.seed), began + MINUTE * given.minutes)
            code = show.end(ask)
        films = sorted(Path(folder).glob("*.mp4"))
        print("\n".join(show.said[-3:]))
        print(f"{presses} presses, {len(films)} recordings, exit code {code}")
    if wrong := show.verdict():
        sys.exit("\n".join(wrong))
    print("nothing failed, and memory is flat")


if __name__ == "__main__":
    main()
