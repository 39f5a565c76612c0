"""Aims held against figures."""

from proof.aims import OTHERS, aims

WAY = {"flicker 1": 1.0, "ghosting": 100.0, "SSIM": 0.5, "edges": 0.5}
RICH = {"luma": 0.9, "contrast": 0.22, "fine": 0.3, "white": None, "dark": 0.7, "recovery": 0.2, "carried": None}
GOOD = RICH | {"flicker 1": 0.05, "ghosting": 10.0, "SSIM": 0.6, "edges": 0.6}
SHAPES = {"portrait": 0.9, "4:1": 1.2}


def clips(ours, **more):
    return {"clip": dict.fromkeys(OTHERS, WAY) | {"ours": ours}, **more}


def missed(rows):
    return [row["aim"] for row in rows if not row["met"]]


def test_steadiness_and_content_are_held_against_the_rivals():
    assert not missed(aims(clips(GOOD), SHAPES))
    bad = GOOD | {"flicker 1": 0.2, "ghosting": 30.0, "SSIM": 0.4}
    assert len(missed(aims(clips(bad), SHAPES))) == 7


def test_a_faint_gray_slow_or_stretched_dream_misses():
    poor = GOOD | {"luma": 0.5, "contrast": 0.1, "fine": 0.1, "dark": 0.3, "recovery": "never"}
    rows = aims(clips(poor), SHAPES | {"4:1": 2.0})
    assert len(missed(rows)) == 11
    assert next(row for row in rows if row["aim"].startswith("recovery"))["figure"] == "never"
    assert "anisotropy, the narrowest of the shapes" in missed(aims(clips(GOOD), {"portrait": 0.5}))


def test_what_no_clip_can_tell_is_no_aim():
    assert not any(row["aim"].startswith(("white", "carried")) for row in aims(clips(GOOD), SHAPES))


def test_the_pan_tells_what_is_carried_and_nothing_of_the_rest():
    pan = {"ours": dict.fromkeys(GOOD, 0.0) | {"carried": 0.4, "recovery": 0.1}}
    assert missed(aims(clips(GOOD, pan=pan), SHAPES)) == ["carried, on the pan"]
