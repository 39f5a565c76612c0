"""The metrics against films whose quality is known, because they were made so."""

import cv2
import numpy as np
import pytest
from moving import texture
from proof import contest as contest_room
from proof import metrics
from proof.clips import BACKS, Clip, drawn
from proof.contest import TOLERANCE, Contest, controls
from proof.judge import Way, compared
from proof.rivals import RIVALS

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.settings.parameters import Look

SIZE, COUNT, SPEED = (160, 96), 24, 2


def way(back):
    """The world moves SPEED pixels to the right a frame: what is here was further left; the left edge is new."""
    flow = np.zeros((SIZE[1], SIZE[0], 2), np.float32)
    flow[..., 0] = -SPEED * back
    seen = np.ones(flow.shape[:2], bool)
    seen[:, : SPEED * back] = False
    return Way(flow, seen, seen)


def sliding(seed, contrast=1.0):
    """A picture that slides with the world, (H, W, 3) float32 in [-contrast, contrast], one a frame."""
    wide = texture(seed, (SIZE[0] + SPEED * COUNT, SIZE[1]))
    first = SPEED * COUNT
    return [contrast * to_network(wide[:, first - SPEED * t : first - SPEED * t + SIZE[0]]) for t in range(COUNT)]


@pytest.fixture(scope="module")
def clip():
    rng = np.random.default_rng(3)  # a camera's own noise
    frames = [
        np.uint8(np.clip((picture[..., ::-1] + 1) * 127.5 + rng.normal(0, 2, picture.shape), 0, 255))
        for picture in sliding(1)
    ]
    return Clip("slide", frames, 15.0, {back: {t: way(back) for t in range(back, COUNT)} for back in BACKS})


@pytest.fixture(scope="module")
def source(clip):
    return [to_network(frame) for frame in clip.frames]


def noise(scale=0.2):
    rng = np.random.default_rng(0)
    return [rng.normal(0, scale, (SIZE[1], SIZE[0], 3)).astype(np.float32) for _ in range(COUNT)]


@pytest.mark.parametrize("back", BACKS)
def test_what_moves_with_things_does_not_flicker(clip, back):
    assert metrics.flicker(sliding(5, 0.2), clip, back) < 1e-6


@pytest.mark.parametrize("back", BACKS)
def test_noise_flickers_as_two_unrelated_pictures(clip, back):
    assert metrics.flicker(noise(), clip, back) == pytest.approx(2, abs=0.05)


def test_a_faint_dream_gains_nothing(clip):
    loud, faint = (
        metrics.flicker([n + s for n, s in zip(noise(0.2 * scale), sliding(5, scale), strict=True)], clip, 1)
        for scale in (0.5, 0.05)
    )
    assert faint == pytest.approx(loud, rel=1e-3)


def test_what_is_glued_to_the_screen_flickers(clip):
    glued = sliding(5, 0.2)[0]
    assert metrics.flicker([glued] * COUNT, clip, 1) > 0.1


def test_shimmer_is_in_gray_levels_and_a_faint_dream_has_less_of_it(clip):
    assert metrics.shimmer(sliding(5, 0.2), clip) < 0.01
    assert metrics.shimmer(noise(0.1), clip) == pytest.approx(0.1 * 127.5 * 2**0.5, rel=0.02)
    assert metrics.shimmer(noise(0.01), clip) == pytest.approx(metrics.shimmer(noise(0.1), clip) / 10, rel=1e-3)


def test_the_warping_error_is_lais(clip):
    """Of a film that is one gray level off from frame to frame: (1/255)²."""
    steps = [np.full((SIZE[1], SIZE[0], 3), t * 2 / 255, np.float32) for t in range(COUNT)]
    assert metrics.warping_error(steps, clip, 1) == pytest.approx(1 / 255**2, rel=1e-4)


def test_ghosting_is_energy_where_something_has_just_come_into_view(clip, source):
    ghost, clean = (np.zeros((COUNT, SIZE[1], SIZE[0], 3), np.float32) for _ in range(2))
    ghost[:, :, : 2 * SPEED] = 0.2  # the two frames' worth of new picture at the left
    clean[:, :, 2 * SPEED + 2 :] = 0.2
    assert metrics.ghosting(list(ghost), clip) == pytest.approx((0.2 * 127.5) ** 2, rel=0.01)
    assert metrics.ghosting(list(clean), clip) == 0


