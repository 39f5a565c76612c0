"""How the benchmark reads the lines of the command that it times."""

import pytest
from speed.command import PARTS, figures

LINES = [
    (1.0, {"event": "scanning", "of": 60}),
    (1.6, {"event": "scanning", "frames": 40, "of": 60}),
    (4.0, {"event": "progress", "frames": 0, "of": 60}),
    (6.0, {"event": "progress", "frames": 2, "of": 60}),
    (7.0, {"event": "progress", "frames": 20, "of": 60}),
    (9.0, {"event": "progress", "frames": 60, "of": 60}),
    (9.5, {"event": "joining", "frames": 60}),
    (10.0, {"event": "done", "film": "out.mp4", "frames": 60}),
]


def test_its_parts_are_told_apart_and_make_the_whole():
    found = figures(LINES)
    parts = [found[f"{part}, s"] for part in PARTS]
    assert parts == pytest.approx([1.0, 3.0, 5.5, 0.5])
    assert sum(parts) == pytest.approx(found["from start to last byte, s"]) == 10.0


def test_the_pace_is_of_all_of_it_and_of_the_dream_once_it_is_warm():
    found = figures(LINES)
    assert found["fps"] == pytest.approx(6.0) and found["fps while dreaming"] == pytest.approx(20.0)
