"""The subscribers: everything at first, then each change once; the newest are kept."""

from kaleidocam.control.desk import SETTABLE
from kaleidocam.control.osc_subscribers import MOST_SUBSCRIBERS, Subscribers
from kaleidocam.settings.parameters import Look, Performance
from kaleidocam.settings.ranges import span

HERE, THERE = ("127.0.0.1", 1), ("127.0.0.1", 2)


def values(**changed):
    """What gives the value of a name: of a look with some changed, and of the controls."""
    return (dict(Look(**changed)) | dict(Performance())).get


def subscribers():
    sent = []
    return Subscribers(lambda *what: sent.append(what)), sent


def test_a_newcomer_is_told_everything_once():
    told, sent = subscribers()
    told.add(HERE)
    told.report(values(mirrors=6))
    assert {address for _, address, _ in sent} == {
        *(f"/kaleidocam/{name}" for name in SETTABLE),
        *(f"/kaleidocam/norm/{name}" for name in SETTABLE if span(name)),
    }
    assert (HERE, "/kaleidocam/mirrors", 6.0) in sent
    sent.clear()
    told.report(values(mirrors=6))
    assert sent == []


def test_a_change_that_comes_often_is_told_once_to_each():
    told, sent = subscribers()
    assert not told.note(["strength"])  # nobody to tell, and nobody will be
    told.add(HERE)
    told.report(values())
    told.add(THERE)
    told.report(values())
    sent.clear()
    for _ in range(5):
        assert told.note(["channel", "mirrors"])
    told.remove(THERE)
    told.report(values(mirrors=3))
    assert sent == [
        (HERE, "/kaleidocam/channel", Look().channel),
        (HERE, "/kaleidocam/mirrors", 3.0),
        (HERE, "/kaleidocam/norm/mirrors", span("mirrors").share(3)),
    ]


def test_who_subscribes_again_stays_and_the_oldest_goes():
    told, sent = subscribers()
    everyone = [("127.0.0.1", port) for port in range(MOST_SUBSCRIBERS)]
    assert [told.add(who) for who in everyone] == [None] * MOST_SUBSCRIBERS
    assert told.add(everyone[0]) is None
    assert told.add(("127.0.0.1", 999)) == everyone[1]
    told.report(values())
    assert {who for who, _, _ in sent} == {everyone[0], *everyone[2:], ("127.0.0.1", 999)}
