"""systemd hears that a service is ready, how it is, and that it lives; nobody else is told anything."""

import os
import socket

import pytest

from kaleidocam.kiosk import notify as notify_module
from kaleidocam.kiosk.notify import READY, Notify


def test_nothing_is_sent_without_systemd():
    quiet = Notify({})
    quiet.tell(READY)
    quiet.alive()
    assert quiet.seconds is None


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd's sockets")
def test_what_systemd_hears(tmp_path):
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(place)
        systemd.settimeout(5)
        environment = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}
        notify = Notify(environment)
        assert not environment and notify.seconds == 10
        notify.tell(READY)
        notify.alive()
        notify.alive()  # not due
        notify.says("the show goes on")
        notify.says("the show goes on")  # known
        notify.says("away")
        heard = [systemd.recv(100).decode() for _ in range(4)]
        assert heard == ["READY=1", "WATCHDOG=1", "STATUS=the show goes on", "STATUS=away"]
    notify.says("nobody there")  # no failure


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd's sockets")
def test_whoever_does_not_read_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(notify_module, "PATIENCE_SECONDS", 0.01)
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(place)
        notify = Notify({"NOTIFY_SOCKET": place})
        for number in range(40):
            notify.says(f"{number}")


def test_a_watchdog_of_another_process_is_none_of_ours():
    assert Notify({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}).seconds is None
