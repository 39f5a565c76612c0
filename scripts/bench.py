"""Measures the speed of kaleidocam: python scripts/bench.py [--part PART] [--rounds N] [--against PATH] [--json FILE]

Each part runs several times, in a process of its own; a table shows the lowest, the median and the highest of each
figure. With --against the runs of this checkout and of the one at PATH follow each other by turns, and ratios are taken
within each turn. It refuses where the machine is busy, because then the figures would be too low.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from speed.rounds import as_json, ratios, spreads

HERE = Path(__file__).parents[1]
sys.path.insert(1, str(HERE))

from kaleidocam.cli import busy  # noqa: E402
from kaleidocam.dream.compute.backends.registry import BACKENDS, installed  # noqa: E402
from kaleidocam.errors import nearest  # noqa: E402

BUSY = 2  # exit code
INSTALLED = [name for name in BACKENDS if installed(name)]
CLIPS = "KALEIDOCAM_BENCH_CLIPS"  # as speed.clip has it, which needs the program


@dataclass(frozen=True)
class Part:
    """`function`: `module:function` in `speed`; it is called with the arguments and `quick`, and returns figures.
    `shipped`: it times a command, and so any version's."""

    function: str
    arguments: tuple = ()
    named: dict = field(default_factory=dict)
    shipped: bool = False

    def __call__(self, quick: bool) -> dict:
        module, name = self.function.split(":")
        return getattr(importlib.import_module(f"speed.{module}"), name)(*self.arguments, quick=quick, **self.named)


def film(size: str, seconds: float) -> Part:
    return Part("command:filmed", (size, seconds), shipped=True)


def live(size: str, fps: float, **named) -> Part:
    return Part("performance:performed", (size, fps), named, shipped=True)


PARTS = {
    "film-1280x720": film("1280x720", 10),
    "film-3840x2160": film("3840x2160", 3),
    "film-640x360": film("640x360", 10),
    "live-1280x720": live("1280x720", 30),
    "live-1280x720-mjpeg": live("1280x720", 30, source="mjpeg"),
    "live-1280x720-best": live("1280x720", 30, quality="best"),
    "live-1280x720-people": live("1280x720", 30, words=("--subject", "keep")),
    "live-1280x720-twin": live("1280x720", 30, words=("--subject-channel", "mixed4:101")),
    "live-1280x720-layer": live("1280x720", 30, words=("--layer-channel", "mixed4:101", "--layer-amount", "0.5")),
    "live-1920x1080": live("1920x1080", 30),
    "live-1920x1080-mjpeg": live("1920x1080", 30, source="mjpeg"),
    "live-1920x1080-low": live("1920x1080", 30, quality="low"),
    "live-1920x1080-at-60": live("1920x1080", 60),
    "start-up": Part("live:start_up"),
    "matmul": Part("step:matmul"),
    "step": Part("step:step"),
    "arithmetic-float32": Part("step:arithmetic", named={"precision": "float32"}),
    "arithmetic-bfloat16": Part("step:arithmetic", named={"precision": "bfloat16"}),
    "operations": Part("step:by_operation"),
    "backends": Part("backends:backends"),
    **{f"keras-layers-{name}": Part("backends:keras_layers", (name,)) for name in INSTALLED if name != "openvino"},
    **{f"device-{name}": Part("backends:on_device", (name,)) for name in INSTALLED},
    "stages-1280x720": Part("film:stages", ("1280x720",)),
    "tutorial-1280x720": Part("film:against_tutorial", ("1280x720",)),
    "live-1920x1080-no-decoding": Part("live:live", ("1920x1080", 30), {"decoding": False}),
    "live-1920x1080-at-60-no-decoding": Part("live:live", ("1920x1080", 60), {"decoding": False}),
    "mirrors": Part("mirrors:mirrors"),
    "governor": Part("live:governor"),
    "growth": Part("growth:growth"),
    "memory": Part("film:memory"),
    "large-picture": Part("pictures:large"),
}


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def measured(part: str, tree: Path, quick: bool) -> tuple[dict, float | None]:
    """The figures of one run of a part with the code of `tree`; and how much of the processor others took meanwhile,
    0 to 1. Each run is a process of its own: thread counts can be set only once per process."""
    command = [sys.executable, __file__, "--in-process", "--part", part, *(["--quick"] if quick else [])]
    before, own = busy.times(), used()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | {"PYTHONPATH": str(tree)}
    )
    after, own = busy.times(), used() - own
    others = None
    if before and after and after.all > before.all:
        others = min(1.0, max(0.0, (after.busy - before.busy - own) / (after.all - before.all)))
    return json.loads(done.stdout.splitlines()[-1]), others


