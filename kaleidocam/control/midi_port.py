"""A MIDI device, through mido: its input, its output if it has one, and what happens when it is unplugged.

Invariant: a device that is gone is taken up again by its name when it is back, never another one instead.
"""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kaleidocam.errors import UserError, nearest, one_line

POLL_SECONDS = 1.0  # how often the list of ports is read
CLOSE_SECONDS = 2.0
THROUGH = "midi through"  # what ALSA lists first: a port that leads to other programs, rarely meant
# ALSA ends a name with two numbers, "nanoKONTROL2 20:0", Windows with one; they change with every plug.
NUMBERS = re.compile(r"\s+\d+(:\d+)?$")


def default_backend() -> Any:
    """mido's backend for this system. UserError where mido or python-rtmidi is not installed."""
    try:
        import mido

        return mido.Backend(load=True)
    except ImportError as error:
        raise UserError("MIDI needs mido and python-rtmidi: pip install 'kaleidocam[midi]'") from error


class Device:
    """Opens the input named `port` (exact, or a part that fits one only; None: the first) of a mido backend.

    `receive` is called with every message, on the backend's thread; `opened` whenever the device has been opened, also
    after it was away. UserError, with the ports there are, if there is none of that name or it can't be opened.
    """

    def __init__(
        self, backend: Any, port: str | None, receive: Callable[[Any], None], opened: Callable[[], None]
    ) -> None:
        self._backend, self._receive, self._opened = backend, receive, opened
        self.notice: str | None = None
        self._input: Any = None
        self._output: Any = None
        try:
            names = list(dict.fromkeys(backend.get_input_names()))
        except Exception as error:  # python-rtmidi has errors of its own for a system without MIDI
            raise UserError(f"MIDI can't be used here: {one_line(error)}") from error
        self.name = choose(port, names)
        try:
            self._open(self.name)
        except Exception as error:
            raise UserError(
                f"MIDI input '{self.name}' can't be opened: {one_line(error)}; close what else uses it"
            ) from error
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="midi ports", daemon=True)
        self._thread.start()

    def send(self, messages: Iterable[Sequence[int]]) -> None:
        """Sends messages, as bytes, if the device has an output; one that fails is left alone until the device is
        plugged anew."""
        from mido import Message

        output = self._output
        if output is not None:
            try:
                for message in messages:
                    output.send(Message.from_bytes(message))
            except Exception:  # the lamps round a knob are a courtesy; the knob itself still plays
                self._output = None

    def close(self) -> None:
        self._ended.set()
        self._thread.join(CLOSE_SECONDS)
        self._drop()

    def _open(self, name: str) -> None:
        self._input = self._backend.open_input(name, callback=self._receive)
        self.name, self.notice = name, None
        try:
            output = _same(name, self._backend.get_output_names())
            self._output = output and self._backend.open_output(output)
        except Exception:  # as above
            self._output = None
        self._opened()

    def _drop(self) -> None:
        ports, self._input, self._output = (self._input, self._output), None, None
        for port in ports:
            try:
                if port is not None:
                    port.close()
            except Exception:  # it is gone in any case
                pass

    def _watch(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            try:
                names = self._backend.get_input_names()
                if self._input is not None and self.name not in names:
                    self.notice = f"MIDI: {self.name} is gone; it is taken up again when it is back"
                    self._drop()
                if self._input is None and (name := _same(self.name, names)):
                    self._open(name)
            except Exception as error:  # the list of ports is just changing; it is read again soon
                if self._input is None:
                    self.notice = f"MIDI: {self.name} is gone: {one_line(error)}"


def choose(port: str | None, names: Sequence[str]) -> str:
    """The one of the input `names` that is meant. UserError if none or several."""
    if not names:
        raise UserError(f"no MIDI input{_quoted(port)}; none is connected")
    if port is None:
        return next((name for name in names if THROUGH not in name.lower()), names[0])
    fits = [name for name in names if name == port] or [name for name in names if port.lower() in name.lower()]
    if len(fits) > 1:
        raise UserError(f"MIDI input '{port}' fits {', '.join(fits)}; give more of the name")
    if not fits:
        raise UserError(f"no MIDI input '{port}'; there are {', '.join(names)}{nearest(port, names)}")
    return fits[0]


def _same(name: str, names: Sequence[str]) -> str | None:
    """The port of that name, or else of that name under other numbers; None if there is none."""
    if name in names:
        return name
    return next((other for other in names if NUMBERS.sub("", other) == NUMBERS.sub("", name)), None)


def _quoted(port: str | None) -> str:
    return f" '{port}'" if port else ""
