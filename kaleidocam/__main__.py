"""`python -m kaleidocam`: the same as the command `kaleidocam`.

Invariant: it imports nothing before it can be stopped.
"""

import os
from typing import NoReturn

STOPPED = 130  # the exit code, as in `cli.program`


def run() -> NoReturn:
    """The command `kaleidocam`."""
    try:
        from kaleidocam.cli import program

        program.run()
    except KeyboardInterrupt:
        os._exit(STOPPED)


if __name__ == "__main__":
    run()
