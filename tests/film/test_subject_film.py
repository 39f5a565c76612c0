"""A film with a subject, and one with a trigger: the same frames in whatever pieces and processes; and who dreams."""

from fractions import Fraction

import numpy as np
import pytest

from kaleidocam.dream.base import Plain
from kaleidocam.film.pieces import Pieces
from kaleidocam.film.plan import make_plan
from kaleidocam.film.render import SegmentParts, render
from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.piece import PieceFile, open_piece
from kaleidocam.sources.aisle import Aisle

SIZE, GRID, FPS, FRAMES = (160, 96), (96, 96), 25, 18
BEGIN = 3.2  # seconds into the walk, when the passer-by is near


class Met(Aisle):
    """The passer-by comes near."""

    def __init__(self):
        super().__init__(size=SIZE, fps=FPS, frames=FRAMES)

    def _moment(self, index):
        return super()._moment(index + round(BEGIN * FPS))


def look_at(seconds):
    """Off, keep and dream, in less time than the way from one to another takes."""
    return Look(grid=GRID, subject=("off", "keep", "dream")[int(seconds / 0.25) % 3], subject_soft=0.02)


def parts(look_at=look_at):
    eye, dream = Eye(GRID, Tracker()), Dream(GRID, Plain(lambda image, seconds, look: image - np.float32(0.3)))

    def open_a_piece(path):
        return PieceFile(path, CODECS["ffv1"], size=SIZE, fps=FPS, tick=Fraction(1, 12800), crf=None)

    fresh = {"eye": eye.state(), "dream": dream.state()}
    return SegmentParts(Met(), eye, dream, fresh, look_at, lambda before, after: after, open_a_piece)


def plan(longest):
    return make_plan([i / FPS for i in range(FRAMES)], (), longest=longest)


def rendered(folder, longest=FRAMES, look_at=look_at):
    """The frames of a film in pieces of at most so many frames. After each piece it breaks off, and goes on in another
    eye and dream, as another process has them."""
    folder.mkdir()
    kept, whole = Pieces(folder, ".nut"), plan(longest)
    for piece in whole.pieces:
        try:
            render(whole.segments[0], whole, kept, parts(look_at), each=stopping(piece.end))
        except KeyboardInterrupt:
            kept.left.unlink()
    images = []
    for piece in whole.pieces:
        with open_piece(kept.path(piece)) as opened:
            images += [frame.to_ndarray(format="bgr24") for frame in opened.decode(video=0)]
    return images


def stopping(index):
    def each(frame):
        if frame.index == index:
            raise KeyboardInterrupt

    return each


def waiting_at(seconds):
    """Motion, stillness and presence let the dream in, and it is on its way all the time."""
    trigger = ("motion", "still", "presence")[int(seconds / 0.25) % 3]
    return Look(grid=GRID, trigger=trigger, trigger_come=0.5, trigger_go=0.3)


@pytest.mark.parametrize("look_at", [look_at, waiting_at])
def test_pieces_and_processes_change_nothing(tmp_path, look_at):
    whole, cut = rendered(tmp_path / "whole", look_at=look_at), rendered(tmp_path / "cut", 5, look_at)
    assert len(cut) == FRAMES and all(np.array_equal(a, b) for a, b in zip(cut, whole, strict=True))


@pytest.mark.parametrize("subject", ["keep", "dream"])
def test_the_person_is_kept_or_dreams_alone(tmp_path, subject):
    """The dream darkens: who is it, the passer-by or the shop?"""
    look = Look(grid=GRID, subject=subject)
    shown, source = rendered(tmp_path / "film", look_at=lambda seconds: look)[-1], Met()
    for _ in range(FRAMES):
        clean = source.read()
    person = source._alpha(source._moment(FRAMES - 1))
    darker = clean.image.astype(float).mean(2) - shown.astype(float).mean(2)
    inside, outside = (np.median(darker[where & (clean.image.min(2) > 40)]) for where in (person > 0.9, person < 0.1))
    kept, dreamed = (inside, outside) if subject == "keep" else (outside, inside)
    assert dreamed > 10 and abs(kept) < 0.3 * dreamed


def layered(seconds):
    """Layers that come, go, change places and lie on the passer-by."""
    looks = (
        {"layer_channel": "mixed3:1", "layer_amount": 0.6},
        {"channel": "mixed3:1", "subject_channel": "mixed3:2"},
        {"channel": "mixed3:1", "layer_channel": "mixed3:3", "layer_mask": "not people", "layer_blend": "screen"},
    )
    return Look(grid=GRID, morph=0.2, cadence=24, **looks[int(seconds / 0.25) % 3])


def test_layers_are_the_same_in_whatever_pieces_and_processes(tmp_path):
    whole, cut = (rendered(tmp_path / name, longest, layered) for name, longest in (("whole", FRAMES), ("cut", 5)))
    assert len(cut) == FRAMES and all(np.array_equal(a, b) for a, b in zip(cut, whole, strict=True))
    plain = rendered(tmp_path / "plain", look_at=lambda seconds: Look(grid=GRID, morph=0.2, cadence=24))
    assert not np.array_equal(plain[-1], whole[-1])


@pytest.fixture
def matte(tmp_path):
    """A film that is twice as fast, and shorter: a bar goes from left to right."""
    path = tmp_path / "matte.mkv"
    with PieceFile(path, CODECS["ffv1"], size=SIZE, fps=2 * FPS, tick=Fraction(1, 12800), crf=None) as film:
        for i in range(24):
            picture = np.zeros((*SIZE[::-1], 3), np.uint8)
            picture[:, 6 * i : 6 * i + 20] = 255
            film.write(Frame(picture, i / (2 * FPS), i))
    return str(path)


@pytest.mark.parametrize("masks", [("motion", "luma 0.4", "green"), ("{}", "not {}", "depth {} 0.3")])
def test_whatever_the_mask_pieces_and_processes_change_nothing(tmp_path, matte, masks):
    def masked(seconds):
        mask = masks[int(seconds / 0.2) % 3].format(matte)
        return Look(grid=GRID, mask=mask, subject="keep", subject_soft=0.01 * int(seconds / 0.3))

    whole = rendered(tmp_path / "whole", look_at=masked)
    cut = rendered(tmp_path / "cut", 5, look_at=masked)
    assert len(cut) == FRAMES and all(np.array_equal(a, b) for a, b in zip(cut, whole, strict=True))


def test_a_matte_is_frame_by_frame_where_the_dream_is(tmp_path, matte):
    look = Look(grid=GRID, mask=matte, subject="dream")
    shown = rendered(tmp_path / "film", look_at=lambda seconds: look)
    source = Met()
    for i, picture in enumerate(shown):
        clean = source.read().image
        changed = (np.abs(clean.astype(int) - picture).max(2) > 4).any(0)
        left = 12 * min(i, 11) + 6 * (i > 11)  # every second frame of the matte, and then its last one
        assert (
            changed[left + 2 : left + 18].all() and not changed[: max(0, left)].any() and not changed[left + 20 :].any()
        )
