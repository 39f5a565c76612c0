"""Ableton Link: two programs on one machine share tempo, beat and bar; and what is ours alone."""

import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from kaleidocam.control.course import BAR
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError

SOON = 10.0  # seconds in which two find each other
OTHER = """
import sys, time
from link import Link
link = Link(97.0)
link.enabled = True
clock = link.clock()
for line in sys.stdin:
    word, *given = line.split()
    state = link.captureAppSessionState()
    if word == "bpm":
        state.setTempo(float(given[0]), clock.micros())
        link.commitAppSessionState(state)
    elif word == "play":
        link.startStopSyncEnabled = True
        state.setIsPlaying(given[0] == "1", clock.micros())
        link.commitAppSessionState(state)
    elif word == "end":
        break
    at = clock.micros()
    # CLOCK_MONOTONIC of the same moment, which both processes have
    print(link.numPeers(), state.tempo(), state.phaseAtTime(at, 4.0), time.monotonic(), flush=True)
"""


class Other:
    """Another program in the session."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, words="tell"):
        """(others, bpm, place in the bar, when that was)"""
        print(words, file=self._process.stdin, flush=True)
        others, *rest = self._process.stdout.readline().split()
        return int(others), *map(float, rest)

    def close(self):
        self._process.kill()
        self._process.communicate()


def soon(true):
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def apart(place, other=0.0, every=BAR):
    """Beats by which two places in the bar differ, or in the beat."""
    return (place - other + every / 2) % every - every / 2


def ahead(tempo, other, every=BAR):
    """Beats by which we are ahead of the other one, at the same moment."""
    _, _, place, when = other.say()
    return apart(tempo.place(when), place, every)


@pytest.mark.slow
@pytest.mark.timed
@pytest.mark.needs("link")
def test_two_programs_share_tempo_beat_and_bar():
    from kaleidocam.control.link import Link

    tempo = Tempo()
    with ExitStack() as stack:
        link = stack.enter_context(Link(140.0))
        tempo.share(link)
        tempo.resync(time.monotonic())
        time.sleep(1.5)  # or Link takes the two for equally old
        there = tempo.shared.others  # other programs on this network, usually none
        other = Other()
        stack.callback(other.close)
        soon(lambda: other.say()[0] == tempo.shared.others == there + 1)
        assert f"with {there + 1} other" in link.notice()
        soon(lambda: other.say()[1] == pytest.approx(tempo.bpm, rel=1e-4) != 97)  # who comes later takes the tempo
        soon(lambda: abs(ahead(tempo, other)) < 0.03)
        other.say("bpm 90")
        soon(lambda: tempo.bpm == pytest.approx(90, rel=1e-4))
        now = time.monotonic()
        for i in range(3):
            tempo.tap(now + 0.5 * i)  # a tap sets it for all, and moves no beat of theirs
        soon(lambda: other.say()[1] == pytest.approx(120, rel=1e-4))
        assert abs(ahead(tempo, other)) < 0.03
        tempo.nudge(0.05, time.monotonic())
        tempo.resync(time.monotonic())
        assert abs(apart(tempo.place())) < 0.6  # the nearest beat is the one by now, for us alone
        time.sleep(0.2)  # a nudge is spread over a quarter of a beat
        assert ahead(tempo, other, every=1) == pytest.approx(0.1, abs=0.03)  # 0.05 s at 120 BPM
        assert not tempo.clock(time.monotonic())
        other.close()
        soon(lambda: tempo.shared.others == there)
        assert tempo.bpm == pytest.approx(120, rel=1e-4) and ("with" if there else "alone") in link.notice()


@pytest.mark.slow
@pytest.mark.timed
@pytest.mark.needs("link")
def test_the_beat_rests_with_the_others_stop_where_that_is_asked_for():
    from kaleidocam.control.link import Link

    tempo = Tempo()
    with ExitStack() as stack:
        link = stack.enter_context(Link(start_stop=True))
        tempo.share(link)
        assert tempo.place() is None and tempo.beat() == 0 and "stopped" in link.notice()
        other = Other()
        stack.callback(other.close)
        soon(lambda: tempo.shared.others >= 1)
        other.say("play 1")
        soon(lambda: tempo.place() is not None)
        other.say("play 0")
        soon(lambda: tempo.place() is None)


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch):
    from kaleidocam.control.link import Link

    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(UserError, match=r"pip install 'kaleidocam\[link\]'"):
        Link()
