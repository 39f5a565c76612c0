"""A sender of pictures that other programs receive while they are shown: NDI, Spout, Syphon.

Invariant: `write` never waits for the system or for who receives; the sender lives on one thread, where its context is.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from kaleidocam.errors import UserError, brief, one_line, shown
from kaleidocam.frame import Frame
from kaleidocam.planes import Planes
from kaleidocam.sharing.base import Sender, System
from kaleidocam.sharing.names import OWN
from kaleidocam.sinks.base import Sink

CLOSE_SECONDS = 3.0


class Shared(Sink):
    """Sends the newest picture; those that come before it was sent are dropped and counted. While nobody receives,
    nothing is copied or converted.

    `wanted`: its name; empty: the program's own. UserError if the system is not here, or can't be opened. If it fails
    later, the performance goes on without it, and `notice` says so. Sound is not sent.
    """

    def __init__(self, system: System, wanted: str, *, size: tuple[int, int], fps: float) -> None:
        self._title, self.dropped = system.title, 0
        self._newest: Frame | None = None
        self._news, self._ended = threading.Event(), False
        self._heard = True  # by a receiver, or that is not known
        name = checked_name(wanted or OWN, system)
        opened: Future[Sender] = Future()
        self._thread = threading.Thread(
            target=self._run,
            args=(lambda: system.loaded().send(name, size, fps), opened),
            name=f"{system.name} sender",
            daemon=True,
        )
        self._thread.start()
        sender = opened.result()
        self.sender_name = sender.name
        self.told = f"{system.title} sender: {sender.name}"
        if sender.numbered:
            self.told += f" (another one has the name {name})"

    @property
    def name(self) -> str:
        return f"the {self._title} sender"

    def write(self, frame: Frame) -> None:
        if self._heard:
            self.dropped += self._newest is not None
            # Planes never change, and a frame of them keeps its image for the next sink that asks
            self._newest = frame if isinstance(frame.picture, Planes) else frame.showing(frame.image.copy())
        self._news.set()

    def close(self) -> None:
        self._ended = True
        self._news.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self, open: Callable[[], Sender], opened: Future[Sender]) -> None:
        try:
            sender = open()
        except UserError as error:
            opened.set_exception(error)
            return
        except Exception as error:  # whatever a library raises
            opened.set_exception(UserError(f"{self._title} can't send: {one_line(error)}"))
            return
        opened.set_result(sender)
        try:
            with sender:
                self._send(sender)
        except Exception as error:  # a library may raise anything; the show goes on
            self.notice, self._heard = f"{self.name} failed: {one_line(error)}", False

    def _send(self, sender: Sender) -> None:
        """The newest picture again and again, until `close`; the last one too."""
        ended = False
        while not ended:
            self._news.wait()
            self._news.clear()
            ended = self._ended
            self._heard = sender.receivers() != 0
            frame, self._newest = self._newest, None
            if frame is not None and self._heard:
                sender.send(frame.image)


def checked_name(name: str, system: System) -> str:
    """`name` itself. UserError where no other program could show it."""
    if shown(name) != name:
        raise UserError(
            f"'{brief(shown(name))}' can't be the name of a sender; give one of letters, as {system.name}:{OWN}"
        )
    return name
