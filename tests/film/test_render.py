"""A segment rendered piece by piece: the same frames however it was interrupted."""

import re
from fractions import Fraction

import numpy as np
import pytest
from moving import Moving
from small_disk import small_disk

from kaleidocam.dream.base import Plain
from kaleidocam.errors import UserError
from kaleidocam.film.pieces import Pieces
from kaleidocam.film.plan import make_plan
from kaleidocam.film.render import SegmentParts, render
from kaleidocam.film.seam import SeamDream, SeamEye, faded
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.piece import PieceFile, open_piece

GRID, FRAMES, TICK = (96, 96), 24, Fraction(1, 12800)
LOOK = Look(grid=GRID, spin=0.3, mirrors=5, fold="inside", cadence=10)


class Counting(Plain):
    """A dreamer whose every step depends on all before it."""

    def __init__(self):
        self.count = 0

    def __call__(self, image, seconds, look):
        self.count += 1
        return np.clip(np.roll(image, self.count, axis=1) * np.float32(0.9), -1, 1)

    def state(self):
        return {"count": self.count}

    def restore(self, memory):
        self.count = memory["count"]


def parts(source=None, **more):
    eye, dream = Eye(GRID, Tracker()), Dream(GRID, Counting())
    fresh = {"eye": eye.state(), "dream": dream.state()}
    codec = CODECS["ffv1"]

    def open_a_piece(path):
        return PieceFile(path, codec, size=(160, 96), fps=25, tick=TICK, crf=None)

    given = {
        "source": source or Moving(FRAMES),
        "eye": eye,
        "dream": dream,
        "fresh": fresh,
        "look_at": lambda seconds: LOOK,
        "shown": lambda before, after: after,
        "open_piece": open_a_piece,
    }
    return SegmentParts(**given | more)


def plan(**more):
    return make_plan([i / 25 for i in range(FRAMES)], (), **{"longest": 7} | more)


def pictures(kept, plan):
    images = []
    for piece in plan.pieces:
        with open_piece(kept.path(piece)) as opened:
            images += [frame.to_ndarray(format="bgr24") for frame in opened.decode(video=0)]
    return images


@pytest.fixture
def whole(tmp_path):
    """The segment rendered at once, as one piece."""
    (tmp_path / "whole").mkdir()
    kept, single = Pieces(tmp_path / "whole", ".nut"), plan(longest=FRAMES)
    render(single.segments[0], single, kept, parts())
    images = pictures(kept, single)
    assert len(images) == FRAMES and len({image.tobytes() for image in images}) == FRAMES
    return images


def same(images, others):
    return len(images) == len(others) and all(np.array_equal(a, b) for a, b in zip(images, others, strict=True))


def test_pieces_change_nothing(tmp_path, whole):
    kept, cut = Pieces(tmp_path, ".nut"), plan()
    render(cut.segments[0], cut, kept, parts())
    assert len(cut.pieces) == 4 and same(pictures(kept, cut), whole)


@pytest.mark.slow
@pytest.mark.parametrize("at", range(0, FRAMES, 3))
def test_an_interrupted_segment_goes_on_exactly(tmp_path, whole, at):
    kept, cut = Pieces(tmp_path, ".nut"), plan()

    def interrupt(frame):
        if frame.index == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(cut.segments[0], cut, kept, parts(), each=interrupt)
    finished = sum(piece.end - piece.first for piece in cut.pieces if kept.finished(piece))
    left = kept.left
    if finished < at + 1:
        with open_piece(left) as opened:
            shown = [frame.to_ndarray(format="bgr24") for frame in opened.decode(video=0)]
        assert same(shown, whole[finished : at + 1])
    else:
        assert left is None
    again = []
    render(cut.segments[0], cut, kept, parts(), each=lambda frame: again.append(frame.index))
    assert again == list(range(finished, FRAMES)) and same(pictures(kept, cut), whole)


@pytest.mark.parametrize("missing", [(0,), (1,), (3,), (0, 2), (1, 2)])
def test_only_what_is_missing_is_rendered(tmp_path, whole, missing):
    kept, cut = Pieces(tmp_path, ".nut"), plan()
    render(cut.segments[0], cut, kept, parts())
    for number in missing:
        kept.drop(cut.pieces[number])
    others = {piece: kept.path(piece).stat().st_mtime_ns for piece in cut.pieces if kept.finished(piece)}
    again = []
    render(cut.segments[0], cut, kept, parts(), each=lambda frame: again.append(frame.index))
    assert again == list(range(cut.pieces[missing[-1]].end))  # from the beginning, as no memory was left before it
    assert same(pictures(kept, cut), whole)
    assert all(kept.path(piece).stat().st_mtime_ns == at for piece, at in others.items())


def test_a_damaged_memory_costs_time_and_nothing_else(tmp_path, whole):
    kept, cut = Pieces(tmp_path, ".nut"), plan()

    def interrupt(frame):
        if frame.index == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(cut.segments[0], cut, kept, parts(), each=interrupt)
    states = list(tmp_path.glob("*.npz"))
    assert len(states) == 1  # only what is gone on from
    states[0].write_bytes(b"no memory")
    render(cut.segments[0], cut, kept, parts())
    assert same(pictures(kept, cut), whole) and not list(tmp_path.glob("*.npz"))


