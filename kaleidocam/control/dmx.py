"""DMX: a lighting desk plays the looks as a fixture, by Art-Net or sACN.

Invariant: whatever comes, and however much, a turn of this thread takes a moment, and nothing but the fixture's lines
is played. When nothing comes any more, the look stays.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from kaleidocam.closing import Closing
from kaleidocam.control.desk import Desk
from kaleidocam.control.dmx_address import Address, parse_address
from kaleidocam.control.dmx_artnet import ArtNet
from kaleidocam.control.dmx_fixture import Fixture, find_fixture
from kaleidocam.control.dmx_packet import Wire
from kaleidocam.control.dmx_play import BY, Play
from kaleidocam.control.dmx_sacn import Sacn
from kaleidocam.control.dmx_sockets import Sockets, own_number
from kaleidocam.control.dmx_universe import Universe
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import one_line

__all__ = ["Dmx", "find_fixture", "parse_address"]
log = logging.getLogger(__name__)

WIRES: Mapping[str, Callable[[int], Wire]] = {"artnet": ArtNet, "sacn": Sacn}
GATHER_SECONDS = 0.005  # from the first packet on: a desk's universes come together, and are read in one turn
FLOOD_SECONDS = 0.02  # the same, once there was more than a turn reads: the rest is lost in the socket
SILENCE_SECONDS = 0.25  # after which what is due by time alone is looked after
LATE_SECONDS = 5.0  # without anything: then it is said, and interfaces that have come meanwhile are joined
MESSAGE_SECONDS = 4.0
ANSWER_SECONDS = 0.2  # between answers: anyone can write another's address on a question
MOST_TOLD, TOLD_SECONDS = 20, 60.0  # lines that are logged, in so long
MOST_SEEN = 8  # other universes that are named


class Dmx(Closing):
    """Listens at `address` until it is closed. UserError where it can't, or where `fixture` does not fit there. `load`
    plays a preset by its name, on this thread."""

    def __init__(
        self,
        desk: Desk,
        tempo: Tempo,
        address: Address,
        fixture: Fixture,
        *,
        load: Callable[[str], None] | None = None,
    ) -> None:
        self._wire, self._number = WIRES[address.protocol](address.universe), address.universe
        first, last = fixture.place(address)
        self.name = f"{self._wire.name} universe {address.universe}"
        self._universe = Universe(
            f"{BY}: {self.name}",
            first,
            last,
            lost_seconds=self._wire.lost_seconds,
            again=self._wire.again,
            told=self._tell,
        )
        self._play = Play(
            desk,
            tempo,
            fixture.attributes,
            load=load or (lambda name: desk.load(name, BY)),
            refused=self._refuse,
        )
        self._message, self._told = ("", 0.0), set[str]()
        self._told_at: deque[float] = deque(maxlen=MOST_TOLD)
        self._others: set[int] = set()
        self._answered, self._looked = -math.inf, time.monotonic()
        self._played = b""
        self._sockets = Sockets(address, self._wire)
        self.told, self.is_open, self.port = self._sockets.told, self._sockets.is_open, self._sockets.port
        self._ended = threading.Event()
        self._unwatch = desk.watch_instrument(self._note)
        self._thread = threading.Thread(target=self._run, name="dmx", daemon=True)
        self._thread.start()

    @property
    def notice(self) -> str | None:
        """A line for the performer, for a while."""
        line, until = self._message
        return line if time.monotonic() < until else None

    def close(self) -> None:
        self._unwatch()
        self._ended.set()
        self._sockets.wake_up()
        self._thread.join()
        self._sockets.close()

    def _note(self, changed: Mapping[str, Any], by: str) -> None:
        """What a desk of lights has asked for, and waited for the beat, has begun."""
        if by == BY and changed.get("waiting", "") is None:
            self._play.again = True
            self._sockets.wake_up()

    def _run(self) -> None:
        while not self._ended.is_set():
            if self._sockets.wait(SILENCE_SECONDS):
                self._ended.wait(FLOOD_SECONDS if self._sockets.flooded else GATHER_SECONDS)
            try:
                self._turn(time.monotonic())
            except Exception as error:  # of a watcher of the desk, or another surface: DMX goes on
                self._refuse(error)

    def _turn(self, now: float) -> None:
        for data, peer in self._sockets.packets():
            self._read(data, peer, now)
        levels = self._universe.levels(now)
        if levels and (levels != self._played or self._play.again):
            self._played = levels
            self._play.play(levels)
        if not levels and now - self._looked > LATE_SECONDS:
            self._look_around(now)

    def _read(self, data: bytes, peer: tuple, now: float) -> None:
        try:
            packet = self._wire.read(data, peer[0])
        except ValueError as error:
            self._tell_once(str(error), f"{BY}: a packet from {peer[0]} can't be read: {error}; it is passed over")
            return
        if packet is None:
            self._answer(data, peer, now)
        elif packet.universe == self._number:
            self._universe.take(packet, now)
        elif len(self._others) < MOST_SEEN:
            self._others.add(packet.universe)

    def _answer(self, data: bytes, peer: tuple, now: float) -> None:
        if self._wire.asks(data) and now - self._answered > ANSWER_SECONDS:
            self._answered = now
            for port in {peer[1], self._wire.port}:  # where it was asked from, and where the protocol has it answered
                self._sockets.send(self._wire.reply(own_number(peer)), (peer[0], port))

    def _look_around(self, now: float) -> None:
        self._looked = now
        self._sockets.join()
        seen = f"; there is universe {', '.join(map(str, sorted(self._others)))}" if self._others else ""
        if not self._universe.was_there:
            self._tell_once("late", f"{BY}: nothing has come for {self.name} yet{seen}")

    def _refuse(self, error: Exception) -> None:
        line = one_line(error)
        self._message = line, time.monotonic() + MESSAGE_SECONDS
        self._tell_once(line, line)

    def _tell_once(self, subject: str, line: str) -> None:
        if subject not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(subject)
            self._tell(line)

    def _tell(self, line: str) -> None:
        """Logs it, but for those that come too fast to be read, and shows it."""
        now = time.monotonic()
        if len(self._told_at) < MOST_TOLD or now - self._told_at[0] > TOLD_SECONDS:
            self._told_at.append(now)
            log.info(line)
        self._message = line, now + MESSAGE_SECONDS
