"""Where DMX is listened for: the protocol, the universe, the start address, and at which address of this machine.

Invariant: an address that is read is one that its protocol has.
"""

import re
from dataclasses import dataclass

from kaleidocam.errors import UserError, brief


@dataclass(frozen=True)
class Protocol:
    """`name`: for people; its universes go from `lowest`, the default, to `highest`."""

    name: str
    lowest: int
    highest: int


PROTOCOLS = {"artnet": Protocol("Art-Net", 0, 32767), "sacn": Protocol("sACN", 1, 63999)}
CHANNELS = 512  # of a universe
ANYWHERE = "0.0.0.0"
FORM = "artnet|sacn[:UNIVERSE][/CHANNEL][@HOST[:PORT]]"
_WRITTEN = re.compile(r"(artnet|sacn)(?::(\d{1,9}))?(?:/(\d{1,9}))?(?:@([^:\s]*)(?::(\d{1,9}))?)?", re.I | re.ASCII)


@dataclass(frozen=True)
class Address:
    """`protocol`: of PROTOCOLS; `start`: the fixture's first channel, 1 to 512; `host`: an address of this machine;
    `port`: UDP, None: the protocol's own, 0: any that is free."""

    protocol: str
    universe: int
    start: int = 1
    host: str = ANYWHERE
    port: int | None = None


def parse_address(text: str) -> Address:
    """What `--dmx` says, as FORM. UserError where it can't be."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        raise UserError(
            f"--dmx is '{brief(text)}'; give {FORM}, such as artnet, sacn, artnet:0/17 or sacn:1/1@127.0.0.1"
        )
    protocol = found[1].lower()
    lowest, highest = PROTOCOLS[protocol].lowest, PROTOCOLS[protocol].highest
    universe = int(found[2] or lowest)
    start, port = int(found[3] or 1), None if found[5] is None else int(found[5])
    for what, number, low, high in (
        (f"a universe of {PROTOCOLS[protocol].name}", universe, lowest, highest),
        ("a start address", start, 1, CHANNELS),
        ("a port", port or 0, 0, 65535),
    ):
        if not low <= number <= high:
            raise UserError(f"--dmx is '{brief(text)}'; {what} is a whole number from {low} to {high}")
    return Address(protocol, universe, start, found[4] or ANYWHERE, port)
