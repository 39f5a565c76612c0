"""The panel's server, spoken to as browsers and as worse than browsers do, over real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial

import cv2
import httpx
import numpy as np
import pytest
from drawn_atlas import CURATED, color, draw_atlas
from ipv6 import ipv6_here
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from kaleidocam.control.desk import KEPT, Desk
from kaleidocam.control.panel import Panel
from kaleidocam.control.panel.presets import Presets
from kaleidocam.control.panel.threshold import HEADER_SECONDS, MOST_WAITING
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.values import settle

pytestmark = pytest.mark.timed

PATIENCE = 20.0
get = partial(httpx.get, timeout=PATIENCE)
PICTURE = np.full((90, 160, 3), 128, np.uint8)


def eventually(what, seconds=PATIENCE):
    """What `what` returns once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found


@contextmanager
def feeding(panel, picture=PICTURE):
    """Writes a picture again and again, as the stage does; yields how long each `write` took."""
    ended, took = threading.Event(), []

    def run():
        while not ended.wait(0.01):
            before = time.perf_counter()
            panel.write(Frame(picture, before, len(took)))
            took.append(time.perf_counter() - before)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("panel") / "presets"


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    return draw_atlas(tmp_path_factory.mktemp("atlas"), {"mixed4": 260, "mixed5": 90})


@pytest.fixture(scope="module")
def served(folder, atlas):
    """One server for all tests that leave it alive."""
    pressed = []
    with Panel(
        Desk(Look()),
        size=(160, 90),
        port=0,
        folder=folder,
        keys={"b": "bypass"},
        press=pressed.append,
        layers={"mixed5": 768},
        report=lambda: {"fps": 30.0, "notices": []},
        atlas=atlas,
        curated=[*CURATED, {"name": "mixed9:3", "word": "towers", "tags": []}],
    ) as panel:
        panel.pressed = pressed
        assert get(panel.address).status_code == 200
        yield panel


@pytest.fixture
def panel(served):
    served._desk.set_all({}, "a test", preset="spirals")
    return served


def line(panel, view="panel", token=None, **more):
    host = f"127.0.0.1:{panel.port}"
    address = f"ws://{host}/live?view={view}&token={panel._token if token is None else token}"
    return connect(address, **{"origin": f"http://{host}", "open_timeout": PATIENCE, "max_size": None} | more)


def until(page, wanted, seconds=PATIENCE):
    """Reads until a message for which `wanted` is true; acknowledges pictures."""
    deadline = time.monotonic() + seconds
    while True:
        message = page.recv(timeout=deadline - time.monotonic())
        if isinstance(message, bytes):
            page.send('{"do": "seen"}')
        elif wanted(message := json.loads(message)):
            return message


def say(page, what, name=None, value=None):
    page.send(
        json.dumps(
            {"do": what} | ({} if name is None else {"name": name}) | ({} if value is None else {"value": value})
        )
    )


@pytest.mark.slow
def test_the_token_opens_and_nothing_else(panel):
    address, token = panel.address.split("?token=")
    assert len(token) >= 32 and panel.clean_address == f"{address}clean?token={token}"
    for wrong in ("", "?token=", "?token=wrong", f"?token={token}x", f"?token={token}&token={token}", "?token=%ff"):
        for path in (
            "",
            "clean",
            "panel.js",
            "thumbnails/eyes.jpg",
            "atlas",
            "atlas/atlas.js",
            "atlas/mixed5.webp",
            "atlas/curated.webp",
            "atlas/motifs.json",
        ):
            assert get(address + path + wrong).status_code == 403
    assert get(address, cookies={f"kaleidocam_{panel.port}": "wrong"}).status_code == 403
    for wrong in ("wrong", "", token[:-1]):
        with pytest.raises(InvalidStatus, match="403"):
            line(panel, token=wrong)
    with httpx.Client(timeout=PATIENCE) as browser:
        answer = browser.get(panel.address)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=strict" in answer.headers["set-cookie"]
        assert "access-control-allow-origin" not in answer.headers
        assert browser.get(f"{address}panel.js").headers["content-type"].startswith("text/javascript")
        assert browser.get(f"{address}thumbnails/eyes.jpg").content[:2] == b"\xff\xd8"


