"""The benchmark's own checks: a busy machine, a part or a checkout that is not there; and that it compares by turns."""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import bench
import pytest

from kaleidocam.cli.busy import Busy


def call(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["bench.py", *words])
    bench.main()


@pytest.mark.parametrize(
    "words, said",
    [
        (["--part", "film-1280x721"], "no part 'film-1280x721'; did you mean 'film-1280x720'?; -h lists them"),
        (["--rounds", "1"], "--rounds is 1; one run shows no spread"),
        (["--against", "/nowhere"], "--against is '/nowhere'; it must be a checkout"),
    ],
)
def test_what_it_is_given_wrong(monkeypatch, capsys, words, said):
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, *words)
    assert ended.value.code == 2 and said in capsys.readouterr().err


def test_it_refuses_a_busy_machine_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(bench.busy, "look", lambda: Busy(0.5, 0.0, 3.0, 2))
    monkeypatch.setattr(bench.busy, "nice_is_useless", lambda: False)
    monkeypatch.setattr(bench.busy, "slowed", lambda: None)
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, "--part", "step")
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.count("\n") == 1
    assert "others take 50% of the processor right now, load 3.0 on 2 cores" in said and "--busy-ok" in said
    bench.check_quiet(True)
    assert "figures may be too low" in capsys.readouterr().err


def test_it_warns_where_nice_is_useless_or_the_processor_slow(monkeypatch, capsys):
    monkeypatch.setattr(bench.busy, "look", lambda: Busy(0.0, 0.0, 0.0, 2))
    monkeypatch.setattr(bench.busy, "nice_is_useless", lambda: True)
    monkeypatch.setattr(bench.busy, "slowed", lambda: "on battery")
    bench.check_quiet(False)
    said = capsys.readouterr().err
    assert "autogroup" in said and "on battery" in said


def test_two_checkouts_are_measured_by_turns(monkeypatch, capsys, tmp_path):
    """Each round in the other order, and figures compared within it."""
    (tmp_path / "kaleidocam").mkdir()
    (tmp_path / "kaleidocam" / "__init__.py").touch()
    seen = []

    def measured(part, tree, quick):
        seen.append(tree)
        return {"seconds": (1.0 if tree == bench.HERE else 2.0) * len(seen)}, 0.2

    monkeypatch.setattr(bench, "measured", measured)
    monkeypatch.setattr(bench, "check_quiet", lambda ok: None)
    out = tmp_path / "figures.json"
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, "--part", "step", "--rounds", "3", "--against", str(tmp_path), "--json", str(out))
    assert not ended.value.code
    assert seen == [bench.HERE, tmp_path, tmp_path, bench.HERE, bench.HERE, tmp_path]
    found = json.loads(out.read_text())["step"]
    assert found["figures"]["seconds"]["runs"] == [1.0, 4.0, 5.0]
    assert found["ratios"]["seconds"]["runs"] == pytest.approx([1 / 4, 4 / 6, 5 / 12])
    said = capsys.readouterr()
    assert "ratio of seconds" in said.out and "others took up to 20%" in said.err


def test_a_run_is_of_the_checkout_that_is_named(monkeypatch, tmp_path):
    def run(command, env, **more):
        assert env["PYTHONPATH"] == str(tmp_path) and "--in-process" in command
        return SimpleNamespace(stdout='noise\n{"fps": 3.0}\n')

    monkeypatch.setattr(bench.subprocess, "run", run)
    figures, others = bench.measured("step", tmp_path, True)
    assert figures == {"fps": 3.0} and (others is None or 0 <= others <= 1)


@pytest.mark.parametrize("part", list(bench.PARTS.values()), ids=list(bench.PARTS))
def test_each_part_can_be_called(part):
    """By its name, without running it; those that time a command import nothing but what every version has."""
    module, name = part.function.split(":")
    code = Path(bench.__file__).parent / "speed" / f"{module}.py"
    assert f"def {name}(" in code.read_text()
    if part.shipped:
        assert callable(getattr(importlib.import_module(f"speed.{module}"), name))
