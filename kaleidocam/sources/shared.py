"""Pictures that another program shares while it runs: by NDI, Spout, Syphon.

Invariant: a sender that is there but has nothing new repeats its last picture; one that went away ends the source, so
that it is looked for again.
"""

import time
from dataclasses import dataclass, replace

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sharing.base import Receiver
from kaleidocam.sharing.systems import find, is_there, system_of, wanted_of
from kaleidocam.sources.base import Source
from kaleidocam.sources.place import Place

FIRST_SECONDS = 2.5  # for the first picture of a sender that was found
AGAIN_SECONDS = 1.0  # the same, and for finding it, where it was met before: whoever asks waits 2 s for an answer
REPEAT_SECONDS = 0.4  # without a picture, after which the last one comes again; below what counts as a stall


class Shared(Source):
    """What `receiver` receives. `size`: of the first picture; a sender may change it, so who reads brings each picture
    to one. `name`: of the sender, for messages. Closes the receiver, also where UserError is raised: no picture came in
    `seconds`."""

    def __init__(self, receiver: Receiver, name: str, seconds: float = FIRST_SECONDS) -> None:
        self._receiver, self._name = receiver, name
        image = receiver.newest(seconds)
        if image is None:
            receiver.close()
            raise UserError(f"{name} gives no picture")
        self._last, self._waits = Frame(image, time.monotonic(), 0), True
        self.size = self._last.size
        self.fps = receiver.fps if 1 <= receiver.fps <= 240 else 30.0

    def read(self) -> Frame | None:
        if self._waits:
            self._waits = False
            return self._last
        image = self._receiver.newest(REPEAT_SECONDS)
        if image is None and not self._receiver.connected:
            self.notice = f"{self._name} is gone"
            return None
        self._last = Frame(self._last.image if image is None else image, time.monotonic(), self._last.index + 1)
        return self._last

    def close(self) -> None:
        self._receiver.close()


@dataclass(frozen=True)
class SharedPlace(Place):
    """A sender by `text`, as "ndi:NAME". It has its own size and frame rate; `size` and `fps` change nothing. `met`:
    its full name, once it gave a picture."""

    text: str
    size: tuple[int, int]
    fps: float
    met: str | None = None

    def open(self) -> tuple[Source, "SharedPlace"]:
        system = system_of(self.text)
        library = system.loaded()
        if self.met is None:
            name = find(library, wanted_of(self.text), system)
            met = replace(self, met=name)
            return Shared(library.receive(name), str(met)), met
        if not is_there(library, self.met, min(system.patience, AGAIN_SECONDS)):
            raise UserError(f"{self} is not there")
        return Shared(library.receive(self.met), str(self), AGAIN_SECONDS), self

    def __str__(self) -> str:
        name = self.met or wanted_of(self.text)
        return f"{system_of(self.text).title} '{name}'" if name else f"the {system_of(self.text).title} sender"
