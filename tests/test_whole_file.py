import os

import pytest

from kaleidocam import whole_file
from kaleidocam.whole_file import shortened, write_whole


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


@pytest.mark.parametrize("name", ["x" * 255, "🌀" * 63 + "abc", "ü" * 127 + "a"])
def test_names_as_long_as_a_file_system_takes(tmp_path, name):
    write_whole(tmp_path / name, b"one")
    write_whole(tmp_path / name, b"two")
    assert (tmp_path / name).read_bytes() == b"two" and os.listdir(tmp_path) == [name]


def test_only_long_names_are_shortened_and_two_of_them_differ():
    assert shortened("ü" * 100) == "ü" * 100
    long = [shortened("ü" * 120 + ending) for ending in "ab"]
    assert long[0] != long[1] and all(len(os.fsencode(name)) <= 200 and name.startswith("ü" * 90) for name in long)
