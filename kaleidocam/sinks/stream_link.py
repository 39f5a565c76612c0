"""One connection of a stream: the encoders, and the process that carries their packets.

Invariant: it begins with a keyframe of the newest picture, and says why it ended.
"""

import threading
import time

from kaleidocam.planes import PixelFormat
from kaleidocam.sinks.carrier import CONNECT_SECONDS, Carrier
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.protocols import Destination
from kaleidocam.sinks.steady import Steady
from kaleidocam.sinks.stream_packets import Packets

ENDED_SECONDS = 3.0  # for the last words of the process


class Link:
    """One connection: a process, and the encoders whose packets it carries."""

    def __init__(
        self,
        to: Destination,
        codec: Codec,
        size: tuple[int, int],
        steady: Steady,
        form: PixelFormat | None,
        again: bool,
    ) -> None:
        self.carrier = Carrier(to, again=again)
        try:
            start = steady.slot / steady.fps
            self.packets = Packets(self.carrier, codec, size=size, fps=steady.fps, start=start, form=form)
        except BaseException:
            self.carrier.kill()
            self.carrier.end()
            raise

    def open(self, steady: Steady, ended: threading.Event) -> None:
        """Sends the newest picture, until the address takes it. OSError or av.FFmpegError if it does not."""
        until = time.monotonic() + CONNECT_SECONDS + 1.0
        while not self.carrier.opened.is_set() and time.monotonic() < until and not ended.is_set():
            for frame in steady.again():
                self.packets.write(frame)
            if self.carrier.ended.is_set():
                break
            self.carrier.opened.wait(1 / steady.fps)
        if not self.carrier.opened.is_set():
            raise ConnectionError("it is not open")

    @property
    def why(self) -> str:
        """Why nothing more is sent; the process is ended."""
        self.carrier.kill()
        self.carrier.ended.wait(ENDED_SECONDS)
        return self.carrier.why

    def free(self) -> None:
        self.carrier.end()
        self.packets.free()
