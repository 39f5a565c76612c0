"""The process that carries a stream to its address, seen from the performance.

Invariant: `write` never hangs for good: a process that takes nothing for a while, or can't reach its address in time,
is ended. However it ends, no process, thread or handle is left behind. Nothing that it says holds a secret.
"""

import json
import re
import subprocess
import threading
import time
from functools import cache
from typing import IO, cast

from kaleidocam import child_process
from kaleidocam.address import without_parts_of
from kaleidocam.errors import UserError
from kaleidocam.sinks.carrying import AT_ONCE, OPEN
from kaleidocam.sinks.ffmpeg_program import program_with
from kaleidocam.sinks.protocols import NOT_EVERYWHERE, Destination
from kaleidocam.sinks.stream_packets import BETWEEN

CONNECT_SECONDS = 10.0  # until an address must be open
STALL_SECONDS = 8.0  # for which it may take nothing
END_SECONDS = 2.0  # in which it can send its last packets and exit
WATCH_SECONDS = 0.2
TOLD = ("rtmp", "rtmps", "udp", "rtp", "rtsp", "srt")  # in `doctor`
_FIGURES = re.compile(r"\w+=.*")  # ffmpeg's, with -progress


class Carrier:
    """Takes the bytes of a container and sends its packets to the destination. `opened`: set once it is reached;
    `ended`: set once nothing more is sent; `why`: one line on that. UserError if no FFmpeg here has the protocol."""

    closed = False  # as PyAV asks a file: whether nothing can be written any more

    def __init__(self, to: Destination, *, again: bool = False) -> None:
        self._to, self.opened, self.ended = to, threading.Event(), threading.Event()
        self.why = "it can't be reached"
        self._given_up: str | None = None
        self._begun, self._waiting_since = time.monotonic(), 0.0
        words, first = _command(to, again)
        self._process = subprocess.Popen(
            words,
            env=child_process.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
        self._threads = [threading.Thread(target=run, name="carrier", daemon=True) for run in (self._hear, self._watch)]
        for thread in self._threads:
            thread.start()
        try:
            self.write(first)
        except OSError:
            self.end()
            raise

    def write(self, data: bytes) -> int:
        """Waits until the process takes them. OSError once it has ended."""
        left, pipe = memoryview(data), cast(IO[bytes], self._process.stdin)
        self._waiting_since = time.monotonic()
        try:
            while left:
                left = left[pipe.write(left) or 0 :]
        except (OSError, ValueError) as error:
            self.closed = True
            raise BrokenPipeError("the stream is interrupted") from error
        finally:
            self._waiting_since = 0.0
        return len(data)

    def kill(self) -> None:
        """Ends it at once. Any thread."""
        self._process.kill()

    def end(self) -> None:
        """Lets it send its last packets and exit, or ends it; frees everything."""
        self.closed = True
        pipes = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        pipes[0].close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait(END_SECONDS)
        for thread in self._threads:
            thread.join(END_SECONDS)
        pipes[1].close()

    def _hear(self) -> None:
        """What it says, line by line, until it ends."""
        for line in cast(IO[bytes], self._process.stdout):
            said = " ".join(line.decode(errors="replace").split())
            if said == OPEN or said.startswith("progress="):
                self.opened.set()
            elif said and not _FIGURES.fullmatch(said):
                self.why = without_parts_of(said, self._to.given)
        self.why = self._given_up or self.why
        self.ended.set()

    def _watch(self) -> None:
        while not self.ended.wait(WATCH_SECONDS):
            now, since = time.monotonic(), self._waiting_since
            if not self.opened.is_set() and now - self._begun > CONNECT_SECONDS:
                self._give_up("it does not answer")
            elif self.opened.is_set() and since and now - since > STALL_SECONDS:
                self._give_up(f"it has taken nothing for {STALL_SECONDS:g} s")

    def _give_up(self, why: str) -> None:
        self._given_up = why
        self.kill()


def _command(to: Destination, again: bool) -> tuple[list[str], bytes]:
    """The command line of the process, and what it must read first."""
    options = to.options(again=again)
    if to.scheme not in NOT_EVERYWHERE or in_pyav(to.scheme):
        job = {"address": to.address, "form": to.protocol.form, "options": options}
        return child_process.command("kaleidocam.sinks.carrying:main"), json.dumps(job).encode() + b"\n"
    how = [word for name, value in AT_ONCE.items() for word in (f"-{name}", value)]
    sent = [word for name, value in options.items() for word in (f"-{name}", value)]
    # fmt: off
    return [
        _needed(to.scheme), "-hide_banner", "-nostats", "-loglevel", "error", "-progress", "pipe:1", *how,
        "-f", BETWEEN, "-i", "pipe:0", "-map", "0", "-c", "copy", *sent, "-flush_packets", "1",
        "-f", to.protocol.form, to.address,
    ], b""
    # fmt: on


def _needed(scheme: str) -> str:
    import av

    if program := program_with(scheme):
        return program
    raise UserError(
        f"{scheme}:// needs an FFmpeg that has it: that of PyAV {av.__version__} has not, nor has a program 'ffmpeg' "
        "here; install ffmpeg, or: pip install 'kaleidocam[srt]'"
    )


@cache
def in_pyav(scheme: str) -> bool:
    """Whether PyAV's FFmpeg has a protocol. It is asked to open an address that is none."""
    import av

    if scheme in ("rtsp", "rtsps"):  # a format, which opens its connections by itself
        return "rtsp" in av.formats_available
    try:
        with av.open(f"{scheme}://", "w", format="mpegts") as none:
            none.add_stream("libx264", rate=25)
            none.start_encoding()
    except av.error.ProtocolNotFoundError:
        return False
    except (av.FFmpegError, OSError, ValueError):
        pass  # it has one, and refuses the address
    return True


def how_streams_go() -> str:
    """By what each protocol is sent here, for a person."""
    found = {scheme: "PyAV" if in_pyav(scheme) else program_with(scheme) for scheme in TOLD}
    by = {how: [name for name, found_how in found.items() if found_how == how] for how in dict.fromkeys(found.values())}
    told = [f"{', '.join(names)} by {how}" for how, names in by.items() if how]
    missing = [f"not {', '.join(by[None])}: install ffmpeg, or pip install 'kaleidocam[srt]'"] if None in by else []
    return "; ".join([*told, "hls in a folder", *missing])
