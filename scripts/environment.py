"""The setup that the other scripts share: a .venv in the checkout, with kaleidocam installed.

Invariant: standard library only; if nothing has changed, a second call installs nothing and takes no time.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(extras: str) -> Path:
    """Makes .venv if it is missing, installs kaleidocam with `extras` into it, and returns its Python."""
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(f"kaleidocam needs Python 3.11 or later; this is {sys.version.split()[0]}")
    wanted = hashlib.sha256((ROOT / "setup.cfg").read_bytes() + extras.encode()).hexdigest()
    mark = FOLDER / f"installed-{extras}"
    if mark.is_file() and mark.read_text() == wanted:
        return PYTHON
    if not PYTHON.exists():
        print(f"making {FOLDER}", flush=True)
        venv.create(FOLDER, with_pip=True)
    print("installing kaleidocam and its dependencies (TensorFlow is large: some minutes the first time)", flush=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", f"{ROOT}[{extras}]"]
    if subprocess.call(pip) != 0:
        sys.exit("the installation failed; see pip's messages above")
    mark.write_text(wanted)
    return PYTHON
