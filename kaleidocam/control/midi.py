"""MIDI: knobs and pads play the desk, a clock sets the tempo, and the device's lamps follow the look.

Invariant: no message, however malformed or many, raises, blocks the video or makes a value jump; of many from one
control the newest counts.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kaleidocam.control.desk import Desk
from kaleidocam.control.midi_knobs import KnobMove, Knobs
from kaleidocam.control.midi_lamps import Lamps
from kaleidocam.control.midi_learning import Learner
from kaleidocam.control.midi_map import MidiMap, Touch, is_knob, require
from kaleidocam.control.midi_messages import HOLD_SECONDS, Event, Moved, Odd, Pressed, Reader, Stepped
from kaleidocam.control.midi_play import BY, Play
from kaleidocam.control.midi_port import CLOSE_SECONDS, Device, default_backend
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import one_line
from kaleidocam.settings.presets import preset_names

log = logging.getLogger(__name__)

TAKEOVER = 0.02  # of a knob's range: so near to the present value it takes hold
TURN_SECONDS = 0.02  # between two turns of the desk's thread: half a video frame
WAITING_PRESSES = 32  # between two turns; no player makes more
MESSAGE_SECONDS = 3.0


class Midi:
    """A MIDI device at the desk; a context manager. `port`: see `midi_port.Device`.

    `mapping`: the TOML file of learned controls, see `midi_map`. `backend`: a mido.Backend, if not mido's default.
    `presets`: what program changes choose from, counted from 0; `load` plays one by name. `takeover`: how near, in
    shares of its range, a knob must come to the present value before it takes hold; 1: the value jumps to the knob.
    """

    def __init__(
        self,
        desk: Desk,
        tempo: Tempo,
        port: str | None = None,
        *,
        mapping: Path,
        backend: Any = None,
        presets: Callable[[], Sequence[str]] = preset_names,
        load: Callable[[str], None] | None = None,
        takeover: float = TAKEOVER,
    ) -> None:
        self._tempo, self._map = tempo, MidiMap(mapping)
        self._lock, self._news, self._closing = threading.Lock(), threading.Event(), threading.Event()
        self._knobs = Knobs(takeover)
        load = load or (lambda name: desk.load(name, BY))
        self._play = Play(desk, tempo, self._map, self._knobs, presets=presets, load=load)
        self._pressed: deque[tuple[Touch, float]] = deque(maxlen=WAITING_PRESSES)  # and when
        self._changed: set[str] = set()  # parameters that the device has yet to be told of
        self._odd: deque[str] = deque(maxlen=WAITING_PRESSES)  # what came that plays nothing
        self._told: set[str] = set()
        self._learner = Learner()
        self._reader = Reader(self._turns, lambda touch: self._map.name(touch) is not None, self._map.way)
        self._lamps = Lamps(
            self._map, self._knobs, lambda name: desk.share(name, BY), lambda *what: self._device.light(*what)
        )
        self._message = self._hint = ("", 0.0)  # a line, and until when it is shown
        self._device = Device(backend or default_backend(), port, self._receive, self._tell_all)
        self._unwatch = desk.watch(self._note)
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)
        self._thread.start()

    @property
    def learning(self) -> str | None:
        """What the control that is touched next will play."""
        return self._learner.name

    @property
    def port(self) -> str:
        """The name of the device."""
        return self._device.name

    @property
    def notice(self) -> str | None:
        """One line for the performer, if there is anything to tell."""
        if self._device.notice:
            return self._device.notice
        if self.learning:
            return f"MIDI: touch the control for {self.learning}"
        now = time.monotonic()
        return next((line for line, until in (self._message, self._hint) if now < until), None)

    @property
    def mapping(self) -> dict[str, str]:
        """What plays what, for people: {"strength": "control 21 on channel 1"}."""
        return {name: str(touch) for name, touch in self._map.all().items()}

    def learn(self, name: str | None) -> None:
        """The control that is touched next plays `name`: a numeric parameter, a command, or `preset:NAME`; None: no
        control is learned any more. UserError if `name` is none of these."""
        if name is not None:
            require(name, BY)
        self._learner.begin(name)

    def forget(self, name: str) -> None:
        """No control plays `name` any more. UserError if none did, or if that can't be saved."""
        self._map.forget(name)
        self._knobs.let_go(name)

    def close(self) -> None:
        self._unwatch()
        self._device.close()
        self._closing.set()
        self._news.set()
        self._thread.join(CLOSE_SECONDS)

    def __enter__(self) -> "Midi":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _receive(self, message: Any) -> None:
        """On the backend's thread: the clock is followed, the rest only noted down."""
        match message.type:
            case "clock":
                self._tempo.clock(time.monotonic())
            case "start":
                self._tempo.start(time.monotonic())
            case "continue":
                self._tempo.resume()
            case "stop":
                self._tempo.stop()
            case _:
                with self._lock:
                    for event in self._reader.read(message):
                        self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Moved(touch, share, leaps):
                self._knobs.move(touch, share, leaps=leaps)
            case Stepped(touch, share):
                self._knobs.step(touch, share)
            case Pressed(touch):
                self._pressed.append((touch, time.monotonic()))
            case Odd(name):
                self._odd.append(name)
        self._news.set()

    def _turns(self, touch: Touch) -> bool:
        name = self._map.name(touch)
        return name is not None and is_knob(name)

    def _note(self, changed: Mapping[str, Any], by: str) -> None:
        with self._lock:
            self._changed |= changed.keys()
        self._news.set()

    def _tell_all(self) -> None:
        with self._lock:
            self._changed |= self._map.all().keys()
            self._lamps.forget()
        self._news.set()

    def _say(self, line: str) -> None:
        self._message = (line, time.monotonic() + MESSAGE_SECONDS)

    def _tell(self, line: str) -> None:
        """Shows a line to the performer, and logs it."""
        log.info(line)
        self._say(line)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._news.wait(HOLD_SECONDS if self._reader.holds else self._learner.waits)
            self._news.clear()
            with self._lock:
                for event in self._reader.late():
                    self._take(event)
                moves, pressed, changed = self._knobs.moves(), list(self._pressed), self._changed
                odd, endless = list(self._odd), self._reader.endless()
                self._pressed.clear()
                self._odd.clear()
                self._changed = set()
            for act, news in (
                (self._learn, (moves, pressed)),
                (self._turn, (moves,)),
                (self._play.press, (pressed,)),
                (self._lamps.tell, (changed,)),
                (self._keep_ways, (endless,)),
                (self._tell_odd, (odd,)),
            ):
                try:
                    act(*news)
                except Exception as error:  # the show goes on, whatever a preset or a full disk brings
                    self._say(one_line(error))
            self._closing.wait(TURN_SECONDS)

    def _learn(self, moves: dict[Touch, KnobMove], pressed: list[tuple[Touch, float]]) -> None:
        """Maps the control that is meant, if one is to be learned; that press does nothing else."""
        name = self._learner.name
        touch = self._learner.found(moves, (touch for touch, _ in pressed))
        if name is None or touch is None:
            return
        pressed[:] = [(other, when) for other, when in pressed if other != touch]
        self._knobs.let_go(name)
        with self._lock:
            self._changed.add(name)
            self._reader.forget(touch)
        before = self._map.learn(name, touch)
        self._tell(f"MIDI: {touch} plays {name}" + (f" and no longer {before}" if before else ""))

    def _turn(self, moves: dict[Touch, KnobMove]) -> None:
        if hint := self._play.turn(moves):
            self._hint = (hint, time.monotonic() + MESSAGE_SECONDS)

    def _keep_ways(self, endless: dict[Touch, str]) -> None:
        for touch, way in endless.items():
            if self._map.way(touch) != way:
                right, left = way.split("/")
                self._tell(f"MIDI: {touch} is relative, an endless knob: {right} turns right, {left} left")
                self._map.keep_way(touch, way)

    def _tell_odd(self, odd: list[str]) -> None:
        """Logs each once, so that the performer knows why nothing happens."""
        for name in dict.fromkeys(odd):
            if name not in self._told:
                self._told.add(name)
                log.info(f"MIDI: {name} plays nothing; take a knob, a fader, a pad or a program change")
