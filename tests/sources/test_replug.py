"""Unplugged and plugged in again, in every way there is, again and again in one run: none is missed.

The script itself does it a hundred times.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timed
CYCLES = 16  # four in each way; whatever a cycle leaves over shows by then
SCRIPT = Path(__file__).parents[2] / "scripts" / "replug.py"


@pytest.mark.slow
def test_none_missed_nothing_left_over():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--cycles", str(CYCLES)], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert f"{CYCLES} cycles, 0 missed" in done.stdout, done.stdout
    handles, processes = (
        [int(n) for n in re.findall(rf"(\d+) {what}", done.stdout)] for what in ("handles", "processes")
    )
    assert handles[1] <= handles[0] + 2 and processes[1] <= processes[0], done.stdout
