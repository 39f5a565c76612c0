"""Which channels a picture excites more than usual; and the one who looks, live."""

import threading

import numpy as np
import pytest

from kaleidocam.atlas.excited import Usual, of_pictures, read_usual
from kaleidocam.atlas.spotter import Spotter
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame


def test_what_is_above_the_usual_comes_first():
    rng = np.random.default_rng(1)
    usual = Usual(of_pictures({"mixed0": np.array([9.0, 1.0, 4.0]) + rng.uniform(-0.5, 0.5, 3)} for _ in range(20)))
    found = usual.above({"mixed0": np.array([9.1, 3.0, 4.0]), "mixed9": np.ones(7)})
    assert found[0].name == "mixed0:1" and found[0].above > 3
    assert {one.name for one in found} == {"mixed0:0", "mixed0:1", "mixed0:2"}
    assert all(abs(one.above) < 3 for one in found[1:])


def test_a_channel_that_never_moves_is_no_news():
    still = Usual({"mixed0": {"mean": [1.0, 1.0], "deviation": [1e-9, 1.0]}})
    first, second = still.above({"mixed0": np.array([1.1, 4.0])})
    assert (first.name, second.name) == ("mixed0:1", "mixed0:0")


def test_the_shipped_figures_know_every_channel(tmp_path):
    found = read_usual().above({"mixed5": np.zeros(768), "mixed0": np.zeros(256)})
    assert len(found) == 1024 and all(np.isfinite(one.above) for one in found)
    with pytest.raises(UserError, match="reinstall kaleidocam"):
        read_usual(tmp_path)


def test_the_spotter_names_what_the_newest_frame_excites():
    seen, looked = [], threading.Event()

    def name(picture):
        seen.append(int(picture[0, 0, 0]))
        looked.set()
        return [f"mixed0:{n}" for n in range(20)]

    with Spotter(name, every=0.05) as spotter:
        for level in (1, 2, 3):
            spotter(Frame(np.full((4, 4, 3), level, np.uint8), 0.0, level))
        assert looked.wait(10)
        assert (seen[0] == 3 and spotter.names == []) or len(spotter.names) == 8
    assert spotter.names == [f"mixed0:{n}" for n in range(8)]
    assert len(seen) == 1  # without a new frame there is nothing to look at


def test_a_spotter_that_fails_names_nothing_and_tries_again():
    tries, third = [], threading.Event()

    def name(picture):
        tries.append(len(tries))
        if len(tries) == 3:
            third.set()
        if len(tries) < 3:
            raise MemoryError("no room")
        return ["mixed0:1"]

    with Spotter(name, every=0.02) as spotter:
        while not third.wait(0.01):
            spotter(Frame(np.zeros((4, 4, 3), np.uint8), 0.0, 0))
    assert spotter.names == ["mixed0:1"] and spotter.error is None
