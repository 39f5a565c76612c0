"""All checks in one command: python3 scripts/test.py [options of pytest]."""

import subprocess
import sys

from environment import ROOT, prepare

python = prepare("dev")
CHECKS = (
    ["-m", "flake8", "kaleidocam", "scripts", "tests"],
    ["-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c([]))"],
    ["-m", "pytest", *sys.argv[1:]],
)
sys.exit(any([subprocess.call([python, *check], cwd=ROOT) for check in CHECKS]))  # a signal is below 0
