"""Stills and sweeps as their users meet them."""

import itertools
import re
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from moving import texture

from kaleidocam.still import assembly as stills

QUICK = ["--channel", "mixed0:3", "--octaves", "-1..0", "--octave-steps", "3"]


@pytest.fixture(autouse=True)
def photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = cv2.resize(texture(1), (301, 200), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite("photo.png", picture)
    return picture


def strength(error):
    """What the last line tells: the objective in the picture, in its dream, and what is kept."""
    return map(float, re.search(r": ([\d.e-]+) in the picture, ([\d.e-]+) in its dream; ([\d.]+) of", error).groups())


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_a_still(said, photo, suffix):
    code, out, error = said("still", "photo.png", f"out{suffix}", *QUICK)
    assert code == 0 and not out, error
    before, after, kept = strength(error)
    dreamed = cv2.imread(f"out{suffix}")
    assert after > 1.5 * before and 0.3 < kept < 0.99
    assert dreamed.shape == photo.shape and np.abs(dreamed.astype(int) - photo).mean() > 2


@pytest.mark.slow
def test_several_layers_presets_and_tiles(said):
    assert said("still", "photo.png", "out.png", *QUICK[2:], "--channel", "0.5*mixed1:3 + 0.5*mixed0")[0] == 0
    assert said("still", "photo.png", "eyes.png", "--preset", "eyes", "--octaves", 0, "--octave-steps", 2)[0] == 0
    cv2.imwrite("wide.png", cv2.resize(cv2.imread("photo.png"), (900, 500)))
    code, _, error = said("still", "wide.png", "tiles.png", *QUICK, "--octaves", "0", "--tile-side", "384")
    assert code == 0 and list(strength(error))[2] < 1
    assert cv2.imread("tiles.png").shape == (500, 900, 3)


@pytest.mark.slow
def test_a_guide_leads_a_still(said):
    cv2.imwrite("stripes.png", np.tile(np.repeat([0, 255], 4).astype(np.uint8), (128, 16)))
    code, _, error = said("still", "photo.png", "out.png", *QUICK[:-1], 12, "--channel", "mixed1@stripes.png")
    before, after, _ = strength(error)
    assert code == 0 and after > 1.1 * before


def test_the_ascent_as_a_film(said, photo):
    code, _, error = said("still", "photo.png", "out.png", *QUICK, "--film", "ascent.mp4", "--fps", 10, "-crf", 5)
    assert code == 0, error
    with av.open("ascent.mp4") as film:
        frames = [frame.to_ndarray(format="bgr24")[:200, :301].astype(int) for frame in film.decode(video=0)]
    assert len(frames) == 10 + 6 + 10  # a second of the picture, six steps, a second of the dream
    assert np.abs(frames[0] - photo).mean() < 6 and np.abs(frames[-1] - cv2.imread("out.png")).mean() < 6
    away = [np.abs(frame - photo).mean() for frame in frames[9:16]]
    assert all(later > earlier for earlier, later in itertools.pairwise(away))


def test_stopped_in_its_midst_what_there_is_is_kept(said, photo, monkeypatch):
    def stopped(self, each):
        for number, step in enumerate(steps(self, each)):
            yield step
            if number == 2:
                raise KeyboardInterrupt

    steps = stills.StillDream.steps
    monkeypatch.setattr(stills.StillDream, "steps", stopped)
    code, _, error = said("still", "photo.png", "out.png", *QUICK, "--film", "ascent.mp4")
    assert code == 130 and "saved out.png" in error
    assert np.abs(cv2.imread("out.png").astype(int) - photo).mean() > 1
    with av.open("ascent.mp4") as film:
        assert sum(1 for _ in film.decode(video=0)) == 30 + 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["still", "none.png", "out.png"], "'none.png' can't be read: No such file"),
        (["still", "photo.png", "out.gif"], "'out.gif' names no picture; it must end in .png, .jpg"),
        (["still", "photo.png", "photo.png", "-y"], "is the input itself"),
        (["still", "photo.png", "there.png"], "'there.png' exists; give -y to overwrite it"),
        (["still", "photo.png", "no/out.png"], "there is no folder 'no'"),
        (["still", "photo.png", "out.png", "--octaves", "some"], "octaves are 'some'; write a range as -2..2"),
        (
            ["still", "photo.png", "out.png", "--octaves", "-9..-5"],
            "301x200 is too small to dream in octaves -9..-5 of 1.4",
        ),
        (["still", "photo.png", "out.png", "--step-size", "0"], "--step-size 0 is out of range (0.0001 to 1)"),
        (["still", "photo.png", "out.png", "--channel", "mixed9:3"], "mixed9 can't be dreamed with these weights"),
        (
            ["still", "photo.png", "out.png", "--max-pixels", "60199"],
            "has 301x200 pixels, 60200 in all; the limit is 60199; give a smaller one, or --max-pixels 60200",
        ),
        (["sweep", "photo.png", "out.png", "--max-pixels", "60199"], "the limit is 60199; give a smaller one"),
        (["still", "-", "out.png"], "'-' is a pipe or a device; give the path of a picture"),
        (["still", "photo.png", "-"], "a picture can't be written to a pipe"),
        (
            ["still", "photo.png", "out.png", "--half-life", "3"],
            "--half-life; an option of film, preview, live, demo, doctor, not of still",
        ),
        (["still", "photo.png", "out.png", "--film", "out.gif"], "'out.gif' names no film; it must end in"),
        (["sweep", "photo.png", "out.png", "--across", "step_sise=1,2"], "did you mean 'step_size'"),
        (["sweep", "photo.png", "out.png", "--across", "step_size="], "write a parameter and its values as"),
        (["sweep", "photo.png", "out.png", "--across", "step_size=0.01,fast"], "step_size is 'fast'; allowed is"),
        (
            ["sweep", "photo.png", "out.png", "--across", "tilt=0", "--down", "tilt=1"],
            "are both tilt; give two different parameters",
        ),
        (["sweep", "photo.png", "out.png", "--down", "channel=mixed5:74,mixed5:768"], "no channel 768 in mixed5"),
        (["sweep", "photo.png", "out.png", "--down", "octaves=0,-9"], "too small to dream in octaves -9"),
        (["sweep", "photo.png", "out.png", "--across", f"tilt={','.join(['0'] * 99)}"], "99 by 4 cells; 144 at most"),
    ],
)
def test_what_is_wrong_is_one_line(said, arguments, message):
    Path("there.png").write_text("mine")
    code, out, error = said(*arguments)
    assert code == 2 and not out and message in error and error.count("\n") == 1, error
    assert Path("there.png").read_text() == "mine"
    assert sorted(path.name for path in Path().iterdir()) == ["photo.png", "there.png"]


