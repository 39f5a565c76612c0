"""How the layer grows: settled, averaged, scale by scale, and quicker where it is new."""

import numpy as np
import pytest

from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.motion.flow import Motion
from kaleidocam.picture.growth import LONGEST_STEP, Growth, octaves_of
from kaleidocam.settings.parameters import Look

ALONE = {"scales": 1, "onset": 0}


def still(shape, cut=False):
    return Motion(np.zeros((*shape[:2], 2), np.float32), np.ones(shape[:2], np.float32), cut)


def grown(image, look, dreamer, seconds=1 / 30, times=1, growth=None):
    growth = growth or Growth()
    for _ in range(times):
        growth.move(still(image.shape), None, image.shape, look)
        growth.pass_time(seconds, look)
        growth.ascend(image, seconds, look, dreamer, lambda direction: direction)
    return growth


def test_an_endless_pull_to_white_neither_saturates_nor_drifts():
    """A dreamer that only ever brightens: the layer must settle, not creep."""
    x, growth, levels = to_network(np.full((96, 160, 3), 90, np.uint8)), Growth(), []
    for _ in range(600):
        levels.append(float(grown(x, Look(half_life=3), lambda im, s, look: im + s, growth=growth).layer.mean()))
    assert levels[-1] < 0.75 and abs(levels[-1] - levels[300]) < 0.01


def test_steps_share_the_time():
    seconds = []
    grown(np.zeros((96, 96, 3), np.float32), Look(steps=3, **ALONE), lambda im, s, look: seconds.append(s) or im, 0.06)
    assert seconds[1:] == pytest.approx([0.02] * 2)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_from_the_first_on_each_step_stands_for_the_time_since_the_one_before(fps):
    seconds, x = [], np.zeros((96, 96, 3), np.float32)

    def dreamer(im, s, look):
        seconds.append(s)
        return im

    growth = grown(x, Look(**ALONE), dreamer, 1 / fps, 3)
    growth.move(still(x.shape, cut=True), None, x.shape, Look(**ALONE))
    grown(x, Look(**ALONE), dreamer, 1 / fps, 2, growth)
    assert seconds == pytest.approx([1 / fps] * 5)


def test_between_steps_the_layer_goes_on_as_far_as_its_drives_say_and_no_stall_makes_it_jump():
    x, look = np.zeros((96, 96, 3), np.float32), Look(inertia=0.15, half_life=60, limit=2, **ALONE)
    pattern = np.float32(0.5 * np.sign(np.sin(np.arange(96)))[:, None, None])
    growth = grown(x, look, lambda im, s, look: im + np.float32(s) * pattern, times=12)
    memory, gone = growth.state(), {}
    for seconds in (1 / 60, 1 / 30, 0.1, 0.15):
        growth.restore(memory)
        growth.glide(x, seconds, look)
        gone[seconds] = growth.layer - memory["layer"]
    np.testing.assert_allclose(gone[1 / 30], 2 * gone[1 / 60], atol=1e-3)
    np.testing.assert_allclose(gone[1 / 30], pattern / 30 + 0 * x, atol=2e-3)
    moves = {seconds: np.abs(gone[seconds]).mean() for seconds in gone}
    assert moves[0.1] > 2 * moves[1 / 30]
    assert moves[0.15] == pytest.approx(moves[0.1], rel=0.15)


def test_the_dreamer_is_shown_the_picture_with_its_dream():
    rng, look, shown = np.random.default_rng(6), Look(**ALONE), []
    x = to_network(rng.integers(0, 256, (96, 96, 3), dtype=np.uint8))

    def dreamer(im, s, look):
        shown.append(im.copy())
        return im + np.float32(s) * rng.normal(0, 2, im.shape).astype(np.float32)

    growth = grown(x, look, dreamer, times=4)
    growth.move(still(x.shape), None, x.shape, look)
    before = x + growth.layer
    growth.ascend(x, 1 / 30, look, dreamer, lambda direction: direction)
    np.testing.assert_allclose(shown[-1], before, atol=1e-6)
    assert np.abs(before - x).mean() > 0.02


