"""For the tests: whether this machine takes connections over IPv6."""

import socket


def ipv6_here():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            return True
    except OSError:
        return False
