"""Another process that runs a function of this package.

Invariant: it imports from where this process does; a Ctrl-C in the terminal goes to both, and ends only this one.
"""

import os
import subprocess
import sys
from collections.abc import Iterable

_START = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from {0} import {1}; {1}()"


def command(function: str) -> list[str]:
    """What calls a function, `"package.module:function"`, in another Python."""
    return [sys.executable, "-P", "-c", _START.format(*function.split(":"))]


def environment() -> dict[str, str]:
    """The variables with which that finds what is found here."""
    wanted = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return os.environ | {"PYTHONPATH": os.pathsep.join([*wanted, *(part or os.getcwd() for part in sys.path)])}


def start(function: str, *, inherits: Iterable[int] = ()) -> subprocess.Popen:
    """The process that runs `function`, with a pipe to its standard input and one from its output; what it says on its
    standard error is dropped. `inherits`: descriptors that it has too, not on Windows. OSError where there can be no
    other process."""
    return subprocess.Popen(
        command(function),
        env=environment(),
        pass_fds=list(inherits),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
