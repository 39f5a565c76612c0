"""Between the pages, which offer a camera, and the capture that answers them; in the performance's process.

Invariant: of each device only the newest offer waits, of few devices; few are on their way at once, so nothing here
waits for anyone.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

MOST_WAITING = 8
MOST_ON_THEIR_WAY = 3  # of MESSAGE_BYTES each at most, they fit into a pipe that nobody reads

Answer = Callable[[dict[str, Any]], None]
"""Called once with what a page is told, on any thread: {"answer": SDP}, {"taken": True}, or {"refused": why}."""


@dataclass(frozen=True)
class _Offer:
    number: int
    text: str
    answer: Answer


class PhoneLine:
    """`playing`: the device that gives pictures; None: none does. `open`: whether a capture is there."""

    def __init__(self) -> None:
        self.playing: str | None = None
        self._lock, self._numbers = threading.RLock(), count()
        self._says: list[Callable[[str], None]] = []
        self._waiting: dict[str, _Offer] = {}  # by the device
        self._on_their_way: dict[int, _Offer] = {}

    @property
    def open(self) -> bool:
        return bool(self._says)

    def offer(self, device: str, sdp: str, answer: Answer, *, take: bool = False) -> None:
        """A page's offer to send its camera, which `device` names. `take`: also where another one plays."""
        with self._lock:
            number = next(self._numbers)
            text = json.dumps({"number": number, "device": device, "offer": sdp, "take": take})
            older = self._waiting.pop(device, None)
            self._waiting[device] = _Offer(number, text, answer)
            if older is None and len(self._waiting) > MOST_WAITING:
                older = self._waiting.pop(next(iter(self._waiting)))
        if older:
            older.answer({"refused": "too many offers at once"})
        self._pass_on()

    def hang_up(self, device: str) -> None:
        """The page ends it."""
        with self._lock:
            self._waiting.pop(device, None)
            say = self._says[-1] if self._says else None
        if say:
            say(json.dumps({"device": device, "hang_up": True}))

    def joined(self, say: Callable[[str], None]) -> None:
        """As sources.place.Line."""
        with self._lock:
            self._says.append(say)
        self._begin_anew()
        self._pass_on()

    def left(self, say: Callable[[str], None]) -> None:
        """As sources.place.Line."""
        with self._lock:
            newest = self._says[-1:] == [say]
            if say in self._says:
                self._says.remove(say)
        if newest:
            self._begin_anew()

    def hear(self, text: str) -> None:
        """As sources.place.Line."""
        message = json.loads(text)
        if "playing" in message:
            self.playing = message["playing"]
            return
        with self._lock:
            offer = self._on_their_way.pop(message.pop("number"), None)
        if offer:
            offer.answer(message)
        self._pass_on()

    def _begin_anew(self) -> None:
        with self._lock:
            self.playing = None
            lost, self._on_their_way = list(self._on_their_way.values()), {}
        for offer in lost:
            offer.answer({"refused": "the source was closed"})

    def _pass_on(self) -> None:
        with self._lock:
            while self._says and self._waiting and len(self._on_their_way) < MOST_ON_THEIR_WAY:
                offer = self._waiting.pop(next(iter(self._waiting)))
                self._on_their_way[offer.number] = offer
                self._says[-1](offer.text)


LINE = PhoneLine()
"""The one of this process: one phone plays at a time."""
