"""Where a control surface listens on the network, and how others call that.

Invariant: every address that `callable_as` gives is one at which a socket of `listen` answers.
"""

import errno
import socket
from contextlib import suppress

from kaleidocam.address import is_number
from kaleidocam.errors import UserError

BACKLOG = 256
TRIES = 20  # to find a port that is free for all addresses of a name
# Of one address among several: this machine has no such address, or no IPv6 at all.
ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
ANYWHERE = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}
HERE = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
# Documentation addresses (RFC 5737, RFC 3849): connecting a datagram socket sends nothing, it only chooses a route.
PROBED = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def parse_place(text: str, flag: str, example: int) -> tuple[str, int]:
    """`"[HOST:]PORT"` -> (host, port); without a host it is this machine's own. UserError where it is neither: it names
    the `flag`, and gives the port `example`."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if colon else HERE[socket.AF_INET]
    if not (host and port.isascii() and port.isdecimal() and int(port[:6]) <= 65535):
        raise UserError(
            f"{flag} is '{text}'; give PORT (0 to 65535) or HOST:PORT, such as {example} or 0.0.0.0:{example}"
        )
    return host, int(port)


def listen(host: str, port: int, kind: socket.SocketKind) -> list[socket.socket]:
    """Sockets bound to every address of this machine that `host` stands for, all at one port (0: any that is free);
    SOCK_STREAM ones listen. 0.0.0.0 is all of IPv4; :: all of IPv6 and IPv4. OSError or OverflowError if that can't
    be had."""
    for _ in range(TRIES if port == 0 else 1):
        try:
            return _open_all(host, port, kind)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise
            last = error
    raise last


def callable_as(host: str, sockets: list[socket.socket]) -> list[str]:
    """The hosts by which others reach `sockets`, which were opened at `host`: numbers, or its name."""
    if host in ANYWHERE:
        families = [socket.AF_INET] if host == "0.0.0.0" or _takes_ipv4(sockets) else []
        return [_own_number(family) for family in (*families, *{ANYWHERE[host]}.difference(families))]
    if is_number(host) or len(sockets) == len(_places(host, 0, sockets[0].type)):
        return [host]
    return [each.getsockname()[0] for each in sockets]


def in_brackets(host: str) -> str:
    """A host as it stands before a port: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _open_all(host: str, port: int, kind: socket.SocketKind) -> list[socket.socket]:
    opened: list[socket.socket] = []
    refused = OSError(errno.EADDRNOTAVAIL, "this machine has no such address")
    try:
        for family, place in _places(host, port, kind):
            place = (place[0], port, *place[2:])
            try:
                opened.append(_open(family, place, kind))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                refused = error
                continue
            port = opened[-1].getsockname()[1]
        if host == "::" and opened and not _takes_ipv4(opened):
            opened.append(_open(socket.AF_INET, ("0.0.0.0", port), kind))
        if not opened:
            raise refused
    except BaseException:
        for each in opened:
            each.close()
        raise
    return opened


def _places(host: str, port: int, kind: int) -> list[tuple[socket.AddressFamily, tuple]]:
    if not 0 <= port <= 65535:
        raise OverflowError("a port is a number from 0 to 65535")
    found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, place) for family, _, _, _, place in found if family in HERE))


def _open(family: socket.AddressFamily, place: tuple, kind: socket.SocketKind) -> socket.socket:
    opened = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            with suppress(OSError):  # a system that can't have both: then IPv4 gets a socket of its own
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, _alone(place))
        if kind == socket.SOCK_STREAM and hasattr(socket, "SO_REUSEPORT"):  # not on Windows, where it lets others in
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(place)
        if kind == socket.SOCK_STREAM:
            opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened


def _alone(place: tuple) -> int:
    """Whether an IPv6 socket there leaves IPv4 to others."""
    return int(place[0] != "::")


def _takes_ipv4(sockets: list[socket.socket]) -> bool:
    return any(
        each.family == socket.AF_INET or not each.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        for each in sockets
    )


def _own_number(family: int) -> str:
    """This machine's number in the network that it is connected to; its own loopback where there is none."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((PROBED[socket.AddressFamily(family)], 9))
            return probe.getsockname()[0]
    except OSError:
        return HERE[socket.AddressFamily(family)]
