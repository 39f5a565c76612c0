"""What is rendered in which order."""

import pytest

from kaleidocam.film.plan import LONGEST_PIECE, PIECE_SECONDS, make_plan, piece_frames
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.codecs import CODECS

H264 = CODECS["h264"]
SECONDS = [i / 10 for i in range(200)]


def frames(plan):
    return [(piece.first, piece.end) for piece in plan.pieces]


@pytest.mark.parametrize("cuts", [(), (1,), (50, 51, 120), (199,)])
@pytest.mark.parametrize("first, end", [(0, 200), (3, 180), (50, 51)])
@pytest.mark.parametrize("split, longest", [(0.0, 240), (3.0, 7), (0.05, 1), (100.0, 13)])
def test_every_frame_is_in_one_piece_in_order(cuts, first, end, split, longest):
    plan = make_plan(SECONDS, cuts, first=first, end=end, split=split, pre_roll=1.0, longest=longest)
    assert [i for a, b in frames(plan) for i in range(a, b)] == list(range(first, end))
    assert [piece.number for piece in plan.pieces] == list(range(len(plan.pieces)))
    assert all(b - a <= longest for a, b in frames(plan))
    for segment in plan.segments:
        assert segment.begin <= segment.first
        assert not any(segment.begin < cut <= segment.first for cut in cuts)


def test_shots_begin_at_cuts_without_a_pre_roll():
    plan = make_plan(SECONDS, (50, 120), pre_roll=2.0)
    assert [(s.shot, s.begin, s.first, s.end) for s in plan.segments] == [
        (0, 0, 0, 50),
        (1, 50, 50, 120),
        (2, 120, 120, 200),
    ]
    assert plan.shots == (0.0, 5.0, 12.0) and (plan.first, plan.end) == (0, 200)


def test_a_long_take_is_split_evenly_with_a_pre_roll():
    plan = make_plan(SECONDS, (), split=7.0, pre_roll=1.0)
    assert [(s.shot, s.begin, s.first, s.end) for s in plan.segments] == [
        (0, 0, 0, 67),
        (0, 57, 67, 133),
        (0, 123, 133, 200),
    ]


def test_a_pre_roll_counts_seconds_and_stays_in_its_shot():
    seconds = [0, 0.5, 1, 1.2, 1.3, 1.4, 5, 5.1, 5.2]
    plan = make_plan(seconds, (3,), split=2.0, pre_roll=1.0)
    assert [(s.begin, s.first) for s in plan.segments] == [(0, 0), (3, 3), (5, 6)]
    plan = make_plan(seconds, (5,), split=2.0, pre_roll=60.0)
    assert [(s.begin, s.first) for s in plan.segments][1:] == [(5, 5), (5, 6)]


def test_pieces_are_shorter_where_rendering_is_slower():
    usual = piece_frames(Look(), (1280, 720), 30.0, H264)
    assert LONGEST_PIECE == piece_frames(Look(), (320, 180), 30.0, H264) > usual
    assert usual == piece_frames(Look(), (720, 1280), 30.0, H264)
    large = piece_frames(Look(grid=(640, 360)), (3840, 2160), 30.0, H264)
    assert piece_frames(Look(grid=(1920, 1080), steps=4, cadence=60), (3840, 2160), 60.0, H264) < large < usual


def test_the_grid_counts_as_it_is_on_pictures_of_that_size():
    asked = {Look(): (576, 324), Look(detail=2): (1152, 648), Look(detail=0.5): (288, 162)}
    for look, grid in asked.items():
        assert piece_frames(look, (1280, 720), 30.0, H264) == piece_frames(Look(grid=grid), (1280, 720), 30.0, H264)
    assert piece_frames(Look(), (3840, 2160), 30.0, H264) == piece_frames(
        Look(grid=(1000, 562)), (3840, 2160), 30.0, H264
    )


def test_no_look_is_too_heavy_to_keep_what_was_rendered():
    """1.9 s a frame, as the audit measured it, were 80 s a piece; beyond the time of a piece, a frame is one."""
    assert 1 <= piece_frames(Look(grid=(1280, 720), steps=16, cadence=15), (1920, 1080), 60.0, H264) <= 30 / 1.9 / 3
    assert piece_frames(Look(grid=(3840, 2160), steps=16, cadence=60), (3840, 2160), 60.0, H264) == 1


@pytest.mark.parametrize("name", ["h265", "prores"])
def test_a_slow_encoder_counts(name):
    """60 to 90 ms a frame at 1280x720, measured."""
    frames = piece_frames(Look(), (1280, 720), 30.0, CODECS[name])
    assert 0.06 * frames < PIECE_SECONDS and frames >= 40


def test_what_is_rendered_without_loss_first_costs_what_that_does():
    assert (
        piece_frames(Look(), (1920, 1080), 30.0, CODECS["png"])
        == piece_frames(Look(), (1920, 1080), 30.0, CODECS["ffv1"])
        < piece_frames(Look(), (1920, 1080), 30.0, H264)
    )
