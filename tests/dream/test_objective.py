"""Objectives: written as users write them, wrong ones refused with what exists."""

import pytest

from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.objective import Objective, Term, amplified, channel, guided, layer, parse
from kaleidocam.errors import UserError


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("mixed5:74", [Term(1, "mixed5", 74)]),
        ("0.7*mixed3:10 + 0.3*mixed5:74", [Term(0.7, "mixed3", 10), Term(0.3, "mixed5", 74)]),
        ("mixed3 + mixed5", [Term(1, "mixed3", None), Term(1, "mixed5", None)]),
        ("mixed4@flowers.jpg", [Term(1, "mixed4", None, "flowers.jpg")]),
        (
            '0.5*mixed4@"my own + flowers.jpg" - .5*mixed5:74',
            [Term(0.5, "mixed4", None, "my own + flowers.jpg"), Term(-0.5, "mixed5", 74)],
        ),
        ("mixed4^2", [Term(1, "mixed4", None, squared=True)]),
        (
            "mixed3^2 + 0.5*mixed5:74^2-mixed4",
            [Term(1, "mixed3", None, squared=True), Term(0.5, "mixed5", 74, squared=True), Term(-1, "mixed4", None)],
        ),
        (" mixed4 : 74 ^ 2 ", [Term(1, "mixed4", 74, squared=True)]),
        ("mixed4@odd^2.jpg + mixed4^2", [Term(1, "mixed4", None, "odd^2.jpg"), Term(1, "mixed4", None, squared=True)]),
        ('mixed4@"an odd^2" + mixed5:3^2', [Term(1, "mixed4", None, "an odd^2"), Term(1, "mixed5", 3, squared=True)]),
        ("mixed4@a.jpg^2", [Term(1, "mixed4", None, "a.jpg^2")]),
        (" 2 * mixed0 : 0-mixed1:3 ", [Term(2, "mixed0", 0), Term(-1, "mixed1", 3)]),
    ],
)
def test_parse(text, terms):
    assert parse(text) == Objective(tuple(terms))
    assert parse(str(parse(text))) == parse(text)


def test_objectives_compose_by_arithmetic():
    assert 0.7 * channel("mixed3", 10) + 0.3 * layer("mixed5") == parse("0.7*mixed3:10 + 0.3*mixed5")
    assert amplified("mixed3") + 0.5 * amplified("mixed5", 74) == parse("mixed3^2 + 0.5*mixed5:74^2")
    assert str(2 * amplified("mixed4") + guided("mixed4", "a^2.jpg")) == "2*mixed4^2 + mixed4@a^2.jpg"


def test_wanted_gathers_channels_by_layer():
    assert parse("mixed5:74 + mixed5:3 + mixed3:1").wanted == {"mixed5": (3, 74), "mixed3": (1,)}
    assert parse("mixed5:74^2 + mixed5:3 + mixed4:1^2").wanted == {"mixed5": (3, 74), "mixed4": (1,)}
    assert parse("mixed5^2").wanted == parse("mixed5").wanted
    assert parse("mixed5:74 + mixed5").wanted == {"mixed5": tuple(range(INCEPTION_V3.layers["mixed5"]))}


def test_guides_are_named_once():
    assert parse("mixed4@a.jpg + mixed5@b.jpg + mixed3@a.jpg").guides == ("a.jpg", "b.jpg")
    assert parse("mixed4@a.jpg").wanted == {"mixed4": tuple(range(INCEPTION_V3.layers["mixed4"]))}
    assert parse("mixed5:74").guides == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("74", "bare number, which names no layer: .*mixed5:74"),
        ("mixed5:768", r"no channel 768 in mixed5; its channels are 0 to 767"),
        ("mixed11:3", r"no layer 'mixed11'; the layers are mixed0, .* mixed10; did you mean 'mixed1"),
        ("mixed5:74:2", "can't be read from ':2' on"),
        ("mixed5:74 +", "can't be read from 'its end' on"),
        ("", "can't be read from 'its end' on"),
        ("-mixed5:74", "can't be read from '-mixed5:74' on"),
        ("0.7*", "can't be read"),
        ("mixed5:x", "can't be read from ':x' on"),
        ("mixed4@", "can't be read from '@' on: .*mixed4@flowers.jpg"),
        ("mixed4^3", r"'mixed4\^3' has the power '3'; the only power is 2: 'mixed4\^2'"),
        ("mixed5:74^2.5", "has the power '2.5'"),
        ("mixed5^-2", "has the power '-2'"),
        ("mixed5^ + mixed4", "'mixed5\\^ ?' has the power ''"),
        ("mixed4^2:74", "can't be read from ':74' on"),
        ("mixed4^2^2", r"can't be read from '\^2' on: .*'mixed4\^2'"),
        ('mixed4@"flowers.jpg"^2', r"can't be read from '\^2' on: .*mixed4@flowers.jpg"),
        ("mixed4:768^2", "no channel 768 in mixed4; its channels are 0 to 767"),
        ("mixed44^2", "no layer 'mixed44'"),
        ("mixed44@flowers.jpg", "no layer 'mixed44'"),
    ],
)
def test_wrong_objectives_say_what_exists(text, message):
    with pytest.raises(UserError, match=message):
        parse(text)
