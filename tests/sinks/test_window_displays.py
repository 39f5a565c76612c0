"""The file of displays: each has its own, and nothing in it is lost."""

from pathlib import Path

import pytest

from kaleidocam.errors import UserError
from kaleidocam.sinks.window_corners import Corners
from kaleidocam.sinks.window_displays import Display, DisplayFile, found, own_displays
from kaleidocam.sinks.window_projection import Projection

ONE = Display('Beamer "Süd" \\ 1', (1920, 1080), (1920, 0))
TWO = Display("Beamer", (1280, 800), (-1280, 100))
PINNED = Projection(corners=Corners(((0.1, 0.1), (1, 0), (1, 1), (0, 1))), shape=1.5, edges=(0, 0.25, 0, 0))
TURNED = Projection(turn=2, mirrored=True, gamma=2.4, part="right")


@pytest.fixture
def file(tmp_path):
    return DisplayFile(tmp_path / "not yet" / "displays.toml")


def test_it_lies_in_the_user_s_own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("kaleidocam.sinks.window_displays.own_folder", lambda: tmp_path)
    assert own_displays() == tmp_path / "displays.toml"


def test_each_display_has_its_own(file):
    assert file.read() == ({}, None)
    assert file.store(ONE, PINNED, alone=True) is None and file.store(TWO, TURNED, alone=True) is None
    saved, wrong = file.read()
    assert wrong is None and saved == {ONE: PINNED, TWO: TURNED}
    assert found(saved, ONE, alone=True) == PINNED and found(saved, TWO, alone=True) == TURNED
    assert found(saved, Display("Beamer", (1280, 720), (-1280, 100)), alone=True) == Projection()
    assert found(saved, Display("Other", (1280, 800), (-1280, 100)), alone=True) == Projection()


def test_one_that_is_plain_again_is_left_out(file):
    file.store(ONE, PINNED, alone=True)
    file.store(TWO, TURNED, alone=True)
    file.store(ONE, Projection(), alone=True)
    assert file.read() == ({TWO: TURNED}, None)


def test_a_display_is_known_again_at_another_place_where_it_alone_can_be_meant(file):
    moved = Display(TWO.name, TWO.size, (0, 0))
    file.store(TWO, TURNED, alone=True)
    saved, _ = file.read()
    assert found(saved, moved, alone=True) == TURNED
    assert found(saved, moved, alone=False) == Projection()
    file.store(moved, PINNED, alone=False)  # two of a kind are told apart by their places
    saved, _ = file.read()
    assert saved == {TWO: TURNED, moved: PINNED}
    assert found(saved, Display(TWO.name, TWO.size, (5, 5)), alone=True) == Projection()
    file.store(Display(TWO.name, TWO.size, (5, 5)), PINNED, alone=True)
    assert list(file.read()[0]) == [Display(TWO.name, TWO.size, (5, 5))]


DAMAGES = {
    "no TOML": ("[[display]]", "[[display", []),
    "crossed": ("[0.1, 0.1]", "[0.9, 0.9]", [TWO]),
    "an edge": ("right = 0.25", "right = 25", [TWO]),
    "a key": ("shape", "shap", [TWO]),
    "a size": ("[1920, 1080]", "[1920.5, 1080]", [TWO]),
    "another table": ("[[display]]", "[screen]\n[[display]]", [ONE, TWO]),
    "no name": ('name = "Beamer"', "", [ONE]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_told_and_set_aside_and_the_rest_is_there(tmp_path, damage):
    path, (right, wrong, left) = tmp_path / "displays.toml", DAMAGES[damage]
    file = DisplayFile(path)
    file.store(ONE, PINNED, alone=True)
    file.store(TWO, TURNED, alone=True)
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    damaged = path.read_bytes()
    saved, told = file.read()
    assert list(saved) == left
    assert "\n" not in told and "is damaged:" in told and "kept as 'displays.damaged.toml'" in told
    assert path.with_name("displays.damaged.toml").read_bytes() == damaged
    assert file.read() == (saved, None)


def test_two_damaged_files_are_both_kept(tmp_path):
    file = DisplayFile(tmp_path / "displays.toml")
    for number in (1, 2):
        (tmp_path / "displays.toml").write_text(f"{number}")
        assert file.read()[0] == {}
    assert (tmp_path / "displays.damaged.toml").read_text() == "1"
    assert (tmp_path / "displays.damaged2.toml").read_text() == "2"


def test_what_can_not_be_written_is_told(tmp_path):
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(UserError, match="can't be written"):
        DisplayFile(tmp_path / "folder" / "displays.toml").store(ONE, PINNED, alone=True)


def test_what_can_not_be_set_aside_is_not_overwritten(tmp_path, monkeypatch):
    path = tmp_path / "displays.toml"
    path.write_text("[")

    def refused(*given):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(UserError, match="can't be set aside: permission denied"):
        DisplayFile(path).store(ONE, PINNED, alone=True)
    assert path.read_text() == "["