def used() -> float:
    """Seconds of processor that this process and those that it started have used, as far as they have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def compare(part: str, given: argparse.Namespace) -> dict:
    """All runs of a part, by turns, printed and as JSON."""
    trees = [HERE, *([Path(given.against).resolve()] if given.against else [])]
    runs: list[list[dict]] = [[] for _ in trees]
    taken: list[float] = []
    for number in range(given.rounds):
        turn = list(zip(trees, runs, strict=True))
        for tree, figures in reversed(turn) if number % 2 else turn:  # so that a machine that slows down harms both
            found, others = measured(part, tree, given.quick)
            figures.append(found)
            taken += [] if others is None else [others]
    result = {"figures": as_json(spreads(runs[0]))}
    show(part, "", spreads(runs[0]))
    if len(runs) > 1:
        compared = ratios(*runs)
        result |= {"against": as_json(spreads(runs[1])), "ratios": as_json(compared)}
        show(part, "the other's ", spreads(runs[1]))
        show(part, "ratio of ", compared)
    if taken:
        result["others took"] = max(taken)
        if max(taken) > busy.MOST_TAKEN:
            tell(f"others took up to {max(taken):.0%} of the processor while {part} was measured: it is faster alone")
    return result


def show(part: str, kind: str, found: dict) -> None:
    for name, one in found.items():
        print(f"{part:32s} {kind + name:48s} {one}", flush=True)


def tell(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def check_quiet(ok: bool) -> None:
    """Ends the program where others work on this machine, unless that is `ok`; says what is known."""
    now = busy.look()
    if now and not ok:
        tell(f"{now}; figures would be too low: try again when it is quiet, or go on with --busy-ok")
        sys.exit(BUSY)
    if now or now.taken is None:
        tell(f"{now}; figures may be too low")
    if slow := busy.slowed():
        tell(f"{slow}: figures may be too low")
    if busy.nice_is_useless():
        tell("Linux gives each terminal an equal share here (autogroup): nice helps only within one")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"parts: {', '.join(PARTS)}",
        usage="bench.py [options]",
    )
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE as JSON")
    parser.add_argument("--plot", metavar="FILE", help="write the plot of the part growth to FILE (SVG)")
    parser.add_argument("--quick", action="store_true", help="shorter clips and fewer repetitions")
    parser.add_argument("--part", metavar="PART", action="append", help="run only this part; may be repeated")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="runs of each part, at least 2 (default 2)")
    parser.add_argument("--against", metavar="PATH", help="another checkout, which is measured by turns with this one")
    parser.add_argument("--busy-ok", action="store_true", help="measure also where the machine is busy")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := [part for part in given.part or () if part not in PARTS]:
        parser.error(f"no part '{unknown[0]}'{nearest(unknown[0], PARTS)}; -h lists them")
    if given.rounds < 2:
        parser.error(f"--rounds is {given.rounds}; one run shows no spread, so give 2 or more")
    if given.against and not (Path(given.against) / "kaleidocam" / "__init__.py").is_file():
        parser.error(f"--against is '{given.against}'; it must be a checkout, with the folder kaleidocam in it")
    return given


def main() -> None:
    given = arguments()
    if given.in_process:
        print(json.dumps(PARTS[given.part[0]](given.quick)))
        return
    check_quiet(given.busy_ok)
    results = {"machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()}}
    print(f"{processor()}, {os.cpu_count()} cores")
    print(f"{'part':32s} {'figure':48s} {'lowest':>10s} {'median':>10s} {'highest':>10s}")
    with tempfile.TemporaryDirectory() as clips:
        os.environ[CLIPS] = clips
        for part in given.part or PARTS:
            try:
                results[part] = compare(part, given)
            except subprocess.CalledProcessError as error:  # a backend is missing, or the other tree lacks the part
                tell(f"{part} ended with {error.returncode}; the lines above say why")
                results[part] = {"failed": error.returncode}
            if given.json:
                Path(given.json).write_text(json.dumps(results, indent=1) + "\n")
    if given.plot and "figures" in results.get("growth", {}):
        from speed import growth

        growth.plot({name: one["median"] for name, one in results["growth"]["figures"].items()}, Path(given.plot))
    sys.exit(any("failed" in result for result in results.values()))


if __name__ == "__main__":
    main()
