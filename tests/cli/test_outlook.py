"""What doctor says that a machine makes of a look."""

import sys

import pytest

from kaleidocam.cli import outlook
from kaleidocam.cli.outlook import FilmOutlook, LiveOutlook, film_of, live_of
from kaleidocam.settings.parameters import Look, Machine

SMALL, MACHINE = Look(grid=(96, 96), channel="mixed0:3"), Machine(precision="float32")


def test_a_minute_of_film_counts_the_start():
    assert str(FilmOutlook(0.05, 4.2)) == (
        "a minute of film at 30 fps takes about 94 s: 20.0 frames a second, and 4.2 s to start"
    )


@pytest.mark.parametrize(
    "fps, dropped, said",
    [
        (30.0, 0, "holds 30 fps: 30.0 shown, 0 dropped, 12 ms late (95 %: 17), 22 dream steps a second, quality high"),
        (29.0, 0, "does not hold 30 fps: 29.0 shown"),
        (30.0, 4, "does not hold 30 fps: 30.0 shown, 4 dropped"),
    ],
)
def test_a_pace_holds_or_it_does_not(fps, dropped, said):
    assert str(LiveOutlook(fps, dropped, 12.1, 17.2, 22.0, "quality high")).startswith(said)


@pytest.mark.slow
def test_both_are_measured_as_they_run(tmp_path):
    found = FilmOutlook(**film_of(SMALL, MACHINE, tmp_path, frames=18))
    assert 0.002 < found.frame < 2 and 0 <= found.start < 60
    played = LiveOutlook(**live_of(SMALL, MACHINE, tmp_path, outlook.SMALLER, seconds=1.0))
    assert played.fps > 3 and played.steps > 0 and played.dropped >= 0 and "96x96" in played.quality


def test_why_there_is_none_stands_in_its_place(monkeypatch):
    code = "import sys; sys.stderr.write('much\\nno such weights'); sys.exit(1)"
    monkeypatch.setattr(outlook.child_process, "command", lambda function: [sys.executable, "-c", code])
    found = dict(outlook.outlook(SMALL, MACHINE))
    assert found == {"film 1280x720": "no such weights", "live 1280x720": "no such weights"}
