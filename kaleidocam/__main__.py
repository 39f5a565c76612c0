"""`python -m kaleidocam`: the same as the command `kaleidocam`."""

from kaleidocam.cli import run

run()
