"""A mido backend with one device, whose bytes come as datagrams: MIDO_BACKEND=midi_by_socket, MIDI_PORT=5004.

Invariant: what arrives is parsed by mido as from a cable; what is sent to the device goes nowhere.
"""

import os
import socket
import threading

from mido import Parser, ports

NAME = "A desk of knobs"


def get_devices(**kwargs: object) -> list[dict[str, object]]:
    return [{"name": NAME, "is_input": True, "is_output": True}]


class Input(ports.BaseInput):
    def _open(self, callback=None, **kwargs) -> None:
        self._callback = callback
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", int(os.environ["MIDI_PORT"])))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        parser = Parser()
        while data := self._line.recv(4096):  # nothing: it is closed
            parser.feed(data)
            for message in parser:
                self._callback(message)

    def _close(self) -> None:
        self._line.sendto(b"", self._line.getsockname())


class Output(ports.BaseOutput):
    def _send(self, message) -> None:
        pass
