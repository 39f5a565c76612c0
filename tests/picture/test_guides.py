"""A second picture leads the dream: in films, live, and by naming channels; and it stays on this machine's terms."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from film_pieces import write_clip
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.film.order import Order, _settings
from kaleidocam.live.assembly import make_desk
from kaleidocam.picture.assembly import guide_picture, make_dreamer
from kaleidocam.settings.parameters import Look, Machine

QUICK = ["--grid", "96x96", "--burst", "0", "--cuts", "none"]


@pytest.fixture
def guides(tmp_path):
    """Two pictures of different kinds: stripes, and a texture."""
    stripes = (np.sin(np.mgrid[:128, :192][1] / 4) * 120 + 128).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "stripes.png"), cv2.cvtColor(stripes, cv2.COLOR_GRAY2BGR))
    cv2.imwrite(str(tmp_path / "my own + texture.png"), texture(3))
    return tmp_path


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.mp4", (np.roll(texture(0), i, 1) for i in range(6)))


def last_frame(path):
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)][-1].astype(int)


def test_each_guide_makes_its_own_film(said, guides, clip):
    films = {}
    for name in ("stripes.png", "my own + texture.png"):
        out = guides / f"{name}.mp4"
        code, _, error = said("film", clip, out, *QUICK, "--channel", f'mixed1@"{guides / name}"', "--rate", 3)
        assert code == 0, error
        films[name] = last_frame(out)
    ours, others = films.values()
    assert np.abs(ours - others).mean() > 2 and np.abs(ours - last_frame(clip)).mean() > 2


def test_a_changed_guide_makes_another_film(guides):
    order = Order("clip.mp4", "out.mp4", Look(channel=f"mixed1@{guides / 'stripes.png'}"), Machine())
    before = _settings(order)
    assert before == _settings(order)
    cv2.imwrite(str(guides / "stripes.png"), np.full((128, 128, 3), 7, np.uint8))
    assert _settings(order) != before


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("none.png", "can't be read: No such file or directory; give the path of a picture"),
        ("words.png", "is not a picture that can be read"),
        ("thin.png", "2000x100, too thin to guide; give one that is no more than 8 times as long as wide"),
        (".", "can't be read"),
    ],
)
def test_a_wrong_guide_is_one_line(said, tmp_path, clip, picture, message):
    (tmp_path / "words.png").write_text("no picture")
    cv2.imwrite(str(tmp_path / "thin.png"), np.zeros((100, 2000, 3), np.uint8))
    out = tmp_path / "out.mp4"
    code, _, error = said("film", clip, out, *QUICK, "--channel", f"mixed1@{tmp_path / picture}")
    assert code == 2 and message in error and error.count("\n") == 1 and not out.exists()


@pytest.mark.parametrize("size", [(40, 30), (1, 1), (96, 700), (4000, 500)])
def test_any_picture_that_is_not_too_thin_guides(tmp_path, size):
    cv2.imwrite(str(tmp_path / "guide.png"), np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8))
    picture = guide_picture(str(tmp_path / "guide.png"))
    assert picture.dtype == np.float32 and np.abs(picture).max() <= 1
    assert min(picture.shape[:2]) >= 96 and (max(picture.shape[:2]) <= 320 or min(picture.shape[:2]) == 96)


def test_the_panel_can_not_reach_for_pictures_but_a_preset_can(guides, monkeypatch):
    given, own = guides / "stripes.png", guides / "my own + texture.png"
    monkeypatch.setattr("kaleidocam.settings.presets.own_presets", lambda: guides / "presets")
    desk = make_desk(Look(channel=f"mixed1@{given}"), Machine())
    desk.set("channel", "mixed1:3", "the panel")
    desk.set("channel", f"0.5*mixed2@{given} + 0.5*mixed1:3", "the panel")
    with pytest.raises(UserError, match="no picture of this performance; name it on the command line, or in a preset"):
        desk.set("channel", f'mixed1@"{own}"', "the panel")
    with pytest.raises(UserError, match="no picture of this performance"):
        desk.set("palette", str(own), "the panel")
    assert desk.base.channel == f"0.5*mixed2@{given} + 0.5*mixed1:3"
    (guides / "presets").mkdir()
    (guides / "presets" / "mine.toml").write_text(f"""channel = 'mixed1@"{own}"'\n""")
    desk.load("mine", "the panel")
    assert desk.base.channel == f'mixed1@"{own}"'
    (guides / "presets" / "gone.toml").write_text('palette = "gone.jpg"')
    with pytest.raises(UserError, match="no palette 'gone.jpg'; allowed is natural, scene, prism, or the path of a"):
        desk.load("gone", "the panel")
    assert desk.base.palette == "natural"


def test_live_dreams_towards_a_guide(guides):
    look = Look(channel=f"mixed1@{guides / 'stripes.png'}")
    dreamer = make_dreamer(look, Machine())
    image = np.random.default_rng(0).uniform(-0.2, 0.2, (96, 128, 3)).astype(np.float32)
    before = dreamer.measure(image)
    for _ in range(6):
        image = dreamer(image, 1 / 10, look)
    assert dreamer.measure(image) > 1.2 * before


@pytest.mark.slow
def test_a_picture_names_its_channels(said, guides):
    code, out, error = said("guide", guides / "stripes.png", "--top", 7)
    lines = [line.split() for line in out.splitlines()]
    assert code == 0 and len(lines) == 7 and "--channel mixed4@" in error
    figures = [float(line[1]) for line in lines]
    assert figures == sorted(figures, reverse=True) and figures[-1] > 1
    assert said("guide", guides / "my own + texture.png", "--top", 7)[1] != out
    _, only, _ = said("guide", guides / "stripes.png", "--layer", "mixed2", "--layer", "mixed3")
    assert {line.split(":")[0] for line in only.splitlines()} == {"mixed2", "mixed3"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png"], "'none.png' can't be read: No such file"),
        (["stripes.png", "--layer", "mixed44"], "no layer 'mixed44' in these weights; they have mixed0, .*mixed4"),
        (["stripes.png", "--layer", "mixed7"], "no layer 'mixed7' in these weights"),
        (["stripes.png", "--top", "0"], "--top"),
    ],
)
def test_wrong_questions_are_one_line(said, guides, monkeypatch, arguments, message):
    import re

    monkeypatch.chdir(guides)
    code, out, error = said("guide", *arguments)
    assert code == 2 and not out and re.search(message, error) and error.count("\n") == 1
    assert Path("stripes.png").exists()
