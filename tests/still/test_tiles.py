"""Tiles: every pixel once, borders elsewhere each step, and no seam where one was."""

import numpy as np
import pytest

from kaleidocam.dream.network.gradient import Gradient
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse
from kaleidocam.settings.parameters import Look, Still
from kaleidocam.still.climb import climb
from kaleidocam.still.tiles import MARGIN, gradients, tiles, value_of


@pytest.mark.parametrize("shape", [(300, 200), (512, 512), (700, 513), (1999, 1031)])
@pytest.mark.parametrize("step", range(6))
def test_the_tiles_of_a_step_cover_every_pixel_once(shape, step):
    covered = np.zeros(shape, int)
    for own, shown in tiles(shape, 512, step):
        covered[own] += 1
        for mine, seen, length in zip(own, shown, shape, strict=True):
            assert seen.start <= max(0, mine.start - MARGIN) and seen.stop >= min(length, mine.stop + MARGIN)
            assert seen.start >= 0 and seen.stop <= length
    assert (covered == 1).all()


def test_what_the_network_is_shown_is_of_one_size():
    assert (
        len(
            {
                tuple(side.stop - side.start for side in shown)
                for step in range(20)
                for _, shown in tiles((1400, 2000), 512, step)
            }
        )
        == 1
    )


def test_borders_roam():
    first = [tiles((400, 2000), 512, step)[1][0][1].start for step in range(40)]
    assert len(set(first)) > 30 and max(first) - min(first) > 1.8 * MARGIN


def test_one_tile_is_the_picture():
    assert [own for own, _ in tiles((512, 300), 512, 3)] == [(slice(0, 512), slice(0, 300))]


def test_gradients_of_all_sizes_of_tile_count_alike():
    """Each pixel's own brightness as the objective: its mean's gradient is one over the tile's pixels."""

    def measure(image):
        return np.full_like(image, 1 / image[..., 0].size), float(image.mean())

    picture = np.random.default_rng(0).uniform(-1, 1, (700, 900, 3)).astype(np.float32)
    total = np.zeros_like(picture)
    for own, gradient, _, _ in gradients(lambda box: picture[box], picture.shape, measure, side=384, step=2):
        total[own] = gradient
    np.testing.assert_allclose(total, 1, rtol=1e-5)
    assert value_of(lambda box: picture[box], picture.shape, measure, side=4096) == pytest.approx(picture.mean())


@pytest.mark.slow
def test_where_tiles_met_there_is_no_seam():
    """A dream of noise in small tiles: across the columns where borders were it changes neither more nor less
    than across others. With borders that stay where they are, and no margin, it does, so that the measure is one."""
    noise = np.random.default_rng(3).normal(128, 12, (500, 820, 3)).clip(0, 255).astype(np.uint8)
    measure = Gradient(parse("mixed4:245"), load("bundled"), "float32")
    still = Still(octaves="0", octave_steps=8, step_size=0.03, tile_side=384)

    def dreamed(jitter):
        *_, last = climb(noise, [(820, 500)], Look(jitter=jitter), still, measure, 16)
        return last.canvas.layer

    def seam(layer, columns):
        change = np.abs(np.diff(layer, axis=1)).mean((0, 2))
        change /= np.median(change)
        others = np.delete(change, [c for at in columns for c in range(at - 3, at + 3)])
        groups = change[[at - 1 for at in columns]], others[40:-40]  # at its edges a dream is faint
        return [max(of.max(), 1 / of.min()) for of in groups]

    met = {own[1].start for step in range(8) for own, _ in tiles(noise.shape, 384, step)} - {0}
    at_borders, elsewhere = seam(dreamed(0.4), met)
    assert at_borders < elsewhere, (at_borders, elsewhere)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kaleidocam.still.climb.gradients", lambda *all_, step, **more: gradients(*all_, step=0, **more))
        patch.setattr("kaleidocam.still.tiles.MARGIN", 0)
        fixed, _ = seam(dreamed(0), {own[1].start for own, _ in tiles(noise.shape, 384, 0)} - {0})
    assert fixed > 2 * at_borders
