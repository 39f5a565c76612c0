"""The meter counts what happened in its window, and nothing else."""

import threading
import time

import pytest

from kaleidocam.live.meter import Meter


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


def test_several_may_read_at_the_same_time():
    meter, failed, ended = Meter(kept=0.0), [], threading.Event()

    def read():
        while not ended.is_set():
            try:
                meter.read(0)
            except Exception as error:
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(20_000):
        meter.shown(0.0)
        meter.stepped()
    ended.set()
    for reader in readers:
        reader.join()
    assert not failed
