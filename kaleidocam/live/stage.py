"""The loop of a performance: frames in, dreamed, out; and the commands that it obeys.

Invariant: the loop waits only for the source, and never longer than a moment. The first picture is shown before the
dream is begun; until that is there, all else works.
"""

import gc
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from kaleidocam.control.commands import ON, SWITCHED, TEMPO
from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.attract import Attract
from kaleidocam.live.display import Display, Page, tempo
from kaleidocam.live.input import Input
from kaleidocam.live.limits import check_quality
from kaleidocam.live.meter import Meter, Reading
from kaleidocam.live.outputs import NOTHING, Outputs, Screenshots
from kaleidocam.live.recording import Recording
from kaleidocam.live.switcher import Switcher
from kaleidocam.live.view import View
from kaleidocam.sinks.base import Held


def refuse(text: str) -> None:
    """UserError: for a source that can't be changed."""
    raise UserError("the source of this performance can't be changed")


@dataclass
class Stage:
    """A performance: frames from a live source through the dream to the sinks, until `quit`, the end of the source, or
    `until`, in seconds.

    While the source is silent, its last picture is dreamed on at its pace. A sink that fails is left behind; the
    performance ends with an error only where none is left.
    """

    input: Input
    view: View
    switcher: Switcher
    outputs: Outputs
    screenshots: Screenshots
    display: Display
    desk: Desk
    meter: Meter
    until: float | None = None
    notices: Sequence[Callable[[], str | None]] = ()  # asked for lines that the performer must read
    tempo: Mapping[str, Callable[[float], None]] = field(default_factory=dict)  # what does commands.TEMPO, at a time
    bpm: Callable[[], float | None] = lambda: None  # the tempo; None without one
    recording: Recording | None = None
    attract: Attract | None = None
    play: Callable[[str], None] = refuse  # a source by its text, as --from has it; returns at once, any thread

    def __post_init__(self) -> None:
        self._quit = False
        self._wishes: deque[Callable[[], None]] = deque()  # of other threads, for before the next frame
        self.commands: dict[str, Callable[[], None]] = {  # what does each of the desk's
            "bypass": self.switcher.bypass,
            "pause": self.switcher.pause,
            "screenshot": lambda: self.screenshots.take(self.outputs.last),
            "figures": self.display.turn_figures,
            "help": self.display.turn_keys,
            **{name: partial(self._keep_time, name) for name in TEMPO},
            "record": self._record,
            "forget": self._forget,
            "quit": self.quit,
        }
        self.told: dict[str, Callable[[], str]] = {  # what is said once it is done; of all others, their name
            "bypass": lambda: "the clean picture" if self.switcher.bypassed else "the dream",
            "pause": lambda: "paused" if self.switcher.paused else "goes on",
            "forget": lambda: "forgotten",
            **dict.fromkeys(("tap", "half-tempo", "double-tempo"), lambda: "".join(tempo(self.bpm()))),
            **dict.fromkeys(("screenshot", "figures", "help", "quit"), lambda: ""),
        }
        self.display.feedback.follow(self.desk)

    def run(self) -> None:
        """Blocks until the performance ends. The caller owns the source and the sinks and closes them. UserError, or
        whatever else was raised, where the dream could not be made."""
        start, collecting = time.monotonic(), gc.isenabled()
        gc.disable()  # until all that stays is made: looking through it would hold up the picture
        dreaming = self.view.dreaming
        try:
            while not self._quit and (self.until is None or time.monotonic() - start < self.until):
                frame = self.input.next()
                self.view.governor.hold(self.input.fps)
                if self.input.ended:
                    return
                self._obey()  # before the picture, which shows what was asked for
                if frame is not None and not self._quit:
                    self._show(frame, start)
                    if not dreaming.begun:
                        dreaming.start()
                    elif dreaming.made and collecting and not gc.isenabled():
                        gc.freeze()
                        gc.enable()
                dreaming.check()
        finally:
            dreaming.end()
            self.screenshots.close()
            if collecting:
                gc.enable()
            gc.unfreeze()

    def quit(self) -> None:
        """Ends the performance before the next frame."""
        self._quit = True

    def before_the_next_frame(self, do: Callable[[], None]) -> None:
        """Has `do` called on the stage's own thread. What it raises is told. Any thread."""
        self._wishes.append(do)

    def ask_quality(self, quality: str) -> None:
        """Another `--quality`: AUTO, or one of QUALITIES. UserError for others. Any thread."""
        check_quality(quality)
        self.before_the_next_frame(partial(self.view.governor.ask, quality))

    def ask_size(self, size: tuple[int, int]) -> None:
        """Frames of another size (width, height) from now on. UserError where a sink or a recording can't change; then
        nothing is changed. Any thread."""
        self._check_size(size)
        self.before_the_next_frame(partial(self._resize, size))

    def reading(self) -> Reading:
        """How it is going."""
        return self.meter.read(self.input.dropped)

    def spare(self) -> bool:
        """Whether there is a dream, and time beside it. Any thread."""
        return self.view.dreaming.made and self.view.governor.calm(self.reading())

    def report(self) -> dict[str, object]:
        """Everything a control surface shows: the reading, and the state of the performance. Any thread."""
        return asdict(self.reading()) | {
            "quality": str(self.view.governor),
            "quality_asked": self.view.governor.asked,
            "size": "{}x{}".format(*self.input.size),
            "recording": self.recording.report() if self.recording else None,
            "bypassed": self.switcher.bypassed,
            "paused": self.switcher.paused,
            "attracts": self.attract is not None and self.attract.plays,
            "notices": self._notices() + self._remembered(),
        }

    def _show(self, frame: Frame, start: float) -> None:
        picture = self.switcher.show(frame, self.input.joint)
        shown = Frame(picture, max(0.0, frame.seconds - start), frame.index)
        if self.recording:
            self.recording.shown(shown)
        asked = self.display.page != Page.OFF
        self.outputs.give(shown, self._lines(), asked=asked, feedback=self._feedback())
        self.meter.shown(frame.seconds)
        self.view.keep_pace(self.reading, time.monotonic())

    def _lines(self) -> list[str]:
        """What is laid over the picture; nothing over the clean one, where the performer asked for nothing."""
        if self._clean():
            return []
        recorded = self.recording.line() if self.recording else None
        quality = "   ".join(filter(None, [str(self.view.governor), recorded, *self._remembered()]))
        page = self.display.lines(self.reading, quality, self.desk.look, self.desk.preset, self.bpm)
        return page + self._notices()

    def _feedback(self) -> tuple[str, float]:
        return NOTHING if self._clean() else self.display.feedback.now()

    def _clean(self) -> bool:
        return self.switcher.bypassed and self.display.page == Page.OFF

    def _notices(self) -> list[str]:
        asked = [notice() for notice in self.notices]
        asked += [self.recording.notice()] if self.recording else []
        asked += [*self.outputs.notices(), self.view.dreaming.notice(), *self.outputs.lost]
        bypassed = ["bypassed: the clean picture"] * self.switcher.bypassed
        return bypassed + [line for line in asked if line] + self.display.messages()

    def _obey(self) -> None:
        """What keys and surfaces asked for since the last frame."""
        for sink in self.outputs.live:
            for key in self._safely(sink.keys) or ():
                self._safely(self._press, key)
            for path in self._safely(sink.files) or ():
                self._safely(self._take, path)
        for command in self.desk.asked():
            self._safely(self._do, command)
        while self._wishes:
            self._safely(self._wishes.popleft())

    def _check_size(self, size: tuple[int, int]) -> None:
        now = self.input.size
        fixed = [sink.name for sink in self.outputs.live if sink.fixed]
        if self.recording and self.recording.busy:
            fixed.append("the recording that is running")
        if fixed and size != now:
            raise UserError(f"the size stays {now[0]}x{now[1]}: {' and '.join(fixed)} can't change it")

    def _resize(self, size: tuple[int, int]) -> None:
        self._check_size(size)  # again: a recording may have begun meanwhile
        self.input.resize(size)

    def _remembered(self) -> list[str]:
        return self.attract.lines() if self.attract else []

    def _forget(self) -> None:
        if self.attract is None:
            raise UserError("nothing is remembered: this performance has no --attract")
        self.attract.forget()

    def _record(self) -> None:
        if self.recording is None:
            raise UserError("this performance has no recording")
        self.recording.toggle()

    def _is_on(self, command: str) -> bool:
        """Whether one of commands.SWITCHED is."""
        recorded = self.recording is not None and self.recording.busy
        return {"bypass": self.switcher.bypassed, "pause": self.switcher.paused, "record": recorded}[command]

    def _keep_time(self, command: str) -> None:
        if command in self.tempo:
            self.tempo[command](time.monotonic())

    def _do(self, command: str) -> None:
        switch, dash, way = command.rpartition("-")
        if switch in SWITCHED:
            if ON[self._is_on(switch)] == dash + way:
                return
            command = switch
        self.commands[command]()
        line = self.told.get(command, lambda: command.replace("-", " "))()
        if line:
            self.display.feedback.say(line)

    def _press(self, key: str) -> None:
        bound = KEYS.get(key)
        if isinstance(key, Held) and not (bound and bound.repeats):
            return
        if bound and bound.press:
            bound.press(self.desk)
        else:
            self.outputs.press(key)

    def _take(self, path: str) -> None:
        """A file that was dropped: a preset is played, anything else is a source."""
        if path.lower().endswith(".toml"):
            self.desk.load(path, "the window")
        else:
            self.play(path)

    def _safely(self, do: Callable, *arguments: object) -> Any:
        """What `do` returns; what it raises is told, and neither ends the show nor stops what else was asked for."""
        try:
            return do(*arguments)
        except UserError as error:
            self.display.say(str(error))
        except Exception as error:
            self.display.failed(error)
        return None
