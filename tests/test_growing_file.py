import subprocess
import sys
import time

import pytest
from small_disk import small_disk

from kaleidocam import growing_file
from kaleidocam.growing_file import GrowingFile, grows


def test_it_never_opens_what_is_there(tmp_path):
    (tmp_path / "a").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        GrowingFile(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"precious"


def test_what_is_written_is_there_at_once_and_on_the_disk_soon(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(growing_file, "SYNC_SECONDS", 0.01)
    monkeypatch.setattr(growing_file.os, "fsync", synced.append)
    file = GrowingFile(tmp_path / "a")
    file.write(b"one")
    assert (tmp_path / "a").read_bytes() == b"one"
    deadline = time.monotonic() + 5
    while not synced:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    file.seek(0)
    file.write(b"t")
    assert file.tell() == 1
    file.end()
    assert (tmp_path / "a").read_bytes() == b"tne" and file.closed


@pytest.mark.skipif(sys.platform == "win32", reason="there the system itself keeps an open file")
def test_others_see_that_it_grows_until_its_program_ends(tmp_path):
    script = (
        "import sys, pathlib; from kaleidocam.growing_file import GrowingFile\n"
        "GrowingFile(pathlib.Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert grows(tmp_path / "a")
        process.kill()
    assert not grows(tmp_path / "a") and not grows(tmp_path / "b")
    file = GrowingFile(tmp_path / "c")
    assert grows(tmp_path / "c")
    file.end()
    assert not grows(tmp_path / "c")


def test_a_full_disk_is_an_error_that_stays(tmp_path):
    file = GrowingFile(tmp_path / "a")
    with small_disk(3):
        for _ in range(2):
            with pytest.raises(OSError, match="too large"):
                file.write(b"four")
    with pytest.raises(OSError, match="too large"):
        file.write(b"x")
    file.end()
    assert (tmp_path / "a").read_bytes() == b"fou"
