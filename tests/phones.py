"""A phone without a browser: a WebRTC peer that sends drawn pictures, as a page would."""

import asyncio
import threading
import time
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av import VideoFrame

FPS = 30


class Drawn(MediaStreamTrack):
    """Pictures of one gray level, and a size that may be changed at any time; none while `silent`."""

    kind = "video"

    def __init__(self, size, level):
        super().__init__()
        self.size, self.level, self.silent, self.index = size, level, False, 0

    async def recv(self):
        await asyncio.sleep(1 / FPS)
        while self.silent:
            await asyncio.sleep(1 / FPS)
        self.index += 1
        image = np.full((self.size[1], self.size[0], 3), self.level, np.uint8)
        image[: 8 + self.index % 8] = 255 - self.level
        frame = VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = int(time.monotonic() * 90000), Fraction(1, 90000)
        return frame


class Phone:
    """Offers itself over `line`, a PhoneLine, as `device`; `change`: what is done to its offer. `said`: what it was
    told, the newest last."""

    def __init__(self, line, device="a-phone", size=(320, 240), level=60, take=False, change=lambda sdp: sdp):
        self.line, self.device, self.said, self.change = line, device, [], change
        self.peer = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.track = Drawn(size, level)
        self.offer(take)

    def offer(self, take=False):
        asyncio.run_coroutine_threadsafe(self._offer(take), self._loop).result(10)

    async def _offer(self, take):
        if self.peer:
            await self.peer.close()
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTransceiver(self.track, direction="sendonly")
        await self.peer.setLocalDescription(await self.peer.createOffer())
        told = self._told
        self.line.offer(self.device, self.change(self.peer.localDescription.sdp), told, take=take)

    def _told(self, message):
        self.said.append(message)
        if "answer" in message:
            answered = self.peer.setRemoteDescription(RTCSessionDescription(message["answer"], "answer"))
            asyncio.run_coroutine_threadsafe(answered, self._loop)

    def vanish(self):
        """As a phone that leaves the network: it says nothing more."""
        self.track.silent = True

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self):
        await self.peer.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def calling(line, *args, **more):
    phone = Phone(line, *args, **more)
    try:
        yield phone
    finally:
        phone.close()