HEADERS = {
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)


@pytest.mark.parametrize("what", [*HEADERS, *POLICY])
@pytest.mark.parametrize("page", ["the page", "the clean picture", "a script", "a refusal"])
def test_every_answer_keeps_other_sites_out(panel, what, page):
    address, token = panel.address.split("?")
    asked = {"the page": f"?{token}", "the clean picture": f"clean?{token}", "a script": f"line.js?{token}"}
    headers = get(address + asked.get(page, "")).headers
    if what in HEADERS:
        assert headers[what] == HEADERS[what]
    else:
        assert what in headers["content-security-policy"].split("; ")


def test_half_sent_requests_keep_nobody_out(panel):
    """Without a token, as from anywhere in an open network."""
    half = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    waiting = []
    try:
        for _ in range(420):
            waiting.append(socket.create_connection(("127.0.0.1", panel.port), timeout=PATIENCE))
            waiting[-1].sendall(half)
        assert get(panel.address).status_code == 200
        with line(panel) as page:
            assert until(page, lambda message: "hello" in message)
        for each in waiting:
            each.setblocking(False)

        def kept():
            """How many have not been turned away."""
            found = 0
            for each in waiting:
                try:
                    each.recv(1)
                except BlockingIOError:
                    found += 1
                except OSError:
                    pass
            return found

        assert kept() <= MOST_WAITING
        eventually(lambda: kept() == 0, 2 * HEADER_SECONDS)
    finally:
        for each in waiting:
            each.close()


def test_a_refusal_keeps_no_connection(panel):
    with socket.create_connection(("127.0.0.1", panel.port), timeout=PATIENCE) as caller:
        caller.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{panel.port}\r\n\r\n".encode())
        answer = b""
        while data := caller.recv(4096):  # until it is closed from there
            answer += data
    assert answer.startswith(b"HTTP/1.1 403")


def test_a_header_may_come_in_pieces_but_not_without_end(panel):
    request = f"GET /?token={panel._token} HTTP/1.1\r\nHost: 127.0.0.1:{panel.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", panel.port), timeout=PATIENCE) as caller:
        for at in range(len(request)):
            caller.sendall(request[at : at + 1])
        assert caller.recv(4096).startswith(b"HTTP/1.1 200")
    with (
        socket.create_connection(("127.0.0.1", panel.port), timeout=PATIENCE) as caller,
        pytest.raises((ConnectionError, AssertionError)),
    ):
        for _ in range(100):
            caller.sendall(b"x" * 1000)
        assert caller.recv(1)


@pytest.mark.parametrize("host", ["::", "0.0.0.0", "127.0.0.1", "::1", "[::1]", "localhost", socket.gethostname()])
def test_every_address_that_is_told_answers(folder, host):
    if ":" in host and not ipv6_here():
        pytest.skip("no IPv6 here")
    try:
        panel = Panel(Desk(Look()), size=(160, 90), host=host, port=0, folder=folder)
    except UserError:
        pytest.skip("this machine does not know its own name")
    with panel:
        more = {"::": ["127.0.0.1", "[::1]", "localhost"], "0.0.0.0": ["127.0.0.1"]}.get(host, [])
        own = [f"http://{each}:{panel.port}/?token={panel._token}" for each in more]
        for address in (*panel.addresses, panel.clean_address, *own):
            assert get(address).status_code == 200, address
            name = address.split("/")[2]
            query = address.partition("?")[2]
            with connect(f"ws://{name}/live?{query}", origin=f"http://{name}", open_timeout=PATIENCE):
                pass
        assert "0.0.0.0" not in str(panel.addresses) and "[::]" not in str(panel.addresses)


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "evil.com:{port}",
        "127.0.0.1.evil.com:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.evil.com",
        "x127.0.0.1:{port}",
        "127.0.0.1:{port}0",
        "127.0.0.1:{port}@evil.com",
        "0.0.0.0:{port}",
        "localhost.:{port}",
        "",
    ],
)
def test_another_host_is_refused(panel, host):
    answer = get(panel.address, headers={"Host": host.format(port=panel.port)})
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.com",
        "http://127.0.0.1.evil.com:{port}",
        "http://127.0.0.1:{port}.evil.com",
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "xhttp://127.0.0.1:{port}",
        "http://localhost:{port}",
        "null",
        None,
    ],
)
def test_another_origin_is_refused(panel, origin):
    origin = origin and origin.format(port=panel.port)
    with pytest.raises(InvalidStatus, match="403"):
        line(panel, origin=origin)
    if origin:
        assert get(panel.address, headers={"Origin": origin}).status_code == 403


