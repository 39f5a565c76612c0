"""What watches a performance from outside is told at once how it is, and nothing that is secret."""

import http.client
import json
import socket
import time

import pytest
from kept_shows import GOOD

from kaleidocam.errors import UserError
from kaleidocam.kiosk import health
from kaleidocam.kiosk.health import Health, parse_health
from kaleidocam.kiosk.watch import Watch


@pytest.fixture
def watched():
    watch = Watch()
    watch.begins(1)
    with Health("0", watch.asked) as open_health:
        yield watch, open_health.port


def asked(port, path="/", method="GET"):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request(method, path)
    answer = line.getresponse()
    data = answer.read()
    line.close()
    return answer.status, data


def test_a_show_that_goes_on_passes(watched):
    watch, port = watched
    watch.heard(GOOD | {"frames": 7, "dropped": 0})
    status, data = asked(port)
    told = json.loads(data)
    assert status == 200 and told["status"] == "pass" and told["problems"] == [] and told["frames"] == 7
    assert 0 <= told["last_frame_age"] < 2 and told["restarts"] == 0 and 0 <= told["uptime"] < 60
    assert asked(port, method="HEAD") == (200, b"") and asked(port, "/health?x=1")[0] == 200
    assert asked(port, "/other")[0] == 404 and asked(port, method="POST")[0] == 501


@pytest.mark.parametrize(
    ("vitals", "status", "told", "problem"),
    [
        ({}, 503, "fail", "no frame was shown yet"),
        ({"waits": "the display 'X' is not there"}, 503, "fail", "the display 'X' is not there"),
        (GOOD | {"age": 9.0}, 503, "fail", "no frame was shown for 9 s"),
        (GOOD | {"dream": {"state": "stands still", "told": None}}, 503, "fail", "the dream stands still"),
        (GOOD | {"display": "away"}, 503, "fail", "the display is away"),
        (GOOD | {"source": {"state": "away", "told": "camera 0 is away"}}, 200, "warn", "camera 0 is away"),
    ],
)
def test_what_is_wrong_is_told(watched, vitals, status, told, problem):
    watch, port = watched
    watch.heard(vitals)
    code, data = asked(port)
    assert (code, json.loads(data)["status"], json.loads(data)["problems"]) == (status, told, [problem])


def test_a_show_that_falls_silent_fails_by_itself(watched, monkeypatch):
    watch, port = watched
    watch.heard(GOOD | {"frames": 7})
    watch._came -= 8.0
    assert asked(port)[0] == 503


def test_it_answers_also_between_two_runs(watched):
    watch, port = watched
    watch.ended("ended with http://me:secret@cam/x?token=hidden")
    status, data = asked(port)
    assert status == 503 and b"being started again" in data and json.loads(data)["restarts"] == 1
    assert b"secret" not in data and b"hidden" not in data


def test_those_who_connect_and_say_nothing_shut_nobody_out(watched, monkeypatch):
    watch, port = watched
    monkeypatch.setattr(health._Answers, "timeout", 0.3)
    watch.heard(GOOD)
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(health.MOST_ASKERS)]
    time.sleep(0.8)
    assert asked(port)[0] == 200
    for each in silent:
        each.close()


def test_a_machine_without_another_thread_for_a_while_shuts_nobody_out_for_good(watched, monkeypatch):
    watch, port = watched
    watch.heard(GOOD)

    def none(*given):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(health.ThreadingMixIn, "process_request", none)
        for _ in range(health.MOST_ASKERS):
            with pytest.raises((OSError, http.client.HTTPException)):
                asked(port)
    assert asked(port)[0] == 200


@pytest.mark.parametrize("text", ["x", "1:2:y", "70000", "localhost:", "8766 ", "-1"])
def test_no_address(text):
    with pytest.raises(UserError, match=r"--health is '.*'; give PORT \(0 to 65535\) or HOST:PORT"):
        parse_health(text)


def test_addresses():
    assert parse_health("8766") == ("127.0.0.1", 8766) and parse_health("[::1]:80") == ("::1", 80)


def test_a_port_that_is_taken_is_one_line(watched):
    _, port = watched
    with pytest.raises(UserError, match=f"--health can't listen on 127.0.0.1:{port}: address already in use; give"):
        Health(str(port), dict)
