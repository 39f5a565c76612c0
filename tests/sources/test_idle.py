"""The idle picture: colorful, alive, and never a flash."""

import itertools

import numpy as np

from kaleidocam.live.flash import FlashLimiter
from kaleidocam.sources.idle import idle_picture


def test_it_moves_slowly_and_never_flashes():
    limiter = FlashLimiter()
    pictures = [idle_picture((320, 180), i / 10) for i in range(300)]
    assert all(limiter(image, i / 10) is image for i, image in enumerate(pictures))
    steps = [np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(pictures)]
    assert np.mean(steps) > 0.2 and max(steps) < 4
    assert np.abs(pictures[0].astype(int) - pictures[150]).mean() > 15


def test_it_has_colors_and_detail_for_a_dream():
    image = idle_picture((640, 360), 12.0)
    assert image.shape == (360, 640, 3) and image.std() > 20
    assert np.abs(image[..., 0].astype(int) - image[..., 2]).mean() > 15
