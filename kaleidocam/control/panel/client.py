"""One page that is open somewhere: what waits to be sent to it.

Invariant: what waits is bounded, whatever the page does: one merged message and one picture, the newest.
"""

import asyncio
import json
import time
from typing import Any

STALLED_SECONDS = 1.0  # without an answer to a picture; then none are made for this page
STALE_SECONDS = 0.15  # a picture that has waited longer is not sent
QUICKEST_SECONDS = 1 / 60  # between two messages to one page


class Client:
    """`send_text` and `send_bytes` are the WebSocket's; `clean`: it wants full-size pictures and nothing else."""

    def __init__(self, number: int, websocket: Any, clean: bool) -> None:
        self.number, self.clean = number, clean
        self.pause = QUICKEST_SECONDS
        self._websocket = websocket
        self._said: dict[str, Any] = {}
        self._picture: bytes | None = None
        self._picture_at = self._sent_at = 0.0
        self._flying = False  # a picture is on its way, and the page has not seen it yet
        self._news = asyncio.Event()

    def tell(self, message: dict[str, Any]) -> None:
        """Joins the message with what still waits: of each key the newer value is sent, in looks of each parameter."""
        if self.clean:
            return
        for key, value in message.items():
            if key in ("look", "shares") and key in self._said:
                value = self._said[key] | value
            self._said[key] = value
        self._news.set()

    def show(self, picture: bytes) -> None:
        """A JPEG; it replaces one that still waits."""
        self._picture, self._picture_at = picture, time.monotonic()
        self._news.set()

    def saw(self) -> None:
        """It has taken the picture that was sent."""
        self._flying = False
        if self._picture and time.monotonic() - self._picture_at > STALE_SECONDS:
            self._picture = None
        self._news.set()

    def hungry(self) -> bool:
        """Whether a new picture would be of use: one may be made while the one before is on its way."""
        stalled = time.monotonic() - self._sent_at > STALLED_SECONDS
        return not self._flying or (self._picture is None and not stalled)

    async def run(self) -> None:
        """Sends what comes, until the line is gone or this is canceled."""
        while True:
            await self._news.wait()
            self._news.clear()
            said, self._said = self._said, {}
            if said:  # before a picture: a page that shows one can be played
                await self._websocket.send_text(json.dumps(said))
            if self._picture and not self._flying:
                picture, self._picture = self._picture, None
                self._flying, self._sent_at = True, time.monotonic()
                await self._websocket.send_bytes(picture)
            if said:
                await asyncio.sleep(self.pause)
