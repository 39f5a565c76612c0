"""The tables of sources and sinks: each text has one kind, and people are told of all of them."""

from pathlib import Path

import pytest
from film_pieces import write_clip
from mjpeg_server import MjpegServer, plain
from moving import texture
from pages import PAGES, read
from web_server import serving

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks import kinds as sinks
from kaleidocam.sinks.codecs import FORMATS
from kaleidocam.sources.kinds import FILMS, GIVEN, SOURCES, kind_of
from kaleidocam.sources.opening import is_live, open_live, open_source, place_of
from kaleidocam.sources.video import Video
from kaleidocam.sources.watched import Watched


@pytest.mark.parametrize("kind", SOURCES, ids=lambda kind: kind.name)
def test_a_source_has_its_example_and_is_told_of(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kind_of(kind.example) is kind
    assert kind.help in GIVEN and (kind.film is None or kind.film in FILMS)


@pytest.mark.parametrize("kind", sinks.SINKS, ids=lambda kind: kind.name)
def test_a_sink_has_its_example_and_is_told_of(kind):
    assert sinks.kind_of(kind.example) is kind and kind.help in sinks.GIVEN


def test_every_film_that_can_be_recorded_is_told_of():
    assert all(suffix in sinks.GIVEN for suffix in FORMATS)


def test_the_pages_tell_of_all_of_them():
    told = " ".join(" ".join(map(read, PAGES)).split())
    for words in (GIVEN, FILMS, sinks.GIVEN):
        assert words in told


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0", "camera"),
        ("HD Webcam", "camera"),
        ("rtsp://x/y", "address"),
        ("https://x/y.mp4", "address"),
        ("frames", "sequence"),
        ("frames/*.png", "sequence"),
        ("A.PNG", "picture"),
        ("clip.mp4", "video"),
        ("clip", "video"),  # which is there
        ("12:30.mp4", "video"),
    ],
)
def test_a_text_has_one_kind(text, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("frames").mkdir()
    Path("clip").write_bytes(b"film")
    assert kind_of(text).name == name


@pytest.mark.parametrize(
    "name", ["aisle", "0", "-", "window", "http:x", "rtsp", "-x", "a\nb", "bytes\udcff", "*", "%d"]
)
def test_a_file_named_like_another_source_is_found_by_its_path(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", map(texture, range(2))).rename(tmp_path / name)
    assert kind_of(f"./{name}").name == "video"
    with open_source(f"./{name}", Machine()) as source:
        assert source.read().size == (160, 96)


@pytest.mark.parametrize(
    "text", ["x" * 300, "x" * 300 + ".mp4", "a\0b", "a\0b.png", "", "/", "x/" * 3000, "*" * 300, "["]
)
def test_a_name_that_can_not_be_is_the_users_error(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as said:
        open_source(text, Machine())
    assert "\n" not in str(said.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The same clip as a file that is read from its beginning on, and as one whose index is at its end."""
    folder = tmp_path_factory.mktemp("web")
    write_clip(folder / "clip.mp4", map(texture, range(30)), movflags="+faststart")
    write_clip(folder / "index-last.mp4", map(texture, range(30)))
    write_clip(folder / "clip.ts", map(texture, range(30)))
    (folder / "list.m3u8").write_text("#EXTM3U\n#EXTINF:2,\nclip.ts\n#EXT-X-ENDLIST\n")
    (folder / "text.mp4").write_text("hello")
    return folder


@pytest.mark.parametrize(
    ("name", "ranges"), [("clip.mp4", True), ("clip.mp4", False), ("clip.mp4?token=1", True), ("index-last.mp4", True)]
)
def test_a_web_address_with_a_length_is_a_film(folder, name, ranges):
    with serving(folder, ranges=ranges) as web, Video(str(folder / name.partition("?")[0])) as file:
        assert not is_live(f"{web}/{name}")
        with open_source(f"{web}/{name}", Machine()) as film:
            assert (film.size, film.fps, film.length) == (file.size, file.fps, 30)
            assert film.skip_to(0.5).seconds == file.skip_to(0.5).seconds
            for there, here in zip(iter(film.read, None), iter(file.read, None), strict=True):
                assert there.seconds == here.seconds and (there.image == here.image).all()
            assert film.notice is None


def test_a_film_that_its_server_can_not_go_back_in_says_what_to_do(folder):
    with serving(folder, ranges=False) as web, pytest.raises(UserError, match="download it and give the file"):
        open_source(f"{web}/index-last.mp4", Machine())


def test_what_has_no_length_stays_live(folder):
    camera = MjpegServer([plain((10, 60, 200))])
    try:
        assert is_live(camera.address)
    finally:
        camera.stop()
    assert is_live("rtsp://127.0.0.1:9/cam") and is_live("0") and not is_live("aisle") and not is_live("nobody")
    with serving(folder) as web:
        assert is_live(f"{web}/list.m3u8") and is_live(f"{web}/text.mp4")
    with serving(folder, ranges=False) as web:
        assert is_live(f"{web}/clip.ts")


def test_a_web_address_that_does_not_answer_is_said_without_its_password(folder):
    with pytest.raises(UserError, match=r"^no video comes from http://127.0.0.1:9/x.mp4 \(connection refused\); check"):
        is_live("http://me:secret@127.0.0.1:9/x.mp4")
    with serving(folder) as web, pytest.raises(UserError, match="404 not found"):
        is_live(f"{web}/nope.mp4")


@pytest.mark.timed
def test_live_an_address_is_watched_whatever_it_sends(folder):
    address = "http://127.0.0.1:9/clip.mp4"
    assert str(place_of(address, size=(160, 96), fps=30.0)) == address
    assert place_of("clip.mp4", size=(160, 96), fps=30.0) is None
    with serving(folder) as web, open_live(f"{web}/clip.mp4", Machine()) as source:
        assert isinstance(source, Watched) and source.read().size == (160, 96)


def test_a_name_that_is_no_file_makes_no_film():
    with pytest.raises(UserError) as caught:
        open_source("nobody", Machine())
    assert str(caught.value) == f"no file 'nobody'; give {FILMS}"
