"""All checks in one command: python3 scripts/test.py [options of pytest].

Without options, what no clock decides is tested by two processes at once, then the rest by one. Where CI is set, all
backends are installed first; elsewhere the tests of those that are missing are skipped.
"""

import os
import subprocess
import sys

from environment import ROOT, prepare

python = prepare("ci" if os.environ.get("CI") else "dev")
UNTIMED = ["tests/atlas/test_book.py", "tests/atlas/test_motif.py", "tests/sinks/test_formats_out.py",
           "tests/sources/test_formats_in.py", "tests/dream", "tests/film", "tests/motion", "tests/still",
           "tests/test_darkroom.py", "tests/test_guides.py", "tests/test_recipes.py", "tests/test_studio.py"]
TESTS = [sys.argv[1:]] if sys.argv[1:] else [
    ["-n", "2", "--dist", "loadfile", *UNTIMED],
    [f"--ignore={path}" for path in UNTIMED],
]
CHECKS = (
    ["-m", "flake8", "kaleidocam", "scripts", "tests"],
    ["-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c([]))"],
    *(["-m", "pytest", *options] for options in TESTS),
)
sys.exit(any([subprocess.call([python, *check], cwd=ROOT) for check in CHECKS]))  # a signal is below 0
