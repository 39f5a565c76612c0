"""Undo, snapshots, the crossfader and what waits for the beat: the same from the page, the keys, OSC and MIDI."""

import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import mido
import pytest
import virtual_midi
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg
from websockets.sync.client import connect

from kaleidocam.control.commands import COMMANDS
from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS
from kaleidocam.control.midi import Midi
from kaleidocam.control.osc import Osc
from kaleidocam.control.panel import Panel
from kaleidocam.control.tempo import Tempo
from kaleidocam.live.surfaces import pressing
from kaleidocam.settings.parameters import Look

pytestmark = pytest.mark.timed

PATIENCE = 20.0


def eventually(what):
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


class Page:
    """A page of the panel, as its messages go over the line."""

    def __init__(self, desk, stack, tmp_path):
        keys = {key: bound.meaning for key, bound in KEYS.items() if bound.press}
        panel = stack.enter_context(
            Panel(desk, size=(160, 90), port=0, folder=tmp_path, keys=keys, press=pressing(desk))
        )
        host = f"127.0.0.1:{panel.port}"
        self.line = stack.enter_context(
            connect(
                f"ws://{host}/live?view=panel&token={panel._token}",
                origin=f"http://{host}",
                open_timeout=PATIENCE,
                close_timeout=0.2,
            )
        )
        self.hello = self.until(lambda m: "hello" in m)

    def until(self, wanted):
        deadline = time.monotonic() + PATIENCE
        while True:
            message = self.line.recv(timeout=deadline - time.monotonic())
            if isinstance(message, str) and wanted(message := json.loads(message)):
                return message

    def say(self, **what):
        self.line.send(json.dumps(what))

    def ask(self, command):
        self.say(do="ask", name=command)

    def fade(self, desk, value):
        self.say(do="control", name="crossfade", value=value)

    def strengthen(self):
        self.say(do="set", name="strength", value=1.5)


class Keys:
    """Keys, as a window gives them."""

    def __init__(self, desk, stack, tmp_path):
        self.press = pressing(desk)

    def ask(self, command):
        self.press(next(key for key, bound in KEYS.items() if bound.meaning == MEANINGS[command]))

    def fade(self, desk, value):
        for _ in range(99):
            now = desk.value("crossfade", "a test")
            if abs(now - value) < 0.021:
                return
            self.press("l" if now < value else "j")

    def strengthen(self):
        for _ in range(5):
            self.press("0")


MEANINGS = {
    "undo": "undo",
    "redo": "redo",
    "surprise": "surprise: another look",
    "store-3": "keep snapshot 3",
    "recall-3": "recall snapshot 3",
    "store-a": "keep this look as A",
    "store-b": "keep this look as B",
    "recall-a": "go to A",
}


class OscSurface:
    """A control surface that speaks OSC, and is told what changes."""

    def __init__(self, desk, stack, tmp_path):
        osc = stack.enter_context(Osc(desk, "127.0.0.1", 0))
        self.socket = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.settimeout(PATIENCE)
        self.address = osc.address
        self.send("subscribe")
        self.hear_until("norm/tile")

    def send(self, name, *values):
        self.socket.sendto(build_msg(f"/kaleidocam/{name}", list(values)).dgram, self.address)
        time.sleep(0.04)  # a command that comes again sooner is a bounce

    def hear_until(self, name):
        while True:
            message = OscMessage(self.socket.recv(8192))
            if message.address == f"/kaleidocam/{name}":
                return message.params[0]

    def ask(self, command):
        self.send(command, 1)

    def fade(self, desk, value):
        self.send("crossfade", value)
        while self.hear_until("crossfade") != pytest.approx(value):
            pass

    def strengthen(self):
        self.send("norm/strength", 0.75)


