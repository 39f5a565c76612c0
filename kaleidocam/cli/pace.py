"""Measures how fast a backend dreams on this machine.

Invariant: each backend is measured by dreaming, in its own process: frameworks in the same process compete for cores.
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np

from kaleidocam import child_process
from kaleidocam.dream.ascent import STEP_SECONDS
from kaleidocam.dream.assembly import backend_of, imaging_of
from kaleidocam.errors import UserError
from kaleidocam.picture.assembly import make_dreamer
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.opening import CAMERA_SIZE

WARM_UP_STEPS, MEASURED_STEPS = 2, 8
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class BackendPace:
    """`steps`: per second, the median, at `grid` (width, height). `ready`: seconds from the start to the beginning of
    the first step."""

    backend: str
    version: str
    device: str
    gpu: bool
    precision: str
    ready: float
    steps: float
    grid: tuple[int, int]


def measure(look: Look, machine: Machine) -> BackendPace:
    """Dreams at the size that is asked of a camera, and measures each step to its end. UserError if this backend can't
    dream."""
    before = time.perf_counter()
    ascent, on, imaging = make_dreamer(look, machine), backend_of(machine), imaging_of(machine)
    ready, times, grid = time.perf_counter() - before, [], grid_of(look, machine.size or CAMERA_SIZE)
    picture = np.random.default_rng(0).uniform(-0.5, 0.5, (*grid[::-1], 3)).astype(np.float32)
    for _ in range(WARM_UP_STEPS + MEASURED_STEPS):
        before = time.perf_counter()
        imaging.numpy(ascent(imaging.array(picture), STEP_SECONDS, look))
        times.append(time.perf_counter() - before)
    return BackendPace(
        on.name,
        on.version,
        on.device,
        on.gpu,
        on.precision_for(machine.precision),
        ready,
        1 / float(np.median(times[WARM_UP_STEPS:])),
        grid,
    )


def measured_apart(look: Look, machine: Machine) -> BackendPace:
    """As `measure`, but in another process."""
    given = json.dumps([look.model_dump(), machine.model_dump()])
    try:
        done = subprocess.run(
            child_process.command("kaleidocam.cli.pace:main"),
            env=child_process.environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return BackendPace(**json.loads(done.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        raise UserError(f"gave no result within {PATIENCE_SECONDS} s") from None
    except (IndexError, ValueError, TypeError):
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        raise UserError(last) from None


def main() -> None:
    """The other process: it reads look and machine from stdin; it writes the pace to stdout, or an error to stderr."""
    look, machine = json.load(sys.stdin)
    try:
        sys.stdout.write(json.dumps(asdict(measure(Look(**look), Machine(**machine)))) + "\n")
    except UserError as error:
        sys.exit(str(error))
