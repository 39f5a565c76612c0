"""Whether others work on this machine, from what the system tells."""

import os

import pytest

from kaleidocam.cli import busy
from kaleidocam.cli.busy import Times

STAT = """cpu  600 0 0 600 0 0 0 0 0 0
cpu0 100 20 30 200 50 0 10 40 70 5
cpu1 500 0 0 400 0 0 0 0 0 0
intr 12345
"""


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="the unit of /proc/stat")
def test_what_linux_tells_of_the_cores_that_are_ours(monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda name: 100)
    assert busy._linux(STAT, {0}) == Times(busy=2.0, stolen=0.4, all=4.5)
    assert busy._linux(STAT, {0, 1}) == Times(busy=7.0, stolen=0.4, all=13.5)


def told(monkeypatch, *times, load=0.0):
    """A system that tells these times, one at each look."""
    answers = iter(times)
    monkeypatch.setattr(busy, "times", lambda: next(answers))
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0, 0), raising=False)
    monkeypatch.setattr(busy, "PROBE_SECONDS", 0.01)
    monkeypatch.setattr(busy, "LONG_PROBE", 0.025)


def test_a_quiet_machine_and_a_busy_one(monkeypatch):
    told(monkeypatch, Times(5, 0, 10), Times(5.05, 0, 11))
    assert not busy.look()
    told(monkeypatch, Times(5, 0, 10), Times(5.45, 0, 11))
    now = busy.look()
    assert now and now.taken == pytest.approx(0.45)
    assert str(now).startswith("others take 45% of the processor right now, load 0.0 on ")


def test_time_that_other_machines_take_counts(monkeypatch):
    told(monkeypatch, Times(5, 1, 10), Times(5.06, 1.05, 11))
    now = busy.look()
    assert now and "5% of them other virtual machines" in str(now)


def test_where_the_load_is_high_it_looks_for_longer(monkeypatch):
    """A compiler that pauses for one look is seen at the next; work that has ended a moment ago is none."""
    pauses = [Times(0, 0, 0), Times(0, 0, 1), Times(0.8, 0, 2), *[Times(0.8, 0, 3 + i) for i in range(20)]]
    told(monkeypatch, *pauses, load=100.0)
    assert busy.look().taken == pytest.approx(0.8)
    told(monkeypatch, *(Times(0, 0, i) for i in range(20)), load=100.0)
    assert not busy.look()


def test_a_system_that_tells_nothing_is_not_called_idle(monkeypatch):
    told(monkeypatch, None)
    now = busy.look()
    assert now.taken is None and "does not tell" in str(now)
    monkeypatch.undo()
    monkeypatch.setattr("platform.system", lambda: "Plan 9")
    assert busy.times() is None


def test_a_mac_is_asked_by_top(monkeypatch, tmp_path):
    top = tmp_path / "top"
    top.write_text(
        "#!/bin/sh\necho 'CPU usage: 9% user, 9% sys, 82.0% idle'\necho 'CPU usage: 20% user, 5% sys, 75.0% idle'\n"
    )
    top.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    before, after = busy.times(), busy.times()
    assert after.busy - before.busy == pytest.approx(0.25) and after.all - before.all == 1


@pytest.mark.parametrize("online, said", [("0", "on battery"), ("1", None)])
def test_a_laptop_on_battery_says_so(monkeypatch, tmp_path, online, said):
    for name, kind, there in (("AC", "Mains", online), ("BAT0", "Battery", "1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "type").write_text(kind + "\n")
        (tmp_path / name / "online").write_text(there + "\n")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr(busy, "SUPPLIES", tmp_path)
    monkeypatch.setattr(busy, "CPUFREQ", tmp_path)
    found = busy.slowed()
    assert found is None if said is None else found.startswith(said)


def test_a_processor_that_is_held_back_says_so(monkeypatch, tmp_path):
    for core, most in ((0, 1_200_000), (1, 1_200_000)):
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_max_freq").write_text(f"{most}\n")
        (folder / "cpuinfo_max_freq").write_text("4500000\n")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr(busy, "SUPPLIES", tmp_path / "none")
    monkeypatch.setattr(busy, "CPUFREQ", tmp_path)
    assert busy.slowed() == "the processor is held at 1.2 of 4.5 GHz"


@pytest.mark.parametrize("enabled, useless", [("1", True), ("0", False), (None, False)])
def test_a_terminal_s_equal_share_is_known(monkeypatch, tmp_path, enabled, useless):
    if enabled is not None:
        (tmp_path / "autogroup").write_text(f"{enabled}\n")
    (tmp_path / "own").write_text("/autogroup-17 nice 0\n")
    monkeypatch.setattr(busy, "AUTOGROUP", tmp_path / "autogroup")
    monkeypatch.setattr(busy, "OWN_GROUP", tmp_path / "own")
    assert busy.nice_is_useless() is useless


def test_it_is_a_fact_of_this_machine(monkeypatch):
    monkeypatch.setattr(busy, "LONG_PROBE", 0.1)
    now = busy.look()
    assert now.taken is None or 0 <= now.taken <= 1
    assert now.cores >= 1 and "core" in str(now)
