"""The instrument: whole looks undone, kept, recalled, blended, surprised with; and always a valid one."""

import random
import threading
from contextlib import suppress

import pytest
from small_disk import small_disk

from kaleidocam.control.commands import LOOKS, SLOTS
from kaleidocam.control.desk import SETTABLE, Desk
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import preset_names, read_preset
from kaleidocam.settings.ranges import span

BY = "a test"


class Clock:
    now = 100.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk(clock):
    return Desk(Look(channel="mixed3:1"), clock=clock, seed=1)


def ask(desk, *commands):
    for command in commands:
        desk.ask(command, BY)


def test_undo_brings_back_a_built_look_that_a_preset_has_replaced(desk, clock):
    desk.set_all({"strength": 0.3, "mirrors": 5, "morph": 9.0}, BY)
    built = desk.base
    clock.pass_by(2)
    desk.load("neon", "a finger")
    assert (desk.preset, desk.instrument()["undo"]) == ("neon", 2)
    ask(desk, "undo")
    assert (desk.base, desk.preset) == (built, "eyes")
    ask(desk, "redo")
    assert desk.preset == "neon" and desk.base.morph == 9.0
    ask(desk, "undo", "undo")
    assert desk.base == Look(channel="mixed3:1")
    desk.load("neon", BY)
    assert desk.base.morph == Look().morph  # it was not set by hand any more


def test_a_snapshot_brings_back_all_that_was_kept_and_says_what_there_is(desk):
    desk.set_all({"strength": 0.3, "detail": 0.5, "modulate": "tilt + beat"}, BY)
    kept = desk.base
    ask(desk, "store-3")
    desk.load("neon", BY)
    ask(desk, "store-b", "recall-3")
    assert (desk.base, desk.preset) == (kept, "eyes")
    told = desk.instrument()
    about = {"preset": "eyes", "channel": "mixed3:1"}
    assert told["snapshots"] == [None, None, about, *[None] * 5] and told["a"] is None
    assert told["b"]["preset"] == "neon"
    with pytest.raises(UserError, match="a test: snapshot 4 is empty: store-4 keeps the look there"):
        ask(desk, "recall-4")
    ask(desk, "undo")
    assert desk.preset == "neon"


def test_a_preset_is_laid_over_and_taken_off_and_both_are_steps(desk):
    before, feathers = desk.base, read_preset("feathers")["channel"]
    desk.set("layer_blend", "screen", BY)
    desk.lay("feathers", BY)
    laid = desk.base
    assert (laid.channel, laid.layer_channel, laid.layer_blend) == (before.channel, feathers, "screen")
    assert desk.preset == "eyes" and desk.instrument()["undo"] == 2
    desk.lay("", BY)
    assert desk.base.layer_channel == ""
    ask(desk, "undo")
    assert desk.base == laid
    ask(desk, "undo", "undo")
    assert desk.base == before
    with pytest.raises(UserError, match="no preset 'fethers'.*did you mean 'feathers'"):
        desk.lay("fethers", BY)
    assert desk.base == before


def test_a_layer_that_can_not_be_dreamed_is_refused(clock):
    def check(look):
        if look.layer_channel:
            raise UserError("these weights end at mixed3")

    desk = Desk(Look(channel="mixed3:1"), check, clock=clock)
    with pytest.raises(UserError, match="these weights end"):
        desk.lay("feathers", BY)
    assert desk.base == Look(channel="mixed3:1") and desk.instrument()["undo"] == 0


def test_a_layer_waits_for_the_beat_as_a_preset_does(desk):
    place = [0.5]
    desk.follow(lambda: place[0])
    desk.set("when", "beat", BY)
    desk.lay("feathers", BY)
    assert desk.instrument()["waiting"] == "feathers as a layer waits for the beat" and not desk.look().layer_channel
    place[0] = 1.01
    assert desk.look().layer_channel


