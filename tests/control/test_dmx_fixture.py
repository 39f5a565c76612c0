"""Which fixture a lighting desk plays."""

import re

import pytest
from pages import PAGES, read

from kaleidocam.control.dmx_address import Address
from kaleidocam.control.dmx_attribute import Attribute
from kaleidocam.control.dmx_fixture import PRESETS, USUAL, Fixture, find_fixture
from kaleidocam.control.dmx_map import read_map
from kaleidocam.errors import UserError
from kaleidocam.settings.presets import read_preset


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    from kaleidocam.settings.presets import own_folder

    own_folder().mkdir(parents=True)
    return own_folder()


def test_without_a_map_it_is_the_usual_one():
    fixture = find_fixture(None)
    assert fixture.attributes == USUAL and fixture.channels == 10
    taken = [channel for each in USUAL for channel in each.channels]
    assert taken == list(range(1, 11))


def test_the_usual_one_stays_as_shows_are_programmed_with_it():
    """Whoever changes this breaks the shows of those who have it in their desks; add channels at the end."""
    assert [(each.channels, each.name) for each in USUAL[:8]] == [
        ((1, 2), "strength"),
        ((3,), "bypass"),
        ((4,), "one of these"),
        ((5,), "one of these"),
        ((6, 7), "crossfade"),
        ((8,), "recall_seconds"),
        ((9,), "tap"),
        ((10,), "surprise"),
    ]
    assert len(USUAL[2].names) == 33 and len(USUAL[3].names) == 11
    assert (USUAL[2].names[7], USUAL[2].names[20]) == ("preset:eyes", "preset:mandala")


def test_every_preset_of_it_can_be_played():
    for name in PRESETS:
        assert read_preset(name)


def test_one_s_own_map_takes_its_place(own):
    (own / "dmx.toml").write_text("color = 4")
    fixture = find_fixture(None)
    assert fixture.attributes == (Attribute(4, ("color",)),) and fixture.called.endswith("dmx.toml")


def test_a_map_by_its_name(tmp_path):
    (tmp_path / "show.toml").write_text("color = 4")
    assert find_fixture(str(tmp_path / "show.toml")).attributes == (Attribute(4, ("color",)),)


def test_a_preset_gives_a_channel_for_each_parameter_that_it_names(own):
    fixture = find_fixture("mandala")
    more = fixture.attributes[len(USUAL) :]
    assert fixture.attributes[: len(USUAL)] == USUAL
    assert [each.name for each in more] == [
        name for name in read_preset("mandala") if name not in ("channel", "grid", "modulate", "strength")
    ]
    assert [each.channel for each in more] == list(range(11, 11 + len(more))) and more
    (own / "presets").mkdir()
    (own / "presets" / "my own.toml").write_text('tilt = 0.2\nfold = "before"\nchannel = "mixed3:1"')
    assert [each.name for each in find_fixture("my own").attributes[len(USUAL) :]] == ["tilt", "fold"]


def test_what_is_not_there_is_one_line():
    with pytest.raises(UserError, match=r"no DMX map 'no.toml'; give a .toml file with its channels, or the name of a"):
        find_fixture("no.toml")


def test_what_does_not_fit_is_refused():
    fixture = Fixture(USUAL, "a test")
    assert fixture.place(Address("sacn", 1, 503)) == (503, 512)
    with pytest.raises(
        UserError, match="10 channels from 504 on would end at 513, and a universe has 512; start at 503"
    ):
        fixture.place(Address("sacn", 1, 504))


def test_the_map_that_is_shown_is_one(tmp_path):
    text = "\n".join(map(read, PAGES))
    (shown,) = [block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if "[[ranges]]" in block]
    (tmp_path / "shown.toml").write_text(shown)
    assert [each.name for each in read_map(tmp_path / "shown.toml")] == [
        "strength",
        "spin",
        "geometry",
        "record",
        "tap",
        "one of these",
    ]
