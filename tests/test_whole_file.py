import os

import pytest

from kaleidocam import whole_file
from kaleidocam.whole_file import name_beside, write_whole


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "a.toml"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two" and os.listdir(tmp_path) == ["a.toml"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_what_was_there_stays_where_writing_fails(tmp_path, monkeypatch, failing):
    path = tmp_path / "a.toml"
    write_whole(path, b"one")

    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, failing, full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"two")
    assert path.read_bytes() == b"one" and os.listdir(tmp_path) == ["a.toml"]


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127, "🎥" * 63, "b\udcff" * 127])
def test_a_name_beside_another_is_no_longer_than_disks_allow(tmp_path, name):
    beside = name_beside(name, ".", ".new")
    assert len(os.fsencode(beside)) <= 255 and beside.startswith(f".{name[:20]}") and beside.endswith(".new")
    assert beside == name_beside(name, ".", ".new") != name_beside(name[:-1] + "x", ".", ".new")
    write_whole(tmp_path / name, b"one")
    assert os.listdir(tmp_path) == [name]


def test_a_short_name_beside_another_stays_whole():
    assert name_beside("film.mp4", ".", ".part") == ".film.mp4.part"
