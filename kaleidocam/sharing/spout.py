"""Spout: pictures shared on one machine under Windows, through SpoutGL.

Invariant: SpoutGL (BSD) is optional and imported only here; all that is done with one sender or receiver is done on one
thread, where its OpenGL context is current.

Source: the Spout SDK 2.007 (Spout.cpp, SpoutGL.cpp), and the binding of SpoutGL 0.1.1.
"""

import cv2
import numpy as np
import SpoutGL

from kaleidocam.errors import UserError
from kaleidocam.sharing.base import Library, Receiver, Sender, comes
from kaleidocam.sharing.names import free

LONGEST_NAME = 255  # bytes: Spout copies a name into 256, and ends the program where it does not fit
POLL_SECONDS = 0.004
EMPTY_FRAMES = 4  # at first: the pixels come through a ring of as many buffers, which are empty at first
# Spout's images lie from the top down, as ours do (its textures of OpenGL do not, for which `invert` is there)
INVERT = False
NO_FRAMEBUFFER = 0  # none of ours is bound


class Spout(Library):
    def version(self) -> str:
        return "Spout 2.007"

    def names(self) -> list[str]:
        try:
            return list(SpoutGL.SpoutReceiver().getSenderList())
        except UnicodeDecodeError as error:
            raise UserError("a Spout sender's name is not UTF-8, so none can be listed; rename it") from error

    def send(self, name: str, size: tuple[int, int], fps: float) -> Sender:
        return _Sender(name, self.names())

    def receive(self, name: str) -> Receiver:
        return _Receiver(name)


def _with_context(made: "SpoutGL.SpoutSender | SpoutGL.SpoutReceiver") -> None:
    """Spout sends pixels through a texture of OpenGL; it makes a context of its own where the thread has none."""
    if not made.createOpenGL():
        raise UserError("Spout found no OpenGL; update the graphics driver")


class _Sender(Sender):
    def __init__(self, name: str, taken: list[str]) -> None:
        # Spout would number the name itself, but the binding has no call that tells the number
        self.name = free(name, taken)
        self.numbered = self.name != name
        if len(self.name.encode()) > LONGEST_NAME:
            raise UserError(f"a Spout sender's name has {LONGEST_NAME} bytes at most; give a shorter one")
        self._spout = SpoutGL.SpoutSender()
        _with_context(self._spout)
        self._spout.setSenderName(self.name)

    def send(self, image: np.ndarray) -> None:
        # RGBA: the other orders need an extension of OpenGL, without which Spout would swap red and blue
        pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGBA)
        height, width = pixels.shape[:2]
        if not self._spout.sendImage(pixels, width, height, SpoutGL.enums.GL_RGBA, INVERT, NO_FRAMEBUFFER):
            raise UserError("Spout takes no picture; is the graphics driver up to date?")
        self._spout.setFrameSync(self.name)  # for receivers that wait for it

    def close(self) -> None:
        self._spout.releaseSender()
        self._spout.closeOpenGL()


class _Receiver(Receiver):
    def __init__(self, name: str) -> None:
        self._spout = SpoutGL.SpoutReceiver()
        _with_context(self._spout)
        self._spout.setReceiverName(name)
        self._pixels: np.ndarray | None = None
        self._empty, self._connected = EMPTY_FRAMES, True

    @property
    def connected(self) -> bool:
        return self._connected

    def newest(self, seconds: float) -> np.ndarray | None:
        if not comes(self._came, seconds, POLL_SECONDS):
            return None
        assert self._pixels is not None
        return cv2.cvtColor(self._pixels, cv2.COLOR_RGBA2BGR)  # alpha has no meaning that programs agree on

    def close(self) -> None:
        self._spout.releaseReceiver()
        self._spout.closeOpenGL()

    def _came(self) -> bool:
        """Whether a new picture lies in the memory now."""
        self._connected = self._spout.receiveImage(self._pixels, SpoutGL.enums.GL_RGBA, INVERT, NO_FRAMEBUFFER)
        if not self._connected:
            return False
        if self._spout.isUpdated():  # a sender, or another size: nothing was read yet
            width, height = self._spout.getSenderWidth(), self._spout.getSenderHeight()
            self._pixels = np.zeros((height, width, 4), np.uint8)
            return False
        if self._pixels is None or not self._spout.isFrameNew():
            return False
        if self._empty and not self._pixels.any():
            self._empty -= 1
            return False
        self._empty = 0
        return True