def test_the_crossfader_lays_b_over_a_and_back(desk):
    ask(desk, "store-a")
    desk.load("feathers", BY)
    ask(desk, "store-b", "recall-a")
    b = read_preset("feathers")["channel"]
    desk.set("crossfade_as", "screen", BY)
    assert not desk.base.layer_channel  # the fader has not moved
    desk.set("crossfade", 0.25, BY)
    look = desk.base
    assert (look.channel, look.layer_channel, look.layer_blend) == ("mixed3:1", b, "screen")
    desk.set("crossfade_as", "normal", BY)
    assert (desk.base.layer_blend, desk.base.layer_amount) == ("normal", 0.25)
    desk.set("crossfade_as", "morph", BY)
    assert (desk.base.channel, desk.base.layer_channel) == ("mixed3:1", "")
    desk.set_all({"crossfade": 1.0, "crossfade_as": "overlay"}, BY)
    assert (desk.base.channel, desk.base.layer_channel) == (b, "")
    desk.load("neon", BY)
    desk.set("crossfade_as", "normal", BY)
    assert desk.preset == "neon"  # what the crossfader has not made stays


def test_a_recall_glides_and_a_hand_takes_over(desk, clock):
    desk.set_all({"strength": 2.0, "color": 2.0}, BY)
    ask(desk, "store-1")
    desk.set_all({"strength": 0.0, "color": 0.0, "channel": "mixed5:9", "recall_seconds": 4.0}, BY)
    ask(desk, "recall-1")
    assert desk.base.channel == "mixed3:1"  # it morphs by itself, as long as the glide
    assert (desk.look().morph, desk.base.morph) == (4.0, Look().morph)
    clock.pass_by(1)
    assert (desk.look().strength, desk.look().color) == pytest.approx((0.5, 0.5))
    desk.set("strength", 1.9, "a hand")
    clock.pass_by(1)
    assert (desk.look().strength, desk.look().color) == pytest.approx((1.9, 1.0))
    clock.pass_by(9)
    assert (desk.look().strength, desk.look().color, desk.look().morph) == (1.9, 2.0, Look().morph)
    ask(desk, "undo")
    assert desk.base.strength == 2.0  # where it would be without the hand
    ask(desk, "undo")
    assert (desk.base.strength, desk.base.channel) == (0.0, "mixed5:9")


def test_undo_ends_a_glide_at_once_but_one_slider_does_not(desk, clock):
    ask(desk, "store-1")
    desk.set_all({"strength": 2.0, "color": 2.0, "recall_seconds": 4.0}, BY)
    before = desk.base
    ask(desk, "recall-1")
    clock.pass_by(2)
    desk.look()
    desk.set("tilt", 0.9, "a hand")
    ask(desk, "undo")  # of the hand alone
    clock.pass_by(1)
    assert desk.look().strength == pytest.approx(1.25)
    ask(desk, "undo")
    clock.pass_by(0.1)
    assert desk.look() == before


def test_presets_and_surprises_glide_as_well(desk, clock):
    desk.set("recall_seconds", 10.0, BY)
    for play in (lambda: desk.load("tunnel", BY), lambda: ask(desk, "surprise")):
        before = desk.base
        play()
        assert desk.base.half_life == pytest.approx(before.half_life)
        clock.pass_by(5)
        halfway = desk.look().half_life
        clock.pass_by(5)
        assert min(before.half_life, desk.look().half_life) < halfway < max(before.half_life, desk.look().half_life)


def test_the_crossfader_blends_a_and_b_and_is_no_step(desk):
    desk.set_all({"strength": 0.0, "mirrors": 3}, BY)
    ask(desk, "store-a")
    desk.set_all({"strength": 2.0, "mirrors": 9}, "another hand")
    ask(desk, "store-b")
    steps = desk.instrument()["undo"]
    seen = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        desk.set("crossfade", share, BY)
        seen.append((desk.base.strength, desk.base.mirrors))
    assert seen == [(0.0, 3), (0.5, 3), (1.0, 3), (1.5, 9), (2.0, 9)]
    assert desk.instrument()["undo"] == steps and desk.instrument()["crossfade"] == 1.0


