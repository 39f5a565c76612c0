"""Measures the speed of kaleidocam against baselines: python scripts/bench.py [--json FILE] [--quick]

Prints a table of ratios and figures, and writes them as JSON. Compared programs run alternately, and medians are taken,
because the speed of a machine varies; each part runs in its own process.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from functools import partial
from pathlib import Path

from speed import backends, film, growth, live, mirrors, pictures, step

PARTS = {
    "matmul": step.matmul,
    "step": step.step,
    "arithmetic-float32": lambda quick: step.arithmetic(quick, "float32"),
    "arithmetic-bfloat16": lambda quick: step.arithmetic(quick, "bfloat16"),
    "operations": step.by_operation,
    "backends": backends.backends,
    **{f"keras-layers-{name}": partial(backends.keras_layers, name) for name in backends.HERE},
    **{f"device-{name}": partial(backends.on_device, name) for name in backends.HERE},
    "film-640x360": lambda quick: film.pace("640x360", quick),
    "film-1280x720": lambda quick: film.pace("1280x720", quick),
    "stages-1280x720": lambda quick: film.stages("1280x720", quick),
    "tutorial-1280x720": lambda quick: film.against_tutorial("1280x720", quick),
    "live-1280x720": lambda quick: live.live("1280x720", 30, quick),
    "live-1280x720-best": lambda quick: live.live("1280x720", 30, quick, quality="best"),
    "live-1920x1080": lambda quick: live.live("1920x1080", 30, quick),
    "live-1920x1080-low": lambda quick: live.live("1920x1080", 30, quick, quality="low"),
    "live-1920x1080-at-60": lambda quick: live.live("1920x1080", 60, quick),
    "live-1920x1080-no-decoding": lambda quick: live.live("1920x1080", 30, quick, decoding=False),
    "live-1920x1080-at-60-no-decoding": lambda quick: live.live("1920x1080", 60, quick, decoding=False),
    "mirrors": mirrors.mirrors,
    "governor": live.governor,
    "start-up": live.start_up,
    "growth": growth.growth,
    "memory": film.memory,
    "large-picture": pictures.large,
}


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE as JSON")
    parser.add_argument("--plot", metavar="FILE", help="write the plot of the part growth to FILE (SVG)")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--part", choices=PARTS, action="append", help="run only this part; may be repeated")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.in_process:
        print(json.dumps(PARTS[given.part[0]](given.quick)))
        return
    results = {"machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()}}
    print(f"{results['machine']['processor']}, {os.cpu_count()} cores")
    for part in given.part or PARTS:  # each in its own process: thread counts can be set only once per process
        command = [sys.executable, __file__, "--in-process", "--part", part, *(["--quick"] if given.quick else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        results[part] = json.loads(done.stdout.splitlines()[-1])
        for name, value in results[part].items():
            print(f"{part:32s} {name:48s} {value:10.3f}", flush=True)
        if given.json:
            Path(given.json).write_text(json.dumps(results, indent=1) + "\n")
    if given.plot and "growth" in results:
        growth.plot(results["growth"], Path(given.plot))


if __name__ == "__main__":
    main()
