"""What is listened at is what is told: over real sockets, by every kind of address."""

import errno
import socket
from pathlib import Path

import pytest
from ipv6 import ipv6_here

from kaleidocam.control import listening
from kaleidocam.control.desk import Desk
from kaleidocam.control.listening import callable_as, in_brackets, listen
from kaleidocam.control.osc import Osc, parse_address
from kaleidocam.settings.parameters import Look

KINDS = pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["TCP", "UDP"])


def link_local():
    """fe80::...%ZONE of this machine, if it has one."""
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return None
    for number, _, _, scope, _, zone in map(str.split, lines):
        if scope == "20":
            return ":".join(number[at : at + 4] for at in range(0, 32, 4)) + f"%{zone}"
    return None


def answers(host, port, sockets, kind):
    """Whether what is sent to `host` arrives at one of `sockets`."""
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=kind):
        with socket.socket(family, kind) as caller:
            caller.settimeout(1)
            if kind == socket.SOCK_STREAM:
                if caller.connect_ex(place):
                    return False
                continue
            caller.sendto(b"x", place)
            for each in sockets:
                each.settimeout(0.2)
                try:
                    if each.recvfrom(10)[0] == b"x":
                        break
                except (OSError, TimeoutError):
                    continue
            else:
                return False
    return True


@KINDS
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "the name", "link-local"])
def test_every_address_that_is_told_is_listened_at(kind, host):
    if host in ("::1", "::") and not ipv6_here():
        pytest.skip("no IPv6 here")
    host = {"the name": socket.gethostname, "link-local": link_local}.get(host, lambda: host)()
    if host is None:
        pytest.skip("no link-local address here")
    try:
        sockets = listen(host, 0, kind)
    except socket.gaierror:
        pytest.skip("this machine does not know its own name")
    try:
        ports = {each.getsockname()[1] for each in sockets}
        assert len(ports) == 1 and 0 not in ports
        told = callable_as(host, sockets)
        own = {"::": ["127.0.0.1", "::1"], "localhost": ["localhost"], "0.0.0.0": ["127.0.0.1"]}.get(host, [])
        for each in (*told, *own):
            assert each not in listening.ANYWHERE and answers(each, *ports, sockets, kind), each
    finally:
        for each in sockets:
            each.close()


@KINDS
def test_everywhere_is_both_where_one_socket_can_not_be(kind, monkeypatch):
    if not ipv6_here():
        pytest.skip("no IPv6 here")
    monkeypatch.setattr(listening, "_alone", lambda place: 1)
    sockets = listen("::", 0, kind)
    try:
        assert [each.family for each in sockets] == [socket.AF_INET6, socket.AF_INET]
        assert answers("127.0.0.1", sockets[0].getsockname()[1], sockets, kind)
    finally:
        for each in sockets:
            each.close()


@KINDS
def test_one_of_several_addresses_may_be_absent_but_not_taken(kind, monkeypatch):
    places = [(socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET, ("198.51.100.7", 0))]
    monkeypatch.setattr(listening, "_places", lambda host, port, kind: places)
    sockets = listen("a.name", 0, kind)
    assert len(sockets) == 1 and callable_as("a.name", sockets) == ["127.0.0.1"]
    port = sockets[0].getsockname()[1]
    with pytest.raises(OSError) as told:
        listen("a.name", port, kind)
    assert told.value.errno == errno.EADDRINUSE
    sockets[0].close()
    with pytest.raises(OSError):
        monkeypatch.setattr(listening, "_places", lambda host, port, kind: places[1:])
        listen("a.name", 0, kind)


def test_a_port_that_is_none_is_refused():
    for port in (-1, 70_000):
        with pytest.raises(OverflowError):
            listen("127.0.0.1", port, socket.SOCK_STREAM)


@pytest.mark.timed
@pytest.mark.parametrize("text", ["0", "0.0.0.0:0", "[::]:0", "localhost:0", "[::1]:0"])
def test_osc_answers_at_every_address_that_it_tells(text):
    if "::" in text and not ipv6_here():
        pytest.skip("no IPv6 here")
    desk = Desk(Look())
    with Osc(desk, *parse_address(text)) as osc:
        assert osc.is_open == (text in ("0.0.0.0:0", "[::]:0"))
        for told in (*osc.told, *[f"127.0.0.1:{osc.address[1]}"] * ("::1" not in text)):
            host, port = told.rsplit(":", 1)
            for family, _, _, _, place in socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM):
                with socket.socket(family, socket.SOCK_DGRAM) as caller:
                    caller.settimeout(5)
                    caller.sendto(b"/kaleidocam/rate\0\0\0\0,s\0\0?\0\0\0", place)
                    assert caller.recv(100).startswith(b"/kaleidocam/rate")


def test_ipv6_is_put_in_brackets():
    assert in_brackets("fe80::1%eth0") == "[fe80::1%eth0]" and in_brackets("localhost") == "localhost"