@pytest.mark.parametrize("fps", [15, 30])
@pytest.mark.parametrize("scales", [1, 2, 3])
def test_a_drive_falls_to_half_in_the_time_of_its_inertia_at_any_scale_and_rate(scales, fps):
    """However seldom its octave is asked: 12 steps at 30 frames a second, 4 each where there are three octaves."""
    x = np.zeros((190, 190, 3), np.float32)
    look = Look(inertia=0.4, scales=scales, onset=0, spacing=1.4)
    growth = grown(x, look, lambda im, s, look: im + np.float32(0.1 * s), 1 / fps, 36)
    before = growth.state()["drives"]
    assert len(before) == scales
    for drive in before.values():
        np.testing.assert_allclose(drive[..., 0] / drive[..., 3], 0.1, rtol=1e-3)  # per second
        assert drive[..., 3].min() > 0.8
    grown(x, look, lambda im, s, look: im, 1 / fps, round(0.4 * fps), growth)
    for name, drive in growth.state()["drives"].items():
        np.testing.assert_allclose(drive[..., :3], before[name][..., :3] / 2, rtol=1e-3)


def test_a_burst_is_so_many_frames_at_fifteen_a_second():
    """The dream after it is the one that would have grown meanwhile, at every scale."""
    rng, x, look = (
        np.random.default_rng(5),
        np.zeros((190, 190, 3), np.float32),
        Look(scales=3, spacing=1.4, burst=6, half_life=60),
    )
    steps = rng.normal(0, 1, (6, *x.shape)).astype(np.float32)

    def dreamer(im, s, look):
        dreamer.turn += 1
        return im + np.float32(s) * steps[dreamer.turn][: im.shape[0], : im.shape[1]]

    dreamer.turn = -1
    slow = grown(x, look, dreamer, 1 / 15, 6)
    burst, dreamer.turn = Growth(), -1
    burst.move(still(x.shape, cut=True), None, x.shape, look)
    burst.burst(x, look, dreamer, lambda direction: direction)
    assert dreamer.turn == 5 and np.abs(slow.layer).mean() > 0.02
    np.testing.assert_allclose(burst.layer, slow.layer, atol=0.02 * np.abs(slow.layer).max())


def test_a_stall_is_not_one_violent_step():
    seconds = []
    grown(np.zeros((96, 96, 3), np.float32), Look(), lambda im, s, look: seconds.append(s) or im, 30.0)
    assert seconds == [LONGEST_STEP] and 0.05 <= LONGEST_STEP < 0.15  # shorter than anybody takes for a jump


@pytest.mark.parametrize("scales", [1, 3])
def test_steps_that_contradict_each_other_cancel_and_what_they_agree_on_stays(scales):
    """A dreamer whose every step is mostly random: inertia keeps the common course and drops the rest."""
    course = np.random.default_rng(8).normal(0, 1, (150, 180, 3)).astype(np.float32)

    def followed(inertia):
        rng, x = np.random.default_rng(9), np.zeros(course.shape, np.float32)
        growth, moves = Growth(), []

        def dreamer(im, s, look):
            if im.shape != course.shape:
                return im + 0.2 * s * rng.normal(0, 3, im.shape).astype(np.float32)
            return im + 0.2 * s * (course + rng.normal(0, 3, x.shape)).astype(np.float32)

        for _ in range(60):
            before = np.zeros_like(x) if growth.layer is None else growth.layer
            grown(x, Look(inertia=inertia, scales=scales, onset=0, half_life=60), dreamer, growth=growth)
            moves.append(float(np.square(growth.layer - before).mean()))
        return np.corrcoef(growth.layer.ravel(), course.ravel())[0, 1], np.mean(moves[10:])

    (common, restless), (common_plain, restless_plain) = followed(0.5), followed(0.0)
    assert common > 0.9 * common_plain and restless < restless_plain / 2


def test_the_network_sees_one_scale_a_turn_coarsest_first():
    asked = []
    look = Look(scales=3, spacing=1.5)
    x = np.zeros((216, 330, 3), np.float32)
    grown(x, look, lambda im, s, look: asked.append(im.shape[:2]) or im, times=6)
    assert asked == [(96, 147), (144, 220), (216, 330)] * 2