def test_a_hand_between_a_and_b_changes_the_look_until_the_fader_moves_on(desk, clock):
    ask(desk, "store-a")
    desk.set("strength", 2.0, BY)
    ask(desk, "store-b")
    desk.set("crossfade", 0.5, BY)
    clock.pass_by(2)
    desk.set_all({"strength": 0.1, "tilt": 0.8}, BY)
    by_hand = desk.base
    assert by_hand.strength == 0.1
    desk.set("crossfade", 0.75, BY)
    assert (desk.base.strength, desk.base.tilt) == (1.75, Look().tilt)
    desk.set("crossfade", 0.8, BY)
    ask(desk, "undo")  # what the hand had made is kept nowhere else
    assert desk.base == by_hand


def test_without_a_and_b_the_crossfader_says_so_and_stays(desk):
    ask(desk, "store-a")
    before = desk.base
    with pytest.raises(UserError, match="the crossfader needs A and B; B is empty: store-b keeps the look there"):
        desk.set_all({"crossfade": 0.5, "strength": 0.1}, BY)
    assert desk.base == before and desk.value("crossfade", BY) == 0


def test_going_to_a_or_b_takes_the_crossfader_there(desk):
    ask(desk, "store-a")
    desk.set("strength", 2.0, BY)
    ask(desk, "store-b")
    assert (desk.value("crossfade", BY), desk.base.strength) == (1.0, 2.0)
    ask(desk, "recall-a")
    assert (desk.value("crossfade", BY), desk.base.strength) == (0.0, 1.0)
    ask(desk, "recall-b")
    assert (desk.value("crossfade", BY), desk.base.strength) == (1.0, 2.0)
    desk.set("crossfade", 0.5, BY)
    assert desk.base.strength == 1.5


def test_a_surprise_is_another_look_and_undo_brings_the_old_one_back(desk):
    before = desk.base
    desk.lock("palette", True, BY)
    desk.lock("mirrors", True, BY)
    desk.lock("mirrors", False, BY)
    assert desk.instrument()["locked"] == ["palette"]
    ask(desk, "surprise")
    assert desk.base.channel != before.channel and desk.base.palette == before.palette
    ask(desk, "undo")
    assert desk.base == before
    with pytest.raises(UserError, match="a test: no parameter 'palete'; did you mean 'palette'?"):
        desk.lock("palete", True, BY)


def test_surprises_go_on_from_a_seed():
    def looks(seed):
        desk = Desk(Look(), seed=seed)
        for _ in range(3):
            ask(desk, "surprise")
        return desk.base

    assert looks(5) == looks(5) != looks(6)


def test_looks_that_wait_for_the_beat_begin_on_it(desk):
    place = [6.3]
    desk.follow(lambda: place[0])
    desk.set("when", "bar", BY)
    before = desk.base
    desk.load("neon", BY)
    assert desk.base == before and desk.notice() == desk.instrument()["waiting"] == "preset neon waits for the bar"
    ask(desk, "surprise")
    assert desk.notice() == "a surprise waits for the bar"  # it has taken the other's place
    place[0] = 7.9
    assert desk.look() == before
    place[0] = 8.0
    assert desk.look() != before and desk.preset == "eyes"
    assert desk.notice() is None and desk.instrument()["waiting"] is None


def test_what_waits_can_be_taken_back_or_let_go(desk):
    desk.follow(lambda: 1.5)
    desk.set("when", "beat", BY)
    desk.set("strength", 0.5, BY)
    desk.load("neon", BY)
    ask(desk, "undo")
    assert desk.instrument()["waiting"] is None and desk.base.strength == 0.5  # no step was undone
    desk.load("neon", BY)
    desk.set("when", "now", BY)
    assert desk.preset == "neon"


