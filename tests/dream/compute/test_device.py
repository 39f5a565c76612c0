"""Pictures on a device are what OpenCV makes of them, operation by operation, and so is the whole dream."""

import cv2
import numpy as np
import pytest
from moving import Moving

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.compute.device import OnDevice
from kaleidocam.dream.compute.imaging import PROCESSOR
from kaleidocam.motion.flow import Motion, Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye, Seen
from kaleidocam.picture.layer import drift_of
from kaleidocam.picture.mirror import Mirror
from kaleidocam.settings.parameters import Look

SHAPE = (93, 140)
GENTLE = {"rate": 0.15, "limit": 1, "onset": 0.5, "half_life": 1}  # a strong dream makes much of every last digit


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


PICTURE = noise(*SHAPE, 3)
SMOOTH = cv2.GaussianBlur(PICTURE, (0, 0), 3) * 8


def a_motion(shape=SHAPE, pixels=4.0):
    """A flow with whole and broken pixels, with standing places, and with some beyond the border."""
    flow = np.rint(noise(*shape, 2, seed=1) * pixels * 4) / 4
    flow[: shape[0] // 3] = 0.01
    return Motion(flow.astype(np.float32), np.random.default_rng(2).uniform(0, 1, shape).astype(np.float32))


def drift(**how):
    return drift_of(Look(**how), 0.2, (70.0, 40.0), SHAPE)


def a_sight(look, margin=(0, 0)):
    return Seen(None, None, PICTURE, 0.0, None, look.fold, Mirror.of(look, 0.3), margin)


OPERATIONS = {
    "to the network": lambda by: by.picture(np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), np.uint8)),
    "clip": lambda by: by.clip(by.array(PICTURE), -0.5, 0.7),
    "root": lambda by: by.root(1 + by.array(PICTURE) ** 2),
    "centered": lambda by: by.centered(by.array(PICTURE + 3)),
    "grayed": lambda by: by.grayed(by.array(PICTURE)),
    "energy": lambda by: by.energy(by.array(PICTURE)),
    "scaled": lambda by: by.scaled(by.array(PICTURE), by.array(noise(*SHAPE))),
    "down": lambda by: by.down(by.array(PICTURE)),
    "down twice": lambda by: by.down(by.down(by.array(PICTURE))),
    "up": lambda by: by.up(by.array(noise(47, 70, 3)), SHAPE),
    "up, even": lambda by: by.up(by.array(noise(47, 70, 3)), (94, 139)),
    "blurred a little": lambda by: by.blurred(by.array(PICTURE), 5),
    "blurred wide": lambda by: by.blurred(by.array(PICTURE), 23),
    "blurred, one channel": lambda by: by.blurred(by.array(noise(*SHAPE)), 17),
    "shrunk": lambda by: by.shrunk(by.array(PICTURE), (7, 11)),
    "enlarged": lambda by: by.enlarged(by.array(noise(7, 11, 3)), SHAPE),
    "framed": lambda by: by.framed(by.array(PICTURE), 7, 0, 3, 19),
    "recolored": lambda by: by.recolored(by.array(PICTURE), noise(3, 3)),
    "carried": lambda by: by.carried(by.array(PICTURE), a_motion(), SHAPE),
    "carried, four channels": lambda by: by.carried(by.array(noise(*SHAPE, 4)), a_motion(), SHAPE),
    "carried from another size": lambda by: by.carried(by.array(noise(60, 90, 3)), a_motion(), SHAPE),
    "carried by a coarser motion": lambda by: by.carried(by.array(SMOOTH), a_motion((40, 60), 0.3), SHAPE),
    "carried smoothly": lambda by: by.carried(by.array(PICTURE), a_motion(), SHAPE, smooth=True),
    "carried over a cut": lambda by: by.carried(
        by.array(PICTURE), Motion(*(a_motion().flow, a_motion().trust), True), SHAPE
    ),
    "drifted outward": lambda by: by.drifted(by.array(SMOOTH), drift(drift_zoom=1.5)),
    "drifted inward and round": lambda by: by.drifted(by.array(SMOOTH), drift(drift_zoom=-2, drift_turn=0.3)),
    "drifted far": lambda by: by.drifted(by.array(SMOOTH), drift(drift_x=0.9, drift_y=-1)),
    "no mirrors inside": lambda by: by.symmetric(by.array(PICTURE), a_sight(Look(fold="inside"))),
    "mirrors after": lambda by: by.symmetric(by.array(PICTURE), a_sight(Look(mirrors=6))),
    "one mirror inside, with a margin": lambda by: by.symmetric(
        by.array(PICTURE), a_sight(Look(fold="inside", geometry="left"), margin=(0, 16))
    ),
    "a mirror inside": lambda by: by.symmetric(by.array(SMOOTH), a_sight(Look(fold="inside", mirrors=6))),
    "tiles inside": lambda by: by.symmetric(by.array(SMOOTH), a_sight(Look(fold="inside", geometry="square"))),
    "weighted": lambda by: by.weighted(by.array(PICTURE), np.float32(0.3)),
    "course": lambda by: by.course(by.array(np.abs(noise(*SHAPE, 4))), 3, 2.0),
    "course of a drive with nothing new": lambda by: by.course(by.array(np.abs(noise(*SHAPE, 4))), 1, 0.0),
    "length": lambda by: by.several([by.length(by.array(PICTURE))]),
    "the highest, and a floor": lambda by: by.several(
        [
            by.at_least(
                by.highest(by.several([by.length(by.array(PICTURE * i)) for i in (1, 3, 2)])),
                by.length(by.array(PICTURE * limit)),
            )
            for limit in (1, 4)
        ]
    ),
}
# OpenCV interpolates by a table of whole 32nds and sums in another order. PyTorch counts places from -1 to 1.
OFF = {"carried by": 0.01, "carried": 2e-5, "drifted": 0.01, "a mirror": 0.01, "one mirror": 1e-4}


