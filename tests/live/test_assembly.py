"""A performance put together: who goes first on the cores."""

import os
import sys
from pathlib import Path

import pytest
from moving import Moving

from kaleidocam.live.assembly import open_played
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.film import Film


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_a_file_is_decoded_behind_the_video(tmp_path):
    def niceness():
        return {task: os.getpriority(os.PRIO_PROCESS, int(task)) for task in os.listdir("/proc/self/task")}

    path, source = str(tmp_path / "clip.mp4"), Moving(5)
    with Film(path, size=source.size, fps=source.fps) as film:
        for frame in iter(source.read, None):
            film.write(frame)
    before = niceness()
    with open_played(path, Machine()) as played:
        assert played.read() is not None and played.format is not None
        now = niceness()
    assert all(now[task] == nice for task, nice in before.items() if task in now)
    begun = [nice for task, nice in now.items() if task not in before]
    assert begun and all(nice > now[Path("/proc/thread-self").resolve().name] for nice in begun)