def test_it_can_be_called_localhost(panel):
    assert get(panel.address.replace("127.0.0.1", "localhost")).status_code == 200


def test_an_open_panel_answers_at_its_own_addresses_alone(folder):
    with Panel(Desk(Look()), size=(160, 90), host="0.0.0.0", port=0, folder=folder) as panel:
        assert panel.clean_address.startswith("http://127.0.0.1:") and "0.0.0.0" not in panel.address
        here = f"http://127.0.0.1:{panel.port}/"
        for host in ("127.0.0.1", "localhost", socket.gethostname()):
            answer = get(panel.clean_address, headers={"Host": f"{host}:{panel.port}"})
            assert answer.status_code == 200
        for host in ("evil.com", "0.0.0.0", "198.51.100.1"):
            assert get(panel.clean_address, headers={"Host": f"{host}:{panel.port}"}).status_code == 403
        assert get(here).status_code == 403


def test_the_atlas_is_served_under_the_same_rules(panel, atlas):
    address, token = panel.address.split("?")
    with httpx.Client(timeout=PATIENCE) as browser:
        page, own = browser.get(f"{address}atlas?{token}"), browser.get(address)
        assert page.status_code == 200 and "SameSite=strict" in page.headers["set-cookie"]
        assert page.headers["content-security-policy"] == own.headers["content-security-policy"]
        for inline in ("unsafe", "data:", "<style", "<script>"):
            assert inline not in page.text + page.headers["content-security-policy"]
        for name, kind in (("atlas.js", "text/javascript"), ("atlas.css", "text/css"), ("mixed5.webp", "image/webp")):
            assert browser.get(f"{address}atlas/{name}").headers["content-type"].startswith(kind)
        assert browser.get(f"{address}atlas/mixed5.webp").content == (atlas / "mixed5.webp").read_bytes()
        about = browser.get(f"{address}atlas/motifs.json").json()
        assert [each["name"] for each in about["curated"]] == [*(each["name"] for each in CURATED), "mixed9:3"]
        sheet = browser.get(address + about["chosen"]["sheet"]).content
        sheet = cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR).astype(int)
        for at, each in enumerate(CURATED):
            layer, number = each["name"].split(":")
            motif = sheet[: about["tile"], at * about["tile"] : (at + 1) * about["tile"]]
            assert np.abs(motif.mean((0, 1)) - color(layer, int(number))).max() < 8
        assert sheet[:, 3 * about["tile"] : 4 * about["tile"]].max() < 24  # of which there is no motif


@pytest.mark.parametrize("broken", [False, True])
def test_without_a_whole_atlas_all_else_is_served(tmp_path, folder, broken):
    (tmp_path / "atlas.json").write_text('{"layers": {}}')
    with Panel(
        Desk(Look()), size=(160, 90), port=0, folder=folder, curated=CURATED, atlas=tmp_path if broken else None
    ) as panel:
        address, token = panel.address.split("?")
        assert get(panel.address).status_code == 200
        for path in ("atlas", "atlas/atlas.js", "atlas/curated.webp"):
            assert get(f"{address}{path}?{token}").status_code == 404
        about = get(f"{address}atlas/motifs.json?{token}").json()
        assert about["layers"] == {} and about["curated"] == CURATED


