"""The file that says which DMX channel plays what, and everything that can be wrong with it."""

import pytest

from kaleidocam.control.dmx_attribute import Attribute
from kaleidocam.control.dmx_map import read_map
from kaleidocam.errors import UserError


def read(tmp_path, text):
    path = tmp_path / "dmx.toml"
    path.write_text(text)
    return read_map(path)


def test_all_that_it_can_say(tmp_path):
    text = """
        tap = 9
        strength = {channel = 1, fine = 2}
        spin = {channel = 3, low = -0.2, high = 1}
        crossfade = 512
        geometry = {channel = 4}
        "preset:mandala" = 6
        record = 5
        [[ranges]]
        channel = 7
        plays = ["", "preset:eyes", "recall-1", "palette=scene", "strength=1.5", "when=bar", "channel=mixed3:17", ""]
        [[ranges]]
        channel = 8
        plays = ["undo", "redo"]
    """
    plays = ("", "preset:eyes", "recall-1", "palette=scene", "strength=1.5", "when=bar", "channel=mixed3:17", "")
    assert read(tmp_path, text) == (
        Attribute(1, ("strength",), 2),
        Attribute(3, ("spin",), None, -0.2, 1),
        Attribute(4, ("geometry",)),
        Attribute(5, ("record",)),
        Attribute(6, ("preset:mandala",)),
        Attribute(7, plays),
        Attribute(8, ("undo", "redo")),
        Attribute(9, ("tap",)),
        Attribute(512, ("crossfade",)),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no channel; write lines such as strength = {channel = 1}"),
        ("strength", "DMX map"),
        ("strenth = 1", "no parameter or command 'strenth'; did you mean 'strength'?"),
        ("strength = 0", "strength has channel = 0; allowed is a whole number from 1 to 512"),
        ("strength = 513", "strength has channel = 513; allowed is"),
        ("strength = true", "strength is 'True'; write it as {channel = 1}, or as {channel = 1, fine = 2}"),
        ("strength = 1.0", "strength is '1.0'; write it as"),
        ('strength = "1"', "strength is '1'; write it as"),
        ("strength = [1, 2]", "strength is '[1, 2]'; write it as"),
        ("strength = {}", "strength has no channel; write it as"),
        ("strength = {fine = 2}", "strength has no channel"),
        ("strength = {channel = true}", "strength has channel = True"),
        ("strength = {channel = 1, fine = 0}", "strength has fine = 0"),
        ("strength = {channel = 1, fine = 1}", "channel 1: strength has it twice; give each its own"),
        ("strength = 1\ncolor = 1", "channel 1: strength and color have it; give each its own"),
        ("strength = 2\ncolor = {channel = 1, fine = 2}", "channel 2: strength and color have it"),
        (
            "strength = {chanel = 1}",
            "strength has 'chanel'; allowed is channel, fine, low, high; did you mean 'channel'?",
        ),
        ("tap = {channel = 1, fine = 2}", "tap has 'fine'; allowed is channel"),
        ("geometry = {channel = 1, fine = 2}", "geometry has 'fine'; allowed is channel"),
        ("strength = {channel = 1, high = 3}", "high: strength is '3'; allowed is 0 to 2"),
        ('strength = {channel = 1, low = "0"}', "strength has low = '0'; allowed is 0 to 2"),
        ("strength = {channel = 1, low = nan}", "low: strength is 'nan'; allowed is 0 to 2"),
        ("channel = 3", 'channel has no range; write [[ranges]], and values such as "channel=..." in its plays'),
        ("grid = 3", "grid has no range"),
        ('"preset:no such" = 3', "no preset 'no such'"),
        ('"preset:../x" = 3', "no preset '../x'"),
        ('"layer:no such" = 3', "no preset 'no such'"),
        ("ranges = 3", "ranges can't be read; write [[ranges]]"),
        ("ranges = [3]", "ranges can't be read"),
        ("[[ranges]]\nplays = ['', 'undo']", "ranges has no channel"),
        ("[[ranges]]\nchannel = 1", "ranges has plays = 'None'; allowed are 2 to 256 texts"),
        ("[[ranges]]\nchannel = 1\nplays = ['undo']", "ranges has plays"),
        ("[[ranges]]\nchannel = 1\nplays = 'undo'", "ranges has plays = 'undo'"),
        ("[[ranges]]\nchannel = 1\nplays = ['undo', 3]", "ranges has plays"),
        ("[[ranges]]\nchannel = 1\nplays = ['', 'undoo']", "no parameter or command 'undoo'; did you mean 'undo'?"),
        ("[[ranges]]\nchannel = 1\nplays = ['', 'strength']", "no parameter or command 'strength'"),
        ("[[ranges]]\nchannel = 1\nplays = ['', 'strength=3']", "strength is '3'; allowed is 0 to 2"),
        ("[[ranges]]\nchannel = 1\nplays = ['', 'strenth=1']", "did you mean 'strength'?"),
        ("[[ranges]]\nchannel = 1\nplays = ['', 'preset:no']", "no preset 'no'"),
        ("[[ranges]]\nchannel = 1\nplay = ['', 'undo']", "ranges has 'play'; allowed is channel, plays"),
        ("[[ranges]]\nchannel = 1\nplays = ['', 'undo']\n[[ranges]]\nchannel = 1\nplays = ['', 'undo']", "channel 1"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, text, message):
    with pytest.raises(UserError) as raised:
        read(tmp_path, text)
    assert message in str(raised.value) and "\n" not in str(raised.value) and "dmx.toml" in str(raised.value)
