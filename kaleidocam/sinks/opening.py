"""Opens the sink that a text names.

Invariant: a sink that can't be opened is a UserError before any work starts.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from kaleidocam.planes import PixelFormat
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.kinds import kind_of


def open_sink(
    text: str,
    size: tuple[int, int],
    fps: float,
    machine: Machine,
    *,
    overwrite: bool,
    behind: bool = True,
    form: PixelFormat | None = None,
    wait: bool = False,
) -> Sink:
    """Opens the sink of `kinds.SINKS` that the text names, for frames of `size` (width, height), about `fps` a second.
    `form`: of their planes; None: they are BGR. `behind`: a slow sink does not delay the others, and drops frames if it
    can't keep up; else it gets all frames. `wait`: what can't be reached yet is tried again."""
    kind = kind_of(text)
    sink = ((wait and kind.later) or kind.open)(text, size, fps, machine, overwrite, form)
    return Behind(sink) if kind.slow and behind else sink


def open_all(
    stack: ExitStack,
    texts: Sequence[str],
    size: tuple[int, int],
    fps: float,
    machine: Machine,
    *,
    overwrite: bool,
    form: PixelFormat | None = None,
    wait: bool = False,
) -> list[Sink]:
    """Opens every sink in order; if one can't be opened, the stack closes those before it."""
    return [
        stack.enter_context(open_sink(text, size, fps, machine, overwrite=overwrite, form=form, wait=wait))
        for text in texts
    ]
