"""Whether a performance lives is told by what it shows, dreams, reads and where it is seen; without a secret."""

import time
from types import SimpleNamespace

import pytest

from kaleidocam.live.meter import Meter
from kaleidocam.live.vitals import STILL_SECONDS, vitals_of


@pytest.fixture
def show():
    """A stage, as far as it is looked at, with its source and its one window."""
    meter, window = Meter(), SimpleNamespace(seen=True)
    stage = SimpleNamespace(
        meter=meter,
        reading=lambda: meter.read(0),
        report=lambda: {"notices": ["rtsp://me:secret@cam/x is slow"]},
        view=SimpleNamespace(governor="quality high", dreaming=SimpleNamespace(error=None)),
        switcher=SimpleNamespace(bypassed=False, paused=False),
        outputs=SimpleNamespace(live=(window,)),
    )
    source = SimpleNamespace(health=lambda: None)
    return SimpleNamespace(stage=stage, source=source, window=window, told=lambda: vitals_of(stage, source, [window]))


def test_a_show_that_begins_and_lives(show):
    told = show.told()
    assert told["frames"] == 0 and told["age"] is None and told["dream"]["state"] == "is being made"
    show.stage.meter.shown(time.monotonic())
    show.stage.meter.stepped()
    told = show.told()
    assert told["frames"] == 1 and 0 <= told["age"] < 5
    assert (told["dream"]["state"], told["source"]["state"], told["display"]) == ("dreams", "plays", "shown")
    assert "secret" not in str(told)


def test_a_dream_that_stands_still(show):
    show.stage.view.dreaming.error = "the dream stands still: no memory"
    assert show.told()["dream"] == {"state": "stands still", "told": "the dream stands still: no memory"}
    show.stage.view.dreaming.error = None
    show.stage.meter.stepped_at = time.monotonic() - STILL_SECONDS - 1
    assert show.told()["dream"] == {"state": "stands still", "told": "the dream stands still, for 11 s now"}


@pytest.mark.parametrize(("bypassed", "paused", "state"), [(True, False, "bypassed"), (False, True, "held")])
def test_a_clean_or_held_picture_is_no_failure(show, bypassed, paused, state):
    show.stage.meter.stepped()
    show.stage.switcher = SimpleNamespace(bypassed=bypassed, paused=paused)
    assert show.told()["dream"]["state"] == state


def test_a_source_or_a_display_that_is_away(show):
    show.source.health = lambda: "http://me:secret@cam/x?token=1 has given no picture"
    show.window.seen = False
    told = show.told()
    assert told["source"] == {"state": "away", "told": "http://cam/x?… has given no picture"}
    assert told["display"] == "away"
    show.stage.outputs.live = ()
    assert show.told()["display"] == "lost" and vitals_of(show.stage, show.source, [])["display"] is None
