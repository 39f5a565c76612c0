"""How far a film is."""

import json

from kaleidocam.film import progress
from kaleidocam.film.plan import make_plan


def test_the_shot_of_a_frame():
    count = progress.Count(make_plan([i / 10 for i in range(60)], (20, 50), first=5), 0)
    shots = []
    for number in (5, 19, 20, 49, 50, 59):
        count.at(number)
        shots.append(count.shot)
    assert shots == [1, 1, 2, 2, 3, 3] and count.shots == 3


def test_where_shots_are_rendered_at_once_it_is_one_more_than_are_whole():
    plan = make_plan([i / 10 for i in range(60)], (20, 50), longest=10)
    count, left = progress.Count(plan, 0), {piece.first for piece in plan.pieces}
    shots = []
    for done in (50, 20, 30, 40, 0, 10):
        left.remove(done)
        count.missing(left)
        shots.append(count.shot)
    assert shots == [2, 2, 2, 3, 3, 3]


def test_work_that_counts_tells_programs_too(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with progress.counting("looking", 2, "scanning") as more:
        more(1)
        more(1)
    told = capsys.readouterr()
    assert [json.loads(line) for line in told.out.splitlines()] == [
        {"event": "scanning", "frames": n, "of": 2} for n in (1, 2)
    ] and told.err == ""


def test_no_text_shows_a_secret(capsys):
    progress.line("dry-run", reads=("0:05 of 'http://me:secret@there/a.mp4'",), said="rtsp://me:secret@there/", count=3)
    told = capsys.readouterr().out
    assert "secret" not in told and "there" in told and json.loads(told)["count"] == 3