class MidiSurface:
    """A device with a pad for every command, and two faders."""

    def __init__(self, desk, stack, tmp_path):
        self.pads = {name: note for note, name in enumerate(COMMANDS)}
        lines = [f'"{name}" = {{channel = 1, note = {note}}}' for name, note in self.pads.items()]
        lines += ["crossfade = {channel = 1, control = 1}", "strength = {channel = 1, control = 2}"]
        (tmp_path / "midi.toml").write_text("\n".join(lines))
        self.device = virtual_midi.plug("Pads")
        stack.callback(virtual_midi.unplug, "Pads")
        backend = mido.Backend("virtual_midi")
        stack.enter_context(Midi(desk, Tempo(), mapping=tmp_path / "midi.toml", backend=backend, takeover=1.0))

    def ask(self, command):
        self.device.press(self.pads[command])

    def fade(self, desk, value):
        self.device.turn(1, round(value * 127))

    def strengthen(self):
        self.device.turn(2, 96)


@pytest.fixture(params=[Page, Keys, OscSurface, MidiSurface], ids=lambda kind: kind.__name__)
def surface(request, desk, tmp_path):
    with ExitStack() as stack:
        yield request.param(desk, stack, tmp_path)


@pytest.fixture
def desk():
    return Desk(Look(channel="mixed3:1"), seed=1)


@contextmanager
def played(desk):
    """What the stage does with every frame."""
    ended = threading.Event()

    def run():
        while not ended.wait(0.01):
            desk.look()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_undo_and_redo(surface, desk):
    desk.set("mirrors", 5, "another hand")
    desk.load("neon", "another hand")
    surface.strengthen()
    eventually(lambda: desk.base.strength == pytest.approx(1.5, abs=0.2))
    stronger = desk.base
    surface.ask("undo")
    eventually(lambda: desk.base.strength == 1.2 and desk.preset == "neon")
    surface.ask("undo")
    eventually(lambda: desk.base == Look(channel="mixed3:1", mirrors=5) and desk.preset == "eyes")
    surface.ask("redo")
    eventually(lambda: desk.preset == "neon")
    surface.ask("redo")
    eventually(lambda: desk.base == stronger)


def test_snapshots_and_surprises(surface, desk):
    kept = desk.base
    surface.ask("store-3")
    eventually(lambda: desk.keeps("3"))
    surface.ask("surprise")
    eventually(lambda: desk.base != kept)
    surface.ask("recall-3")
    eventually(lambda: desk.base == kept)
    desk.set("recall_seconds", 0.5, "another hand")
    desk.set_all({"strength": 0.0, "tilt": 0.9}, "another hand")
    with played(desk):
        surface.ask("recall-3")
        eventually(lambda: 0.1 < desk.base.strength < 0.9)
        eventually(lambda: desk.base == kept)


def test_the_crossfader(surface, desk):
    desk.set("strength", 0.0, "another hand")
    surface.ask("store-a")
    eventually(lambda: desk.keeps("a"))
    desk.set("strength", 2.0, "another hand")
    surface.ask("store-b")
    eventually(lambda: desk.keeps("b"))
    for share in (0.6, 0.2, 1.0, 0.0):
        surface.fade(desk, share)
        eventually(lambda share=share: desk.base.strength == pytest.approx(2 * share, abs=0.05))
    surface.fade(desk, 0.5)
    surface.ask("recall-a")
    eventually(lambda: desk.base.strength == 0 and desk.value("crossfade", "a test") == 0)


