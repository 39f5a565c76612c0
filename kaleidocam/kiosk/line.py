"""The line between a performance and the process that keeps it running: one JSON object a line, by two pipes.

Invariant: what others print never gets into it, and each side sees when the other has gone.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any

STDIN, STDOUT, STDERR = 0, 1, 2


@dataclass(frozen=True)
class Greeting:
    """What a run begins with. `restarts`: how many runs there were before; `spent`: seconds since the first began.
    `look` and `preset`: what was last played, to be played on; None: as the command line says. `token`: of the panel,
    the same in each run, so that an open page finds it again."""

    restarts: int = 0
    spent: float = 0.0
    look: Mapping[str, Any] | None = None
    preset: str | None = None
    token: str | None = None

    def written(self) -> bytes:
        """As it goes over the line."""
        return json.dumps(asdict(self)).encode() + b"\n"


@dataclass
class Line:
    """The performance's end. `greeting`: what it was told at the start. `signaled`: whether a signal ends it, and not
    a person."""

    hears: IO[bytes]
    tells: IO[bytes]
    greeting: Greeting
    signaled: bool = False
    _one: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Sends a message. OSError where nobody hears it any more. Any thread."""
        with self._one:
            self.tells.write(json.dumps(message).encode() + b"\n")
            self.tells.flush()

    def when_it_ends(self, then: Callable[[], None]) -> None:
        """Calls `then`, on a thread of its own, once the keeper wants the end, or has gone."""

        def listen() -> None:
            self.hears.read()
            then()

        threading.Thread(target=listen, name="keeper", daemon=True).start()


kept: Line | None = None  # None: nobody keeps this process running


def take_over() -> Line:
    """Makes the standard input and output of this process the line; what others write there goes to standard error."""
    global kept
    hears, tells = os.fdopen(os.dup(STDIN), "rb"), os.fdopen(os.dup(STDOUT), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, STDIN)
    os.close(nothing)
    os.dup2(STDERR, STDOUT)
    sys.stdin = open(STDIN, encoding="utf-8", closefd=False)  # noqa: SIM115
    kept = Line(hears, tells, Greeting(**json.loads(hears.readline())))
    return kept