def test_what_is_wrong_is_said_before_it_waits(desk):
    desk.follow(lambda: 1.5)
    desk.set("when", "beat", BY)
    for wrong in (lambda: desk.load("neno", BY), lambda: ask(desk, "recall-1")):
        with pytest.raises(UserError):
            wrong()
    assert desk.instrument()["waiting"] is None


def test_what_can_not_be_played_any_more_is_told_when_it_is_due():
    place, refused = [0.5], []

    def check(look):
        if look.channel in refused:
            raise UserError(f"no channel '{look.channel}' by now")

    desk = Desk(Look(), check)
    desk.follow(lambda: place[0])
    desk.set("when", "beat", BY)
    desk.load("neon", BY)
    refused.append("mixed2:256")
    place[0] = 1.0
    assert desk.look() == Look() and desk.notice() == "no channel 'mixed2:256' by now"


def test_a_step_that_can_not_be_undone_any_more_does_not_bar_the_way():
    refused = []

    def check(look):
        if look.channel in refused:
            raise UserError("not by now")

    desk = Desk(Look(), check)
    desk.set("strength", 0.5, "one")
    desk.set("channel", "mixed3:1", "two")
    desk.set("channel", "mixed3:2", "three")
    refused.append("mixed3:1")
    with pytest.raises(UserError, match="this step can't be played any more and is left out: not by now"):
        ask(desk, "undo")
    assert desk.base.channel == "mixed3:2" and desk.instrument()["redo"] == 0
    ask(desk, "undo", "undo")
    assert desk.base == Look()


def test_snapshots_outlast_the_program(tmp_path):
    path = tmp_path / "snapshots.toml"
    desk = Desk(Look(), snapshots=path)
    desk.set("strength", 0.25, BY)
    ask(desk, "store-1", "store-a")
    assert desk.close() is None
    later = Desk(Look(), snapshots=path)
    assert later.instrument()["snapshots"][0] == {"preset": "eyes", "channel": Look().channel}
    ask(later, "recall-1")
    assert later.base == desk.base
    path.write_text("[")
    assert "snapshots.damaged.toml" in Desk(Look(), snapshots=path).notice()


def test_a_disk_that_is_full_costs_no_snapshot(tmp_path):
    desk = Desk(Look(), snapshots=tmp_path / "snapshots.toml")
    with small_disk(10):
        ask(desk, "store-1", "store-b")
        assert desk.close().startswith(
            f"not kept for the next show: snapshot 1, look B: '{tmp_path}/snapshots.toml' can't be"
        )
    assert desk.notice().startswith("look B lasts until the end: ")
    ask(desk, "recall-1", "store-2")


def test_watchers_are_told_what_there_is_of_the_instrument(desk):
    told, looks = [], []
    leave = desk.watch_instrument(lambda changed, by: told.append((dict(changed), by)))
    desk.watch(lambda changed, by: looks.append(dict(changed)))
    desk.set("recall_seconds", 2.0, BY)
    ask(desk, "store-2")
    desk.lock("rate", True, BY)
    about = {"preset": "eyes", "channel": "mixed3:1"}
    assert told == [
        ({"recall_seconds": 2.0}, BY),
        ({"snapshots": [None, about, *[None] * 6]}, BY),
        ({"locked": ["rate"]}, BY),
    ]
    desk.set("strength", 0.5, BY)
    assert told[3:] == [({"undo": 1}, BY)] and looks == [{"strength": 0.5}]
    leave()
    ask(desk, "undo")
    assert len(told) == 4 and looks[-1] == {"strength": 1.0}


def test_the_name_of_the_preset_is_told_also_where_no_value_changes(desk):
    told = []
    desk.watch_instrument(lambda changed, by: told.append(dict(changed)))
    desk.set_all(dict(desk.base), BY, preset="the same")
    assert told == [{"preset": "the same"}]