def test_left_over_tells_the_old_picture_from_a_fresh_dream(clip, source):
    """A film that never lets go of the frame before, and one with noise of the same size in the same places."""
    kept = [source[max(t - 1, 0)] - source[t] for t in range(COUNT)]
    kept = [metrics._carry(source[max(t - 1, 0)], way(1).flow) - source[t] for t in range(COUNT)]
    assert metrics.left_over(kept, source, clip) == pytest.approx(1, abs=0.01)
    assert abs(metrics.left_over(noise(), source, clip)) < 0.1


def test_a_cut_is_seen_and_what_is_left_of_the_old_shot(clip, source):
    none = Way(way(1).flow, np.zeros_like(way(1).seen), np.zeros_like(way(1).seen))
    cut = Clip("cut", clip.frames, 15.0, {**clip.ways, 1: {**clip.ways[1], 15: none}})
    assert metrics.cut_frames(cut) == [15] and metrics.cut_frames(clip) == []
    r = [np.zeros_like(s) for s in source]
    assert metrics.after_cuts(r, source, cut) == 0
    r[15] = 0.5 * (source[14] - source[15])
    assert metrics.after_cuts(r, source, cut) == pytest.approx(0.5)
    assert metrics.after_cuts(r, source, clip) is None


def test_content_kept(source):
    noisy = [np.clip(s + n, -1, 1) for s, n in zip(source, noise(0.3), strict=True)]
    for kept in (metrics.similarity, metrics.edge_agreement):
        assert kept(source, source) == pytest.approx(1, abs=1e-5)
        assert kept(noisy, source) < 0.8 and kept([-s for s in source], source) < 0.2


def test_noise_is_fine_and_a_tint_is_not():
    assert metrics.fineness(noise()) > 0.7
    assert metrics.fineness([np.full((96, 160, 3), 0.3, np.float32)] * COUNT) < 0.01


def test_shades(source):
    """A contribution only where the source is dark."""
    dark = [np.where((s @ metrics.RGB_TO_LUMA < -0.7)[..., None], 0.2, 0).astype(np.float32) for s in source]
    shares = metrics.shares_by_shade(dark, source)
    assert shares[0] > 1.5 and max(shares[2:]) == 0


def test_the_judge_calls_hidden_what_two_flows_disagree_on():
    backward, forward = np.zeros((48, 64, 2), np.float32), np.zeros((48, 64, 2), np.float32)
    forward[10:20, 10:20, 0] = 3
    backward[:, 60:, 0] = 9  # from outside
    seen, miss = compared(backward, forward)
    assert not seen[10:20, 10:20].any() and not seen[:, 60:].any() and seen[30:40, 10:50].all()
    assert miss[12, 12] == pytest.approx(3)


def test_the_drawn_aisle_is_judged_by_its_own_exact_flow():
    clip = drawn(13)
    assert len(clip.frames) == 13 and clip.size == (640, 360) and clip.judged == (320, 180)
    luma = [to_network(frame) for frame in clip.small]
    assert metrics.warping_error(luma, clip, 1) < 0.3 * float(np.mean((0.5 * (luma[12] - luma[11])) ** 2))


def stripes(image):
    """A stand-in for the network that wants fine stripes, wherever they are: its gradient and value."""
    fine = image - cv2.blur(image, (5, 1))
    return fine, float(np.square(fine).mean())


@pytest.mark.slow
def test_every_way_is_brought_to_the_same_strength_and_controls_do_not_win(clip, monkeypatch):
    monkeypatch.setattr(contest_room, "WHOLE_TRIES", 9)
    monkeypatch.setattr(contest_room, "TRIES", 9)
    contest = Contest(clip, Look(rate=0.5, jitter=0, grid=SIZE, limit=1.2, half_life=1), Ascent(stripes, 8))
    ours = contest.enter(next(rival for rival in RIVALS if rival.name == "ours"))
    strength = ours.figures["strength"]
    assert strength > 1.1
    entries = {rival.name: contest.enter(rival, ours) for rival in RIVALS}
    for entry in entries.values():
        assert entry.figures["strength"] == pytest.approx(strength, rel=2 * TOLERANCE), entry.name
        assert len(entry.outputs) == COUNT
    for name, meaning, outputs in controls(contest, ours):
        figures = contest.control(name, meaning, outputs).figures
        assert (
            figures["strength"] < 0.9 * strength
            or figures["flicker 1"] > ours.figures["flicker 1"]
            or figures["SSIM"] < ours.figures["SSIM"]
        ), name
