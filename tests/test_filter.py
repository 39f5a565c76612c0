"""The life of a frame, with dreamers that need no network."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from moving import Moving

from kaleidocam.filter import Dream, Eye, Glass, shrunk
from kaleidocam.motion.flow import Tracker
from kaleidocam.settings import Look

GRID = (160, 96)
QUIET = Look(burst=0, half_life=60, limit=2)


def nothing(image, seconds, look):
    return image


def run(source, dreamer, look, inject=None):
    """(seen, layer) for every frame; `inject` is put into the layer after the first."""
    eye, dream, results = Eye(GRID, Tracker()), Dream(GRID, dreamer), []
    while (frame := source.read()) is not None:
        seen = eye.see(frame, look)
        results.append((seen, dream.advance(seen, look)))
        if inject is not None and frame.index == 0:
            dream.layer = inject.copy()
    return results


def spot(x):
    layer = np.zeros((96, 160, 3), np.float32)
    layer[40:56, x - 8 : x + 8] = 0.4
    return layer - layer.mean()


def place(layer):
    """Where a spot is, across: the centre of its energy."""
    energy = np.clip(layer[36:60].sum((0, 2)), 0, None)
    energy[energy < energy.max() / 3] = 0
    return (energy * np.arange(160)).sum() / energy.sum()


def test_the_dream_stays_on_things_that_move():
    results = run(Moving(10, speed=3), nothing, QUIET, inject=spot(50))
    assert place(results[9][1]) == pytest.approx(49.5 + 27, abs=2)


def test_on_a_still_picture_it_stays_where_it_is():
    results = run(Moving(10, speed=0), nothing, QUIET, inject=spot(50))
    assert place(results[9][1]) == pytest.approx(49.5, abs=0.5)


def test_a_cut_clears_everything():
    results = run(Moving(8, speed=1, cuts=(5,)), nothing, QUIET, inject=spot(50))
    assert np.abs(results[4][1]).max() > 0.1
    assert results[5][0].motion.cut and not results[5][1].any()


def test_a_still_spot_in_front_of_a_moving_world_is_not_smeared():
    """What the world uncovers starts clean: no dream of a thing is left where the thing no longer is."""
    class Passing(Moving):
        def read(self):
            frame = super().read()
            if frame is None:
                return None
            image = frame.image.copy()
            left = 20 + 8 * frame.index
            image[30:70, left : left + 24] = (20, 40, 200)
            return frame.showing(image)

    on_thing = np.zeros((96, 160, 3), np.float32)
    on_thing[30:70, 20:44] = 0.5
    layer = run(Passing(7, speed=0), nothing, QUIET, inject=on_thing)[-1][1]
    behind = np.abs(layer[34:66, 22:52]).mean()
    assert behind < 0.06


def test_half_life_counts_seconds_not_frames():
    def left(fps, seconds=0.4):
        source = Moving(1 + round(seconds * fps), speed=0, fps=fps)
        results = run(source, nothing, QUIET.model_copy(update={"half_life": 0.2}), inject=spot(80))
        return np.abs(results[-1][1]).max() / np.abs(spot(80)).max()

    assert left(10) == pytest.approx(left(40), rel=0.1)


def test_a_burst_brings_the_dream_back_at_once():
    calls = []
    run(Moving(8, cuts=(5,)), lambda im, s, look: calls.append(s) or im, Look(burst=4, cadence=240))
    assert len(calls) == 8 + 2 * 4  # one a frame, and the burst at the start and at the cut


def test_a_variable_frame_rate_is_followed():
    seconds = []
    run(Moving(4, times=[0, 0.02, 0.07, 0.08]), lambda im, s, look: seconds.append(s) or im, Look(burst=0, cadence=240))
    assert seconds == pytest.approx([0, 0.02, 0.05, 0.01])


def test_glass_lays_over_and_folds():
    frame = Moving(1).read()
    layer = spot(50)

    def shown(look, seconds):
        eye = Eye((160, 96), Tracker())
        eye.see(frame, look)
        return Glass().show(eye.see(replace(frame, seconds=seconds), look), layer, look)

    plain = shown(Look(), 0.0)
    assert plain.image.shape == frame.image.shape and (plain.index, plain.seconds) == (0, 0.0)
    assert plain.image[48, 50].astype(int).sum() > frame.image[48, 50].astype(int).sum() + 60
    folded = shown(Look(mirrors=4), 0.0)
    np.testing.assert_array_equal(folded.image, folded.image[::-1])
    assert not np.array_equal(folded.image, shown(Look(mirrors=4, spin=1), 0.1).image)


@pytest.mark.parametrize(("fps", "asked"), [(12, 25), (25, 13), (30, 13), (60, 7)])
def test_the_network_is_asked_at_its_cadence(fps, asked):
    calls = []
    run(Moving(25, fps=fps), lambda im, s, look: calls.append(s) or im, Look(burst=0, cadence=15))
    assert len(calls) == asked
    assert sum(calls) == pytest.approx(24 / fps, abs=0.07)  # each stands for all the time since the one before


def test_between_two_steps_the_dream_goes_on_as_it_went():
    """A dreamer that always pulls the same way: asked every fourth frame, the layer grows as when asked every one."""
    pattern = np.random.default_rng(4).normal(0, 0.3, (96, 160, 3)).astype(np.float32)
    pattern -= pattern.mean()

    def pull(image, seconds, look):
        return image + pattern * np.float32(seconds)

    layers = {}
    for cadence in (15, 60):
        look = Look(burst=0, half_life=60, limit=2, cadence=cadence)
        layers[cadence] = [layer for _, layer in run(Moving(40, fps=60, speed=0), pull, look)]
    sizes = [float(np.abs(layer).mean()) for layer in layers[15]]
    assert sizes[-1] == pytest.approx(float(np.abs(layers[60][-1]).mean()), rel=0.05)
    growth = np.diff(sizes[8:])
    assert growth.min() > 0.5 * growth.mean() and growth.max() < 1.5 * growth.mean()  # evenly, not in jerks


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (641, 361), (700, 500), (320, 180)])
def test_a_shrunk_picture_is_the_mean_of_what_it_stands_for(size):
    rng = np.random.default_rng(2)
    coarse = rng.integers(40, 215, (9, 16, 3), dtype=np.uint8)
    image = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    small = shrunk(image, (160, 90))
    assert small.shape == (90, 160, 3)
    exact = cv2.resize(image.astype(np.float32), (160, 90), interpolation=cv2.INTER_AREA)
    assert np.abs(small - exact).max() < 1.5  # rounded once more where it is halved first
    fine = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    assert np.abs(shrunk(fine, (160, 90)).mean() - fine.mean()) < 0.5
