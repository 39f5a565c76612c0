"""A phone, or any browser's camera, as a source: it sends itself from the page, by WebRTC.

Invariant: nobody but a page that the panel let in is answered; one phone plays at a time; no server elsewhere is asked.
"""

import importlib.util
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source
from kaleidocam.sources.phone_line import LINE
from kaleidocam.sources.place import Line, Place, Talk

if TYPE_CHECKING:
    from av import VideoFrame

PHONE = "phone"
NEEDED = "aiortc"
MOST = (1920, 1080)  # (width, height): pictures with more pixels than this are made smaller
GONE_SECONDS = 1.0  # without a picture, after which it is told
QUIET_SECONDS = 0.25  # between two words on that


def is_there() -> bool:
    """Whether what a phone needs is installed."""
    return importlib.util.find_spec(NEEDED) is not None


@dataclass(frozen=True)
class PhonePlace(Place):
    """Wherever someone opens the panel's page and gives its camera. `size`: asked for by the page, not here. UserError
    where the extra is missing."""

    size: tuple[int, int]
    fps: float
    awaited = True

    def __post_init__(self) -> None:
        if not is_there():
            raise UserError("a phone's camera needs aiortc: pip install 'kaleidocam[webrtc]'")

    @property
    def line(self) -> Line:
        return LINE

    def open(self) -> tuple[Source, "PhonePlace"]:
        raise UserError("a phone's camera is sent from the panel's page; it can't be opened alone")

    def open_for(self, talk: Talk) -> tuple[Source, "PhonePlace"]:
        return Phone(talk, fps=self.fps), self

    def is_meant_by(self, text: str) -> bool:
        return text == PHONE

    def __str__(self) -> str:
        return "the phone's camera"


class Phone(Source):
    """Pictures of whichever phone `talk` brings, newest first, each in its own size, MOST pixels at most; times are
    those at which they came. It waits for the next phone when one is gone, so it has no end."""

    def __init__(self, talk: Talk, *, fps: float) -> None:
        from kaleidocam.sources.phone_reception import Reception

        self.size, self.fps = MOST, fps
        self._talk, self._news = talk, threading.Condition()
        self._slot: tuple[VideoFrame, float, int] | None = None
        self._came_at, self._count, self._closed = 0.0, 0, False
        self._reception = Reception(self._say, self._take)
        for run in (self._hear, self._tell):
            threading.Thread(target=run, name="phone", daemon=True).start()

    def read(self) -> Frame | None:
        with self._news:
            self._news.wait_for(lambda: self._slot or self._closed)
            slot, self._slot = self._slot, None
        if slot is None:
            return None
        picture, seconds, index = slot
        return Frame(bgr(picture), seconds, index)

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._reception.close()

    def _take(self, picture: "VideoFrame") -> None:
        """A picture has come. On the reception's thread."""
        with self._news:
            self._came_at = time.monotonic()
            self._slot = picture, self._came_at, self._count
            self._count += 1
            self._news.notify_all()

    def _say(self, message: dict[str, Any]) -> None:
        self._talk.say(json.dumps(message))

    def _hear(self) -> None:
        while not self._closed:
            self._reception.hear(json.loads(self._talk.words.get()))

    def _tell(self) -> None:
        while not self._closed:
            if self._reception.works() and time.monotonic() - self._came_at > GONE_SECONDS:
                self._talk.quiet()
            time.sleep(QUIET_SECONDS)


def bgr(picture: "VideoFrame") -> np.ndarray:
    """(height, width, 3) uint8, MOST pixels at most."""
    image = picture.to_ndarray(format="bgr24")
    over = image.shape[0] * image.shape[1] / (MOST[0] * MOST[1])
    if over <= 1:
        return image
    scale = over**-0.5
    size = max(1, int(image.shape[1] * scale)), max(1, int(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
