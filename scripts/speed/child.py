"""A command in a process of its own: what it said and when, and how much memory and processor time it took.

Invariant: it imports kaleidocam from where PYTHONPATH says, which the benchmark sets, never from the working folder.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

USAGE = str(Path(__file__).with_name("usage.py"))


@dataclass(frozen=True)
class Ended:
    """`lines` of its standard output, each with the seconds since the start; `said`: its standard error; `used`: as
    figures, empty where the system does not tell."""

    lines: list[tuple[float, str]]
    said: str
    used: dict[str, float]
    seconds: float


def kaleidocam(*words: str) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "-P", "-m", "kaleidocam", *words]


def run(command: list[str]) -> Ended:
    """Runs it to its end. RuntimeError with what it said last if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        usage, said = Path(folder) / "usage.json", Path(folder) / "stderr"
        began = time.perf_counter()
        whole = [sys.executable, "-I", "-S", USAGE, str(usage), *command]
        with (
            said.open("wb") as errors,
            subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder) as process,
        ):
            assert process.stdout is not None
            lines = [(time.perf_counter() - began, line) for line in process.stdout]
        seconds, text = time.perf_counter() - began, said.read_text(errors="replace")
        if process.returncode:
            last = (text.strip().splitlines() or [""])[-1]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {last}")
        return Ended(lines, text, _figures(usage, seconds), seconds)


def _figures(usage: Path, seconds: float) -> dict[str, float]:
    if not usage.exists():
        return {}
    used = json.loads(usage.read_text())
    return {"peak memory, MiB": used["peak MiB"], "cores kept busy": used["core seconds"] / seconds}
