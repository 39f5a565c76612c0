"""The file of snapshots: read back as written, by several performances, and never lost where it is damaged."""

import threading

import pytest

from kaleidocam.control import snapshot_file
from kaleidocam.control.commands import SLOTS
from kaleidocam.control.scene import Scene
from kaleidocam.control.snapshot_file import SnapshotFile
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

ONE = Scene(
    Look(channel="0.7*mixed3:10 + 0.3*mixed5:74", grid=(480, 270), strength=0.25), "my own", frozenset({"grid"})
)
TWO = Scene(Look(mirrors=6, palette="prism", modulate="strength + 0.25*beat"), "neon")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "not yet" / "snapshots.toml"


def test_every_slot_is_read_back_as_it_was_kept(path):
    assert SnapshotFile(path).read() == ({}, None)
    for slot in SLOTS:
        assert SnapshotFile(path).store(slot, TWO if slot == "2" else ONE) is None
    scenes, wrong = SnapshotFile(path).read()
    assert wrong is None and scenes == dict.fromkeys(SLOTS, ONE) | {"2": TWO}


def test_two_performances_lose_nothing_of_each_other(path):
    def play(slots):
        file = SnapshotFile(path)
        for slot in slots:
            file.store(slot, ONE)

    hands = [threading.Thread(target=play, args=(SLOTS[at::2],)) for at in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert set(SnapshotFile(path).read()[0]) == set(SLOTS)


DAMAGES = {
    "no TOML": ("[1\n", "can't be read"),
    "a value": ("rate = 1.2", "rate = 99.0"),
    "a parameter": ("rate =", "raet ="),
    "a slot": ("[1]\n", "[9]\nlook = {}\n[1]\n"),
    "no table": ("[2]\n", "3 = 5\n[2]\n"),
    "a key": ('preset = "neon"', 'perset = "neon"'),
    "a list": ('by_hand = ["grid"]', 'by_hand = ["strength"]'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_told_and_set_aside_and_the_rest_is_there(path, damage):
    file = SnapshotFile(path)
    file.store("1", ONE)
    file.store("2", TWO)
    before, after = DAMAGES[damage]
    text = "[1\n" if damage == "no TOML" else path.read_text().replace(before, after, 1)
    assert damage == "no TOML" or text != path.read_text()
    path.write_text(text)
    scenes, wrong = file.read()
    assert "are damaged: " in wrong and "the file is kept as 'snapshots.damaged.toml'" in wrong and "\n" not in wrong
    assert path.with_name("snapshots.damaged.toml").read_text() == text
    assert path.exists() == bool(scenes) and file.read() == (scenes, None)  # the next show has the others too
    assert all(scene == {"1": ONE, "2": TWO}[slot] for slot, scene in scenes.items())
    assert damage == "no TOML" or scenes
    path.write_text("again = [")
    assert "'snapshots.damaged2.toml'" in file.read()[1]
    assert path.with_name("snapshots.damaged.toml").read_text() == text


def test_a_damage_that_happens_meanwhile_is_set_aside_before_the_file_is_written(path):
    file = SnapshotFile(path)
    file.store("1", ONE)
    path.write_text(path.read_text() + "\n[2]\npreset = 5\n")
    assert "damaged" in file.store("3", TWO)
    assert SnapshotFile(path).read() == ({"1": ONE, "3": TWO}, None)
    assert "preset = 5" in path.with_name("snapshots.damaged.toml").read_text()


def test_what_can_not_be_written_is_said(path, monkeypatch):
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(UserError, match="snapshots.toml' can't be written: "):
        SnapshotFile(path).store("1", ONE)


def test_it_lies_beside_the_presets(monkeypatch, tmp_path):
    monkeypatch.setattr(snapshot_file, "own_folder", lambda: tmp_path)
    assert snapshot_file.own_snapshots() == tmp_path / "snapshots.toml"