def seamed(segment):
    """SegmentParts for a segment that fades into the next."""
    given, following = parts(), parts()
    if segment.fade is None:
        return given
    eye = SeamEye(given.eye, following.eye, segment.fade, segment.end)
    dream = SeamDream(given.dream, following.dream, eye, segment.fade, segment.end)
    fresh = {part: {"own": given.fresh[part], "following": following.fresh[part]} for part in given.fresh}
    return parts(eye=eye, dream=dream, fresh=fresh)


@pytest.mark.slow
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_parts_of_a_split_take_are_the_same_in_any_order(tmp_path, whole, order):
    kept, split, dreamed = Pieces(tmp_path, ".nut"), plan(split=0.33, pre_roll=0.15, longest=3), {}
    for number in order:
        segment, dreamed[number] = split.segments[number], []
        render(segment, split, kept, seamed(segment), each=lambda frame: dreamed[number].append(frame.index))
    first, second, third = split.segments
    assert (first.fade, second.fade, third.fade) == (second.begin, third.begin, None)
    assert (second.first - second.begin, third.first - third.begin) == (4, 4)
    if order == (0, 1, 2):  # the pre-roll was dreamed already, by the segment before
        assert [dreamed[i][0] for i in range(3)] == [0, second.first, third.first]
    else:
        assert dreamed[order[0]][0] == split.segments[order[0]].begin
    images = pictures(kept, split)
    reference = Pieces(tmp_path / "reference", ".nut")
    reference.folder.mkdir()
    for segment in reversed(split.segments):
        render(segment, split, reference, seamed(segment))
    assert len(images) == FRAMES and same(images, pictures(reference, split))
    assert same(images[: second.begin], whole[: second.begin]) and not same(images, whole)


def test_an_interrupted_fade_goes_on_exactly(tmp_path):
    kept, split = Pieces(tmp_path, ".nut"), plan(split=0.5, pre_roll=0.3, longest=3)
    segment = split.segments[0]
    render(segment, split, kept, seamed(segment))
    images = [kept.path(piece).read_bytes() for piece in segment.pieces]
    inside = segment.pieces[-1]
    assert segment.fade < inside.first
    assert kept.state(inside) is not None and kept.state(segment.pieces[-2]) is None
    kept.drop(inside)
    render(segment, split, kept, seamed(segment))
    assert [kept.path(piece).read_bytes() for piece in segment.pieces] == images


def test_a_fade_goes_all_the_way_and_keeps_its_strength():
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal((40, 60, 3)).astype(np.float32) * s for s in (1, 2))
    steps = [faded(a, b, share) for share in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(steps[0], a, atol=1e-6)
    np.testing.assert_allclose(steps[2], b, atol=1e-6)
    assert steps[1].std() == pytest.approx(1.5, rel=0.02)
    assert not faded(a * 0, a * 0, 0.5).any()


@pytest.mark.slow
@pytest.mark.parametrize("at", [0, 5, 6, 7, 20, 23])
def test_a_full_disk_keeps_what_is_finished(tmp_path, whole, at):
    kept, cut, written = Pieces(tmp_path, ".nut"), plan(), []

    class Full(PieceFile):
        def write(self, frame):
            if len(written) == at:
                raise UserError("'piece' can't be written: no space left on device")
            written.append(frame.index)
            super().write(frame)

    def full(path):
        return Full(path, CODECS["ffv1"], size=(160, 96), fps=25, tick=TICK, crf=None)

    with pytest.raises(UserError, match="no space left on device; finished pieces are kept: make room, then give the "):
        render(cut.segments[0], cut, kept, parts(open_piece=full))
    assert not [path for path in tmp_path.iterdir() if ".part." in path.name]
    assert [kept.finished(piece) for piece in cut.pieces] == [piece.end <= at for piece in cut.pieces]
    render(cut.segments[0], cut, kept, parts())
    assert same(pictures(kept, cut), whole)


@pytest.mark.slow
def test_out_of_space_at_any_write_of_piece_memory_or_entry_keeps_what_is_finished(tmp_path, whole):
    """A disk that grows a little with each attempt, of real writes; the pieces differ in size."""
    kept, cut, finished = Pieces(tmp_path, ".nut"), plan(longest=5), []
    for size in range(0, 400_000, 9000):
        with small_disk(size):
            try:
                render(cut.segments[0], cut, kept, parts())
                break
            except UserError as error:
                assert re.search("can't be written: .*(too large|efbig)", str(error).lower()), str(error)
        assert not [path for path in tmp_path.iterdir() if ".part." in path.name or path.suffix == ".new"]
        assert all(kept.finished(piece, thorough=True) for piece in cut.pieces if kept.finished(piece))
        finished.append(sum(map(kept.finished, cut.pieces)))
    assert len(finished) > 5 and finished == sorted(finished) and same(pictures(kept, cut), whole)


def test_a_film_that_has_changed_is_not_mixed(tmp_path):
    kept, cut = Pieces(tmp_path, ".nut"), plan()
    for other in (Moving(FRAMES - 3), Moving(FRAMES, fps=24.0)):
        with pytest.raises(UserError, match="the input has changed since"):
            render(cut.segments[0], cut, kept, parts(other))