def test_nothing_is_changed_by_a_request(panel):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert httpx.request(method, panel.address, content=b"x" * 100_000, timeout=PATIENCE).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "../server.py",
        "..%2fserver.py",
        "%2e%2e/server.py",
        "/etc/passwd",
        "thumbnails/../../server.py",
        "docs",
        "page/index.html",
        "thumbnails/..%2f..%2fserver.jpg",
        "thumbnails/%2fetc%2fpasswd.jpg",
        "openapi.json",
        "atlas/../server.py",
        "atlas/atlas.json",
        "atlas/%2e%2e/%2e%2e/atlas.json",
        "atlas/mixed9.webp",
        "atlas/",
    ],
)
def test_no_path_leads_to_a_file_that_is_not_served(panel, path):
    address, token = panel.address.split("?")
    request = f"GET /{path}?{token} HTTP/1.1\r\nHost: 127.0.0.1:{panel.port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", panel.port)) as raw:  # as it is: a client would tidy the path up
        raw.sendall(request.encode())
        assert raw.makefile("rb").readline().split()[1] == b"404"


def test_a_change_reaches_the_desk_and_every_page(panel):
    with line(panel) as one, line(panel) as other:
        hello = until(one, lambda m: "hello" in m)
        assert {p["name"] for p in hello["hello"]["parameters"]} == set(Look.model_fields)
        assert hello["look"]["grid"] == "auto" and hello["shares"]["strength"] == 0.5
        assert until(other, lambda m: "hello" in m)["look"] == hello["look"]
        before = time.monotonic()
        say(one, "share", "strength", 0.75)
        eventually(lambda: panel._desk.base.strength == 1.5)
        assert time.monotonic() - before < 1  # a frame on a machine that is not loaded
        assert until(other, lambda m: "strength" in m.get("look", {}))["shares"] == {"strength": 0.75}
        say(other, "set", "geometry", "quad")
        assert until(one, lambda m: "geometry" in m.get("look", {}))["look"]["geometry"] == "quad"
        panel._desk.set("rate", 2.5, "OSC")
        assert until(one, lambda m: "rate" in m.get("look", {}))["look"]["rate"] == 2.5
        assert until(one, lambda m: m.get("report"))["report"]["fps"] == 30.0


def test_commands_and_keys_arrive(panel):
    with line(panel) as page:
        say(page, "ask", "bypass")
        say(page, "key", "b")
        eventually(lambda: panel.pressed == ["b"])
        assert panel._desk.asked() == ["bypass"]
        say(page, "key", "F13")
        assert until(page, lambda m: "error" in m)["error"] == "the panel: no key 'F13'"


@pytest.mark.parametrize(
    "what, name, value, error",
    [
        ("set", "rate", "fast", "the panel: rate is 'fast'; allowed is 0 to 10 per second"),
        ("set", "stength", 1, "the panel: no parameter 'stength'; did you mean 'strength'?"),
        ("set", "weights", "/etc/passwd", "no parameter 'weights'"),
        ("share", "channel", 0.5, "the panel: channel has no knob; allowed is text"),
        ("ask", "explode", None, "the panel: no command 'explode'"),
        ("preset", "no-such", None, "no preset 'no-such'"),
    ],
)
def test_what_is_wrong_is_answered_and_changes_nothing(panel, what, name, value, error):
    look = panel._desk.base
    with line(panel) as page:
        say(page, what, name, value)
        answer = until(page, lambda m: "error" in m)
        assert error in answer["error"] and answer["look"]["rate"] == look.rate
    assert panel._desk.base == look


