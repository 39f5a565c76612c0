"""The sockets of OSC: each is read, whatever comes at the others."""

import socket

from kaleidocam.control import osc_line
from kaleidocam.control.osc_line import Line


class OnePacket:
    """A budget that is used up by one packet."""

    def __init__(self):
        self._asked = 0

    def used_up(self):
        self._asked += 1
        return self._asked > 1


def test_a_flood_at_one_socket_does_not_shut_out_the_other(monkeypatch):
    opened = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for each in opened:
        each.bind(("127.0.0.1", 0))
    places = [each.getsockname() for each in opened]
    monkeypatch.setattr(osc_line, "listen", lambda *_: opened)
    line = Line("127.0.0.1", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for place in places * 3:
            sender.sendto(b"/x\0\0", place)
        line.wait()
        read = [peer.through.getsockname() for _ in range(4) for peer, _ in line.packets(OnePacket())]
    line.close()
    assert set(read[:2]) == set(read[2:]) == set(places)
