"""Which sender a name means, and which name is free."""

import pytest

from kaleidocam.errors import UserError
from kaleidocam.sharing.names import free, meant, short

THERE = ["PC (camera)", "PC (camera 2)", "STAGE (OBS)", "plain"]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("PC (camera)", "PC (camera)"),
        ("pc (CAMERA)", "PC (camera)"),
        ("camera", "PC (camera)"),  # of which another is a part
        ("camera 2", "PC (camera 2)"),
        ("obs", "STAGE (OBS)"),
        ("stage", "STAGE (OBS)"),
        ("PLAIN", "plain"),
    ],
)
def test_a_name_or_a_part_of_it_means_one(wanted, name):
    assert meant(wanted, THERE, "NDI") == name


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        ("cam", THERE, "'cam' can mean more than one; there are: PC (camera), PC (camera 2)"),
        ("x", ["one", "two"], "no NDI sender 'x'; there are: one, two"),
        ("x", [], "no NDI sender 'x'; there is none: start one"),
        ("", [], "no NDI sender; there is none: start one"),
        ("", ["one", "two"], "there is more than one NDI sender; give the name of one: one, two"),
        ("a\nb", ["c\x1b[1md"], r"no NDI sender 'a\nb'; there are: c\x1b[1md"),
    ],
)
def test_what_means_none_says_what_there_is(wanted, there, said):
    with pytest.raises(UserError) as caught:
        meant(wanted, there, "NDI")
    assert str(caught.value) == said


def test_without_a_name_the_only_one_is_meant():
    assert meant("", ["STAGE (OBS)"], "NDI") == "STAGE (OBS)"


def test_of_many_only_some_are_listed():
    with pytest.raises(UserError, match="and 12 more$"):
        meant("x", [f"sender {i}" for i in range(20)], "NDI")


def test_the_programs_part_of_a_name():
    assert [short(name) for name in ("PC (a)", "PC (a (b))", "a", "a (b) c", "(a)")] == [
        "a",
        "a (b)",
        "a",
        "a (b) c",
        "(a)",
    ]


def test_a_taken_name_gets_the_first_number_that_is_free():
    assert free("a", []) == "a" and free("a", ["a", "a 2", "a 4"]) == "a 3"
