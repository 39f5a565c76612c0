"""The life of a frame, with dreamers that need no network."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from moving import Moving

from kaleidocam.dream.base import Plain
from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.layer import drift_of, drifted
from kaleidocam.picture.shrinking import shrunk
from kaleidocam.settings.parameters import Look

GRID = (160, 96)
QUIET = Look(burst=0, half_life=60, limit=2)


def nothing(image, seconds, look):
    return image


def run(source, dreamer, look, inject=None):
    """(seen, layer) for every frame; `inject` is put into the layer after the first."""
    eye, dream, results = Eye(GRID, Tracker()), Dream(GRID, Plain(dreamer)), []
    while (frame := source.read()) is not None:
        seen = eye.see(frame, look)
        results.append((seen, dream.advance(seen, look)))
        if inject is not None and frame.index == 0:
            dream._chorus.own._growth._layer = inject.copy()
    return results


def spot(x):
    layer = np.zeros((96, 160, 3), np.float32)
    layer[40:56, x - 8 : x + 8] = 0.4
    return layer - layer.mean()


def place(layer):
    """Where a spot is, across: the center of its energy."""
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
    assert np.abs(folded.image.astype(int) - folded.image[::-1]).max() <= 1
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
    assert np.abs(small - exact).max() < 2.5  # rounded each time that it is halved
    fine = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    assert np.abs(shrunk(fine, (160, 90)).mean() - fine.mean()) < 0.5


def seen_by(look, dreamer, frames, grid=(160, 96)):
    """The last (seen, layer) of a film."""
    eye, dream = Eye(grid, Tracker()), Dream(grid, Plain(dreamer))
    for frame in frames:
        seen = eye.see(frame, look)
        layer = dream.advance(seen, look)
    return seen, layer


def neighbors(image, seconds, look):
    """Looks 12 pixels round about, as a network looks round about; knows nothing of mirrors."""
    around = cv2.blur(image, (25, 25), borderType=cv2.BORDER_REFLECT)
    return np.clip(image + (image - around) * 0.2, -1, 1)


PLAIN = Look(burst=0, cadence=240, limit=2, inertia=0, scales=2)  # as many as the smallest part has room for
SYMMETRIC = PLAIN.model_copy(update={"fold": "inside"})


@pytest.mark.parametrize(("geometry", "share"), [("left", 0.5), ("bottom", 0.5), ("quad", 0.25)])
def test_inside_one_mirror_or_two_only_the_kept_part_is_dreamed_and_no_seam_shows(geometry, share):
    """The same as dreaming the whole mirrored picture, at the part's cost and a margin's."""
    frames, areas = list(iter(Moving(6, speed=0, size=(480, 288)).read, None)), []

    def noted(image, seconds, look):
        areas.append(image.shape[0] * image.shape[1])
        return neighbors(image, seconds, look)

    look = SYMMETRIC.model_copy(update={"geometry": geometry})
    seen, layer = seen_by(look, noted, frames, (480, 288))
    shown = Glass().show(seen, layer, look).image
    mirror = seen.mirror
    folded = [replace(frame, image=mirror.fold(frame.image)) for frame in frames]
    whole = Glass().show(*seen_by(PLAIN, neighbors, folded, (480, 288)), Look()).image
    assert np.abs(shown.astype(int) - whole)[8:-8, 8:-8].mean() < 0.5
    assert np.abs(whole.astype(int) - folded[-1].image).mean() > 5
    assert max(areas) < 480 * 288 * (share + 0.1)
    np.testing.assert_array_equal(shown, mirror.fold(shown))


@pytest.mark.parametrize("look", [Look(mirrors=7), Look(geometry="square"), Look(geometry="hexagon")])
def test_inside_other_mirrors_the_layer_grows_symmetric(look):
    look = SYMMETRIC.model_copy(update={"mirrors": look.mirrors, "geometry": look.geometry})

    def lopsided(image, seconds, look):
        return np.clip(image + np.linspace(0, 0.3, image.shape[1], dtype=np.float32)[None, :, None], -1, 1)

    seen, layer = seen_by(look, lopsided, iter(Moving(6, speed=0).read, None))
    assert np.abs(layer).mean() > 0.02
    assert np.abs(seen.mirror.untouched.fold(layer) - layer).mean() < 0.1 * np.abs(layer).mean()


def test_before_after_and_inside_are_three_pictures():
    def shown(fold):
        look = Look(mirrors=6, fold=fold, burst=0, cadence=240, inertia=0)
        return Glass().show(*seen_by(look, neighbors, iter(Moving(6, speed=0).read, None)), look).image.astype(int)

    before, after, inside = map(shown, ("before", "after", "inside"))
    for one, other in ((before, after), (after, inside), (before, inside)):
        assert np.abs(one - other).mean() > 0.5


@pytest.mark.parametrize(
    ("drift", "to"),
    [
        ({"drift_x": 0.25}, (120, 40)),
        ({"drift_y": -0.25}, (80, 16)),
        ({"drift_turn": 0.25}, (88, 48)),
        ({"drift_zoom": 1.0}, (80, 32)),
        ({"drift_zoom": -1.0}, (80, 44)),
    ],
)
def test_drift_moves_the_dream_by_so_much_a_second(drift, to):
    """A spot at (80, 40), 8 above the center, after one second in ten frames."""
    layer = np.zeros((96, 160, 3), np.float32)
    cv2.circle(layer, (80, 40), 3, (0.6, 0.6, 0.6), -1)
    layer = cv2.GaussianBlur(layer, (0, 0), 1.5)
    look = Look(half_life=60, limit=2, burst=0, inertia=0, **drift)
    for _ in range(10):
        layer = drifted(layer, drift_of(look, 0.1, (79.5, 47.5), layer.shape))
    weight = layer[..., 0].clip(0.05) - 0.05
    at = [(weight * places).sum() / weight.sum() for places in np.mgrid[:96, :160][::-1]]
    assert at == pytest.approx(to, abs=1.5)


def test_drift_is_the_same_at_any_pace():
    look = Look(drift_zoom=0.7, drift_turn=0.1)
    whole = drift_of(look, 0.4, (79.5, 47.5), (96, 160, 3))
    part = np.vstack([drift_of(look, 0.1, (79.5, 47.5), (96, 160, 3)), [0, 0, 1]])
    np.testing.assert_allclose(np.linalg.matrix_power(part, 4)[:2], whole, atol=1e-9)
    assert drift_of(Look(), 0.1, (0, 0), (96, 160, 3)) is None


def test_a_change_of_spin_does_not_make_the_picture_jump():
    eye, turns = Eye((160, 96), Tracker()), []
    for i, spin in enumerate([1, 1, 1, 1, -2, -2, 0]):
        look = Look(mirrors=6, spin=spin)
        turns.append(eye.see(Frame(np.zeros((96, 160, 3), np.uint8), 1000 + i / 100, i), look).mirror.turn)
    steps = (np.diff(turns) + 0.5) % 1 - 0.5  # on the circle
    np.testing.assert_allclose(steps, [0.01, 0.01, 0.01, -0.02, -0.02, 0], atol=1e-9)


PICTURES = [(90, 160), (160, 160), (400, 100), (120, 90)]


@pytest.mark.parametrize("size", PICTURES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mirrors": 5, "fold": "before"},
        {"mirrors": 5, "fold": "inside"},
        {"geometry": "left", "fold": "inside"},
        {"geometry": "quad", "fold": "inside"},
    ],
)
def test_the_dream_has_the_pictures_shape(size, changes):
    """Of a portrait, a square, a panorama; of the part that is kept under mirrors, and its margin."""
    look = Look(**changes, burst=0, cadence=240)
    seen, layer = seen_by(look, neighbors, iter(Moving(3, size=size).read, None), grid=None)
    small = seen.inner(seen.small)
    assert layer.shape == seen.small.shape
    assert small.shape[1] / small.shape[0] == pytest.approx(seen.picture.shape[1] / seen.picture.shape[0], rel=0.02)
    if not (seen.mirror and seen.mirror.halves):
        assert small.shape[1::-1] == grid_of(look, size)
    shown = Glass().show(seen, layer, look).image
    assert shown.shape[1::-1] == size and (shown != seen.frame.image).any()


def test_the_look_says_how_fine_it_is_from_frame_to_frame():
    eye, dream, shapes = Eye(None, Tracker()), Dream((640, 360), Plain(nothing)), []
    looks = [Look(), Look(detail=2), Look(grid=(320, 180)), Look(detail=0.5)]
    for frame, look in zip(iter(Moving(4, size=(192, 108)).read, None), looks, strict=True):
        shapes.append(dream.advance(eye.see(frame, look), look).shape[1::-1])
    assert shapes == [(480, 270), (960, 540), (320, 180), (242, 136)]


def test_a_grid_of_the_eyes_own_goes_before_the_looks():
    """As live, where the machine's speed has a say."""
    eye = Eye((160, 96), Tracker())
    assert eye.see(Moving(1).read(), Look(grid=(320, 180))).small.shape == (96, 160, 3)