def test_the_page_is_told_all_of_the_instrument(desk, tmp_path):
    with ExitStack() as stack:
        page = Page(desk, stack, tmp_path)
        assert page.hello["instrument"] == {
            "undo": 0,
            "redo": 0,
            "snapshots": [None] * 8,
            "a": None,
            "b": None,
            "crossfade": 0.0,
            "crossfade_as": "morph",
            "recall_seconds": 0.0,
            "when": "now",
            "locked": [],
            "waiting": None,
        }
        controls = {each["name"]: each for each in page.hello["hello"]["controls"]}
        assert controls["crossfade"]["high"] == 1 and controls["when"]["choices"] == ["now", "beat", "bar"]
        page.ask("store-2")
        about = {"preset": "eyes", "channel": "mixed3:1"}
        assert page.until(lambda m: "instrument" in m)["instrument"]["snapshots"][1] == about
        page.say(do="lock", name="palette", value=True)
        assert page.until(lambda m: "instrument" in m)["instrument"]["locked"] == ["palette"]
        page.say(do="lock", name="palette", value=False)
        assert page.until(lambda m: "instrument" in m)["instrument"]["locked"] == []
        desk.follow(lambda: 0.5)
        page.say(do="control", name="when", value="bar")
        assert page.until(lambda m: "instrument" in m)["instrument"]["when"] == "bar"
        page.say(do="preset", name="neon")
        told = page.until(lambda m: "instrument" in m)["instrument"]
        assert told["waiting"] == "preset neon waits for the bar" and desk.preset == "eyes"
        page.ask("undo")
        assert page.until(lambda m: "instrument" in m)["instrument"]["waiting"] is None
        page.say(do="key", name="f2")  # a key of the window, on the page too
        for wrong, error in (
            ({"do": "control", "name": "when", "value": "soon"}, "when is 'soon'; allowed is now or beat or bar"),
            ({"do": "control", "name": "crossfade", "value": 0.5}, "the crossfader needs A and B; A is empty"),
            ({"do": "control", "name": "recall_seconds", "value": 61}, "allowed is 0 to 60 s"),
            ({"do": "lock", "name": "palete", "value": True}, "no parameter 'palete'"),
            ({"do": "lock", "name": "palette", "value": "false"}, "lock is 'false'; allowed is true or false"),
            ({"do": "lock", "name": "palette"}, "lock is 'None'; allowed is true or false"),
            ({"do": "ask", "name": "recall-7"}, "snapshot 7 is empty"),
        ):
            page.say(**wrong)
            assert error in page.until(lambda m: "error" in m)["error"]


def test_osc_sets_and_tells_the_controls_and_locks(desk, tmp_path):
    with ExitStack() as stack:
        osc = OscSurface(desk, stack, tmp_path)
        osc.send("recall_seconds", 4.0)
        assert osc.hear_until("recall_seconds") == 4.0
        osc.send("when", "bar")
        assert osc.hear_until("when") == "bar"
        osc.send("norm/recall_seconds", "?")
        assert osc.hear_until("norm/recall_seconds") == pytest.approx(desk.share("recall_seconds", "a test"))
        osc.send("lock", "tilt")
        osc.send("lock", "rate")
        osc.send("unlock", "tilt")
        eventually(lambda: desk.instrument()["locked"] == ["rate"])
        osc.send("crossfade", 0.5)
        assert osc.hear_until("error") == "OSC: the crossfader needs A and B; A is empty: store-a keeps the look there"
        osc.send("*", 0.5)  # a pattern for knobs moves no crossfader
        eventually(lambda: desk.base.luma == 0.5)
        assert desk.value("recall_seconds", "a test") == 4.0


def test_pads_are_lit_where_a_snapshot_is_and_a_fader_takes_over_softly(desk, tmp_path):
    (tmp_path / "midi.toml").write_text(
        "crossfade = {channel = 1, control = 1}\n"
        '"recall-2" = {channel = 1, note = 40}\n"store-2" = {channel = 1, note = 41}\nwhen = {channel = 1, note = 42}\n'
    )
    device = virtual_midi.plug("Pads")
    try:
        with Midi(desk, Tempo(), mapping=tmp_path / "midi.toml", backend=mido.Backend("virtual_midi")) as midi:
            assert (40, 0) in until_shown(device, 40)
            device.press(41)
            assert (40, 127) in until_shown(device, 40)
            device.press(42)
            eventually(lambda: desk.value("when", "a test") == "beat")
            desk.ask("store-a", "a test")
            desk.set("strength", 2.0, "a test")
            desk.ask("store-b", "a test")  # the crossfader is at B, its fader anywhere
            device.turn(1, 20, 30)
            eventually(lambda: "crossfade is at 100%, its knob at 24%" in (midi.notice or ""))
            assert desk.base.strength == 2.0
            device.turn(1, 127, 64)
            eventually(lambda: desk.base.strength == pytest.approx(1 + 64 / 127))
    finally:
        virtual_midi.unplug("Pads")


def until_shown(device, number):
    """What the device was told, once that is something about `number`."""
    shown = []
    eventually(lambda: shown.extend(device.shown()) or any(each == number for each, _ in shown))
    return shown
