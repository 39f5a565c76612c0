"""Channels that are like a channel."""

import pytest

from kaleidocam.atlas.book import curated
from kaleidocam.atlas.kin import KIN, kin, with_kin

TAGS = {each["name"]: set(each["tags"]) for each in curated()}


@pytest.mark.parametrize("channel", ["mixed4:245", "mixed5:74", "mixed4:161", "mixed3:305", "mixed0:51"])
def test_they_are_curated_alike_and_take_no_longer(channel):
    found = kin(channel)
    assert len(set(found)) == KIN and channel not in found and set(found) <= set(TAGS)
    assert all(name.partition(":")[0] <= channel.partition(":")[0] for name in found)
    assert TAGS[found[0]] & TAGS[channel]


def test_a_channel_that_nobody_chose_has_the_nearest():
    unchosen = next(f"mixed4:{number}" for number in range(100) if f"mixed4:{number}" not in TAGS)
    assert len(kin(unchosen)) == KIN


@pytest.mark.parametrize("unknown", ["mixed9:4", "block3_conv3:7", "mixed4:99999"])
def test_what_no_atlas_has_stays(unknown):
    assert kin(unknown) == () and with_kin(unknown, 2) == unknown


def test_each_channel_of_an_objective_becomes_another():
    text = "0.7*mixed4:245 + 0.3*mixed3^2 + mixed4@flowers.jpg + mixed5:74^2"
    assert with_kin(text, 0) == text
    first, other = kin("mixed4:245")[1], kin("mixed5:74")[1]
    assert with_kin(text, 2) == f"0.7*{first} + 0.3*mixed3^2 + mixed4@flowers.jpg + {other}^2"
