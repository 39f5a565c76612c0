"""Sources and sinks by name, as a program opens them."""

import pytest
from film_pieces import picture, write_clip
from media import times
from moving import Moving

from kaleidocam import UserError, open_sink, open_source
from kaleidocam.sources.watched import Watched


def test_a_video_gives_every_frame(tmp_path):
    with open_source(write_clip(tmp_path / "clip.mp4", map(picture, range(9)))) as source:
        assert len(list(iter(source.read, None))) == 9


def test_the_aisle_as_the_machine_is_told():
    with open_source("aisle", size="160x96", fps=10) as source:
        assert source.size == source.read().size == (160, 96)
        assert [source.read().seconds for _ in range(2)] == pytest.approx([0.1, 0.2])


@pytest.mark.parametrize("name", ["0", "HD Webcam", "rtsp://camera/video"])
def test_a_camera_or_an_address_is_watched(monkeypatch, name):
    opened = []
    monkeypatch.setattr(Watched, "__init__", lambda self, place, **more: opened.append(str(place)))
    assert isinstance(open_source(name), Watched) and name in opened[0]


def test_a_film_takes_every_frame_however_fast_they_come(tmp_path):
    with open_sink(tmp_path / "film.mkv", (160, 96), 25, codec="ffv1") as film:
        for frame in iter(Moving(60).read, None):
            film.write(frame)
    assert len(times(tmp_path / "film.mkv")) == 60
    with pytest.raises(UserError, match="exists"):
        open_sink(tmp_path / "film.mkv", (160, 96), 25)


@pytest.mark.parametrize(
    ("opening", "message"),
    [
        (lambda: open_source("nosuch.mp4"), "no file 'nosuch.mp4'"),
        (lambda: open_source("aisle", strength=1), "open_source: no parameter 'strength'"),
        (lambda: open_sink("film.txt", (160, 96), 25), "no sink 'film.txt'"),
        (lambda: open_sink("film.mp4", (160, 96), 25, crf=900), "crf is '900'"),
    ],
)
def test_what_cannot_be_opened_is_one_line(opening, message):
    with pytest.raises(UserError, match=message) as error:
        opening()
    assert "\n" not in str(error.value)