@pytest.mark.parametrize("size", PICTURES)
def test_motion_is_measured_on_fewer_pixels_than_are_dreamed(size):
    """And carries as far: a dream on a thing stays on it."""
    eye, dream = Eye(None, Tracker("medium"), coarse=100 * 100), Dream((640, 360), Plain(nothing))
    eye_of_all, whole = Eye(None, Tracker("medium")), Dream((640, 360), Plain(nothing))
    for frame in iter(Moving(6, speed=2, size=size).read, None):
        layers = []
        for part, dreams in ((eye, dream), (eye_of_all, whole)):
            seen = part.see(frame, QUIET)
            layers.append(dreams.advance(seen, QUIET))
            if frame.index == 0:
                height, width = layers[-1].shape[:2]
                dreams._chorus.own._growth._layer = np.zeros_like(layers[-1])
                dreams._chorus.own._growth._layer[height // 3 : height // 2, width // 4 : width // 3] = 0.5
        assert seen.small.shape == layers[0].shape == layers[1].shape
    measured = eye.see(replace(frame, seconds=9.0), QUIET).motion.trust.shape
    assert np.prod(measured) == pytest.approx(100 * 100, rel=0.03)
    assert measured[1] / measured[0] == pytest.approx(size[0] / size[1], rel=0.03)
    middles = [
        np.array(
            [
                (layer.clip(0).sum((1 - axis, 2)) * np.arange(layer.shape[axis])).sum() / layer.clip(0).sum()
                for axis in (0, 1)
            ]
        )
        for layer in layers
    ]
    assert middles[0] == pytest.approx(middles[1], abs=0.02 * max(layers[0].shape))


def test_what_is_not_larger_is_measured_as_it_is():
    frames = list(iter(Moving(3).read, None))
    eyes = Eye((160, 96), Tracker()), Eye((160, 96), Tracker(), coarse=320 * 180)
    for frame in frames:
        one, other = (eye.see(frame, QUIET).motion for eye in eyes)
        np.testing.assert_array_equal(one.flow, other.flow)
        np.testing.assert_array_equal(one.trust, other.trust)


def test_wet_mixes_the_clean_picture_in():
    frame, eye = Moving(1).read(), Eye((160, 96), Tracker())

    def shown(wet):
        look = Look(wet=wet, mirrors=5)
        return Glass().show(eye.see(frame, look), spot(50), look).image.astype(int)

    np.testing.assert_array_equal(shown(0.0), frame.image)
    np.testing.assert_allclose(shown(0.25), 0.25 * shown(1.0) + 0.75 * frame.image, atol=1)


class NotReady(Plain):
    """A dreamer whose channel is still being prepared."""

    ready = False

    def __call__(self, image, seconds, look):
        raise AssertionError("it was asked")


def test_a_dream_that_is_not_ready_takes_no_turn_and_nothing_from_the_first():
    def layers(look):
        source, eye = Moving(8, size=GRID), Eye(GRID, Tracker())
        dream = Dream(
            GRID, Plain(lambda image, seconds, look: image - np.float32(0.2)), another=lambda: NotReady(nothing)
        )
        return [dream.advance(eye.see(frame, look), look).copy() for frame in iter(source.read, None)]

    alone = layers(Look(grid=GRID))
    for more in ({"layer_channel": "mixed3:1"}, {"subject_channel": "mixed3:2", "layer_channel": "mixed3:1"}):
        np.testing.assert_array_equal(layers(Look(grid=GRID, **more)), alone)