def test_a_preset_is_saved_with_its_picture_and_read_back(panel, folder):
    with line(panel) as page, feeding(panel):
        until(page, lambda m: "hello" in m)
        page.send('{"do": "seen"}')
        panel._desk.set_all({"strength": 1.25, "channel": "0.7*mixed3^2 + 0.3*mixed5:74", "grid": "256x144"}, "a test")
        eventually(lambda: page.recv(timeout=PATIENCE)[:2] == b"\xff\xd8")
        say(page, "save", "mine")
        news = until(page, lambda m: "presets" in m and "hello" not in m)
        assert news["presets"][0] == {"name": "mine", "own": True, "picture": True}
        kept = read_preset(str(folder / "mine.toml"))
        assert settle(kept, "mine")[0] == panel._desk.base
        # All is named, so that later defaults change nothing, but for what a preset leaves to the show.
        assert set(kept) == set(Look.model_fields) - (set(KEPT) - {"grid"})
        assert not list(folder.glob(".*"))
        address, token = panel.address.split("?")
        assert get(f"{address}thumbnails/mine.jpg?{token}").content[:2] == b"\xff\xd8"
        kept = panel._desk.base
        say(page, "preset", "eyes")
        eventually(lambda: panel._desk.preset == "eyes")
        say(page, "preset", "mine")
        eventually(lambda: panel._desk.preset == "mine")
        assert panel._desk.base == kept


@pytest.mark.parametrize(
    "name",
    [
        "../out",
        "..",
        "",
        "a/b",
        "a\\b",
        "a:b",
        ".a",
        "x" * 64 + "y",
        "eyes\n",
        "/tmp/x",
        "a\u202eb",
        "\U0001f300" * 61,
        " ",
        "CON",
        "nul",
        "Com1",
        "con.toml",
        "mine.",
        "mine ",
        "a\0",
    ],
)
def test_no_name_leads_out_of_the_folder(panel, folder, name):
    before = sorted(folder.parent.rglob("*"))
    presets, desk = Presets(folder), Desk(Look())
    for act in (presets.save, presets.load):
        with pytest.raises(UserError, match="can't be a preset's name"):
            act(desk, name, "a test")
    if len(name) <= 64:
        with line(panel) as page:
            say(page, "save", name)
            assert "can't be a preset's name" in until(page, lambda m: "error" in m)["error"]
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["my look", "Жар-птица", "夢", "it's 100 % & (x)", "a.b", "x.toml", "-x", "~", "x" * 64]
)
def test_a_preset_has_the_name_that_its_maker_gives_it(panel, folder, name):
    look = panel._desk.base
    with line(panel) as page:
        say(page, "save", name)
        until(page, lambda m: any(each["name"] == name and each["own"] for each in m.get("presets", ())))
        assert (folder / f"{name}.toml").is_file()
        say(page, "preset", "eyes")
        until(page, lambda m: m.get("preset") == "eyes")
        say(page, "preset", name)
        until(page, lambda m: m.get("preset") == name)
        assert panel._desk.base == look
        say(page, "delete", name)
        until(page, lambda m: "presets" in m and all(each["name"] != name for each in m["presets"]))
    assert (folder / "deleted" / f"{name}.toml").is_file()


def test_a_preset_is_renamed_and_deleted_and_nothing_is_lost(tmp_path):
    desk, presets = Desk(Look(mirrors=5)), Presets(tmp_path / "presets")
    picture = b"\xff\xd8\xff a picture"
    presets.save(desk, "one", "a test", picture)
    presets.save(desk, "two", "a test")
    for new in ("two", "eyes", "Eyes"):
        with pytest.raises(UserError, match="already; give another name"):
            presets.rename("one", new)
    with pytest.raises(UserError, match="can't be a preset's name"):
        presets.rename("one", "../out")
    for name, why in (("eyes", "comes with kaleidocam and stays"), ("none", "no preset 'none'")):
        for act in (partial(presets.rename, name, "new"), partial(presets.delete, name)):
            with pytest.raises(UserError, match=why):
                act()
    presets.rename("one", "my one")
    assert [name for name, own in presets.names().items() if own] == ["my one", "two"]
    assert presets.picture("my one") == picture and presets.look("my one").mirrors == 5
    for _ in range(2):
        presets.delete("my one")
        presets.save(desk, "my one", "a test")
    assert {each.name for each in (tmp_path / "presets" / "deleted").iterdir()} == {
        *("my one.toml", "my one.jpg", "my one 2.toml", "my one 2.jpg")
    } - {"my one 2.jpg"}


