"""A phone's pictures, by a real WebRTC line, and all that can go wrong with one."""

import itertools
import re
import threading
import time

import numpy as np
import pytest
from phones import Phone, calling

from kaleidocam.errors import UserError
from kaleidocam.frame import Joint
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources import phone as phones
from kaleidocam.sources.aisle import Aisle
from kaleidocam.sources.changeable import Changeable
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import is_live, open_live, open_source
from kaleidocam.sources.phone_line import LINE, MOST_ON_THEIR_WAY, MOST_WAITING, PhoneLine
from kaleidocam.sources.phone_peer import Lateness

pytestmark = pytest.mark.timed

SIZE = (320, 180)


@pytest.fixture(scope="module")
def opened():
    with open_live("phone", Machine(size=SIZE)) as source:
        yield source


@pytest.fixture
def source(opened):
    soon(lambda: LINE.open and LINE.playing is None)
    while opened.wait(0):
        opened.read()
    return opened


def soon(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)
    return found


def until(source, true, seconds=20.0):
    """The first frame for which it is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if source.wait(0.1) and true(frame := source.read()):
            return frame
    raise AssertionError("it never came")


def is_gray(level):
    return lambda frame: abs(float(np.median(frame.image)) - level) < 12


def test_it_waits_for_a_phone_and_plays_it(source):
    assert source.size == SIZE and source.joint is Joint.ON
    assert source.health().startswith("no picture from the phone's camera yet") or "waiting for it" in source.health()
    with calling(LINE, size=(320, 240), level=60):
        frames = [until(source, is_gray(60)) for _ in range(5)]
        assert all(frame.size == SIZE for frame in frames) and LINE.playing == "a-phone"
        assert all(one.seconds < other.seconds for one, other in itertools.pairwise(frames))
        assert 0 <= time.monotonic() - frames[-1].seconds < 1
        soon(lambda: source.health() is None)


def test_its_pictures_may_change_their_size_and_are_fitted(source):
    with calling(LINE, size=(320, 240), level=60) as phone:
        until(source, is_gray(60))
        for size, level in (((240, 320), 120), ((640, 360), 180), ((180, 320), 90)):
            phone.track.size, phone.track.level = size, level
            assert until(source, is_gray(level)).size == SIZE
        source.how = "letterbox"
        try:
            frame = until(source, lambda frame: frame.image[:, :20].max() < 30 and frame.image[90, 160].mean() > 60)
            assert frame.size == SIZE
        finally:
            source.how = "crop"


def test_one_that_is_silent_is_missed_and_goes_on(source):
    with calling(LINE, level=60) as phone:
        until(source, is_gray(60))
        phone.vanish()
        said = soon(source.health)
        assert "the phone's camera has given no picture for" in said and "waiting for it" in said
        phone.track.silent, phone.track.level = False, 150
        until(source, is_gray(150))
        soon(lambda: source.health() is None)
    soon(lambda: LINE.playing is None)


def test_one_that_comes_again_needs_not_ask(source):
    with calling(LINE, level=60):
        until(source, is_gray(60))
        with calling(LINE, level=150) as again:
            until(source, is_gray(150))
            assert "answer" in again.said[-1]


def test_another_one_is_told_and_may_take_over(source):
    with calling(LINE, "one", level=60) as first:
        until(source, is_gray(60))
        with calling(LINE, "other", level=150) as other:
            soon(lambda: other.said)
            assert other.said == [{"taken": True}] and LINE.playing == "one"
            other.offer(take=True)
            until(source, is_gray(150))
            soon(lambda: LINE.playing == "other")
            soon(lambda: first.peer.connectionState == "closed")


def test_one_that_hangs_up_makes_way(source):
    with calling(LINE, "one", level=60):
        until(source, is_gray(60))
        LINE.hang_up("one")
        soon(lambda: LINE.playing is None)
        with calling(LINE, "other", level=150):
            until(source, is_gray(150))


GARBAGE = ["", "v=0", "\0\n" * 50, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", "m=video", "m=video 9 X 96\r\n" * 2]


def test_garbage_is_refused_and_nothing_falls(source):
    with calling(LINE, level=60) as phone:
        until(source, is_gray(60))
        good = phone.peer.localDescription.sdp
        cut = [good[: len(good) * part // 7] for part in range(1, 7)]
        for sdp in [*GARBAGE, *cut, good.replace("fingerprint", "finger"), good.replace("a=ice", "a=iced")]:
            said = []
            LINE.offer("another", sdp, said.append, take=True)
            soon(lambda said=said: said)
            assert "refused" not in said[0] or "\n" not in said[0]["refused"]
        assert LINE.playing == "a-phone"
        until(source, is_gray(60))


def test_many_offers_are_answered_each_and_none_is_waited_for(source):
    said, took = [], []
    for number in range(40):
        before = time.monotonic()
        LINE.offer(f"phone {number}", "v=0", said.append)
        took.append(time.monotonic() - before)
    assert max(took) < 0.2
    soon(lambda: len(said) == 40)
    assert all("refused" in each for each in said)


def test_the_answer_turns_nothing_and_names_no_server(source):
    with calling(LINE) as phone:
        answer = soon(lambda: phone.said)[0]["answer"]
    assert "video-orientation" not in answer and "typ host" in answer
    assert "srflx" not in answer and "relay" not in answer

    first = answer.split("m=video")[1].splitlines()[0].split()[2]
    assert f"a=rtpmap:{first} H264/90000" in answer


def test_one_that_hides_its_address_is_found(source):
    """Browsers give a name that the network must resolve, where the page has no camera yet (RFC 8828)."""

    def hidden(sdp):
        return re.sub(r"(a=candidate:\S+ \d udp \d+ )\S+", r"\1c0ffee00-1234-4321-8765-0123456789ab.local", sdp)

    with calling(LINE, level=110, change=hidden):
        until(source, is_gray(110))


def test_a_capture_that_dies_is_replaced(source):
    with calling(LINE, level=60) as phone:
        until(source, is_gray(60))
        said = []
        LINE._says[-1].__self__._process.kill()
        soon(lambda: LINE.playing is None)
        soon(lambda: LINE.open)
        LINE.offer("x", "v=0", said.append)
        soon(lambda: said)
        again = Phone(LINE, level=150)
        try:
            until(source, is_gray(150))
        finally:
            again.close()
        assert phone.device == "a-phone"


def test_the_show_takes_it_up_and_leaves_it():
    def another(text):
        return open_live(text, Machine(size=(160, 96)))

    told = []
    first = Newest(Aisle(size=(160, 96), fps=30.0), paced=True)
    with Changeable(first, "aisle", another, tell=told.append) as show:
        before = len(LINE._says)
        show.play("phone")
        soon(lambda: len(LINE._says) > before)
        with calling(LINE, level=90):
            until(show, is_gray(90))
            assert show.text == "phone"
            show.play("phone")
            soon(lambda: told)
            assert told[0].startswith("the phone's camera plays already")
            show.play("aisle")
            until(show, lambda frame: not is_gray(90)(frame))
            soon(lambda: len(LINE._says) == before)


def test_its_kind_and_what_it_is_not(monkeypatch):
    assert kind_of("phone").name == "phone" and is_live("phone")
    with pytest.raises(UserError, match="no film can be made of it"):
        open_source("phone", Machine())
    monkeypatch.setattr(phones, "NEEDED", "no_such_module")
    with pytest.raises(UserError) as said:
        open_live("phone", Machine())
    assert str(said.value) == "a phone's camera needs aiortc: pip install 'kaleidocam[webrtc]'"


def test_offers_wait_for_a_capture_a_few_and_the_newest():
    line, said, passed = PhoneLine(), {}, []
    for number in range(MOST_WAITING + 4):
        line.offer(f"d{number}", "sdp", lambda told, number=number: said.setdefault(number, told))
    line.offer(f"d{MOST_WAITING + 3}", "newer", lambda told: None)
    assert sorted(said) == [0, 1, 2, 3, MOST_WAITING + 3]
    line.joined(passed.append)
    assert len(passed) == MOST_ON_THEIR_WAY
    line.left(passed.append)
    assert len(said) == MOST_ON_THEIR_WAY + 5 and not line.open


def test_no_thread_is_left():
    before = threading.active_count()
    with open_live("phone", Machine(size=SIZE)), calling(LINE):
        soon(lambda: LINE.open)
    soon(lambda: threading.active_count() <= before + 2)  # the test's own phone


def test_pictures_that_stay_late_are_found_and_those_that_catch_up_are_not():
    late = Lateness()
    assert not any(late.lasts(at / 30, 100 + at / 30) for at in range(300))
    assert not any(late.lasts(10 + at / 30, 115 + at / 120) for at in range(300))  # after a gap, four times as fast
    drifting = Lateness()
    assert not any(drifting.lasts(at, 100 + at * 1.0005) for at in range(36_000))  # ten hours of another clock
    slow = Lateness()
    found = [at for at in range(900) if slow.lasts(at / 30, 100 + at / 20)]
    assert found and 60 < found[0] < 200  # a decoder that makes 20 of 30
