"""Where phones are received: their offers are answered, and one of them gives its pictures. Imported only where a phone
is wanted.

Invariant: the one that plays goes on until another one, which is let in, has given a picture; whatever is offered, this
goes on.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from av import VideoFrame

from kaleidocam.errors import one_line
from kaleidocam.sources.phone_peer import Peer

LIVE_SECONDS = 3.0  # without a picture, after which another phone need not ask
ANSWER_SECONDS = 8.0
FIRST_SECONDS = 15.0  # for the first picture of a phone that was answered
PAUSE_SECONDS = 0.25  # between two answers: making one takes a tenth of a second
MOST_WAITING = 8  # offers, of which the oldest are refused
STUCK_SECONDS = 5.0  # without a turn of the loop, after which it does not work


class Reception:
    """`say`: tells the performance's process; `take`: takes each picture; both are called on a thread of its own."""

    def __init__(self, say: Callable[[dict[str, Any]], None], take: Callable[[VideoFrame], None]) -> None:
        self._say, self._take = say, take
        self._offers: dict[str, dict[str, Any]] = {}
        self._playing: Peer | None = None
        self._next: Peer | None = None
        self._came_at, self._turned_at = 0.0, time.monotonic()
        self._loop, self._news = asyncio.new_event_loop(), asyncio.Event()
        self._tasks = [self._loop.create_task(run()) for run in (self._answer_all, self._turn)]
        self._thread = threading.Thread(target=self._loop.run_forever, name="phones", daemon=True)
        self._thread.start()

    def hear(self, message: dict[str, Any]) -> None:
        """An offer, or the end of one. Any thread."""
        self._loop.call_soon_threadsafe(self._heard, message)

    def works(self) -> bool:
        """Whether it would answer now. Any thread."""
        return time.monotonic() - self._turned_at < STUCK_SECONDS

    def close(self) -> None:
        """Hangs up."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(STUCK_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STUCK_SECONDS)
        self._loop.close()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for peer in filter(None, (self._playing, self._next)):
            await peer.close()

    async def _turn(self) -> None:
        while True:
            self._turned_at = time.monotonic()
            await asyncio.sleep(PAUSE_SECONDS)
            if self._playing and self._playing.ended:
                await self._playing.close()
                self._playing = None
                self._say({"playing": None})
            waited = self._next and time.monotonic() - self._next.begun_at > FIRST_SECONDS
            if self._next and (waited or self._next.ended):
                gone, self._next = self._next, None
                await gone.close()

    def _heard(self, message: dict[str, Any]) -> None:
        device = message["device"]
        if "hang_up" in message:
            self._offers.pop(device, None)
            for peer in filter(None, (self._playing, self._next)):
                peer.ended |= peer.device == device
            return
        if older := self._offers.pop(device, None):
            self._say({"number": older["number"], "refused": "a newer offer took its place"})
        self._offers[device] = message
        if len(self._offers) > MOST_WAITING:
            oldest = self._offers.pop(next(iter(self._offers)))
            self._say({"number": oldest["number"], "refused": "too many phones at once"})
        self._news.set()

    async def _answer_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._offers:
                offer = self._offers.pop(next(iter(self._offers)))
                self._say({"number": offer["number"]} | await self._answer(offer))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _answer(self, offer: dict[str, Any]) -> dict[str, Any]:
        playing = self._playing
        another = playing and not playing.ended and playing.device != offer["device"]
        if another and time.monotonic() - self._came_at < LIVE_SECONDS and not offer["take"]:
            return {"taken": True}
        peer = Peer(offer["device"], self._came)
        try:
            answer = await asyncio.wait_for(peer.answer(offer["offer"]), ANSWER_SECONDS)
        except Exception as error:  # whatever the library makes of what anyone may have sent
            await peer.close()
            return {"refused": f"this offer can't be answered: {one_line(error)[:200]}"}
        before, self._next = self._next, peer
        if before:
            await before.close()
        return {"answer": answer}

    def _came(self, peer: Peer, picture: VideoFrame) -> None:
        if peer is self._next:
            before, self._playing, self._next = self._playing, peer, None
            self._say({"playing": peer.device})
            if before:
                before.ended = True
                self._loop.create_task(before.close())
        if peer is self._playing:
            self._came_at = time.monotonic()
            self._take(picture)
