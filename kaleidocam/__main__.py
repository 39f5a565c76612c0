"""`python -m kaleidocam`: the same as the command `kaleidocam`."""

from kaleidocam.cli.program import run

run()
