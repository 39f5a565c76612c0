"""A performance that is kept running, or watched: what of it survives its end, and how it tells that it lives.

Invariant: a performance that nobody keeps or watches is as it would be without this.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from kaleidocam.cli.terminal import say
from kaleidocam.control.desk import Desk
from kaleidocam.dream.assembly import check_reach
from kaleidocam.errors import UserError
from kaleidocam.kiosk import line
from kaleidocam.kiosk.awake import Awake
from kaleidocam.kiosk.health import Health, parse_health
from kaleidocam.kiosk.keeper import check_begun_anew
from kaleidocam.kiosk.line import Greeting
from kaleidocam.kiosk.pulse import Pulse
from kaleidocam.kiosk.watch import Watch
from kaleidocam.live.attract import attract_asked
from kaleidocam.live.input import Live
from kaleidocam.live.stage import Stage
from kaleidocam.live.surfaces import Wanted
from kaleidocam.live.takes import next_file
from kaleidocam.live.vitals import vitals_of
from kaleidocam.picture.assembly import check_texts
from kaleidocam.settings.layering import channels_of
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.kinds import kind_of
from kaleidocam.sinks.rescue import bring_out, left_in, score_of
from kaleidocam.sinks.window_locked import HOLD_SECONDS, WAY_OUT, Locked

BY = "the run before"
WINDOW, FULL = Locked.name, "window:main"


def run() -> None:
    """The program `kaleidocam`, as the keeper starts it."""
    line.take_over()
    signal.signal(signal.SIGTERM, _signaled)
    from kaleidocam.cli import program

    program.run()


def _signaled(number: int, frame: FrameType | None) -> None:
    if line.kept:
        line.kept.signaled = True
    raise KeyboardInterrupt


def _end_this() -> None:
    """Ends this process as a signal does, from any thread."""
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


class Kept:
    """Of one performance, in whose `stack` its pulse lives. `health`: the address that is answered here, where no
    keeper does; `kiosk`: nobody sits at the keyboard. `told`: a line for the start."""

    def __init__(self, stack: ExitStack, health: str | None, *, kiosk: bool) -> None:
        self._kiosk, self._stack = kiosk, stack
        self._line = line.kept
        self._greeting = self._line.greeting if self._line else Greeting()
        self.pulse: Pulse | None = None
        self.told: str | None = None
        if self._line:
            self.pulse = stack.enter_context(Pulse(self._line.tell, _end_this, aloud=kiosk))
            self._line.when_it_ends(_end_this)
        elif health is not None:
            watch = Watch()
            watch.begins(os.getpid())
            self.told = stack.enter_context(Health(health, watch.asked)).told
            self.pulse = stack.enter_context(Pulse(lambda message: watch.heard(message["vitals"]), _end_this))

    def outs(self, outs: Sequence[str] | None, machine: Machine) -> list[str] | None:
        """The outputs of this run: a film that an earlier run has finished is not written over, and the window of a
        kiosk fills a display. UserError for a kiosk without a window."""
        if self._kiosk:
            outs = [FULL if out == "window" else out for out in (outs or [FULL])]
            _check_window(outs)
        return None if outs is None else [self._new_name(out, machine) for out in outs]

    def locked(self, sinks: list[Sink]) -> list[Sink]:
        """The windows of a kiosk, with their keys locked, and the screen kept on; all other sinks as they are."""
        if self._kiosk:
            self._stack.enter_context(Awake())
        return [Locked(sink) if self._kiosk and sink.name == WINDOW else sink for sink in sinks]

    def way_out(self, outs: Sequence[str]) -> str:
        """How a performance with these outputs is ended, for its first line."""
        if not any(map(_is_window, outs)):
            return "Ctrl-C ends it"
        held = f"{WAY_OUT.title()}, held for {HOLD_SECONDS:g} s, ends it"
        return held if self._kiosk else "q in the window ends it"

    def wanted(self, wanted: Wanted, machine: Machine) -> Wanted:
        """The same for what is recorded; and the panel's token, by which an open page finds the show again. What the
        first run has learned is not learned anew."""
        record = wanted.record and self._new_name(wanted.record, machine)
        learn = None if self._greeting.restarts else wanted.midi_learn
        return replace(wanted, record=record, midi_learn=learn, panel_token=self._greeting.token)

    def rest_of(self, until: float | None) -> float | None:
        """What is left of the seconds that the performance was to last."""
        return None if until is None else max(0.0, until - self._greeting.spent)

    def play_on(self, desk: Desk) -> None:
        """Plays what was last played. Where that can't be, it says so."""
        if self._greeting.look is None:
            return
        try:
            desk.set_all(self._greeting.look, BY, preset=self._greeting.preset or desk.preset, at_once=True)
        except UserError as error:
            say(f"it begins with the look of the command line: {error}")

    @contextmanager
    def running(self, stage: Stage, source: Live, sinks: Sequence[Sink]) -> Iterator[None]:
        """While the stage runs, its life is told. Ctrl-C ends it: the usual way to stop without a window."""
        pulse, finished = self.pulse, False
        if pulse:
            windows = [sink for sink in sinks if sink.name == WINDOW]
            pulse.vitals = lambda: vitals_of(stage, source, windows)
            pulse.look = lambda: _played(stage.desk)
        try:
            yield
            finished = True
        except KeyboardInterrupt:
            finished = not (self._line and self._line.signaled)
        finally:
            if pulse:
                pulse.ends(finished=finished)

    def _new_name(self, out: str, machine: Machine) -> str:
        if not self._greeting.restarts or kind_of(out).name != "film":
            return out
        path = Path(out)
        for film in (path, *left_in(path.parent, f"{path.stem}-")):  # those of the runs before
            for told in bring_out(film):
                say(told)
        if path.exists() or score_of(path).exists():
            return str(next_file(path.parent, machine, stem=path.stem, suffix=path.suffix))
        return out


def check_unit(
    source: str | None,
    outs: Sequence[str] | None,
    look: Look,
    machine: Machine,
    *,
    health: str | None,
    attract: tuple[str | None, float | None],
    kiosk: bool,
) -> None:
    """UserError for what would end a performance at each start of the machine, as far as that can be told without a
    display and a camera. `attract`: what is shown while nobody is there, and after how many seconds."""
    check_begun_anew([source, *(outs or [])])
    for out in outs or []:
        kind_of(out)
    if kiosk:
        _check_window(outs or [FULL])
    check_texts(look)
    for channel in channels_of(look):
        check_reach(channel, machine)
    if health is not None:
        parse_health(health)
    if loop := attract_asked(*attract, machine):
        loop.close()


def _check_window(outs: Sequence[str]) -> None:
    if not any(map(_is_window, outs)):
        raise UserError("--kiosk fills a display; give --to window:NAME too, or --keep-running in its place")


def _is_window(out: str) -> bool:
    return kind_of(out).name == "window"


def _played(desk: Desk) -> Mapping[str, Any]:
    return {"look": dict(desk.base), "preset": desk.preset}