def test_a_small_grid_has_fewer_scales_and_one_scale_is_the_grid_alone():
    assert octaves_of((100, 180), Look(scales=4)) == [(100, 180)]
    assert octaves_of((360, 640, 3), Look(scales=1)) == [(360, 640)]
    assert octaves_of((360, 640, 3), Look(scales=2, spacing=2)) == [(180, 320), (360, 640)]


def test_all_scales_that_say_the_same_say_it_as_one_does():
    """A pull that every scale agrees on grows as with a single one."""
    x = np.zeros((200, 300, 3), np.float32)
    levels = []
    for scales in (1, 3):
        look = Look(scales=scales, onset=0, inertia=0)
        growth = grown(x, look, lambda im, s, look: im + np.float32(0.5 * s), 1 / 30, 12)
        levels.append(growth.layer.mean())
    assert levels[1] == pytest.approx(levels[0], rel=0.05)


@pytest.mark.parametrize("scales", [1, 3])
def test_what_is_new_grows_faster_and_then_as_the_rest(scales):
    """A place whose drive was cleared grows `onset` times more at first; once it is settled it is as any other."""
    x, look = np.zeros((200, 300, 3), np.float32), Look(scales=scales, onset=2, inertia=0.15, half_life=60, limit=2)

    def dreamer(im, s, look):
        return im + np.float32(0.05 * s)

    growth = grown(x, look, dreamer, 1 / 30, 60)
    trust = np.ones(x.shape[:2], np.float32)
    trust[:, 150:] = 0
    growth.move(Motion(np.zeros((*x.shape[:2], 2), np.float32), trust), None, x.shape, look)
    before = growth.layer.copy()
    growth.ascend(x, 1 / 30, look, dreamer, lambda direction: direction)
    first = growth.layer - before
    assert first[100, 250].mean() > 1.5 * first[100, 50].mean()
    grown(x, look, dreamer, 1 / 30, 60, growth)
    before = growth.layer.copy()
    growth.ascend(x, 1 / 30, look, dreamer, lambda direction: direction)
    last = growth.layer - before
    assert last[100, 250].mean() == pytest.approx(last[100, 50].mean(), abs=2e-4)


def test_what_drives_is_never_more_than_it_was_however_it_is_carried():
    """A drive that ends sharply is carried by half a pixel: beside its end it must neither grow nor turn."""
    x, look = np.zeros((200, 300, 3), np.float32), Look(onset=0, inertia=0.4)
    growth = grown(x, look, lambda im, s, look: im + np.float32(0.1 * s), 1 / 30, 12)
    trust = np.ones(x.shape[:2], np.float32)
    trust[:, 150:] = 0
    growth.move(Motion(np.zeros((*x.shape[:2], 2), np.float32), trust), None, x.shape, look)
    most = {name: drive.max() for name, drive in growth.state()["drives"].items()}
    slow = Motion(np.full((*x.shape[:2], 2), 0.5, np.float32), np.ones(x.shape[:2], np.float32))
    growth.move(slow, None, x.shape, look)
    for name, drive in growth.state()["drives"].items():
        assert drive.min() >= 0 and 0.9 * most[name] < drive.max() <= most[name]


def test_its_memory_is_complete():
    rng, x, look = np.random.default_rng(4), np.zeros((200, 300, 3), np.float32), Look()
    steps = [rng.normal(0, 1, (200, 300, 3)).astype(np.float32) for _ in range(8)]

    def dreamer(im, s, look):
        return im + s * steps[dreamer.turn][: im.shape[0], : im.shape[1]]

    def going(growth, turns):
        for dreamer.turn in turns:
            grown(x, look, dreamer, growth=growth)
        return growth

    whole, first, second = going(Growth(), range(8)), going(Growth(), range(5)), Growth()
    second.restore(first.state())
    np.testing.assert_array_equal(going(second, range(5, 8)).layer, whole.layer)
