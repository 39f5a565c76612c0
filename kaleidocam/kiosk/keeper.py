"""The process that keeps a performance running: it starts it again after any failure, and does nearly nothing else.

Invariant: it imports nothing that a performance needs; however a run ends, its process is gone before the next begins.
"""

import logging
import secrets
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from kaleidocam import child_process
from kaleidocam.errors import UserError
from kaleidocam.kiosk.health import Health
from kaleidocam.kiosk.line import Greeting
from kaleidocam.kiosk.notify import READY, STOPPING, Notify
from kaleidocam.kiosk.pauses import EARLY_ENDS, Pauses
from kaleidocam.kiosk.run import Run, how_it_ended
from kaleidocam.kiosk.watch import Watch

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0
END_SECONDS = 20.0  # in which a performance that is to end can finish its recordings
GONE_SECONDS = 10.0  # for one that has closed its line, or was killed
PIPES = ("-", "pipe:", "pipe:0", "pipe:1", "/dev/stdin", "/dev/stdout")
STOPPED = 130  # the exit code where it was stopped before it had begun


class Keeper:
    """Runs `function` ("package.module:function") with `arguments` again and again. What it knows is in `watch`."""

    def __init__(self, function: str, arguments: Sequence[str], watch: Watch, notify: Notify | None = None) -> None:
        self._command = [*child_process.command(function), *arguments]
        self._watch, self._notify = watch, notify or Notify()
        self._pauses, self._token = Pauses(), secrets.token_urlsafe()
        self._began = time.monotonic()
        self._last: dict[str, Any] = {}  # the look that was last played, and its preset
        self._ready = False

    def run(self) -> int:
        """Until it is stopped, by a signal or by hand in the performance, or can't begin. Returns the exit code."""
        try:
            while True:
                run = self._begin()
                try:
                    why = self._attend(run)
                except KeyboardInterrupt:
                    return self._stop(run)
                code = run.over(GONE_SECONDS)
                self._last = run.look or self._last
                if run.finished:
                    return abs(code)
                self._pauses.ended(run.shown_for, shown=run.shown)
                if self._pauses.hopeless(code):
                    return code
                self._wait(why or how_it_ended(code))
        except KeyboardInterrupt:
            return STOPPED
        finally:
            self._notify.tell(STOPPING)

    def _begin(self) -> Run:
        played = {} if self._pauses.begins_plain else self._last
        greeting = Greeting(self._watch.restarts, time.monotonic() - self._began, token=self._token, **played)
        while True:
            try:
                process = subprocess.Popen(
                    self._command,
                    env=child_process.environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            except OSError as error:  # no memory or no free process at the moment
                self._pauses.ended(0.0, shown=False)
                self._wait(f"can't be started: {error}")
            else:
                self._watch.begins(process.pid)
                return Run(process, greeting, self._watch.heard)

    def _attend(self, run: Run) -> str:
        """Waits until the run has ended, or must be. Returns why it must; empty: it ended by itself."""
        while not run.ended.wait(TICK_SECONDS):
            self._tell_systemd(run)
            if why := run.stuck():
                run.kill()
                return why
        return ""

    def _tell_systemd(self, run: Run) -> None:
        self._notify.alive()
        if not self._ready and run.alive:
            self._ready = True
            self._notify.tell(READY)
        problems = self._watch.asked()[1]["problems"]
        self._notify.says("; ".join(problems) or "the show goes on")

    def _wait(self, why: str) -> None:
        seconds = self._pauses.seconds
        self._watch.ended(why)
        log.info(f"the performance {why}; it is started again in {seconds:g} s (restart {self._watch.restarts})")
        if self._pauses.early == EARLY_ENDS:
            log.info("it has ended early three times: it begins with the look of the command line again")
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            self._notify.alive()
            time.sleep(min(TICK_SECONDS, rest))

    def _stop(self, run: Run) -> int:
        """It was told to end: so is the performance. A second signal ends it at once."""
        try:
            return run.end(END_SECONDS)
        except KeyboardInterrupt:
            run.kill()
            return STOPPED


def check_begun_anew(named: Sequence[str | None]) -> None:
    """UserError where a source or an output is a pipe, which can't be begun anew."""
    for text in named:
        if text in PIPES:
            raise UserError(
                f"'{text}' is a pipe, which can't be begun anew; leave out --keep-running, --kiosk and --print-unit"
            )


def keep(function: str, arguments: Sequence[str], named: Sequence[str | None], health: str | None) -> int:
    """Keeps a performance running, with the `arguments` of its command line, and answers at `health`. `named`: its
    source and outputs. Returns the exit code. UserError for a pipe, which can't be begun anew, and for an address that
    can't be had."""
    check_begun_anew(named)
    watch = Watch()
    with ExitStack() as stack:
        if health is not None:
            log.info(stack.enter_context(Health(health, watch.asked)).told)
        return Keeper(function, arguments, watch).run()
