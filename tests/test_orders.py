"""Films and stills ordered by a program: what the commands make, and not a word said."""

import hashlib
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from film_pieces import picture, write_clip
from moving import Moving

import kaleidocam
from kaleidocam import UserError

QUICK = {"grid": "96x96", "channel": "mixed0:3", "burst": 2}
FLAGS = [word for name, value in QUICK.items() for word in (f"--{name}", value)]
STILL = {"channel": "mixed0:3", "octaves": "-1..0", "octave_steps": 3}
FRAMES = 16


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, with clip.mp4 and photo.png."""
    monkeypatch.chdir(tmp_path)
    write_clip("clip.mp4", map(picture, range(FRAMES)))
    cv2.imwrite("photo.png", picture(0, (240, 160)))
    return tmp_path


def test_a_film_is_that_of_the_command_and_nothing_is_said(here, said, capsys):
    flags = ["--from", "0.08", "--to", "0.48", "--show", "split", "--strength", "1.5"]
    assert said("film", "clip.mp4", "wanted.mp4", *FLAGS, *flags)[0] == 0
    capsys.readouterr()
    told = []
    kaleidocam.film(
        Path("clip.mp4"),
        "film.mp4",
        start=0.08,
        end=0.48,
        show="split",
        strength=1.5,
        progress=lambda *figures: told.append(figures),
        **QUICK,
    )
    assert digest("film.mp4") == digest("wanted.mp4")
    assert told == [(done, 10) for done in range(11)]
    assert capsys.readouterr() == ("", "")


def test_nothing_is_written_by_the_libraries_either(here, capfd):
    kaleidocam.film("clip.mp4", "film.mp4", end=0.1, **QUICK)
    kaleidocam.still("photo.png", **STILL)
    assert capfd.readouterr() == ("", "")


def test_a_score_leaves_alone_what_was_given_by_name(here, said):
    Path("score.toml").write_text("[[change]]\nat = 0.2\nrate = 3\ncolor = 0\n")
    assert said("film", "clip.mp4", "wanted.mp4", *FLAGS, "--score", "score.toml", "--color", "1.5")[0] == 0
    kaleidocam.film("clip.mp4", "film.mp4", score="score.toml", color=1.5, **QUICK)
    assert digest("film.mp4") == digest("wanted.mp4")


def test_a_stopped_film_goes_on_with_the_same_call(here, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("kaleidocam"), "propagate", True)  # whatever a command said before

    def stop(done, total):
        if done == 9:
            raise KeyboardInterrupt

    kaleidocam.film("clip.mp4", "wanted.mp4", **QUICK, cuts="0.2")
    with pytest.raises(KeyboardInterrupt):
        kaleidocam.film("clip.mp4", "film.mp4", **QUICK, cuts="0.2", progress=stop)
    assert Path("film.mp4.pieces").is_dir()
    begun = []
    with caplog.at_level("INFO", "kaleidocam"):
        kaleidocam.film("clip.mp4", "film.mp4", **QUICK, cuts="0.2", progress=lambda *told: begun.append(told))
    assert begun[0] == (5, FRAMES) and "continuing: 5 of 16 frames" in caplog.text
    assert digest("film.mp4") == digest("wanted.mp4")


def test_a_film_is_not_overwritten_unasked(here):
    Path("film.mp4").write_text("mine")
    with pytest.raises(UserError, match=r"film\.mp4"):
        kaleidocam.film("clip.mp4", "film.mp4", **QUICK)
    assert Path("film.mp4").read_text() == "mine"
    kaleidocam.film("clip.mp4", "film.mp4", overwrite=True, end=0.1, **QUICK)
    assert Path("film.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (lambda: kaleidocam.film(Moving(5), "film.mp4"), r"source is a Moving; give a path.*Kaleidoscope\.frames"),
        (lambda: kaleidocam.film("nosuch.mp4", "film.mp4"), "nosuch.mp4"),
        (lambda: kaleidocam.film("0", "film.mp4"), "never ends"),
        (lambda: kaleidocam.film("clip.mp4", "film.mp4", start=2, end=1), "no film from 2 s to 1 s"),
        (lambda: kaleidocam.film("clip.mp4", "film.mp4", octaves="1"), "film: no parameter 'octaves'"),
        (lambda: kaleidocam.still("nosuch.png"), "nosuch.png"),
        (lambda: kaleidocam.still(np.zeros((9, 9))), "float64; give"),
        (lambda: kaleidocam.still("photo.png", "photo.png"), r"photo\.png"),
        (lambda: kaleidocam.still("photo.png", "out.mp4"), "names no picture"),
        (lambda: kaleidocam.still("photo.png", octave_step=3), "did you mean 'octave_steps'"),
    ],
)
def test_wrong_orders_are_one_line(here, order, message):
    with pytest.raises(UserError, match=message) as error:
        order()
    assert "\n" not in str(error.value)


def test_a_still_is_that_of_the_command(here, said, capsys):
    flags = [word for name, value in STILL.items() for word in (f"--{name.replace('_', '-')}", value)]
    assert said("still", "photo.png", "wanted.png", *flags)[0] == 0
    capsys.readouterr()
    told = []
    got = kaleidocam.still("photo.png", "still.png", progress=lambda *figures: told.append(figures), **STILL)
    assert digest("still.png") == digest("wanted.png")
    np.testing.assert_array_equal(got, cv2.imread("wanted.png"))
    np.testing.assert_array_equal(got, kaleidocam.still(picture(0, (240, 160)), **STILL))
    assert told == [(done, 6) for done in range(1, 7)]
    assert capsys.readouterr() == ("", "")
