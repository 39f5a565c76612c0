"""A mido backend whose devices are made here: real MIDI bytes through sockets, parsed by mido as from a cable.

Give it to mido as `mido.Backend("virtual_midi")`; `plug` and `unplug` devices at will. An unplugged device is only
silent, as with ALSA: its port raises nothing.
"""

import socket
import threading

from mido import Message, Parser, ports

PLUGGED: dict[str, "Device"] = {}


class Device:
    """The far end of the cables: what a person holds in the hand."""

    def __init__(self, name: str, has_output: bool = True):
        self.name, self.has_output, self.opened = name, has_output, 0
        self.far, self.near = socket.socketpair()
        self.lamps_near, self._lamps_far = socket.socketpair()
        self._lamps_far.settimeout(0.05)
        self._parser = Parser()

    def send(self, *messages: Message) -> None:
        self.raw(b"".join(bytes(message.bytes()) for message in messages))

    def raw(self, data: bytes) -> None:
        self.far.sendall(data)

    def turn(self, control: int, *values: int, channel: int = 0) -> None:
        self.send(*(Message("control_change", channel=channel, control=control, value=value) for value in values))

    def press(self, note: int, channel: int = 0) -> None:
        self.send(
            Message("note_on", channel=channel, note=note, velocity=100),
            Message("note_off", channel=channel, note=note),
        )

    def heard(self) -> list[Message]:
        """What came back since the last call, within a moment."""
        try:
            while data := self._lamps_far.recv(4096):
                self._parser.feed(data)
        except OSError:
            pass
        return list(self._parser)

    def shown(self) -> list[tuple[int, int]]:
        """(control or note, value) of what came back since the last call, within a moment."""
        return [
            (message.note, message.velocity) if message.type == "note_on" else (message.control, message.value)
            for message in self.heard()
        ]


def plug(name: str, **how: bool) -> Device:
    PLUGGED[name] = Device(name, **how)
    return PLUGGED[name]


def unplug(name: str) -> None:
    device = PLUGGED.pop(name)
    for end in (device.far, device.near, device.lamps_near, device._lamps_far):
        end.close()


def get_devices(**kwargs: object) -> list[dict[str, object]]:
    return [{"name": device.name, "is_input": True, "is_output": device.has_output} for device in PLUGGED.values()]


def _plugged(name: str) -> Device:
    if name not in PLUGGED:
        raise OSError(f"unknown port {name!r}")
    return PLUGGED[name]


class Input(ports.BaseInput):
    def _open(self, callback=None, **kwargs):
        device = _plugged(self.name)
        device.opened += 1
        self._callback, self._socket, self._ended = callback, device.near.dup(), False
        self._socket.settimeout(0.02)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        parser = Parser()
        while not self._ended:
            try:
                data = self._socket.recv(4096)
            except TimeoutError:
                continue
            if not data:
                return
            parser.feed(data)
            for message in parser:
                self._callback(message)

    def _close(self):
        self._ended = True
        self._thread.join()
        self._socket.close()


class Output(ports.BaseOutput):
    def _open(self, **kwargs):
        self._socket = _plugged(self.name).lamps_near

    def _send(self, message):
        self._socket.sendall(bytes(message.bytes()))
