"""A command that is measured from outside."""

import sys

import pytest
from speed.child import run

FILL = "import sys, time; held = bytearray(b'x') * (200 << 20); print('a', flush=True); sys.stderr.write('word')"


def test_its_own_memory_is_measured_and_what_it_said_is_kept():
    ballast = bytearray(b"x") * (300 << 20)  # of the process that starts it, which does not count
    ended = run([sys.executable, "-I", "-S", "-c", FILL])
    assert [line for _, line in ended.lines] == ["a\n"] and ended.said == "word"
    assert 0 < ended.lines[0][0] <= ended.seconds
    if sys.platform != "win32":
        assert 200 < ended.used["peak memory, MiB"] < 260 and ended.used["cores kept busy"] > 0
    del ballast


def test_one_that_fails_says_why():
    with pytest.raises(RuntimeError, match="ended with 3: no more"):
        run([sys.executable, "-I", "-S", "-c", "import sys; sys.stderr.write('much\\nno more\\n'); sys.exit(3)"])