@pytest.fixture(scope="session")
def by(on):
    return OnDevice(on)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_opencv_s(by, name):
    ours, theirs = by.numpy(OPERATIONS[name](by)), PROCESSOR.numpy(OPERATIONS[name](PROCESSOR))
    assert ours.shape == theirs.shape
    off = next((off for beginning, off in OFF.items() if name.startswith(beginning)), 3e-6)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=off * max(1, np.abs(theirs).max()))


def test_a_poisoned_picture_is_known(by):
    poisoned = PICTURE.copy()
    poisoned[5, 7, 1] = np.nan
    assert by.finite(by.array(PICTURE)) and not by.finite(by.array(poisoned))


@pytest.mark.slow
# Where OpenCV turns pictures it rounds their places to 32nds of a pixel in its own way, which is seen at sharp edges.
@pytest.mark.parametrize(
    "look, share",
    [
        (Look(burst=2), 0.999),
        (Look(drift_zoom=0.3, inertia=0, luma=0.5, evenness=0, steps=2, palette="scene", spacing=1.2), 0.99),
        (Look(fold="inside", mirrors=5), 0.998),
    ],
    ids=["spirals", "other paths", "mirrors inside"],
)
def test_a_dream_on_the_device_is_the_processor_s(by, look, share):
    """A second of a moving picture with a cut, by a stand-in for the network that is as cheap as it is smooth."""
    look, dreams = look.model_copy(update=GENTLE | {"grid": (240, 160)}), {}  # two scales

    def measure(image):
        return image * (1.0 - image * image), 0.5

    for imaging in (by, PROCESSOR):
        eye, dream = Eye(look.grid, Tracker()), Dream(look.grid, Ascent(measure, 16, imaging), imaging)
        source, dreams[imaging] = Moving(24, speed=2, cuts=(15,)), []
        while (frame := source.read()) is not None:
            dreams[imaging].append(dream.advance(eye.see(frame, look), look))
    off = np.abs(np.array(dreams[by]) - np.array(dreams[PROCESSOR]))
    assert np.std(dreams[PROCESSOR][-1]) > 0.05 and (off < 1 / 127.5).mean() > share


@pytest.mark.slow
def test_a_device_s_memory_goes_on_as_if_nothing_had_been(by):
    look, source = Look(grid=(160, 96)), Moving(8, speed=2)
    eye = Eye(look.grid, Tracker())
    seen = [eye.see(source.read(), look) for _ in range(8)]

    def begun():
        return Dream(look.grid, Ascent(lambda image: (image * 1.0, 0.5), 16, by), by)

    through, first, second = begun(), begun(), begun()
    whole = [through.advance(one, look) for one in seen]
    for one in seen[:5]:
        first.advance(one, look)
    second.restore(first.state())
    np.testing.assert_array_equal([second.advance(one, look) for one in seen[5:]], whole[5:])
