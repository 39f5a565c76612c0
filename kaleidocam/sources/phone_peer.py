"""One phone's connection, by aiortc.

Invariant: it takes video and nothing else, asks no server for its way, and turns nothing: without the extension that
tells how a phone is held, a browser turns the pictures before it encodes them (RFC 7742, section 4).
"""

import asyncio
import re
import time
from collections.abc import Callable

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame

from kaleidocam.sources.phone_frames import hurry

CODECS = ("video/h264", "video/vp8")  # the first is the cheaper one to decode
MEDIA = re.compile(r"^m=(\w+)", re.MULTILINE)
END = re.compile(r"^a=end-of-candidates\r?\n", re.MULTILINE)
OVER = ("failed", "closed")
LATE_SECONDS = 1.0  # by which pictures may fall behind what they were
PATIENT_SECONDS = (
    3.0  # for which they may: a network that was away makes up for it, a machine that is too slow does not
)
CREEP = 0.001  # seconds a second: the phone's clock is another one


class Peer:
    """The phone `device`; `came` is called with each of its pictures. `ended`: nothing more will come."""

    def __init__(self, device: str, came: Callable[["Peer", VideoFrame], None]) -> None:
        self.device, self.ended, self.begun_at = device, False, time.monotonic()
        self._came = came
        self._line = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._reading: asyncio.Task | None = None
        self._lateness = Lateness()
        self._line.on("track", self._begin)
        self._line.on("connectionstatechange", self._note)

    async def answer(self, offer: str) -> str:
        """The answer (SDP) to an offer. Raises whatever the library makes of one that is none."""
        if MEDIA.findall(offer) != ["video"]:
            raise ValueError("it is not one video")
        transceiver = self._line.addTransceiver("video", direction="recvonly")
        if known := RTCRtpReceiver.getCapabilities("video"):
            transceiver.setCodecPreferences(sorted(known.codecs, key=lambda codec: _rank(codec.mimeType)))
        hurry(transceiver.receiver)
        # The phone knows our addresses; where the name that it hides behind is not known, its first packet tells.
        await self._line.setRemoteDescription(RTCSessionDescription(END.sub("", offer), "offer"))
        await self._line.setLocalDescription(await self._line.createAnswer())
        return self._line.localDescription.sdp

    async def close(self) -> None:
        """Hangs up."""
        self.ended = True
        if self._reading:
            self._reading.cancel()
        await self._line.close()

    def _begin(self, track: MediaStreamTrack) -> None:
        self._reading = asyncio.ensure_future(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                picture = await track.recv()
                if not isinstance(picture, VideoFrame):
                    continue
                if picture.time is not None and self._lateness.lasts(picture.time, time.monotonic()):
                    break  # it calls again, and begins with what is newest
                self._came(self, picture)
        except MediaStreamError:
            pass
        self.ended = True

    def _note(self) -> None:
        self.ended |= self._line.connectionState in OVER


class Lateness:
    """Of pictures, beside the quickest one, by the phone's own times, which may creep."""

    def __init__(self) -> None:
        self._best, self._at = float("inf"), 0.0
        self._since: float | None = None

    def lasts(self, sent: float, now: float) -> bool:
        """Whether they are late, and have been all the time for a while, with this one, which was `sent` at so many
        seconds of the phone's time."""
        took = now - sent
        self._best = min(took, self._best + CREEP * (now - self._at))
        self._at = now
        if took - self._best <= LATE_SECONDS:
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since > PATIENT_SECONDS


def _rank(codec: str) -> int:
    name = codec.lower()
    return CODECS.index(name) if name in CODECS else len(CODECS)
