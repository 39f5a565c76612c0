"""The map, kaleidocam/README.md, names every room and every module, and nothing that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "kaleidocam"
MAP = (PACKAGE / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_/]+/)` \| (.+) \|$", re.M)
NAME = re.compile(r"`([^`\n]+)`")
ROOMS = {PACKAGE if room == "kaleidocam/" else PACKAGE / room: NAME.findall(text) for room, text in ROW.findall(MAP)}
ATTRIBUTE = re.compile(r"((?:[a-z_]+/)+[a-z_]+)\.(\w+(?:\.\w+)*)")


def modules(room: Path) -> set[str]:
    return {path.stem for path in room.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("room", sorted({path.parent for path in PACKAGE.rglob("*.py")}), ids=lambda room: room.name)
def test_a_room_and_each_of_its_modules_are_named(room):
    assert modules(room) <= set(ROOMS[room])


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_nothing_is_named_in_a_room_that_is_not_there(room):
    for name in ROOMS[room]:
        assert name in modules(room) or any((folder / name).exists() for folder in (room, ROOT)), name


def test_every_path_in_the_text_leads_somewhere():
    """`film/job.py`, `tests/contracts.py`, `dream/base.Dreamer`, whose module may be named by its last folders."""
    named = [name for name in NAME.findall(ROW.sub("", MAP)) if "/" in name and " " not in name]
    assert len(named) > 40
    for path in named:
        attribute = ATTRIBUTE.fullmatch(path)
        if (PACKAGE / path).exists() or (ROOT / path).exists():
            continue
        assert attribute, path
        found = [file for file in PACKAGE.rglob("*.py") if f"/{file.as_posix()}".endswith(f"/{attribute[1]}.py")]
        assert len(found) == 1, path
        text = found[0].read_text(encoding="utf-8")
        for name in attribute[2].split("."):
            assert re.search(rf"^\s*(?:class |def )?{name}\b", text, re.M), path


def test_the_layers_are_those_that_are_checked():
    layers = (ROOT / "setup.cfg").read_text(encoding="utf-8").partition("layers =\n")[2].partition("\n\n")[0]
    assert "\n".join(line.strip() for line in layers.splitlines()) in MAP
