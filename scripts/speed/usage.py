"""Runs a command and writes to FILE how much memory and processor time it took: usage.py FILE COMMAND...

Invariant: it is a small process of the standard library alone, because Linux counts the memory of the process that
started another as that one's peak.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    file, *command = sys.argv[1:]
    try:
        import resource
    except ImportError:  # Windows does not tell
        return subprocess.call(command)
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status = os.waitpid(pid, 0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss
    found = {"peak MiB": used.ru_maxrss * unit / 2**20, "core seconds": used.ru_utime + used.ru_stime}
    Path(file).write_text(json.dumps(found))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
