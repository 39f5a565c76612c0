"""What is NDI's alone: even sizes, alpha, frame rates, and what cyndilib does when something can't be opened."""

import time
from fractions import Fraction

import numpy as np
import pytest

from kaleidocam.sharing.systems import SYSTEMS, find

pytestmark = [pytest.mark.timed, pytest.mark.needs("ndi"), pytest.mark.usefixtures("ndi_here")]
SYSTEM = SYSTEMS[0]


def test_an_odd_size_repeats_its_last_column_and_row():
    from kaleidocam.sharing.ndi import even

    image = np.arange(5 * 3 * 3, dtype=np.uint8).reshape(5, 3, 3)
    made = even(image)
    assert made.shape == (6, 4, 3)
    np.testing.assert_array_equal(made[:5, :3], image)
    np.testing.assert_array_equal(made[:5, 3], image[:, 2])
    np.testing.assert_array_equal(made[5, :3], image[4])
    assert even(made) is made


def test_what_has_alpha_is_laid_over_black():
    from kaleidocam.sharing.ndi import over_black

    pixels = np.zeros((2, 4, 4), np.uint8)
    pixels[...] = 200, 100, 50, 0
    pixels[..., 3] = 0, 128, 255, 255
    made = over_black(pixels)
    np.testing.assert_array_equal(made[0], [[0, 0, 0], [100, 50, 25], [200, 100, 50], [200, 100, 50]])
    np.testing.assert_array_equal(over_black(pixels[:, 2:]), pixels[:, 2:, :3])


def test_samples_become_the_colors_that_they_mean():
    from kaleidocam.sharing.ndi import bgr_of_uyvy

    samples = np.zeros((2, 4, 2), np.uint8)
    samples[0] = [[128, 16], [128, 235], [128, 126], [128, 126]]  # black, white, two grays
    samples[1] = [[102, 63], [240, 63], [240, 32], [118, 32]]  # two of BT.709's red, two of its blue
    made = bgr_of_uyvy(samples)
    np.testing.assert_allclose(made[0], [[0] * 3, [255] * 3, [128] * 3, [128] * 3], atol=1)
    np.testing.assert_allclose(made[1], [[0, 0, 255]] * 2 + [[255, 0, 0]] * 2, atol=2)


def test_a_real_sender_with_alpha_at_its_own_rate():
    import cyndilib

    frame = cyndilib.VideoSendFrame()
    frame.set_resolution(160, 96)
    frame.set_frame_rate(Fraction(24000, 1001))
    frame.set_fourcc(cyndilib.FourCC.BGRA)
    sender = cyndilib.Sender("alpha", clock_video=False, clock_audio=False)
    sender.set_video_frame(frame)
    pixels = np.full((96, 160, 4), (180, 120, 60, 128), np.uint8)
    library, come, ends = SYSTEM.loaded(), None, time.monotonic() + 10
    with sender, library.receive(find(library, "alpha", SYSTEM)) as receiver:
        while come is None:
            assert time.monotonic() < ends
            sender.write_video_async(pixels.reshape(-1))
            come = receiver.newest(0.05)
        assert receiver.fps == pytest.approx(24000 / 1001)
    np.testing.assert_allclose(come[48, 80], (90, 60, 30), atol=4)


def test_a_sender_has_the_rate_of_the_show():
    library = SYSTEM.loaded()
    with library.send("rate", (160, 96), 30000 / 1001) as sender:
        again, come, ends = SYSTEM.loaded(), None, time.monotonic() + 10
        with again.receive(find(again, "rate", SYSTEM)) as receiver:
            while come is None and time.monotonic() < ends:
                sender.send(np.full((96, 160, 3), 90, np.uint8))
                come = receiver.newest(0.05)
            assert receiver.fps == pytest.approx(30000 / 1001)


def test_a_name_that_is_taken_says_nothing_on_the_standard_output(capfd):
    library = SYSTEM.loaded()
    with library.send("quiet", (64, 48), 30.0), library.send("quiet", (64, 48), 30.0) as second:
        assert "(quiet 2)" in second.name
    assert capfd.readouterr().out == ""
