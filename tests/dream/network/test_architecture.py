"""What an architecture says of itself, by InceptionV3's."""

import pytest

from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.settings.parameters import SMALLEST_GRID


@pytest.mark.parametrize("layer", INCEPTION_V3.layers)
def test_strides_and_sizes_follow_from_the_table(layer):
    number = int(layer.removeprefix("mixed"))
    assert INCEPTION_V3.stride(layer) == (8 if number < 3 else 16 if number < 8 else 32)
    assert INCEPTION_V3.smallest(layer) <= SMALLEST_GRID


def test_a_picture_is_seen_whole_at_the_sizes_that_it_says():
    """As keras.applications has it: no less than 75 pixels a side, and 299, which is 9·32 + 11."""
    assert INCEPTION_V3.smallest("mixed10") == 75 and INCEPTION_V3.exact == 11
    assert (299 - INCEPTION_V3.exact) % INCEPTION_V3.stride("mixed10") == 0


def test_layers_are_whole_and_below_the_weights_what_they_reach():
    assert list(INCEPTION_V3.layers) == [f"mixed{number}" for number in range(11)]
    lower = [conv.name for conv in INCEPTION_V3.convolutions[:50]]
    reached = [layer for layer in INCEPTION_V3.layers if INCEPTION_V3.reaches({layer: (0,)}, lower)]
    assert reached == [f"mixed{number}" for number in range(6)]
