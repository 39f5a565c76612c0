"""What several runs say together."""

import pytest
from speed.rounds import ratios, spread, spreads


def test_a_figure_is_told_with_its_spread():
    found = spreads([{"fps": 20.0, "gone": 1.0}, {"fps": 30.0}, {"fps": 22.0}])
    assert list(found) == ["fps"]
    assert (found["fps"].lowest, found["fps"].median, found["fps"].highest) == (20.0, 22.0, 30.0)
    assert found["fps"].runs == (20.0, 30.0, 22.0)
    assert str(spread([1.0, 2.0])).split() == ["1.000", "1.500", "2.000"]


def test_two_are_compared_round_by_round():
    """The machine was twice as fast in the second round; the ratio does not see it."""
    ours = [{"s": 10.0, "dropped": 1.0}, {"s": 5.0, "dropped": 0.0}]
    theirs = [{"s": 20.0, "dropped": 0.0}, {"s": 10.0, "dropped": 2.0}]
    found = ratios(ours, theirs)
    assert found["s"].runs == pytest.approx((0.5, 0.5))
    assert "dropped" not in found  # nothing can be divided by none