def test_of_a_preset_that_is_a_link_the_link_is_renamed_and_deleted(tmp_path):
    presets = Presets(tmp_path)
    presets.save(Desk(Look(mirrors=5)), "one", "a test")
    (tmp_path / "another.toml").symlink_to("one.toml")
    presets.rename("another", "other")
    assert [name for name, own in presets.names().items() if own] == ["one", "other"]
    presets.delete("other")
    assert presets.look("one").mirrors == 5 and presets.look("other") is None


def test_what_a_parameter_goes_back_to_is_the_preset_s_value(panel):
    with line(panel) as page:
        say(page, "preset", "kaleidoscope")
        rest = until(page, lambda m: m.get("preset") == "kaleidoscope" and "rest" in m)["rest"]
    kept = Look(**read_preset("kaleidoscope"))
    assert rest["look"]["mirrors"] == kept.mirrors != Look().mirrors
    assert 0 < rest["shares"]["mirrors"] <= 1


def test_pages_are_told_what_beat_and_sound_do_and_of_the_keys_in_their_order(panel):
    with line(panel) as page:
        hello = until(page, lambda m: "hello" in m)["hello"]
        assert hello["keys"] == [["b", "bypass"]] and hello["groups"]["eyes"] == "creatures"
        panel._desk.drivers.feed("bass", lambda: 0.75)
        try:
            assert until(page, lambda m: m.get("drivers", {}).get("bass") == 0.75)["drivers"]["beat"] == 0
        finally:
            panel._desk.drivers.feed("bass", lambda: 0.0)


def test_a_sample_is_shown_in_place_of_the_kept_picture(panel):
    picture = cv2.imencode(".jpg", PICTURE)[1].tobytes()
    address, token = panel.address.split("?")
    with line(panel) as page:
        looked = []
        panel.looked_at = looked.append
        say(page, "looks", value=1)
        eventually(lambda: looked == [True])
        panel.show("eyes", picture)
        assert until(page, lambda m: "eyes" in m.get("pictured", {}))["pictured"]["eyes"] >= 1
        assert get(f"{address}thumbnails/eyes.jpg?{token}").content == picture


def test_the_end_is_told(tmp_path):
    panel = Panel(Desk(Look()), size=(160, 90), port=0, folder=tmp_path)
    with panel, line(panel) as page:
        until(page, lambda m: "hello" in m)
        panel.close()
        assert until(page, lambda m: "ended" in m)["ended"] is True
        with pytest.raises(ConnectionClosed):
            until(page, lambda m: False)


def test_a_shipped_preset_is_never_replaced_and_a_link_never_followed(tmp_path):
    desk, presets = Desk(Look()), Presets(tmp_path / "presets")
    for name in ("eyes", "Eyes"):
        with pytest.raises(UserError, match="comes with kaleidocam"):
            presets.save(desk, name, "a test")
    presets.save(desk, "mine", "a test")
    (tmp_path / "secret.toml").write_text("rate = 2.0\n")
    (tmp_path / "presets" / "link.toml").symlink_to(tmp_path / "secret.toml")
    for act in (presets.save, presets.load):
        with pytest.raises(UserError, match="leads out of"):
            act(desk, "link", "a test")
    assert (tmp_path / "secret.toml").read_text() == "rate = 2.0\n"
    (tmp_path / "presets" / "mine.jpg").write_bytes(b"no picture")
    assert presets.picture("mine") is None


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "{}",
        '{"do": "explode"}',
        '{"do": "set", "name": 3}',
        '{"do": "set", "more": 1}',
        '{"do": "share", "name": "rate", "value": NaN}',
        '{"do": "set", "name": "rate", "value": 1e999}',
        '{"do": "set", "name": "channel", "value": "\\ud800"}',
        '{"do": "set", "name": "rate", "value": [1]}',
        '{"do": "set", "name": "' + "x" * 65 + '"}',
        '{"do": ["set"]}',
        "[" * 9000,
        "9" * 9000,
        b"\0\1",
        b"x" * 100_000,
    ],
)
def test_garbage_ends_the_line_and_nothing_else(panel, garbage):
    look = panel._desk.base
    with line(panel) as page:
        page.send(garbage)
        with pytest.raises(ConnectionClosed):
            until(page, lambda m: False)
    with line(panel) as page:
        until(page, lambda m: "hello" in m)
    assert panel._desk.base == look and panel.notice is None


