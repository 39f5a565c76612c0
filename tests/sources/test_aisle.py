"""The drawn aisle: the same every time, and its flow is the truth."""

import cv2
import numpy as np
import pytest

from kaleidocam.sources.aisle import Aisle

SIZE = (320, 180)


@pytest.fixture(scope="module")
def frames():
    aisle = Aisle(size=SIZE, fps=15.0, frames=66)
    return [frame.image for frame in iter(aisle.read, None)]


def missed(frames, index, flow, where):
    """Mean gray levels by which frame index - 1, brought along `flow`, misses frame index."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    warped = cv2.remap(frames[index - 1], x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    return np.abs(warped.astype(int) - frames[index])[where].mean()


def test_it_is_the_same_every_time(frames):
    again = Aisle(size=SIZE, fps=15.0, frames=66)
    for frame in frames[:5]:
        np.testing.assert_array_equal(again.read().image, frame)


def test_it_ends_when_asked(frames):
    assert len(frames) == 66


@pytest.mark.parametrize("index", [1, 20, 40, 55, 60])
def test_the_flow_brings_the_frame_before_to_this_one(frames, index):
    flow, seen = Aisle(size=SIZE, fps=15.0).flow(index)
    error = missed(frames, index, flow, seen)
    assert error < 5
    assert error < 0.35 * missed(frames, index, np.zeros_like(flow), seen)
    assert error < 0.25 * missed(frames, index, -flow, seen)  # negative control: the other direction


def test_what_the_passer_by_uncovers_is_not_seen(frames):
    flow, seen = Aisle(size=SIZE, fps=15.0).flow(60)
    assert 0.001 < (~seen).mean() < 0.1
    assert missed(frames, 60, flow, ~seen) > 5 * missed(frames, 60, flow, seen)


def test_the_passer_by_moves_otherwise_than_the_shop():
    aisle = Aisle(size=SIZE, fps=15.0)
    met = aisle._alpha(aisle._moment(60)) > 0.99
    assert met.mean() > 0.03
    flow, _ = aisle.flow(60)
    behind = flow[:, SIZE[0] // 2 :][~met[:, SIZE[0] // 2 :]]
    assert np.linalg.norm(flow[met].mean(0) - behind.mean(0)) > 1


def test_the_first_frame_has_no_flow():
    with pytest.raises(ValueError, match="flow begins at 1"):
        Aisle(size=SIZE, fps=15.0).flow(0)


def test_the_walk_goes_on_for_an_hour_without_losing_precision():
    late = Aisle(size=SIZE, fps=30.0)
    flow, seen = late.flow(108_000)
    late._index = 107_999
    before, now = late.read().image, late.read().image
    assert seen.mean() > 0.9
    assert missed({107_999: before, 108_000: now}, 108_000, flow, seen) < 5
