"""Another process that runs a function of this package.

Invariant: the child imports from the same places as the parent; Ctrl-C in the terminal ends only the parent.
"""

import os
import subprocess
import sys
from collections.abc import Iterable

_START = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from {0} import {1}; {1}()"


def command(function: str) -> list[str]:
    """The command line that calls `function`, written `"package.module:function"`, in another Python process."""
    return [sys.executable, "-P", "-c", _START.format(*function.split(":"))]


def environment() -> dict[str, str]:
    """The environment variables with which the child finds the same modules as this process."""
    wanted = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return os.environ | {"PYTHONPATH": os.pathsep.join([*wanted, *(part or os.getcwd() for part in sys.path)])}


def start(function: str, *, inherits: Iterable[int] = ()) -> subprocess.Popen:
    """Starts a process that runs `function`, with pipes to its standard input and output; its standard error is
    dropped. `inherits`: file descriptors to pass on, not on Windows. OSError if no process can be started."""
    return subprocess.Popen(
        command(function),
        env=environment(),
        pass_fds=list(inherits),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
