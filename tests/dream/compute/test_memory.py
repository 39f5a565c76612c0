"""Memory that a dropped channel held is given back, shown by a process that makes and drops many."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from kaleidocam.dream.compute.memory import give_back
from kaleidocam.picture.assembly import make_dreamer
from kaleidocam.settings.parameters import Look, Machine
held = []
for number in range(8):
    make_dreamer(Look(channel=f"mixed3:{40 * number}"), Machine(backend="tensorflow")).warm_up((160, 96))
    if sys.argv[1] == "give back":
        give_back()
    held.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024)
print(held[-1] - held[3])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells so simply")
def test_many_channels_one_after_another_leave_nothing_behind():
    grown = {}
    for how in ("give back", "keep"):
        done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
        grown[how] = float(done.stdout.split()[-1])  # MiB over four channels
    assert grown["give back"] < 12 and grown["give back"] < grown["keep"]