def test_a_preset_that_is_renamed_is_so_wherever_it_is_played_or_kept(desk, tmp_path):
    desk = Desk(Look(), snapshots=tmp_path / "snapshots.toml")
    desk.set_all({"rate": 2.0}, BY, preset="mine")
    ask(desk, "store-1")
    desk.load("neon", BY)
    desk.rename_preset("mine", "ours", BY)
    assert desk.preset == "neon"
    ask(desk, "undo")
    assert desk.preset == "ours"
    desk.rename_preset("ours", "theirs", BY)
    ask(desk, "redo", "recall-1")
    assert desk.preset == "theirs"
    desk.close()
    later = Desk(Look(), snapshots=tmp_path / "snapshots.toml")
    assert later.instrument()["snapshots"][0]["preset"] == "theirs"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_pressed_the_look_is_whole_and_all_can_be_taken_back(seed):
    """Everything at random, by several hands; in the end undo leads back to the beginning, redo to the end."""
    rng, clock, place = random.Random(seed), Clock(), [0.0]
    desk = Desk(Look(), clock=clock, seed=seed)
    desk.follow(lambda: place[0])
    for _ in range(300):
        clock.pass_by(rng.choice([0.01, 0.3, 2.0]))
        place[0] = clock.now * 2
        with suppress(UserError):
            at_random(desk, rng)
        look = desk.look()
        assert look == Look(**dict(look))
    desk.set_all({"when": "now", "recall_seconds": 0.0}, BY)
    desk.load("neon", BY)  # a step, which the crossfader's moves are not
    end, steps = desk.base, desk.instrument()["undo"]
    assert steps > 20
    for _ in range(steps):
        ask(desk, "undo")
        assert desk.base == Look(**dict(desk.base))
    for _ in range(steps):
        ask(desk, "redo")
    assert desk.base == end


def at_random(desk, rng):
    by = rng.choice(["the panel", "OSC", "a key"])
    kind = rng.randrange(5)
    if kind == 0:
        desk.ask(rng.choice([*LOOKS, "undo", "redo"]), by)
    elif kind == 1:
        desk.load(rng.choice(preset_names()), by)
    elif kind == 2:
        desk.set("when", rng.choice(["now", "beat", "bar"]), by)
    else:
        desk.set_share(rng.choice([name for name in SETTABLE if span(name)]), rng.random(), by)


@pytest.mark.timed
def test_many_hands_at_once_leave_a_valid_look_and_no_error():
    desk, errors, ended = Desk(Look(), seed=1), [], threading.Event()
    for slot in SLOTS:
        ask(desk, f"store-{slot}")

    def play(seed):
        rng = random.Random(seed)
        for _ in range(150):
            try:
                at_random(desk, rng)
            except UserError:
                pass
            except Exception as error:
                errors.append(error)

    def read():
        while not ended.is_set():
            look, told = desk.look(), desk.instrument()
            if look != Look(**dict(look)) or told["undo"] < 0 or len(told["snapshots"]) != 8:
                errors.append(look)

    hands = [threading.Thread(target=play, args=(seed,)) for seed in range(3)]
    reader = threading.Thread(target=read)
    for thread in (reader, *hands):
        thread.start()
    for hand in hands:
        hand.join()
    ended.set()
    reader.join()
    assert errors == []


def test_redo_of_the_crossfader_is_where_it_was(desk):
    """Its first move from a look of one's own is a step, and the step goes as far as the fader went."""
    ask(desk, "store-a")
    desk.set_all({"channel": "mixed4:2", "strength": 2.0}, BY)
    ask(desk, "store-b")
    desk.set("strength", 0.5, BY)
    for share in (0.1, 0.4, 0.8):
        desk.set("crossfade", share, BY)
    there = desk.base
    ask(desk, "undo")
    assert desk.base.strength == 0.5
    ask(desk, "redo")
    assert desk.base == there
