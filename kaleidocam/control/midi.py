"""MIDI: knobs and pads play the desk, a clock sets the tempo, and the device's faders and lamps follow the look.

Invariant: no message, however malformed or many, raises, blocks the video or makes a value jump; of many from one
control the newest counts.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kaleidocam.closing import Closing
from kaleidocam.control import midi_transport
from kaleidocam.control.desk import Desk
from kaleidocam.control.midi_feedback import Feedback
from kaleidocam.control.midi_inbox import Inbox, News
from kaleidocam.control.midi_knobs import Knobs
from kaleidocam.control.midi_learning import Learner, is_light
from kaleidocam.control.midi_lit import brightness, named_by
from kaleidocam.control.midi_map import MidiMap, Touch, is_knob, require
from kaleidocam.control.midi_messages import Reader
from kaleidocam.control.midi_notices import Notices
from kaleidocam.control.midi_play import BY, Play
from kaleidocam.control.midi_port import CLOSE_SECONDS, Device, default_backend
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import one_line
from kaleidocam.settings.presets import preset_names

TAKEOVER = 0.02  # of a knob's range: so near to the present value it takes hold
TURN_SECONDS = 0.02  # between two turns of the desk's thread: half a video frame


class Midi(Closing):
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
        self._closing, self._knobs, self._notices = threading.Event(), Knobs(takeover), Notices()
        load = load or (lambda name: desk.load(name, BY))
        self._play = Play(desk, tempo, self._map, self._knobs, presets=presets, load=load)
        self._learner = Learner()
        reader = Reader(self._turns, lambda touch: self._map.name(touch) is not None, self._map.way)
        self._feedback = Feedback(
            self._map,
            self._knobs,
            lambda name: brightness(desk, name),
            lambda messages: self._device.send(messages),
            reader.is_fine,
        )
        self._inbox = Inbox(reader, self._knobs, self._feedback)
        self._again: float | None = None  # seconds until the device should be told the rest
        self._device = Device(backend or default_backend(), port, self._receive, self._tell_all)
        self._unwatch = [desk.watch(self._note), desk.watch_instrument(self._note)]
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
        return self._notices.line

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
        for unwatch in self._unwatch:
            unwatch()
        self._device.close()
        self._closing.set()
        self._inbox.wake()
        self._thread.join(CLOSE_SECONDS)

    def _receive(self, message: Any) -> None:
        """On the backend's thread: the clock is followed, the rest only noted down."""
        if message.type not in midi_transport.KINDS:
            self._inbox.read(message)
        elif (odd := midi_transport.follow(message, self._tempo)) and not self._notices.is_told(odd.line):
            self._inbox.say(odd)

    def _turns(self, touch: Touch) -> bool:
        name = self._map.name(touch)
        return name is not None and is_knob(name)

    def _note(self, changed: Mapping[str, Any], by: str) -> None:
        self._inbox.change(named_by(changed, self._map.all()))

    def _tell_all(self) -> None:
        """The device has been opened, or opened again."""
        self._feedback.forget()
        self._inbox.change(self._map.all())

    def _run(self) -> None:
        while not self._closing.is_set():
            self._inbox.wait(self._learner.waits, self._again)
            news = self._inbox.take()
            for act in (self._learn, self._turn, self._press, self._tell_device, self._keep_ways, self._tell_odd):
                try:
                    act(news)
                except Exception as error:  # the show goes on, whatever a preset or a full disk brings
                    self._notices.say(one_line(error))
            self._closing.wait(TURN_SECONDS)

    def _learn(self, news: News) -> None:
        """Maps the control that is meant, if one is to be learned; that press does nothing else."""
        name = self._learner.name
        turned = (touch for touch, move in news.moves.items() if not is_light(touch, move.share))
        touch = self._learner.found(turned, (touch for touch, _ in news.pressed))
        if name is None or touch is None:
            return
        news.pressed[:] = [(other, when) for other, when in news.pressed if other != touch]
        self._knobs.let_go(name)
        self._inbox.forget(touch)
        self._inbox.change([name])
        before = self._map.learn(name, touch)
        self._notices.tell(f"MIDI: {touch} plays {name}" + (f" and no longer {before}" if before else ""))

    def _turn(self, news: News) -> None:
        if hint := self._play.turn(news.moves):
            self._notices.hint(hint)

    def _press(self, news: News) -> None:
        self._play.press(news.pressed)

    def _tell_device(self, news: News) -> None:
        self._again = self._feedback.tell(news.changed)

    def _keep_ways(self, news: News) -> None:
        for touch, way in news.endless.items():
            if self._map.way(touch) != way:
                right, left = way.split("/")
                self._notices.tell(f"MIDI: {touch} is relative, an endless knob: {right} turns right, {left} left")
                self._map.keep_way(touch, way)

    def _tell_odd(self, news: News) -> None:
        self._notices.tell_odd(news.odd)
