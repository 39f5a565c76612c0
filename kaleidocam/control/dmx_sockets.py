"""The sockets of DMX: what comes in, and the answer to a desk that looks for this program.

Invariant: nothing here waits but `wait`, and a turn reads no more than so many packets, however many come.
"""

import errno
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from select import select

from kaleidocam.control.dmx_address import ANYWHERE, Address
from kaleidocam.control.dmx_packet import Wire
from kaleidocam.control.listening import callable_as
from kaleidocam.errors import UserError, reason

LARGEST = 2048  # bytes of a packet; the protocols' own are shorter
MOST_A_TURN = 64
MACS_JOIN = 80  # MCAST_JOIN_GROUP of macOS, which Python does not name
TAKEN = (errno.EADDRINUSE, errno.EACCES)  # the second is Windows'


class Sockets:
    """Listens at the host and port of `address`, which other programs may share, and joins the groups of `wire`.
    UserError where that can't be had. `told`: how it is reached, HOST:PORT."""

    def __init__(self, address: Address, wire: Wire) -> None:
        self._host, self._groups = address.host, wire.groups
        port = wire.port if address.port is None else address.port
        self._sockets: list[socket.socket] = []
        try:
            # On Windows a socket can't be bound to a group, and one at an address of its own gets what comes there.
            apart = self._host != ANYWHERE and sys.platform != "win32"
            self._sockets.append(_open(self._host, port))
            self.port: int = self._sockets[0].getsockname()[1]
            self._sockets += [_open(group, self.port) for group in self._groups if apart]
        except (OSError, UnicodeError) as error:
            self._close_all()
            raise UserError(f"DMX: {wire.name} can't listen on {self._host}:{port}: {_why(error)}") from error
        self._wake, self._woken = socket.socketpair()
        self.flooded = False
        self.told = f"{callable_as(self._host, self._sockets[:1])[0]}:{self.port}"
        self.is_open = not self._sockets[0].getsockname()[0].startswith("127.")
        self.join()

    def join(self) -> None:
        """Joins the groups at all interfaces that there are by now, or at that of the host. Call it again, and those
        are added that have come."""
        for group in self._groups:
            for option, request in _requests(group, self._host):
                for each in self._sockets:
                    with suppress(OSError):  # joined before, or an interface that has no multicast
                        each.setsockopt(socket.IPPROTO_IP, option, request)

    def wake_up(self) -> None:
        """Ends `wait`. Any thread."""
        with suppress(OSError):
            self._wake.send(b"\0")

    def wait(self, seconds: float) -> bool:
        """Until something has come, or `wake_up`, or that time has passed. Returns whether there is anything."""
        ready = select([*self._sockets, self._woken], [], [], seconds)[0]
        if self._woken in ready:
            self._woken.recv(4096)
        return bool(ready)

    def packets(self) -> Iterator[tuple[bytes, tuple]]:
        """What has come, and from where. From then on `flooded` says whether there may be more."""
        self.flooded = False
        for each in self._sockets:
            for _ in range(MOST_A_TURN):
                try:
                    yield each.recvfrom(LARGEST)
                except OSError:  # nothing there; on Windows also one that is too long, or an answer that nobody took
                    break
            else:
                self.flooded = True

    def send(self, data: bytes, address: tuple) -> None:
        with suppress(OSError):  # nobody there any more: UDP promises nothing
            self._sockets[0].sendto(data, address)

    def close(self) -> None:
        self._close_all()
        self._wake.close()
        self._woken.close()

    def _close_all(self) -> None:
        for each in self._sockets:
            each.close()


def own_number(peer: tuple) -> str:
    """The IPv4 address at which this machine is reached from there."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(peer)  # sends nothing
            return probe.getsockname()[0]
    except OSError:
        return "127.0.0.1"


def _open(host: str, port: int) -> socket.socket:
    """A socket that shares its port: several programs on one machine listen to one desk."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform not in ("win32", "linux"):  # there, this is what sharing takes; on Linux it would split packets
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind((host, port))
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened


def _requests(group: str, host: str) -> list[tuple[int, bytes]]:
    """What joins a group at the interface that has an address, or at each: a socket's option, and its value. An address
    of 0.0.0.0 alone would be the one interface that leads elsewhere."""
    number, join = socket.inet_aton(group), socket.IP_ADD_MEMBERSHIP
    if host != ANYWHERE:
        return [(join, number + socket.inet_aton(socket.gethostbyname(host)))]
    interfaces = [index for index, _ in socket.if_nameindex()]
    if sys.platform == "win32":  # there, an address of 0.0.0.0/8 is an interface's index
        return [(join, number + struct.pack("!I", index)) for index in interfaces]
    if sys.platform == "darwin":  # a group_req, of an index and a sockaddr_storage
        return [(MACS_JOIN, struct.pack("@IBBH4s120x", index, 16, socket.AF_INET, 0, number)) for index in interfaces]
    return [(join, number + struct.pack("@4si", bytes(4), index)) for index in interfaces]  # an ip_mreqn


def _why(error: Exception) -> str:
    if getattr(error, "errno", None) in TAKEN:
        return "a desk, a visualizer or another program on this machine holds the port for itself; end that"
    return f"{reason(error)}; give an IPv4 address of this machine, or none for all of them"
