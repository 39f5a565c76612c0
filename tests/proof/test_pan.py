"""The drawn pan, and dreams of which is known what they carry."""

from dataclasses import replace

import numpy as np
import pytest
from proof import metrics
from proof.clips import BACKS, drawn
from proof.contest import judged
from proof.judge import Way
from proof.pan import STEP, carried, leaves, pan
from proof.shapes import anisotropy

COUNT = 24


@pytest.fixture(scope="module")
def clip():
    return pan(COUNT)


def dreams(clip, moving, glued=False):
    """A fixed pattern as dream, `moving` times as strong in the lower half, which goes along with the picture."""
    height, width = clip.frames[0].shape[:2]
    pattern = np.random.default_rng(2).normal(0, 12, (height // 2, width, 1))
    found = []
    for t, frame in enumerate(clip.frames):
        lower = moving * (pattern if glued else np.roll(pattern, STEP * t, axis=1))
        found.append(np.uint8(np.clip(np.rint(frame + np.vstack([pattern, lower])), 0, 255)))
    return found


def test_it_moves_as_it_says(clip):
    luma = [frame.astype(np.float32) / 127.5 - 1 for frame in clip.small]
    assert metrics.warping_error(luma, clip, 1) < 1e-9
    assert set(clip.ways) == set(BACKS) and not clip.ways[1][1].seen[-1, 0] and clip.ways[1][1].seen[0].all()
    still = pan(COUNT, backs=(1,))
    assert np.array_equal(still.frames[0][:180], still.frames[-1][:180])


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_what_moves_is_held_against_what_stands(clip, share):
    assert carried(clip, dreams(clip, share)) == pytest.approx(share, rel=0.05)


def test_no_other_clip_tells_what_is_carried():
    aisle = drawn(3, backs=(1,))
    assert carried(aisle, aisle.frames) is None


def test_what_is_glued_to_the_screen_flickers_here_too(clip):
    """Judged at the frames' own size, at which a noise can be followed."""
    height, width = clip.frames[0].shape[:2]
    flow, seen = np.zeros((height, width, 2), np.float32), np.ones((height, width), bool)
    flow[height // 2 :, :, 0], seen[height // 2 :, :STEP] = -STEP, False
    whole = replace(clip, ways={1: dict.fromkeys(range(1, COUNT), Way(flow, seen, seen))})
    glued, along = (
        metrics.flicker([f.astype(np.float32) - s for f, s in zip(film, clip.frames, strict=True)], whole, 1)
        for film in (dreams(clip, 1.0, glued=True), dreams(clip, 1.0))
    )
    assert glued > 0.5 and along < 0.1


def test_where_the_source_has_no_error_nothing_is_put_over_it(clip):
    figures = judged(clip, clip.frames)
    assert figures["warping error 1"] is None and figures["flicker 1"] == 0 and figures["recovery"] is None


def test_the_leaves_look_alike_from_every_side_and_meet_themselves():
    picture = leaves((480, 480)).astype(np.float32)
    assert anisotropy(picture.mean(-1)) == pytest.approx(1, abs=0.06)
    seam, apart = (np.abs(picture[:, 0] - picture[:, column]).mean() for column in (-1, 240))
    assert seam < 0.4 * apart
