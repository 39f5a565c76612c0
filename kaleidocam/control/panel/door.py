"""Where the panel is listened at, and the addresses that lead there.

Invariant: every address that is given answers.
"""

import errno
import socket
from ipaddress import ip_address

from kaleidocam.address import is_number
from kaleidocam.control.listening import ANYWHERE, callable_as, in_brackets, listen
from kaleidocam.errors import UserError

NOT_THIS_PORT = (errno.EADDRINUSE, errno.EACCES)


class Door:
    """`sockets` at every address of this machine that `host` stands for, at `port` (0: any that is free). UserError
    where that can't be had. `hosts`: as others call it; `called`: HOST:PORT, as in an address; `called_here`: as this
    machine does, and `is_here`: by a line that no other machine has."""

    def __init__(self, host: str, port: int) -> None:
        if not host.strip():
            raise UserError("--panel-host is empty; give 127.0.0.1 for this machine alone, or 0.0.0.0 for its network")
        try:
            self.sockets = listen(host, port, socket.SOCK_STREAM)
        except (OSError, OverflowError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            taken = isinstance(error, OverflowError) or getattr(error, "errno", None) in NOT_THIS_PORT
            other = "another port, or 0 for any" if taken else "an address of this machine"
            raise UserError(f"no panel at {in_brackets(host)}:{port}: {why}; give {other}") from error
        self.port = self.sockets[0].getsockname()[1]
        self.hosts = callable_as(host, self.sockets)
        self.called = [self._called(each) for each in self.hosts]
        self.called_here = self._called("127.0.0.1") if host in ANYWHERE else self.called[0]
        self.is_here = host in ANYWHERE or is_loopback(host)

    def close(self) -> None:
        for each in self.sockets:
            each.close()

    def _called(self, host: str) -> str:
        return f"{in_brackets(host).replace('%', '%25')}:{self.port}"  # a zone, RFC 6874


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's own, which no other can reach."""
    host = host.strip("[]").lower()
    return ip_address(host.partition("%")[0]).is_loopback if is_number(host) else host == "localhost"


def names_of_this_machine(host: str) -> set[str]:
    """Names by which a browser may call this machine where it listens at `host`. Its numeric addresses are known from
    each connection."""
    here = socket.gethostname().lower()
    return {"localhost"} | ({here, f"{here}.local"} if host in ANYWHERE else {host.lower()})
