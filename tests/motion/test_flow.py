"""Motion against truth: known slides, uncovered places, cuts, and the drawn aisle's exact flow."""

import cv2
import numpy as np
import pytest
from moving import Moving, texture

from kaleidocam.motion.flow import (
    PRESETS,
    WEAR,
    Motion,
    Tracker,
    consistency,
    filled_in,
    likeness,
    plain,
    unworn,
    within,
)
from kaleidocam.motion.warp import STILL, compose, sample, steadied, way_of
from kaleidocam.sources.aisle import Aisle


def slide(dx, dy=0, size=(160, 96)):
    picture = texture(3, (size[0] + 80, size[1] + 80))
    return [picture[40 - dy * i : 40 - dy * i + size[1], 40 - dx * i : 40 - dx * i + size[0]] for i in range(2)]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (4, 0), (-6, 3)])
def test_a_slide_is_measured_from_new_to_old(preset, dx, dy):
    tracker, (before, now) = Tracker(preset), slide(dx, dy)
    tracker(before)
    motion = tracker(now)
    middle = motion.flow[20:-20, 20:-20]
    np.testing.assert_allclose(np.median(middle, axis=(0, 1)), [-dx, -dy], atol=0.3)
    assert motion.trust[20:-20, 20:-20].mean() > 0.9 and not motion.cut


@pytest.mark.parametrize("index", [1, 25, 40, 58, 60])
def test_the_aisles_exact_flow_is_matched(index):
    aisle, tracker = Aisle(size=(320, 180), fps=15.0), Tracker("fast")
    frames = [aisle.read().image for _ in range(index + 1)]
    tracker(frames[index - 1])
    motion = tracker(frames[index])
    truth, seen = aisle.flow(index)
    error = np.linalg.norm(motion.flow - truth, axis=2)
    trusted = seen & (motion.trust > 0.5)
    assert np.median(error[trusted]) < 0.6
    assert trusted.mean() > 0.5


def test_what_the_passer_by_uncovers_is_not_trusted():
    aisle, tracker = Aisle(size=(320, 180), fps=15.0), Tracker("fast")
    frames = [aisle.read().image for _ in range(61)]
    tracker(frames[59])
    motion = tracker(frames[60])
    _, seen = aisle.flow(60)
    assert (~seen).sum() > 300
    assert motion.trust[~seen].mean() < 0.5 * motion.trust[seen].mean()


def test_the_wrong_direction_is_worse():
    """Negative control: the flow from old to new, used as many do, misses the truth."""
    aisle = Aisle(size=(320, 180), fps=15.0)
    frames = [cv2.cvtColor(aisle.read().image, cv2.COLOR_BGR2GRAY) for _ in range(10)]
    truth, seen = aisle.flow(9)
    dis = cv2.DISOpticalFlow_create(PRESETS["fast"])
    right = np.linalg.norm(dis.calc(frames[9], frames[8], None) - truth, axis=2)[seen]
    wrong = np.linalg.norm(dis.calc(frames[8], frames[9], None) - truth, axis=2)[seen]
    assert right.mean() < 0.7 * wrong.mean()


def test_motions_compose():
    first = Motion(np.full((96, 160, 2), (3, 0), np.float32), np.ones((96, 160), np.float32))
    second = Motion(np.full((96, 160, 2), (1, -2), np.float32), np.full((96, 160), 0.5, np.float32))
    both = second.after(first)
    np.testing.assert_allclose(both.flow[50, 80], [4, -2])
    assert both.trust[50, 80] == pytest.approx(0.5) and not both.cut
    cut = Motion(first.flow, first.trust, cut=True)
    assert second.after(cut).cut and cut.after(second).cut
    layer = texture(1).astype(np.float32)
    whole = both.carry(layer) / unworn(both.flow)[..., None]
    steps = second.carry(first.carry(layer)) / (unworn(second.flow) * unworn(first.flow))[..., None]
    np.testing.assert_allclose(whole[20:-20, 20:-20], steps[20:-20, 20:-20], atol=2e-3)


