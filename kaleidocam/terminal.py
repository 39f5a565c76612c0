"""Words to the person at the terminal.

Invariant: they go to stderr, never into a pipe's data.
"""

import sys


def say(text: str) -> None:
    """One line."""
    sys.stderr.write(f"kaleidocam: {text}\n")
