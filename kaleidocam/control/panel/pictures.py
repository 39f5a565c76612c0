"""Pictures for the pages: asked for when one is wanted, made into JPEG once for all of them.

Invariant: at most one picture is asked for at a time, and no more are made than ALL_PACE and the pages' own pace allow.
"""

import asyncio
import time
from collections.abc import Callable, Collection

import cv2
import numpy as np

from kaleidocam.control.panel.client import Client

PANEL_WIDTH = 640
PANEL_PACE = 15.0  # pictures a second at most
ALL_PACE = 300.0  # pictures a second for all panels together: about 15 MB/s
PANEL_QUALITY, CLEAN_QUALITY, THUMBNAIL_QUALITY = 72, 90, 60
THUMBNAIL = (160, 90)


class Pictures:
    """`ask` is called with a width (0: full size) and must lead to one `came`."""

    def __init__(self, clients: Collection[Client], ask: Callable[[int], None]) -> None:
        self._clients, self._ask = clients, ask
        self._asked: int | None = None
        self._due = 0.0  # when the panels may have their next
        self._timer: asyncio.TimerHandle | None = None
        self._newest: tuple[np.ndarray, bool] | None = None
        self._news = asyncio.Event()
        self._last: dict[bool, bytes] = {}  # by whether it is the clean one
        self._small: np.ndarray | None = None

    def joined(self, client: Client) -> None:
        """A page has come: it gets the last picture at once, for a paused stage may give no other for long."""
        if client.clean in self._last:
            client.show(self._last[client.clean])
        self.consider()

    def consider(self) -> None:
        """Asks for a picture if one is wanted now. Called whenever a page may have become hungry."""
        if any(client.hungry() for client in self._clients if client.clean):
            self._request(0)
        elif any(client.hungry() for client in self._clients):
            wait = self._due - time.monotonic()
            if wait <= 0:
                self._request(PANEL_WIDTH)
            elif self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(wait, self._timed)

    def came(self, image: np.ndarray, full: bool) -> None:
        """The picture that was asked for: (H, W, 3) uint8 BGR."""
        self._asked, self._newest = None, (image, full)
        self._news.set()

    def thumbnail(self) -> bytes:
        """The last picture as a preset's picture, JPEG; empty where there was none."""
        if self._small is None:
            return b""
        return jpeg(cv2.resize(self._small, THUMBNAIL, interpolation=cv2.INTER_AREA), THUMBNAIL_QUALITY)

    async def run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._newest is None:
                continue
            (image, full), self._newest = self._newest, None
            self.consider()  # the next one may come while this one is made
            if full:
                await self._make(image, True)
            if not full or self._due <= time.monotonic():
                panels = sum(not client.clean for client in self._clients)
                self._due = time.monotonic() + max(1 / PANEL_PACE, panels / ALL_PACE)
                self._small = await asyncio.to_thread(_shrunk, image)
                await self._make(self._small, False)
            self.consider()

    async def _make(self, image: np.ndarray, clean: bool) -> None:
        takers = [client for client in self._clients if client.clean == clean and client.hungry()]
        if takers:
            self._last[clean] = data = await asyncio.to_thread(jpeg, image, CLEAN_QUALITY if clean else PANEL_QUALITY)
            for client in takers:
                client.show(data)

    def _request(self, width: int) -> None:
        if self._asked is None or (width == 0 and self._asked):
            self._asked = width
            self._ask(width)

    def _timed(self) -> None:
        self._timer = None
        self.consider()


def jpeg(image: np.ndarray, quality: int) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _shrunk(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    if width <= PANEL_WIDTH:
        return image
    size = PANEL_WIDTH, max(1, round(height * PANEL_WIDTH / width))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