def test_a_dream_goes_where_its_place_in_the_world_went():
    """Flow leads from new to old: a world that went right and up has flow to the left and down, and so on."""
    layer = np.zeros((96, 160, 3), np.float32)
    layer[50, 80] = 1
    for right, down in ((12, 0), (-7, 0), (0, 9), (5, -20)):
        flow = np.full((96, 160, 2), (-right, -down), np.float32)
        for smooth in (False, True):
            carried = Motion(flow, np.ones((96, 160), np.float32)).carry(layer, smooth=smooth)
            assert np.unravel_index(carried[..., 0].argmax(), (96, 160)) == (50 + down, 80 + right)
    half = Motion(flow / 2, np.ones((96, 160), np.float32))  # its flow is measured at another size than the layer's
    carried = half.carry(cv2.resize(layer, (320, 192)), (192, 320))
    assert np.unravel_index(carried[..., 0].argmax(), (192, 320))[1] == pytest.approx(2 * 80 + 5, abs=1)


def test_two_motions_that_differ_from_place_to_place_compose_in_their_order():
    """Each is a zoom or a shear, so where it all was two frames ago can be told without any sampling."""
    x, y = np.meshgrid(np.arange(160, dtype=np.float32), np.arange(96, dtype=np.float32))
    zoomed = np.dstack([(x - 80) * -0.2, (y - 48) * -0.2])  # the newer: everything was nearer to (80, 48)
    sheared = np.dstack([0.25 * y, np.zeros_like(y)])  # the older: the lower, the farther to the right it was
    earlier = Motion(sheared, np.where(x < 60, 0, 1).astype(np.float32))
    newer = Motion(zoomed, np.where(y < 20, 0.5, 1).astype(np.float32))
    both = newer.after(earlier)
    between = 80 + (x - 80) * 0.8, 48 + (y - 48) * 0.8
    was = np.dstack([between[0] + 0.25 * between[1], between[1]])
    np.testing.assert_allclose(both.flow + np.dstack([x, y]), was, atol=0.02)  # OpenCV samples at 32nds of a pixel
    sure = np.abs(between[0] - 60) > 1
    # What the earlier frame could not be trusted for, the two together cannot: at the place where it lies by now.
    trusted = np.where(between[0] < 60, 0, 1) * np.where(y < 20, 0.5, 1)
    np.testing.assert_allclose(both.trust[sure], trusted[sure], atol=1e-5)


def test_a_dream_that_a_pan_carries_across_the_picture_goes_over_into_a_fresh_one():
    """About a third of it remains after a whole width, on any grid, however many frames the pan took."""
    for width, frames in ((160, 1), (160, 20), (320, 20)):
        layer, shape = np.ones((96, width, 3), np.float32), (96, width)
        pan = Motion(np.full((*shape, 2), (width / frames, 0), np.float32), np.ones(shape, np.float32))
        for _ in range(frames):
            layer = pan.carry(layer)
        assert 0.25 < layer.mean() < 0.4


def test_what_is_carried_wears_off_by_the_way():
    layer = np.ones((96, 160, 3), np.float32)

    def carried(way):
        return Motion(np.full((96, 160, 2), (-way, 0), np.float32), np.ones((96, 160), np.float32)).carry(layer)

    np.testing.assert_array_equal(carried(0), layer)
    np.testing.assert_array_equal(carried(STILL / 2), layer)  # measured noise wears nothing off
    np.testing.assert_allclose(carried(160 * WEAR), 0.5, rtol=1e-5)
    np.testing.assert_allclose(carried(160 * WEAR / 2) ** 2, 0.5, rtol=1e-5)  # two half ways are a whole one


def test_tiny_flow_does_not_blur():
    layer = np.random.default_rng(0).normal(size=(96, 160, 3)).astype(np.float32)
    tiny = Motion(np.full((96, 160, 2), 0.05, np.float32), np.ones((96, 160), np.float32))
    np.testing.assert_array_equal(tiny.carry(layer), layer)
    np.testing.assert_array_equal(tiny.carry(layer, smooth=True), layer)


