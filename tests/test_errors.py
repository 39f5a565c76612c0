"""What is shown of names and messages: one line, whatever is in them."""

import pytest

from kaleidocam.errors import shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\r\t\x1b[2J.mp4", "a\\nb\\r\\t\\x1b[2J.mp4"),
        ("clip\udcff.mp4", "clip\\udcff.mp4"),
        ("ünïcödé 🎥👨\u200d👩\u200d👧 [1].mp4", "ünïcödé 🎥👨\u200d👩\u200d👧 [1].mp4"),
        ("a\u2028b", "a\\u2028b"),
        ("C:\\new\\x", "C:\\new\\x"),
    ],
)
def test_it_is_one_line_that_can_be_written(text, line):
    assert shown(text) == line
    line.encode()
