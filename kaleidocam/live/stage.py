"""The loop of a performance: frames in, dreamed, out; and the commands that it obeys.

Invariant: the loop waits only for the source, and never longer than a moment. The first picture is shown before the
dream is begun; until that is there, all else works.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.display import Display, Page
from kaleidocam.live.input import Input
from kaleidocam.live.meter import Meter, Reading
from kaleidocam.live.outputs import Outputs, Screenshots
from kaleidocam.live.switcher import Switcher
from kaleidocam.live.view import View


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
    tap: Callable[[float], None] = lambda seconds: None  # the tempo is tapped, at time.monotonic()

    def __post_init__(self) -> None:
        self._quit = False
        self.commands: dict[str, Callable[[], None]] = {  # what does each of the desk's
            "bypass": self.switcher.bypass,
            "pause": self.switcher.pause,
            "screenshot": lambda: self.screenshots.take(self.outputs.last),
            "figures": self.display.turn_figures,
            "help": self.display.turn_keys,
            "tap": lambda: self.tap(time.monotonic()),
            "quit": self.quit,
        }

    def run(self) -> None:
        """Blocks until the performance ends. The caller owns the source and the sinks and closes them. UserError, or
        whatever else was raised, where the dream could not be made."""
        start, collecting = time.monotonic(), gc.isenabled()
        gc.disable()  # until all that stays is made: looking through it would hold up the picture
        dreaming = self.view.dreaming
        try:
            while not self._quit and (self.until is None or time.monotonic() - start < self.until):
                frame = self.input.next()
                if self.input.ended:
                    return
                if frame is not None:
                    self._show(frame, start)
                    if not dreaming.begun:
                        dreaming.start()
                    elif dreaming.made and collecting and not gc.isenabled():
                        gc.freeze()
                        gc.enable()
                self._obey()
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

    def reading(self) -> Reading:
        """How it is going."""
        return self.meter.read(self.input.dropped)

    def report(self) -> dict[str, object]:
        """Everything a control surface shows: the reading, and the state of the performance. Any thread."""
        return asdict(self.reading()) | {
            "quality": str(self.view.governor),
            "bypassed": self.switcher.bypassed,
            "paused": self.switcher.paused,
            "notices": self._notices(),
        }

    def _show(self, frame: Frame, start: float) -> None:
        shown = Frame(self.switcher.show(frame), max(0.0, frame.seconds - start), frame.index)
        self.outputs.give(shown, self._lines(), asked=self.display.page != Page.OFF)
        self.meter.shown(frame.seconds)
        self.view.keep_pace(self.reading, time.monotonic())

    def _lines(self) -> list[str]:
        """What is laid over the picture; nothing over the clean one, where the performer asked for nothing."""
        if self.switcher.bypassed and self.display.page == Page.OFF:
            return []
        return self.display.lines(self.reading, self.view.governor, self.desk.look) + self._notices()

    def _notices(self) -> list[str]:
        asked = [notice() for notice in self.notices]
        asked += [*self.outputs.notices(), self.view.dreaming.notice(), *self.outputs.lost]
        bypassed = ["bypassed: the clean picture"] * self.switcher.bypassed
        return bypassed + [line for line in asked if line] + self.display.messages()

    def _obey(self) -> None:
        """What keys and surfaces asked for since the last frame."""
        for sink in self.outputs.live:
            for key in self._safely(sink.keys) or ():
                self._safely(self._press, key)
        for command in self.desk.asked():
            self._safely(self.commands[command])

    def _press(self, key: str) -> None:
        bound = KEYS.get(key)
        if bound and bound.press:
            bound.press(self.desk)
        else:
            self.outputs.press(key)

    def _safely(self, do: Callable, *arguments: object) -> Any:
        """What `do` returns; what it raises is told, and neither ends the show nor stops what else was asked for."""
        try:
            return do(*arguments)
        except UserError as error:
            self.display.say(str(error))
        except Exception as error:
            self.display.failed(error)
        return None
