"""A single picture with somebody in it, who is kept clean or dreams alone."""

import numpy as np
import pytest
from PIL import Image

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look, Machine, Still
from kaleidocam.sources.aisle import Aisle
from kaleidocam.still.assembly import dreaming, left_out

MET = 4.1  # seconds into the walk at which the passer-by is near


@pytest.mark.parametrize("subject", ["off", "keep", "dream"])
@pytest.mark.parametrize("size", [None, (160, 96)])
def test_who_dreams(subject, size):
    aisle = Aisle(size=(320, 192), fps=10)
    frame = aisle.skip_to(MET)
    where = aisle._alpha(aisle._moment(frame.index))
    look, still = Look(channel="mixed0:3", subject=subject), Still(octaves="-1..-1", octave_steps=2, step_size=0.5)
    dream = dreaming(frame.image, look, Machine(), still)
    *_, last = dream.steps()
    shown = dream.shown(last, size)
    clean = last.canvas.at(frame.image, size or (320, 192)).base
    changed = np.abs(shown.astype(int) - clean).mean(2)
    step = 320 // changed.shape[1]
    inside, outside = (changed[part[::step, ::step]].mean() for part in (where > 0.95, where < 0.05))
    if subject == "off":
        assert inside > 2 and outside > 2
    else:
        kept, dreamed = (inside, outside) if subject == "keep" else (outside, inside)
        assert dreamed > 2 and kept < 0.4 * dreamed


def test_a_still_takes_a_matte_but_not_what_moves(tmp_path):
    frame = Aisle(size=(320, 192), fps=10).read()
    matte = np.zeros((96, 160), np.uint8)
    matte[:, :80] = 255
    Image.fromarray(matte).save(tmp_path / "matte.png")

    def changed(mask):
        look, still = Look(channel="mixed0:3", mask=mask), Still(octaves="-1..-1", octave_steps=2, step_size=0.5)
        dream = dreaming(frame.image, look, Machine(), still)
        *_, last = dream.steps()
        clean = last.canvas.at(frame.image, (320, 192)).base
        return np.abs(dream.shown(last).astype(int) - clean).mean((0, 2))

    halves = changed(str(tmp_path / "matte.png"))
    assert halves[:150].mean() > 2 and halves[170:].max() == 0
    for mask, what in (("not motion", "no mask 'not motion' in a single picture"), ("tall.png", "is 90x160")):
        with pytest.raises(UserError, match=what):
            Image.new("L", (90, 160)).save(tmp_path / "tall.png")
            changed(mask.replace("tall", f"{tmp_path}/tall"))


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, None),
        ({"layer_channel": "mixed0:4", "layer_amount": 0.0}, None),
        ({"layer_channel": "mixed0:4"}, "a still has no layers; left out: mixed0:4"),
        (
            {"layer_channel": "mixed0:4", "subject_channel": "mixed0:5"},
            "a still has no layers; left out: mixed0:5, mixed0:4",
        ),
    ],
)
def test_what_a_still_has_not_is_said(more, line):
    assert left_out(Look(channel="mixed0:3", **more)) == line