def test_a_flood_is_held_to_the_budget_and_the_newest_wins(panel):
    changes = []
    unwatch = panel._desk.watch(lambda changed, by: changes.append(time.monotonic()))
    with line(panel) as page:
        threading.Thread(target=lambda: [page.recv() for _ in range(3)], daemon=True).start()
        before = time.monotonic()
        for i in range(6000):
            say(page, "share", ("strength", "color")[i % 2], (i % 100) / 100)
        say(page, "share", "strength", 1.0)
        eventually(lambda: panel._desk.base.strength == 2.0 and time.monotonic() - changes[-1] > 0.3)
        assert len(changes) <= 500 * (time.monotonic() - before) + 60
        assert len(changes) < 5000
    unwatch()


def test_pictures_come_at_the_size_that_is_wanted(panel):
    large = np.zeros((720, 1280, 3), np.uint8)
    large[:, :, 2] = 255
    with feeding(panel, large), line(panel) as small, line(panel, "clean") as clean:
        for page, size in ((small, (360, 640, 3)), (clean, (720, 1280, 3))):
            for _ in range(3):  # the first may be an older one
                data = eventually(lambda: (m := page.recv(timeout=PATIENCE)) and isinstance(m, bytes) and m)
                page.send('{"do": "seen"}')
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            assert picture.shape == size
            assert np.abs(picture.mean((0, 1)) - (0, 0, 255)).max() < 6


@pytest.mark.slow
def test_one_picture_at_a_time_is_on_its_way(panel):
    with feeding(panel), line(panel) as page:
        said = [page.recv(timeout=PATIENCE) for _ in range(12)]  # three seconds of reports, and nothing acknowledged
        assert sum(isinstance(message, bytes) for message in said) == 1


@pytest.mark.slow
def test_pages_that_never_read_cost_nothing(panel):
    """Twenty of them: the server's memory and the time of `write` stay as they were."""
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8)
    with feeding(panel, noise) as took, line(panel) as reading:
        until(reading, lambda m: "report" in m)
        raws = [socket.create_connection(("127.0.0.1", panel.port)) for _ in range(20)]
        for i, raw in enumerate(raws):
            view = "clean" if i % 4 == 0 else "panel"
            raw.sendall(
                (
                    f"GET /live?view={view}&token={panel._token} HTTP/1.1\r\nHost: 127.0.0.1:{panel.port}\r\n"
                    f"Origin: http://127.0.0.1:{panel.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
                ).encode()
            )
        for _ in range(10):
            until(reading, lambda m: "report" in m)
        memory, took[:] = resident(panel), []
        for _ in range(10):
            until(reading, lambda m: "report" in m)
        assert resident(panel) - memory < 40e6
        assert np.median(took) < 0.01
        for raw in raws:
            raw.close()


