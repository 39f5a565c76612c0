"""The patch sheet."""

from kaleidocam.control.dmx_address import Address
from kaleidocam.control.dmx_attribute import Attribute
from kaleidocam.control.dmx_fixture import Fixture
from kaleidocam.control.dmx_sheet import sheet
from kaleidocam.settings.parameters import Look

ATTRIBUTES = (
    Attribute(1, ("strength",), 2),
    Attribute(3, ("spin",), None, -0.2, 0.2),
    Attribute(4, ("fold",)),
    Attribute(5, ("bypass",)),
    Attribute(6, ("tap",)),
    Attribute(7, ("", "preset:eyes", "recall-1")),
    Attribute(8, ("recall_seconds",)),
)


def test_all_that_it_tells():
    told = sheet(Fixture(ATTRIBUTES, "a test"), Address("sacn", 7, 101), Look(fold="inside"))
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert lines == [
        "sACN universe 7, channels 101 to 108: a test",
        "channel plays levels default",
        "101 102 strength, 16 bit, coarse and fine 0 to 2 128 and 0",
        "103 spin, 8 bit -0.2 to 0.2 128",
        "104 fold 171",
        "after 0-85",
        "before 86-170",
        "inside 171-255",
        "105 bypass: the clean picture at once 128-255: on 0",
        "106 tap: tap the tempo: at least two taps in time rising over 127 0",
        "107 one of these 0",
        "nothing 0-85",
        "preset:eyes 86-170",
        "recall-1: play snapshot 1 171-255",
        "108 recall_seconds, 8 bit 0 to 60 s 0",
    ]


def test_it_is_printed(said, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    code, out, err = said("live", "--dmx", "artnet:3/20", "--dmx-sheet", "--strength", "0.5")
    assert (code, err) == (0, "") and out.startswith("Art-Net universe 3, channels 20 to 29: the usual fixture\n")
    assert out.splitlines()[2].endswith("64 and 0")
    assert "strength" in out.splitlines()[2]
    assert said("live", "--dmx-sheet")[1].startswith("Art-Net universe 0, channels 1 to 10")
    code, out, err = said("live", "--dmx", "artnet/510", "--dmx-sheet")
    assert (code, out) == (2, "") and "start at 503 or before" in err