@pytest.mark.parametrize(("smooth", "off"), [(True, 0.1), (False, 1.5)])  # OpenCV's cubic kernel goes a little ahead
def test_a_slow_pan_is_followed_too(smooth, off):
    """An eighth of a pixel a frame is no noise: in a second it is four pixels."""
    layer = np.zeros((96, 160, 3), np.float32)
    layer[:, 70:90] = 1
    pan = Motion(np.full((96, 160, 2), (-0.125, 0), np.float32), np.ones((96, 160), np.float32))
    for _ in range(32):
        layer = pan.carry(layer, smooth=smooth)
    assert layer[48, :, 0] @ np.arange(160) / layer[48, :, 0].sum() == pytest.approx(79.5 + 4, abs=off)


def test_composition_follows_the_path():
    older = np.zeros((96, 160, 2), np.float32)
    older[:, 80:] = (5, 0)
    newer = np.full((96, 160, 2), (40, 0), np.float32)
    np.testing.assert_allclose(compose(newer, older)[50, 60], [45, 0])  # reads the older flow where it comes from
    np.testing.assert_allclose(compose(newer, older)[50, 20], [40, 0])
    np.testing.assert_allclose(sample(older, newer)[50, 60], [5, 0])


def test_the_first_frame_is_a_cut_and_reset_makes_the_next_one_first():
    tracker, (before, now) = Tracker(), slide(2)
    assert tracker(before).cut and not tracker(now).cut
    tracker.reset()
    assert tracker(now).cut


def test_cuts_are_found_where_they_are_and_nowhere_else():
    tracker, source = Tracker(), Moving(30, speed=3, cuts=(11, 12, 25))
    cuts = [frame.index for frame in iter(source.read, None) if tracker(frame.image).cut]
    assert cuts == [0, 11, 12, 25]


def test_the_walk_through_the_aisle_has_no_cut():
    tracker, aisle = Tracker(), Aisle(size=(320, 180), fps=15.0, frames=60)
    assert [frame.index for frame in iter(aisle.read, None) if tracker(frame.image).cut] == [0]


def test_a_flash_is_not_a_cut_to_elsewhere():
    """A brightening of the same scene keeps the dream where the flow still holds."""
    tracker, picture = Tracker(), texture(5) // 2
    tracker(picture)
    assert not tracker(cv2.convertScaleAbs(picture, alpha=1.15)).cut


def test_motion_goes_on_when_the_grid_changes():
    """What was seen at one size is understood at the next: the same motion, in the pixels of the new grid."""
    tracker, first, motions = Tracker("medium"), texture(4, (320, 192)), []
    for i, size in enumerate([(320, 192), (320, 192), (240, 144), (240, 144)]):
        motions.append(tracker(cv2.resize(np.roll(first, 4 * i, 1), size, interpolation=cv2.INTER_AREA)))
    assert not any(motion.cut for motion in motions[1:])
    inner = np.s_[16:-16, 32:-16]
    assert np.median(motions[1].flow[inner][..., 0]) == pytest.approx(-4, abs=0.3)
    assert np.median(motions[2].flow[inner][..., 0]) == pytest.approx(-3, abs=0.3)
    both = motions[2].after(motions[1])
    assert both.flow.shape == (144, 240, 2)
    assert np.median(both.flow[inner][..., 0]) == pytest.approx(-6, abs=0.5)
    carried = motions[2].carry(np.ones((192, 320, 3), np.float32))
    assert carried.shape == (144, 240, 3)
    assert np.median(carried[..., 0] / unworn(motions[2].flow)) == pytest.approx(1, abs=0.01)


def test_on_a_plain_wall_the_flow_is_that_of_what_is_round_about():
    """Where nothing can tell how it moved, the two flows are two guesses: no reason to clear what is carried."""
    rng = np.random.default_rng(5)

    def picture(step):
        image = np.roll(texture(6, (320, 192)), 2 * step, 1)
        image[60:140, 100:220] = 128
        return np.uint8(np.clip(image + rng.normal(0, 1.5, image.shape), 0, 255))  # a camera's own noise

    for preset in PRESETS:
        tracker = Tracker(preset)
        motions = [tracker(picture(step)) for step in range(4)][1:]
        wall = np.s_[75:125, 115:205]
        assert np.mean([motion.trust[wall] for motion in motions]) > 0.9, preset


