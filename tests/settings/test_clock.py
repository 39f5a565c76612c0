"""Times as people write them, read in one way."""

import pytest

from kaleidocam.cli.options import seconds
from kaleidocam.errors import UserError
from kaleidocam.film.moments import Length
from kaleidocam.film.shots import parse_cuts
from kaleidocam.settings.clock import clock_of, seconds_of

TIMES = {
    "0": 0.0,
    "90": 90.0,
    ".5": 0.5,
    "12.": 12.0,
    " 7 ": 7.0,
    "1:30": 90.0,
    "1:5": 65.0,
    "90:00": 5400.0,
    "0:01:30.5": 90.5,
    "100:00:00": 360000.0,
}


@pytest.mark.parametrize(("text", "wanted"), TIMES.items())
def test_a_time_is_the_same_wherever_it_is_given(text, wanted):
    assert seconds_of(text) == seconds(text) == wanted
    assert parse_cuts(text).given == (wanted,)
    assert Length.of(text).amount == wanted and Length.of(text).unit == "s"


@pytest.mark.parametrize(
    "text",
    ["", ":", "1:", ":30", "1:90", "1:60:00", "0:60:10", "1:2:3:4", "-1", "+1", "1e3", "nan", "inf", "1.5:30"],
)
def test_what_is_no_time_is_said_in_one_way(text):
    with pytest.raises(UserError, match=r"is no time; write seconds, m:ss or h:mm:ss, with minutes and seconds below"):
        seconds_of(text)


@pytest.mark.parametrize(("at", "text"), [(0, "0:00.0"), (62.54, "1:02.5"), (59.96, "1:00.0"), (3600, "60:00.0")])
def test_a_time_is_written_to_a_tenth(at, text):
    assert clock_of(at) == text
