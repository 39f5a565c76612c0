"""The meter counts what happened in its window, and nothing else."""

import time

import pytest

from kaleidocam.meter import Meter


def test_paces_and_lateness(monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    meter = Meter(kept=2.0)
    for i in range(90):  # three seconds at 30 fps, each frame 10 ms late, every tenth 50 ms
        now = 100 + i / 30
        meter.shown(now - (0.05 if i % 10 == 0 else 0.01))
        if i % 2:
            meter.stepped()
    reading = meter.read(dropped=4)
    assert reading.fps == pytest.approx(30, abs=0.1)
    assert reading.steps == pytest.approx(15, abs=0.1)
    assert reading.latency_ms == pytest.approx(10)
    assert reading.latency_p95_ms == pytest.approx(50)
    assert reading.dropped == 4 and "4 dropped" in reading.lines()[0]


def test_an_idle_meter_reads_zero():
    reading = Meter().read(0)
    assert (reading.fps, reading.latency_ms, reading.steps) == (0, 0, 0)
