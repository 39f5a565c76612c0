"""The levels of a universe, from one sender or several."""

from dataclasses import dataclass, field

import pytest

from kaleidocam.control.dmx_packet import Packet
from kaleidocam.control.dmx_universe import MOST_SENDERS, Universe

LOST = 2.5


@dataclass
class Heard:
    """A universe of channels 3 to 6, and what it told."""

    again: bool = False
    lines: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.universe = Universe("DMX", 3, 6, lost_seconds=LOST, again=self.again, told=self.lines.append)

    def take(self, levels, now=0.0, who="A", **more):
        self.universe.take(Packet(1, bytes(levels), who, f"desk {who}", **more), now)

    def levels(self, now=0.0):
        return list(self.universe.levels(now))


def test_the_fixture_s_part_of_it():
    heard = Heard()
    assert heard.levels() == []
    heard.take(range(1, 11))
    assert heard.levels() == [3, 4, 5, 6]
    assert heard.lines == ["DMX is there, from desk A"]


def test_a_short_packet_leaves_the_rest_as_it_was():
    heard = Heard()
    heard.take([0, 0, 7])
    assert heard.levels() == [7]
    heard.take(range(1, 11))
    heard.take([0, 0, 9, 9])
    assert heard.levels() == [9, 9, 5, 6]
    heard.take([0])
    assert heard.levels() == [9, 9, 5, 6]


@pytest.mark.parametrize(
    ("again", "before", "after", "is_taken"),
    [
        (False, 1, 2, True),
        (False, 255, 0, True),
        (False, 5, 5, False),
        (False, 5, 4, False),
        (False, 1, 250, False),
        (False, 100, 81, False),
        (False, 100, 80, True),  # further back: it began anew
        (True, 5, 5, True),
        (True, 5, 4, False),
        (True, 5, 200, True),
        (True, None, 4, True),
        (True, 4, None, True),
    ],
)
def test_what_comes_too_late_is_dropped(again, before, after, is_taken):
    heard = Heard(again)
    heard.take([1] * 10, sequence=before)
    heard.take([2] * 10, sequence=after)
    assert heard.levels() == [2 if is_taken else 1] * 4


def test_the_highest_priority_counts_while_it_is_there():
    heard = Heard()
    heard.take([1] * 10, 0.0, "A", priority=100)
    heard.take([9] * 10, 0.0, "B", priority=99)
    assert heard.levels(0.0) == [1] * 4
    heard.take([8] * 10, 2.0, "B", priority=99)
    assert heard.levels(2.0) == [1] * 4
    assert heard.levels(LOST + 0.1) == [8] * 4  # A is gone
    heard.take([3] * 10, 3.0, "A", priority=100)
    assert heard.levels(3.0) == [3] * 4
    assert heard.lines == ["DMX is there, from desk A"]


def test_the_highest_level_counts_of_equals_and_that_is_said_once():
    heard = Heard()
    heard.take([0, 0, 9, 1, 5, 0], who="A")
    for _ in range(3):
        heard.take([0, 0, 2, 8], who="B")
    assert heard.levels() == [9, 8, 5, 0]
    assert heard.lines[1:] == ["DMX comes from desk A and desk B: the highest level of each channel counts"]
    for level in (0, 1):
        heard.take([level] * 10, who="A")
    assert heard.levels() == [2, 8, 1, 1] and len(heard.lines) == 2


def test_loss_and_return_are_said_once_each():
    heard = Heard()
    heard.take([7] * 10, 0.0)
    assert heard.levels(LOST) == [7] * 4
    assert heard.levels(LOST + 0.1) == heard.levels(LOST + 9) == []
    heard.take([8] * 10, 20.0, sequence=3)
    assert heard.lines[1:] == [
        "DMX: nothing comes from desk A any more; the last look stays",
        "DMX is back, from desk A",
    ]
    assert heard.levels(20.0) == [8] * 4


def test_a_sender_that_ends():
    heard = Heard()
    heard.take([7] * 10, sequence=5)
    for sequence in (6, 7, 8):
        heard.take([], sequence=sequence, ends=True)
    assert heard.levels() == []
    assert heard.lines[1:] == ["DMX was ended by desk A; the last look stays"]
    heard.take([1] * 10, sequence=5)  # its numbers begin anew
    assert heard.levels() == [1] * 4


def test_the_end_of_one_of_two_is_not_the_end():
    heard = Heard()
    heard.take([7] * 10, who="A")
    heard.take([5] * 10, who="B")
    heard.take([], who="A", ends=True)
    assert heard.levels() == [5] * 4 and not any("ended" in line for line in heard.lines)


def test_there_is_a_most_of_senders():
    heard = Heard()
    for who in range(1000):
        heard.take([who % 256] * 10, who=who)
    assert heard.levels() == [MOST_SENDERS - 1] * 4
    assert sum(f"more than {MOST_SENDERS} senders" in line for line in heard.lines) == 1
    assert len(heard.lines) <= MOST_SENDERS + 2
