"""All checks in one command: python3 scripts/test.py [--quick] [-m MARKERS] [options of pytest].

Two processes run the tests that do not depend on time, then one process runs those marked `timed`. --quick leaves out
those marked `timed`, `slow` or `needs`. If CI is set, all backends are installed first, and all that a test needs must
be there; elsewhere tests with a missing need are skipped, and the last line names what is missing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import ROOT, prepare
from wants import bringing

CHECKS = (
    ["-m", "ruff", "check", "docs/examples", "kaleidocam", "scripts", "tests"],
    ["-m", "ruff", "format", "--check", "docs/examples", "kaleidocam", "scripts", "tests"],
    ["-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c([]))"],
    ["-m", "mypy"],
)
# In the order of their names: by their numbers of tests, files of a few long ones would come last.
AT_ONCE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NO_TESTS = 5  # pytest's exit code


def phases(given: argparse.Namespace, rest: list[str]) -> list[list[str]]:
    """pytest's options for each run."""

    def only(*markers: str) -> list[str]:
        wanted = [f"({marker})" for marker in (given.m, *markers) if marker]
        return ["-m", " and ".join(wanted)] if wanted else []

    if given.quick:
        return [[*AT_ONCE, *only("not timed", "not slow", "not needs"), *rest]]
    if rest:
        return [[*only(), *rest]]
    return [[*AT_ONCE, *only("not timed")], only("timed")]


def tested(python: Path, runs: list[list[str]]) -> tuple[bool, list[dict]]:
    """Whether all runs passed, and what each run left out (see tests/needs.py)."""
    with tempfile.TemporaryDirectory() as folder:
        tally = Path(folder) / "tally"
        tally.touch()
        codes = [
            subprocess.call(
                [python, "-m", "pytest", *options], cwd=ROOT, env=os.environ | {"KALEIDOCAM_TALLY": str(tally)}
            )
            for options in runs
        ]
        told = [json.loads(line) for line in tally.read_text(encoding="utf-8").splitlines()]
    return set(codes) <= {0, NO_TESTS} and 0 in codes, told


def left_out(quick: bool, told: list[dict]) -> list[str]:
    """Lines on what was not tested, and how to test it."""
    lines, count = [], sum(each["skipped"] for each in told)
    if quick:
        lines.append(
            f"quick: {sum(each['deselected'] for each in told)} tests that take longer or need more were left "
            "out; python3 scripts/test.py runs all"
        )
    if count:
        wants = sorted({want for each in told for want in each["wants"]}, key=str.lower)
        lines.append(
            f"{count} {'tests were' if count > 1 else 'test was'} skipped; they need {', '.join(wants)}; "
            f"to install them: {bringing(wants)}"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("-m", default="")
    given, rest = parser.parse_known_args()
    python = prepare("ci" if os.environ.get("CI") else "dev")
    checked = [subprocess.call([python, *check], cwd=ROOT) for check in CHECKS]
    well, told = tested(python, phases(given, rest))
    for line in left_out(given.quick, told):
        print(line)
    sys.exit(any(checked) or not well)  # a check that was ended by a signal has a negative code


main()
