"""The sockets of DMX: where they listen, what they share, and what they refuse."""

import socket
import sys

import pytest
from dmx_packets import e131

from kaleidocam.control.dmx_address import Address
from kaleidocam.control.dmx_artnet import ArtNet
from kaleidocam.control.dmx_sacn import Sacn
from kaleidocam.control.dmx_sockets import MOST_A_TURN, Sockets, _requests
from kaleidocam.errors import UserError

HERE = "127.0.0.1"


@pytest.fixture
def opened():
    """Opens sockets, and closes them."""
    all_of_them = []

    def open_one(wire, host=HERE, port=0):
        all_of_them.append(Sockets(Address("", wire.universe, 1, host, port), wire))
        return all_of_them[-1]

    yield open_one
    for each in all_of_them:
        each.close()


def come(sockets, patience=5):
    sockets.wait(patience)
    return [data for data, _ in sockets.packets()]


def test_who_can_reach_them_is_told(opened):
    assert not opened(ArtNet(0)).is_open and opened(ArtNet(0), "0.0.0.0").is_open
    here = opened(ArtNet(0), "localhost")
    assert here.told == f"localhost:{here.port}" and here.port > 0


def multicast(data, group, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(HERE))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        sender.sendto(data, (group, port))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the loopback has no multicast, or not always")
@pytest.mark.parametrize("host", [HERE, "0.0.0.0"])
def test_multicast_and_unicast_come_to_all_who_share_the_port(opened, host):
    first = opened(Sacn(300), host)
    second = opened(Sacn(300), host, first.port)
    data = e131(b"\1", 300)
    multicast(data, "239.255.1.44", first.port)
    assert come(first) == come(second) == [data]
    first.join()  # once more is nothing new
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(data, (HERE, second.port))
    assert come(second, 0.2) + come(first, 0.2) == [data]  # unicast comes to one of them


@pytest.mark.parametrize(("platform", "size"), [("linux", 12), ("win32", 8), ("darwin", 132)])
def test_a_group_is_joined_at_every_interface(monkeypatch, platform, size):
    """As each system writes it; of these only the one that runs here is seen to be heard."""
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (7, "eth0")])
    requests = [request for _, request in _requests("239.255.1.44", "0.0.0.0")]
    assert len(set(requests)) == 2 and all(len(each) == size for each in requests)
    assert all(bytes([239, 255, 1, 44]) in each and index in each for each, index in zip(requests, (1, 7), strict=True))
    ((_, request),) = _requests("239.255.1.44", "localhost")
    assert request == bytes([239, 255, 1, 44, 127, 0, 0, 1])


def test_a_turn_reads_no_more_than_so_many(opened):
    sockets = opened(ArtNet(0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(MOST_A_TURN + 10):
            sender.sendto(b"x", (HERE, sockets.port))
    assert (len(come(sockets)), sockets.flooded) == (MOST_A_TURN, True)
    assert (len(come(sockets)), sockets.flooded) == (10, False)


def test_a_port_that_another_holds_for_itself_is_one_line(opened):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HERE, 0))
        with pytest.raises(UserError, match="Art-Net can't listen on 127.0.0.1:.*holds the port for itself") as raised:
            opened(ArtNet(0), HERE, taken.getsockname()[1])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid", "a" * 300])
def test_a_host_that_is_not_this_machine_is_one_line(opened, host):
    with pytest.raises(UserError, match="give an IPv4 address of this machine, or none for all of them") as raised:
        opened(Sacn(1), host)
    assert "\n" not in str(raised.value)
