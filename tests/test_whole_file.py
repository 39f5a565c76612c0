import os

import pytest

from kaleidocam import whole_file
from kaleidocam.whole_file import write_whole


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
