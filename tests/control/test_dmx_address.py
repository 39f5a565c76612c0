"""What --dmx says."""

import pytest

from kaleidocam.control.dmx_address import Address, parse_address
from kaleidocam.errors import UserError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("artnet", Address("artnet", 0)),
        ("sacn", Address("sacn", 1)),
        ("SACN", Address("sacn", 1)),
        ("artnet:0/17", Address("artnet", 0, 17)),
        ("artnet:32767/512", Address("artnet", 32767, 512)),
        ("sacn:63999", Address("sacn", 63999)),
        ("sacn/9", Address("sacn", 1, 9)),
        (" sacn:1/1@127.0.0.1 ", Address("sacn", 1, 1, "127.0.0.1")),
        ("artnet@stage-left:6455", Address("artnet", 0, 1, "stage-left", 6455)),
        ("artnet@:0", Address("artnet", 0, 1, "0.0.0.0", 0)),
        ("sacn:0007/001", Address("sacn", 7, 1)),
    ],
)
def test_what_is_allowed(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "dmx",
            "--dmx is 'dmx'; give artnet|sacn[:UNIVERSE][/CHANNEL][@HOST[:PORT]], such as artnet, sacn, artnet:0/17",
        ),
        ("", "--dmx is ''; give"),
        ("sacn\n:1", "--dmx is 'sacn :1'; give"),
        ("sacn:", "--dmx is 'sacn:'; give"),
        ("sacn:-1", "--dmx is 'sacn:-1'; give"),
        ("sacn:1.5", "--dmx is 'sacn:1.5'; give"),
        ("sacn:١", "give artnet"),
        ("artnet:0/1/2", "give artnet"),
        ("artnet@::1", "give artnet"),
        ("sacn:0", "--dmx is 'sacn:0'; a universe of sACN is a whole number from 1 to 63999"),
        ("sacn:64000", "from 1 to 63999"),
        ("artnet:32768", "a universe of Art-Net is a whole number from 0 to 32767"),
        ("artnet/0", "a start address is a whole number from 1 to 512"),
        ("artnet/513", "a start address is a whole number from 1 to 512"),
        ("artnet@127.0.0.1:65536", "a port is a whole number from 0 to 65535"),
        ("sacn:99999999999999999999", "give artnet"),
    ],
)
def test_what_is_not(text, message):
    with pytest.raises(UserError) as raised:
        parse_address(text)
    assert message in str(raised.value) and "\n" not in str(raised.value)
