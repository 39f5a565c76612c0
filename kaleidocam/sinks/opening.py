"""What a text names as a sink, opened.

Invariant: what can't be opened is a UserError before anything is begun.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.kinds import kind_of


def open_sink(
    text: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool, behind: bool = True
) -> Sink:
    """What takes frames of `size` (width, height), about `fps` a second: whatever of `kinds.SINKS` the text names.
    `behind`: what is slow does not hold up the rest, and drops frames where it can't keep up; without, it gets all."""
    kind = kind_of(text)
    sink = kind.open(text, size, fps, machine, overwrite)
    return Behind(sink) if kind.slow and behind else sink


def open_all(
    stack: ExitStack, texts: Sequence[str], size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool
) -> list[Sink]:
    """Every sink, opened one after another; if one can't be, those before it are closed by the stack."""
    return [stack.enter_context(open_sink(text, size, fps, machine, overwrite=overwrite)) for text in texts]
