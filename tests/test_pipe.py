"""Pipes as inputs: told from files without being opened, kept aside where they are needed twice, and removed again."""

import os
from pathlib import Path

import pytest
from film_pieces import send_through, write_clip
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.pipe import as_file, is_pipe
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.codecs import codec_for
from kaleidocam.sinks.picture import PictureFile
from kaleidocam.sources import decoding
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.opening import open_live, open_source

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFO")


@pytest.fixture
def pipe(tmp_path):
    """The path of a FIFO, and a function that sends bytes through it from another thread."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    return path, lambda data: send_through(path, data)


def test_what_is_a_pipe_is_told_without_opening_it(pipe, tmp_path):
    reading, writing = os.pipe()
    (tmp_path / "file").write_bytes(b"x")
    assert is_pipe("-") and is_pipe(pipe[0]) and is_pipe(f"/dev/fd/{reading}")
    assert not any(
        map(is_pipe, ("./-", str(tmp_path), str(tmp_path / "file"), "no", "/dev/null", "a\0b", "0", "x" * 999))
    )
    assert kind_of("-").name == kind_of(pipe[0]).name == "pipe"
    os.close(reading)
    os.close(writing)


def test_it_is_kept_while_it_is_needed(pipe, tmp_path):
    path, send = pipe
    send(b"film")
    with as_file(path, tmp_path) as name:
        assert Path(name).read_bytes() == Path(name).read_bytes() == b"film" and Path(name).parent == tmp_path
    assert os.listdir(tmp_path) == ["pipe"]
    with as_file("clip.mp4", tmp_path) as name:
        assert name == "clip.mp4"


def test_nothing_is_left_where_nothing_comes_or_it_is_stopped(pipe, tmp_path):
    path, send = pipe
    send(b"")
    with pytest.raises(UserError, match="nothing came through the pipe '.*'; check"), as_file(path, tmp_path):
        pass
    send(b"film")
    with pytest.raises(KeyboardInterrupt), as_file(path, tmp_path):
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == ["pipe"]
    send(b"film")
    with (
        pytest.raises(UserError, match="can't be kept in '.*/nowhere': no such file"),
        as_file(path, tmp_path / "nowhere"),
    ):
        pass


def test_live_it_is_read_as_it_comes_and_once(pipe, tmp_path):
    path, send = pipe
    send(write_clip(tmp_path / "clip.mkv", map(texture, range(4))).read_bytes())
    with open_live(path, Machine()) as source:
        assert len(list(iter(source.read, None))) >= 2


def test_what_can_not_be_streamed_says_so(pipe, tmp_path):
    path, send = pipe
    send(b"no film at all" * 99)
    with pytest.raises(
        UserError, match="can't be read as a video: .*; live, a pipe needs a format that can be read as it"
    ):
        open_source(path, Machine())


def test_no_pipe_is_written_to(pipe, tmp_path):
    named = tmp_path / "pipe.mp4"
    os.rename(pipe[0], named)
    with pytest.raises(UserError, match="is a pipe or a device, and what is written here"):
        Aside(named, overwrite=True)
    for refused in (codec_for, PictureFile):
        with pytest.raises(UserError, match="can't be written to a pipe"):
            refused("-")


def test_a_skip_reads_on(pipe, tmp_path, monkeypatch):
    path, send = pipe
    clip = write_clip(tmp_path / "clip.mkv", [texture(i) for i in range(30)])
    with open_source(str(clip), Machine()) as source:
        wanted = source.skip_to(0.8)
    monkeypatch.setattr(decoding, "_keyframes", lambda *_: pytest.fail("a pipe is opened once"))
    send(Path(clip).read_bytes())
    with open_source(path, Machine()) as source:
        found = source.skip_to(0.8)
    assert (found.index, found.seconds) == (wanted.index, wanted.seconds) and (found.image == wanted.image).all()
