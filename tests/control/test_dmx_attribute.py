"""What the levels of a channel mean."""

import pytest

from kaleidocam.control.dmx_attribute import Attribute, Kind
from kaleidocam.settings.ranges import knob


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("strength",), Kind.LOOK),
        (("geometry",), Kind.LOOK),
        (("crossfade",), Kind.CONTROL),
        (("when",), Kind.CONTROL),
        (("bypass",), Kind.SWITCH),
        (("record",), Kind.SWITCH),
        (("tap",), Kind.PRESS),
        (("preset:eyes",), Kind.PRESS),
        (("", "undo"), Kind.RANGES),
    ],
)
def test_its_kind(names, kind):
    assert Attribute(1, names).kind == kind


def test_coarse_and_fine():
    one = Attribute(2, ("strength",), fine=5)
    assert one.level(bytes([0, 0x12, 0, 0, 0x34])) == 0x1234
    assert one.level(bytes([0, 0x12, 0, 0])) is None
    assert Attribute(2, ("strength",)).level(bytes([0, 0x12])) == 0x12
    assert one.value(65535) == 2 and one.value(32768) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["strength", "half_life", "drift_zoom", "mirrors", "recall_seconds"])
@pytest.mark.parametrize("level", [0, 1, 77, 200, 255])
def test_a_level_is_a_knob_s_share(name, level):
    assert Attribute(1, (name,)).value(level) == pytest.approx(knob(name).value(level / 255))


@pytest.mark.parametrize(("fine", "levels"), [(None, (127, 128)), (2, (32767, 32768))])
@pytest.mark.parametrize("name", ["drift_x", "spin", "angle", "tilt"])
def test_the_middle_of_what_goes_to_both_sides_is_0(name, fine, levels):
    one = Attribute(1, (name,), fine)
    assert [one.value(level) for level in levels] == [0, 0]
    assert one.level_of(0.0) == levels[1]
    assert one.value(levels[0] - 1) < 0 < one.value(levels[1] + 1)


@pytest.mark.parametrize(("low", "high"), [(-0.2, 0.2), (0.5, 1.0), (1.0, 0.5), (None, 0.25), (-0.5, None)])
def test_a_part_of_the_range(low, high):
    one = Attribute(1, ("spin",), low=low, high=high)
    assert one.value(0) == pytest.approx(-4 if low is None else low)
    assert one.value(255) == pytest.approx(4 if high is None else high)
    assert [one.value(level) for level in (127, 128)] == [0, 0] or (low, high) != (-0.2, 0.2)
    for level in (0, 13, 200, 255):
        assert one.level_of(one.value(level)) == level


@pytest.mark.parametrize("name", ["strength", "half_life", "spin", "mirrors", "angle"])
def test_the_level_of_a_value(name):
    one = Attribute(1, (name,))
    for level in (0, 3, 60, 127, 128, 254, 255):
        assert one.value(one.level_of(one.value(level))) == pytest.approx(one.value(level))


def test_choices_are_equal_ranges():
    one = Attribute(1, ("geometry",))
    assert [one.value(level) for level in (0, 31, 32, 255)] == ["kaleidoscope", "kaleidoscope", "left", "hexagon"]
    assert one.level_of("left") == 32
    assert Attribute(1, ("palette",)).options == ("natural", "scene", "prism")
    assert Attribute(1, ("palette",)).level_of("picture.jpg") == 0


@pytest.mark.parametrize("count", [2, 3, 11, 33, 255, 256])
def test_every_level_is_in_one_range(count):
    one = Attribute(1, tuple(f"preset:{i}" for i in range(count)))
    assert [one.first(i) for i in range(count)] == [
        next(level for level in range(256) if one.at(level) == i) for i in range(count)
    ]
    widths = [one.first(i + 1) - one.first(i) for i in range(count)]
    assert sum(widths) == 256 and max(widths) - min(widths) <= 1
