"""What the process does that carries a stream: it reads packets from its parent and sends them to an address.

Invariant: what hangs in the network hangs here, where it can be ended; a line on stdout says that the address is open,
and the last line why nothing more is sent.
"""

import faulthandler
import json
import os
import sys
import threading
import time
from typing import Any

import av

from kaleidocam.errors import reason
from kaleidocam.sinks.stream_packets import BETWEEN

HANG_SECONDS = 30  # for an answer; the parent does not wait that long, but it may have ended
OPEN = "open"  # the line that says so
# Nothing is waited for but the first packets: they say all there is to know of the tracks.
AT_ONCE = {"probesize": "5000000", "analyzeduration": "0", "fpsprobesize": "0"}


class _Piped:
    """The parent's packets."""

    def read(self, count: int) -> bytes:
        return os.read(0, count)


def main() -> None:
    """The child process. The first line that it reads is {address, form, options}."""
    messages = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not mix with the messages

    def tell(line: str) -> None:
        messages.write(f"{line}\n")
        messages.flush()

    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        av.logging.set_level(av.logging.ERROR)  # so that an error says what FFmpeg said
        carry(json.loads(_line()), tell)
    except Exception as error:  # whatever it is, the parent tells it
        tell(_said(error))
        os._exit(1)
    os._exit(0)  # skips the exit handlers of libraries, which can hang


def carry(job: dict[str, Any], tell: Any) -> None:
    """Sends all packets that come from stdin; tells OPEN once the address takes them."""
    source = av.open(_Piped(), format=BETWEEN, options=AT_ONCE)
    options = job["options"] | {"flush_packets": "1"}
    with av.open(job["address"], "w", format=job["form"], options=options) as out:
        copies = [out.add_stream_from_template(stream, opaque=True) for stream in source.streams]
        # PyAV lets no thread run meanwhile, and a server may never answer: only this ends it then.
        with open(os.devnull, "w") as nowhere:
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True, file=nowhere)
            out.start_encoding()
            faulthandler.cancel_dump_traceback_later()
        tell(OPEN)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                out.mux(packet)


def _end_with(parent: int) -> None:
    """Ends this process once its parent has ended, also while the network hangs."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _line() -> bytes:
    """The first line, and not a byte more."""
    line = bytearray()
    while not line.endswith(b"\n"):
        if not (byte := os.read(0, 1)):
            sys.exit(1)
        line += byte
    return bytes(line)


def _said(error: Exception) -> str:
    """In FFmpeg's words, if it said why; on one line."""
    plain = isinstance(error, (ConnectionError, TimeoutError))
    log = error.log if isinstance(error, av.FFmpegError) and not plain else None
    return " ".join(f"{reason(error)} ({log[2].strip()})".split()) if log else reason(error)
