"""The contract of a system by which running programs share pictures: who sends, who receives, what there is.

Invariant: whatever a system's own format and orientation are, what is given and taken here is BGR from the top down.
"""

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kaleidocam.closing import Closing
from kaleidocam.errors import UserError, one_line

if TYPE_CHECKING:
    import numpy as np

HOMES = {"win32": "Windows", "darwin": "macOS"}


class Sender(Closing):
    """Opened, used and closed by one thread: some systems draw in that thread's own context."""

    name: str  # under which others see it; not always the one that was asked for
    numbered = False  # whether it has a number, for another sender had the name

    @abstractmethod
    def send(self, image: "np.ndarray") -> None:
        """Gives the picture, (H, W, 3) uint8 BGR, to all receivers; its size may be another than before. It is not
        needed after the call. Raises whatever the system's library does."""

    def receivers(self) -> int | None:
        """How many receive it now; None where the system does not tell."""
        return None


class Receiver(Closing):
    """Connected to one sender. Opened, used and closed by one thread."""

    fps: float = 30.0  # nominal frame rate of the sender

    @abstractmethod
    def newest(self, seconds: float) -> "np.ndarray | None":
        """The newest picture that came since the previous call, (H, W, 3) uint8 BGR; those before it are dropped. Waits
        for one, `seconds` at most; then None."""

    @property
    @abstractmethod
    def connected(self) -> bool:
        """Whether the sender is still there, as far as the system knows; it may send nothing for a while."""


def comes(came: Callable[[], bool], seconds: float, pause: float) -> bool:
    """Asks `came` again and again, with a `pause` between, until it is so: True; or for `seconds`: False. For systems
    that tell nobody when a picture is there."""
    ends = time.monotonic() + seconds
    while not came():
        if time.monotonic() > ends:
            return False
        time.sleep(pause)
    return True


class Library(ABC):
    """A system that has been loaded. The constructor raises what the import raises."""

    @abstractmethod
    def version(self) -> str:
        """Which version of it runs here."""

    @abstractmethod
    def names(self) -> list[str]:
        """The senders that are known now. Where others are found over a network, there are more of them later."""

    @abstractmethod
    def send(self, name: str, size: tuple[int, int], fps: float) -> Sender:
        """A sender of pictures of about `size` (width, height), about `fps` a second. A name that is taken gets a
        number. UserError where it can't be opened."""

    @abstractmethod
    def receive(self, name: str) -> Receiver:
        """A receiver from the sender of exactly this name. UserError where it can't be opened."""


@dataclass(frozen=True)
class System:
    """`name`: what a text begins with, and the extra that brings it; `title`: in messages; `module`: of its library;
    `load`: imports it; `platform`: as `sys.platform`, where it is bound to one; `patience`: seconds in which senders
    are found; `advice`: where none is."""

    name: str
    title: str
    module: str
    load: Callable[[], Library]
    platform: str | None = None
    patience: float = 0.0
    advice: str = "start one"

    @property
    def here(self) -> bool:
        """Whether it can be on this system at all."""
        return self.platform in (None, sys.platform)

    def check(self) -> None:
        """UserError where it is another system's, or not installed. Imports nothing."""
        if not self.here:
            raise UserError(f"{self.name} is for {HOMES[self.platform or '']}; on this system use ndi or virtual")
        if not find_spec(self.module):
            raise UserError(f"{self.name} needs {self.module}: pip install 'kaleidocam[{self.name}]'")

    def loaded(self) -> Library:
        """Its library, imported. UserError as `check`, and where it can't be loaded."""
        self.check()
        try:
            return self.load()
        except (ImportError, OSError, RuntimeError) as error:  # its own libraries are missing, or don't fit
            raise UserError(f"{self.title} can't be loaded: {one_line(error)}") from error