def resident(panel):
    """Bytes of memory that the server holds."""
    with open(f"/proc/{panel._child.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_without_a_page_write_costs_nothing(panel):
    eventually(lambda: panel.pages == 0)
    panel._wanted = None
    before = time.perf_counter()
    for i in range(1000):
        panel.write(Frame(PICTURE, i / 30, i))
    assert time.perf_counter() - before < 0.1


@pytest.mark.slow
def test_a_server_that_dies_comes_back(folder):
    with Panel(Desk(Look()), size=(160, 90), port=0, folder=folder) as panel, feeding(panel):
        with line(panel) as page:
            until(page, lambda m: "hello" in m)
            first = panel._child.process
            first.kill()
            with pytest.raises(ConnectionClosed):
                until(page, lambda m: False)
            eventually(lambda: panel.notice == "the panel's server ended; it is being started again")
            panel._desk.set("strength", 0.5, "a key")
        with line(panel) as page:  # same port, same token, and the present state
            assert until(page, lambda m: "hello" in m)["look"]["strength"] == 0.5
            eventually(lambda: panel.notice is None)
            say(page, "set", "strength", 0.25)
            eventually(lambda: panel._desk.base.strength == 0.25)
        last = panel._child.process
    assert last.poll() is not None and first.pid != last.pid


PARENT = """
import time
from pathlib import Path
from kaleidocam.control.panel import Panel
from kaleidocam.control.desk import KEPT, Desk
from kaleidocam.settings.parameters import Look
panel = Panel(Desk(Look()), size=(160, 90), port=0, folder=Path("none"))
while panel._child.process is None:
    time.sleep(0.01)
print(panel._child.process.pid, panel.address, flush=True)
time.sleep(100)
"""


def test_a_server_never_outlives_its_performance():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        try:
            child, address = parent.stdout.readline().split()
            child = int(child)
            assert get(address).status_code == 200
            os.kill(child, signal.SIGINT)  # which belongs to the performance
            time.sleep(0.3)
            assert alive(child)
        finally:
            parent.kill()
    eventually(lambda: not alive(child))


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_can_not_be_is_said(monkeypatch, panel):
    with pytest.raises(UserError, match=f"no panel at 127.0.0.1:{panel.port}: .*give another port"):
        Panel(Desk(Look()), size=(160, 90), port=panel.port)
    with pytest.raises(UserError, match="no panel at no.such.host.invalid:0"):
        Panel(Desk(Look()), size=(160, 90), host="no.such.host.invalid", port=0)
    with pytest.raises(UserError, match="8 to 128 letters"):
        Panel(Desk(Look()), size=(160, 90), port=0, token="short")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UserError, match=r"pip install 'kaleidocam\[panel\]'"):
        Panel(Desk(Look()), size=(160, 90), port=0)


@pytest.mark.slow
def test_sources_qualities_and_sizes_are_played_by_their_names(tmp_path):
    """What takes long holds nobody up; what is refused, only the page that asked is told."""
    played, go = [], threading.Event()

    def refuse(name):
        raise UserError(f"no quality '{name}'")

    def slow(name):
        go.wait(PATIENCE)
        return {"sources": [{"name": "aisle", "label": "the drawn aisle", "kind": "drawing"}], "source": "aisle"}

    choices = {"qualities": ["auto", "best"], "sizes": ["640x360"]}
    with Panel(Desk(Look()), size=(160, 90), port=0, folder=tmp_path, choices=choices) as panel:
        panel.plays = {"source": played.append, "size": played.append, "quality": refuse, "sources": slow}
        get(panel.address)
        with line(panel) as page, line(panel) as other:
            hello = until(page, lambda message: "hello" in message)["hello"]
            assert hello["qualities"] == choices["qualities"] and hello["sizes"] == choices["sizes"]
            say(page, "sources")
            say(page, "source", "clips/" + "x" * 200 + ".mp4")
            say(page, "size", "640x360")
            say(page, "quality", "utmost")
            assert until(page, lambda message: "error" in message)["error"] == "no quality 'utmost'"
            eventually(lambda: len(played) == 2)
            assert set(played) == {"clips/" + "x" * 200 + ".mp4", "640x360"}
            go.set()
            answer = until(page, lambda message: "sources" in message)
            assert answer["sources"][0]["name"] == answer["source"] == "aisle"
            say(other, "set", "strength", 1.25)
            heard = []
            until(other, lambda message: heard.append(message) or message.get("look", {}).get("strength") == 1.25)
            assert not any("error" in message or "sources" in message for message in heard)