@pytest.mark.slow
def test_a_sweep_shows_what_each_setting_does(said):
    code, out, error = said(
        "sweep",
        "photo.png",
        *QUICK,
        "--across",
        "step-size=0.005,0.08",
        "--down",
        "channel=mixed0:3,mixed1:7,mixed0^2",
        "--cell",
        160,
    )
    assert code == 0 and "saved photo-sweep.png" in error
    sheet = cv2.imread("photo-sweep.png").astype(int)
    assert sheet.shape[0] > 3 * 106 and sheet.shape[1] > 2 * 160
    photo = cv2.resize(cv2.imread("photo.png"), (160, 106), interpolation=cv2.INTER_AREA)
    weak, strong = sheet[20:126, 150:310], sheet[20:126, 318:478]
    assert 0 < np.abs(weak - photo).mean() < 0.5 * np.abs(strong - photo).mean()


def test_a_preview_that_can_not_be_written_is_an_error(said, tmp_path):
    code, _, error = said("preview", "aisle", "no/where.png", "--moments", 1, "--grid", "96x96", "-to", 1)
    assert code == 2 and "there is no folder 'no'" in error


def test_a_still_says_that_it_has_no_layers(said):
    Path("laid.toml").write_text('channel = "mixed0:3"\nlayer = "feathers"\n')
    for command in ("still", "sweep"):
        more = [] if command == "still" else ["--across", "step_size=0.02", "--down", "octave_steps=1"]
        code, _, error = said(command, "photo.png", f"{command}.png", "--preset", "laid.toml", *QUICK[2:], *more)
        assert code == 0 and error.count("a still has no layers; left out: mixed4:101") == 1