def test_a_flow_that_does_not_agree_is_filled_in_from_round_about():
    flow, agreement = np.full((96, 160, 2), (3, -1), np.float32), np.ones((96, 160), np.float32)
    flow[40:50, 70:80], agreement[40:50, 70:80] = (-20, 9), 0
    filled = filled_in(flow, agreement)
    np.testing.assert_allclose(filled, np.broadcast_to(np.float32((3, -1)), flow.shape), atol=1e-3)
    np.testing.assert_allclose(filled_in(flow, np.ones_like(agreement)), flow, rtol=1e-5)
    assert not filled_in(flow, np.zeros_like(agreement)).any()  # nothing is known: taken for still


def test_unknown_flow_is_that_of_its_own_neighborhood():
    """Four parts that move each its own way, with a hole in each."""
    flow, agreement = np.zeros((96, 160, 2), np.float32), np.ones((96, 160), np.float32)
    ways = {(0, 0): (4, 0), (0, 80): (0, 4), (48, 0): (-4, 0), (48, 80): (0, -4)}
    for (top, left), way in ways.items():
        flow[top : top + 48, left : left + 80] = way
        hole = np.s_[top + 22 : top + 26, left + 38 : left + 42]
        flow[hole], agreement[hole] = (30, 30), 0
    filled = filled_in(flow, agreement)
    for (top, left), way in ways.items():
        np.testing.assert_allclose(filled[top + 24, left + 40], way, atol=0.05)


@pytest.mark.parametrize("turn", range(4))
def test_two_flows_agree_if_they_lead_back_to_the_start(turn):
    """To a pixel at rest; to about three of twenty in fast motion, where each is less exact."""

    def agreed(backward, forward):
        way = np.float32([(1, 0), (0, 1), (-1, 0), (0, -1)][turn])
        flows = (np.full((32, 32, 2), length * way, np.float32) for length in (backward, forward))
        return consistency(*flows)[16, 16]

    assert agreed(5, -5) == agreed(-12, 12) == agreed(0, 1) == 1
    assert agreed(0, 1.5) == agreed(5, 5) == agreed(20, -15.5) == agreed(3, 0) == 0
    assert agreed(20, -17) > 0.8 and 0 < agreed(0, 1.2) < 1


def test_noise_is_the_same_thing_and_another_thing_is_not():
    """Trust multiplies from frame to frame, so noise of a few gray levels must not cost anything at all."""
    here, still = np.full((32, 32), 100, np.uint8), np.zeros((32, 32, 2), np.float32)
    for sign in (-1, 1):
        alike = [
            likeness(here, np.uint8(here.astype(int) + sign * off), still)[16, 16] for off in (0, 9, 13, 22, 26, 90)
        ]
        assert alike[:2] == [1, 1] and alike[4:] == [0, 0] and 1 > alike[2] > 0.6 > 0.4 > alike[3] > 0
    before = np.zeros((32, 32), np.uint8)
    before[:, 12:] = 200
    assert likeness(here + 100, before, np.full((32, 32, 2), (8, 0), np.float32))[16, 6] == 1  # where it comes from


@pytest.mark.parametrize("turn", range(4))
def test_what_came_in_over_a_border_is_new(turn):
    """At each of the four borders: to a pixel beyond it nothing is lost, from three on all is."""
    way = [(1, 0), (0, 1), (-1, 0), (0, -1)][turn]

    def at_border(length, inward=0):
        inside = within(np.full((96, 160, 2), np.float32(way) * length, np.float32))
        return [inside[48, 159 - inward], inside[95 - inward, 80], inside[48, inward], inside[inward, 80]][turn]

    assert at_border(0) == at_border(0.9) == at_border(6, 5) == at_border(-20) == 1
    assert at_border(2) == pytest.approx(0.5) and 0 < at_border(2.8) < 0.2
    assert at_border(3.1) == at_border(6, 2) == at_border(30, 10) == 0


