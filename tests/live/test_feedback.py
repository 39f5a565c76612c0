"""The line on what was just changed: whoever changes it, one line, and gone in time."""

import time

import pytest

from kaleidocam.control.desk import Desk
from kaleidocam.live.feedback import SECONDS, Feedback, preset_title, told
from kaleidocam.settings.parameters import Look


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def desk():
    return Desk(Look())


def following(desk):
    feedback = Feedback()
    feedback.follow(desk)
    return feedback


def test_a_line_stays_then_fades_then_is_gone(clock):
    feedback = Feedback()
    assert feedback.now() == ("", 0.0)
    feedback.say("paused")
    shares = []
    for _ in range(16):
        shares.append(feedback.now()[1])
        clock[0] += 0.1
    assert shares[0] == shares[5] == 1.0 and shares == sorted(shares, reverse=True)
    clock[0] += 0.1
    assert 0 < shares[-2] < 0.2 and shares[-1] < 1e-9 and feedback.now() == ("", 0.0)


@pytest.mark.parametrize("by", ["a key", "the panel", "OSC", "MIDI"])
def test_whoever_changes_a_value_it_is_told_with_its_unit(desk, by):
    feedback = following(desk)
    assert feedback.now() == ("", 0.0)  # nothing has changed yet
    desk.set("half_life", 2.5, by)
    assert feedback.now() == ("half life 2.5 s", 1.0)
    desk.set_all({"strength": 0.4, "mirrors": 6}, by)
    assert feedback.now()[0] == "strength 0.4   mirrors 6 segments"


def test_a_slider_that_moves_is_one_line_that_does_not_fade(desk, clock):
    feedback = following(desk)
    for step in range(100):
        desk.set("strength", 0.3 + step / 1000, "the panel")
        clock[0] += 0.1
        line, share = feedback.now()
        assert line == f"strength {0.3 + step / 1000:.3g}" and share == 1.0


def test_a_preset_is_told_by_its_name_and_so_is_a_file(desk, clock, tmp_path):
    feedback = following(desk)
    desk.load("tunnel", "a key")
    assert feedback.now()[0] == "preset tunnel"
    file = tmp_path / "Mine at night.toml"
    file.write_text("strength = 0.7\n")
    desk.load(str(file), "the window")
    assert feedback.now()[0] == "preset Mine at night"
    clock[0] += SECONDS
    desk.set_all({"strength": 0.1, "mirrors": 4, "spin": 1.0, "color": 0.5}, "OSC")
    assert feedback.now()[0] == "changed 4 values"


def test_a_look_that_is_reached_step_by_step_leaves_the_name_of_its_preset(desk, clock):
    feedback = following(desk)
    desk.load("tunnel", "a key")
    for step in range(20):
        clock[0] += 0.05
        desk.set_all(dict.fromkeys(("strength", "color", "spin", "half_life"), 0.1 + step / 100), "a snapshot")
        assert feedback.now()[0] == "preset tunnel"


def test_every_parameter_can_be_told():
    for name, value in Look():
        assert told(name, value).startswith(name.replace("_", " ") + " ")


def test_the_name_of_a_preset():
    assert [preset_title(name) for name in ("eyes", "a.b", "/x/My show.TOML", "x/y.toml")] == [
        "eyes",
        "a.b",
        "My show",
        "y",
    ]


def test_what_is_kept_and_how_looks_follow_one_another_is_told(clock, desk):
    feedback = following(desk)
    desk.ask("store-3", "a test")
    assert feedback.now()[0] == "snapshot 3 kept"
    desk.set("when", "bar", "a test")
    assert feedback.now()[0] == "when bar"
    desk.set("strength", 0.1, "a test")
    desk.ask("store-b", "a test")
    assert feedback.now()[0].startswith("look B kept")
    desk.set("recall_seconds", 4, "a test")
    assert feedback.now()[0] == "recall seconds 4 s"


def test_commands_for_whole_looks_are_named(clock, desk):
    feedback = following(desk)
    desk.set("strength", 1.5, "a test")
    desk.ask("store-1", "a test")
    clock[0] += 1
    desk.ask("undo", "a test")
    assert feedback.now()[0] == f"undo   strength {Look().strength:g}"
    clock[0] += 1
    desk.ask("surprise", "a test")
    assert feedback.now()[0] == "surprise"
    clock[0] += 1
    desk.ask("recall-1", "a test")
    assert feedback.now()[0].startswith("recall 1")
