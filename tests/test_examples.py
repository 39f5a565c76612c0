"""Every example of docs/examples runs as it stands there, on small pictures and a small network."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
from film_pieces import picture, write_clip
from media import times

import kaleidocam
from kaleidocam.settings import asked

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
QUICK = {"channel": "mixed0:3", "grid": "96x96"}
FRAMES = 30  # of walk.mp4, which has 25 a second


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Runs one in a folder that holds photo.jpg, walk.mp4 and pictures/. All presets are there, but quick to dream."""
    monkeypatch.chdir(tmp_path)
    whole = asked.read_preset
    monkeypatch.setattr(asked, "read_preset", lambda name: whole(name) | QUICK)
    cv2.imwrite("photo.jpg", picture(0))
    write_clip("walk.mp4", (picture(i % 20) for i in range(FRAMES)))
    Path("pictures").mkdir()
    for i in range(3):
        cv2.imwrite(f"pictures/{i}.jpg", picture(30 * i))
    return lambda name: runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def changed(before, after) -> float:
    """Gray levels, on average."""
    return float(np.abs(before.astype(int) - after).mean())


def test_one_frame(example):
    example("one_frame.py")
    assert changed(cv2.imread("photo.jpg"), cv2.imread("dreamed.png")) > 1


def test_webcam(example, monkeypatch):
    shown, taken, keys = [], [], iter([-1, -1, ord("q")])

    class Camera:
        def __init__(self, number):
            assert number == 0

        def read(self):
            taken.append(picture(len(taken)))
            return True, taken[-1]

        def release(self):
            taken.append("released")

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    monkeypatch.setattr(cv2, "imshow", lambda name, image: shown.append(image))
    monkeypatch.setattr(cv2, "waitKey", lambda wait: next(keys))
    example("webcam.py")
    assert len(shown) == 3 and taken[-1] == "released"
    assert all(changed(*pair) > 1 for pair in zip(taken[:3], shown, strict=True))


def test_whole_film(example, capsys):
    example("whole_film.py")
    assert len(times("dream.mp4")) == FRAMES
    assert capsys.readouterr().out.endswith(f"{FRAMES} of {FRAMES} frames\n")


def test_one_still(example, capsys):
    example("one_still.py")
    assert changed(cv2.imread("photo.jpg"), cv2.imread("dream.png")) > 1
    assert capsys.readouterr().out == "dream.png is 160x96\n"


def test_own_source(example):
    example("own_source.py")
    assert times("noise.mp4") == pytest.approx([i / 15 for i in range(30)], abs=1e-3)


def test_own_sink(example):
    example("own_sink.py")
    rows = [line.split("\t") for line in Path("brightness.tsv").read_text().splitlines()]
    assert [float(at) for at, _ in rows] == pytest.approx(times("walk.mp4"), abs=1e-3)


def test_changing_looks(example, monkeypatch):
    played = []

    class Noted(kaleidocam.Kaleidoscope):
        def change(self, **parameters):
            super().change(**parameters)
            played.append(self.look)

    monkeypatch.setattr(kaleidocam, "Kaleidoscope", Noted)
    example("changing_looks.py")
    assert len(times("changing.mp4")) == FRAMES
    assert played[0].strength == pytest.approx(0.5) and played[-1].strength > 1
    assert played[-1].channel == "mixed4:245" and played[-1].mirrors == 6


def test_folder(example):
    example("folder.py")
    for i in range(3):
        assert changed(cv2.imread(f"pictures/{i}.jpg"), cv2.imread(f"dreamed/{i}.png")) > 1


def test_all_of_them_are_tested():
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tests - {"all_of_them_are_tested"}