def test_noise_of_a_camera_costs_nothing_and_a_small_new_thing_is_seen():
    rng, picture, tracker = np.random.default_rng(1), texture(1) // 2 + 40, Tracker()
    noisy = [np.uint8(np.clip(picture + rng.normal(0, 12, picture.shape), 0, 255)) for _ in range(4)]
    assert np.mean([tracker(each).trust for each in noisy][1:]) > 0.995
    tracker = Tracker()
    for _ in range(3):
        trust = tracker(picture).trust
    assert trust.min() == 1
    picture[40:43, 70:73] += 80
    trust = tracker(picture).trust
    assert trust[41, 71] == 0 and trust[41, 50] == trust[41, 90] == trust[20, 71] == trust[62, 71] == 1


def test_what_is_new_takes_its_neighbors_along_by_a_pixel_each_way(monkeypatch):
    """Its very edge is a mix of new and old."""
    alike = np.ones((96, 160), np.float32)
    alike[40:44, 70:80] = 0
    monkeypatch.setattr("kaleidocam.motion.flow.likeness", lambda *pictures: alike)
    tracker = Tracker()
    tracker(texture(1))
    rows, columns = np.nonzero(tracker(texture(1)).trust < 1)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (39, 44, 69, 80)


def test_plain_is_plain_in_spite_of_noise():
    """Checks of so many gray levels up and down."""
    check = np.indices((96, 160)).sum(0) % 2 * 2 - 1
    plains = [plain((100 + check * by).astype(np.uint8))[48, 80] for by in (0, 2, 4, 5, 7, 40)]
    assert plains[:2] == [1, 1] and plains[4:] == [0, 0] and 1 > plains[2] > 0.5 > plains[3] > 0


def test_before_the_first_frame_nothing_moved_and_nothing_is_kept():
    motion = Tracker()(texture(1))
    assert motion.flow.shape == (96, 160, 2) and motion.trust.shape == (96, 160)
    assert not motion.flow.any() and not motion.trust.any()


def test_plain_is_what_has_no_detail():
    gray = np.full((96, 160), 90, np.uint8)
    gray[:, 80:] = texture(7, (80, 96))[..., 0]
    assert plain(gray)[20:-20, 10:60].min() == 1 and plain(gray)[20:-20, 100:150].mean() < 0.3


def test_after_a_cut_nothing_of_the_old_shot_is_left():
    """DIS itself goes on from its last flow where it is given none."""
    used, fresh = Tracker(), Tracker()
    for x in (0, 6, 12, 18):
        used(np.roll(texture(1), x, axis=1))
    assert used(texture(2)).cut and fresh(texture(2)).cut
    for x in (3, 6):
        now = np.roll(texture(2), x, axis=1)
        np.testing.assert_array_equal(used(now).flow, fresh(now).flow)


def test_a_tracker_goes_on_from_its_memory():
    whole, pictures = Tracker(), [np.roll(texture(1 + (x > 5)), 3 * x, axis=1) for x in range(12)]
    motions, memories = [], []
    for picture in pictures:
        motions.append(whole(picture))
        memories.append(whole.state())
    for at in range(len(pictures) - 1):
        again = Tracker()
        again.restore(memories[at])
        for picture, motion in zip(pictures[at + 1 :], motions[at + 1 :], strict=True):
            now = again(picture)
            np.testing.assert_array_equal(now.flow, motion.flow)
            np.testing.assert_array_equal(now.trust, motion.trust)
            assert now.cut == motion.cut


@pytest.mark.parametrize(
    "measure",
    [
        way_of,
        unworn,
        steadied,
        lambda flow: compose(flow, flow),
        lambda flow: Motion(flow, np.ones(flow.shape[:2], np.float32)).carry(flow),
    ],
)
def test_a_result_does_not_depend_on_where_it_lies_in_memory(measure):
    flow, kept, results = np.random.default_rng(3).normal(0, 9, (97, 161, 2)).astype(np.float32), [], set()
    for size in range(1, 400):
        kept.append(np.empty(size * 16, np.uint8))  # other places for what comes next
        results.add(measure(flow).tobytes())
    assert len(results) == 1
