"""A film of a video that a web server sends is the film of that video."""

import pytest
from film_pieces import write_clip
from media import copied, decoded, ffmpeg, times
from moving import texture
from web_server import serving

from kaleidocam.cli.commands import preview
from kaleidocam.errors import UserError
from kaleidocam.film.order import Order, _settings, check_look
from kaleidocam.film.studio import make
from kaleidocam.settings.parameters import Look, Machine

LOOK = Look(grid=(96, 96), channel="mixed0:3", burst=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip with sound, and its film, as `film.mkv`; its preview, as `sheet.png`."""
    folder = tmp_path_factory.mktemp("web")
    silent = write_clip(folder / "silent.mp4", map(texture, range(20)))
    tone = ("-f", "lavfi", "-i", "sine=duration=0.8")
    ffmpeg("-i", silent, *tone, "-c:v", "copy", "-c:a", "aac", "-movflags", "+faststart", folder / "clip.mp4")
    make(order(folder / "clip.mp4", folder / "film.mkv"))
    preview(order(folder / "clip.mp4", folder / "sheet.png"), count=2)
    return folder


def order(source, out, **more):
    return Order(str(source), str(out), LOOK, Machine(codec="ffv1" if str(out).endswith("mkv") else "auto"), **more)


@pytest.mark.slow
@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "without"])
def test_a_film_of_a_web_address_is_that_of_its_file(folder, tmp_path, ranges):
    with serving(folder, ranges=ranges) as web:
        make(order(f"{web}/clip.mp4", tmp_path / "film.mkv"))
        preview(order(f"{web}/clip.mp4", tmp_path / "sheet.png"), count=2)
    assert decoded(tmp_path / "film.mkv") == decoded(folder / "film.mkv")
    assert times(tmp_path / "film.mkv") == times(folder / "film.mkv")
    assert copied(tmp_path / "film.mkv", "a") == copied(folder / "clip.mp4", "a")
    assert (tmp_path / "sheet.png").read_bytes() == (folder / "sheet.png").read_bytes()


def test_a_web_film_is_another_when_it_has_other_bytes(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(write_clip(tmp_path / "a.mp4", map(texture, range(5))).read_bytes())
    with serving(tmp_path) as web:
        wanted = order(f"{web}/clip.mp4", tmp_path / "film.mkv")
        before = _settings(wanted)
        assert _settings(wanted) == before
        (tmp_path / "clip.mp4").write_bytes(write_clip(tmp_path / "b.mp4", map(texture, range(6))).read_bytes())
        assert _settings(wanted) != before


def test_a_stream_without_an_end_makes_no_film(tmp_path):
    write_clip(tmp_path / "clip.ts", map(texture, range(5)))
    with serving(tmp_path, ranges=False) as web, pytest.raises(UserError) as caught:
        check_look(order(f"{web}/clip.ts", "film.mkv"))
    assert str(caught.value) == (
        f"'{web}/clip.ts' never ends, so no film can be made of it; record it with: kaleidocam live "
        f"--from {web}/clip.ts --to film.mkv"
    )
