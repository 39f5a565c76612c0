"""MIDI: knobs and pads play the desk, a clock sets the tempo, and the device's lamps follow the look.

Invariant: no message, however malformed or many, raises, blocks the video or makes a value jump; of many from one
control the newest counts.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kaleidocam.control.desk import COMMANDS, Desk
from kaleidocam.control.midi_knobs import KnobMove, Knobs
from kaleidocam.control.midi_map import PRESET, MidiMap, Touch, is_knob, require
from kaleidocam.control.midi_port import CLOSE_SECONDS, Device, default_backend
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import one_line
from kaleidocam.settings.presets import preset_names
from kaleidocam.settings.ranges import knob

BY = "MIDI"
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
        self._desk, self._tempo, self._presets = desk, tempo, presets
        self._load = load or (lambda name: desk.load(name, BY))
        self._map = MidiMap(mapping)
        self._lock, self._news, self._closing = threading.Lock(), threading.Event(), threading.Event()
        self._knobs = Knobs(takeover)
        self._pressed: deque[tuple[Touch, float]] = deque(maxlen=WAITING_PRESSES)  # and when
        self._changed: set[str] = set()  # parameters that the device has yet to be told of
        self._lamps: dict[Touch, int] = {}  # what the device shows
        self.learning: str | None = None  # what the control that is touched next will play
        self._message = self._hint = ("", 0.0)  # a line, and until when it is shown
        self._device = Device(backend or default_backend(), port, self._receive, self._tell_all)
        self._unwatch = desk.watch(self._note)
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)
        self._thread.start()

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
        self.learning = name

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
            case "control_change":
                with self._lock:
                    touch = Touch("control", message.channel + 1, message.control)
                    if self._knobs.move(touch, message.value, alone=self._map.name(touch) is not None):
                        self._pressed.append((touch, time.monotonic()))
                self._news.set()
            case "note_on" if message.velocity:
                self._press(Touch("note", message.channel + 1, message.note))
            case "program_change":
                self._press(Touch("program", message.channel + 1, message.program))

    def _press(self, touch: Touch) -> None:
        with self._lock:
            self._pressed.append((touch, time.monotonic()))
        self._news.set()

    def _note(self, changed: Mapping[str, Any], by: str) -> None:
        with self._lock:
            self._changed |= changed.keys()
        self._news.set()

    def _tell_all(self) -> None:
        with self._lock:
            self._changed |= self._map.all().keys()
            self._lamps.clear()
        self._news.set()

    def _say(self, line: str) -> None:
        self._message = (line, time.monotonic() + MESSAGE_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._news.wait()
            self._news.clear()
            with self._lock:
                moves, pressed, changed = self._knobs.moves(), list(self._pressed), self._changed
                self._pressed.clear()
                self._changed = set()
            for act, news in (
                (self._learn, (moves, pressed)),
                (self._turn, (moves,)),
                (self._act, (pressed,)),
                (self._light, (changed,)),
            ):
                try:
                    act(*news)
                except Exception as error:  # the show goes on, whatever a preset or a full disk brings
                    self._say(one_line(error))
            self._closing.wait(TURN_SECONDS)

    def _learn(self, moves: dict[Touch, KnobMove], pressed: list[tuple[Touch, float]]) -> None:
        """Maps the first control touched, if one is to be learned; that press does nothing else."""
        name = self.learning
        touched = list(moves) if name and is_knob(name) else [touch for touch, _ in pressed]
        if not name or not touched:
            return
        touch, self.learning = touched[0], None
        pressed[:] = [(other, when) for other, when in pressed if other != touch]
        self._knobs.let_go(name)
        with self._lock:
            self._changed.add(name)
        before = self._map.learn(name, touch)
        self._say(f"MIDI: {touch} plays {name}" + (f" and no longer {before}" if before else ""))

    def _turn(self, moves: dict[Touch, KnobMove]) -> None:
        values = {}
        for touch, move in moves.items():
            name = self._map.name(touch)
            if name is None or not is_knob(name):
                continue
            value = self._desk.share(name, BY)
            if self._knobs.takes(name, move, value):
                values[name] = knob(name).value(move.share)
            else:
                hint = f"MIDI: {name} is at {value:.0%}, its knob at {move.share:.0%}: turn it there to take it up"
                self._hint = (hint, time.monotonic() + MESSAGE_SECONDS)
        if values:
            self._desk.set_all(values, BY)
        for name in values:
            self._knobs.leave(name, self._desk.share(name, BY))

    def _act(self, pressed: list[tuple[Touch, float]]) -> None:
        for touch, when in pressed:
            name = self._map.name(touch)
            if name == "tap":
                self._tempo.tap(when)  # through the desk it would wait for the next frame
            elif name in COMMANDS:
                self._desk.ask(name, BY)
            elif name is not None and name.startswith(PRESET):
                self._load(name.removeprefix(PRESET))
            elif name is None and touch.kind == "program" and touch.number < len(presets := self._presets()):
                self._load(presets[touch.number])

    def _light(self, changed: set[str]) -> None:
        """Tells the device what others have changed; a knob that plays its parameter needs no lamp."""
        for name in changed:
            touch = self._map.touch(name)
            if touch is None or not is_knob(name):
                continue
            share = self._desk.share(name, BY)
            shown, self._lamps[touch] = self._lamps.get(touch), round(127 * share)
            if self._lamps[touch] != shown and not self._knobs.holds(name, share):
                self._device.light(touch.channel, touch.number, self._lamps[touch])
