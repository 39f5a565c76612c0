"""The page gives its camera: a real browser with a drawn camera, by https whose certificate it checks."""

import base64
import hashlib
import time
from functools import partial

import numpy as np
import pytest
from browser import chromium, eventually, in_a_browser
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from panel_show import PHONE, Show, open_tab, truly, visiting

from kaleidocam.control.panel.certificate import own_certificate
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.opening import open_live
from kaleidocam.sources.phone_line import LINE

SIZE = (320, 180)
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# A camera that is drawn by the page: gray, in a size that may be changed.
DRAWN = """
window.gray = 60;
window.drawn = document.createElement("canvas");
[drawn.width, drawn.height] = [320, 180];
setInterval(() => {
  const brush = drawn.getContext("2d");
  brush.fillStyle = `rgb(${gray}, ${gray}, ${gray})`;
  brush.fillRect(0, 0, drawn.width, drawn.height);
  brush.fillStyle = "#888";
  brush.fillRect(0, 0, 4, 4 + (performance.now() / 30) % 8);
}, 33);
(navigator.mediaDevices ?? {}).getUserMedia = async (wanted) => {
  window.wanted = wanted;
  return drawn.captureStream(30);
};
"""
REFUSING = """(navigator.mediaDevices ?? {}).getUserMedia = async () => { throw new DOMException("no", "%s"); };"""


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    return partial(own_certificate, folder=folder)


@pytest.fixture(scope="module")
def browser(secure):
    """It trusts the panel's certificate and no other."""
    made = x509.load_pem_x509_certificate(secure("0.0.0.0", []).file.read_bytes())
    key = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
    with chromium(*CAMERA, f"--ignore-certificate-errors-spki-list={trusted}") as browser:
        yield browser


@pytest.fixture(scope="module")
def source():
    with open_live("phone", Machine(size=SIZE)) as source:
        yield source


@pytest.fixture(scope="module")
def running(tmp_path_factory, secure, source):
    show = Show(tmp_path_factory.mktemp("presets"), host="0.0.0.0", certificate=secure, phone=LINE)
    show.start()
    yield show
    show.ended.set()
    show.join()


@pytest.fixture
def show(running, source):
    while source.wait(0.1):  # what is left of the test before
        source.read()
    played = []
    running.panel.plays = {"source": played.append, "sources": lambda name: {"sources": [], "source": "phone"}}
    report = running.report
    running.more, running.played = {}, played
    running.panel.report = lambda: report() | {"source": "phone", "phone": LINE.playing} | running.more
    return running


@pytest.fixture
def visit(browser):
    with visiting(browser) as visit:
        yield visit
    end = time.monotonic() + 20
    quiet = time.monotonic()
    while time.monotonic() < min(end, quiet + 1.0):  # also of a page that was just asking again when it was closed
        quiet = time.monotonic() if LINE.playing else quiet
        time.sleep(0.05)


def camera(visit, show, *scripts, use=True):
    """A page on which the camera was asked for."""
    page = visit(show.panel.address, scripts=scripts, **PHONE)
    open_tab(page, "more")
    if use:
        page.locator("#camera-back").tap()
    return page


def comes(page, source, true):
    """Waits for a picture for which it is so."""

    def look():
        found = source.wait(0.02) and true(source.read().image)
        return found

    try:
        eventually(page, look, 30)
    except AssertionError as error:
        said = page.locator("#camera-said").inner_text()
        raise AssertionError(f"no such picture; the page says '{said}', {LINE.playing} plays") from error


def is_gray(level):
    return lambda image: abs(float(np.median(image)) - level) < 12


def is_green(image):
    blue, green, red = (float(each) for each in np.median(image, (0, 1)))
    return green > blue + 50 and green > red + 50


@in_a_browser
def test_the_browsers_camera_plays_drops_and_comes_back(show, source, visit):
    page = camera(visit, show)
    comes(page, source, is_green)
    eventually(page, lambda: page.locator("#camera-said").inner_text() == "This device's camera plays.")
    assert page.evaluate("document.querySelector('#camera-seen').srcObject.active") and show.played == []
    assert show.panel.certificate.fingerprint in page.locator("#fingerprint").inner_text()
    page.reload()  # it goes on by itself
    truly(page, "document.querySelector('canvas').dataset.shown")
    comes(page, source, is_green)
    page.close()
    other = camera(visit, show, use=False)
    eventually(other, lambda: "has given no picture" in (source.health() or "") and LINE.playing is None)
    other.locator("#camera-front").tap()
    comes(other, source, is_green)
    eventually(other, lambda: source.health() is None)
    other.locator("#camera-stop").tap()
    eventually(other, lambda: LINE.playing is None)
    assert not other.locator("#camera-stop").is_visible()


@in_a_browser
def test_it_asks_for_the_shows_size_and_may_send_any(show, source, visit):
    page = camera(visit, show, DRAWN)
    comes(page, source, is_gray(60))
    wanted = page.evaluate("wanted.video")
    assert (wanted["width"], wanted["height"]) == ({"ideal": SIZE[0]}, {"ideal": SIZE[1]})
    assert wanted["facingMode"] == {"ideal": "environment"}
    for width, height, level in ((180, 320, 120), (640, 360, 180)):
        page.evaluate(f"[drawn.width, drawn.height, window.gray] = [{width}, {height}, {level}]")
        comes(page, source, is_gray(level))


@in_a_browser
@pytest.mark.slow
def test_another_device_may_take_over(show, source, visit):
    first = camera(visit, show, DRAWN)
    comes(first, source, is_gray(60))
    other = camera(visit, show, DRAWN.replace("gray = 60", "gray = 150"))
    other.locator("#sure button", has_text="Leave it").tap()
    eventually(other, lambda: not other.locator("#camera-stop").is_visible())
    other.locator("#camera-back").tap()
    other.locator("#sure button", has_text="Take over").tap()
    comes(other, source, is_gray(150))
    eventually(first, lambda: "Another device's camera plays now" in first.locator("#camera-said").inner_text())
    first.wait_for_timeout(1500)
    comes(other, source, is_gray(150))  # nobody fights for it


@in_a_browser
def test_another_source_turns_the_camera_off(show, source, visit):
    page = camera(visit, show, DRAWN)
    comes(page, source, is_gray(60))
    eventually(page, lambda: page.locator("#camera-said").inner_text() == "This device's camera plays.")
    LINE.hang_up(LINE.playing)
    show.more = {"source": "aisle", "phone": None}
    eventually(page, lambda: "Another source plays now" in page.locator("#camera-said").inner_text())
    assert page.evaluate("drawn.captureStream && !document.querySelector('#camera-seen').srcObject")


@in_a_browser
@pytest.mark.slow
def test_a_line_that_is_lost_is_made_again(show, source, visit):
    page = camera(visit, show, DRAWN)
    comes(page, source, is_gray(60))
    LINE._says[-1].__self__._process.kill()
    eventually(page, lambda: LINE.playing is None)
    comes(page, source, is_gray(60))
    show.panel._child.process.kill()  # the page's server is not needed for the pictures
    page.wait_for_selector("#away:not([hidden])")
    comes(page, source, is_gray(60))
    page.wait_for_selector("#away", state="hidden")
    comes(page, source, is_gray(60))


@in_a_browser
@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "was not allowed to use the camera"),
        ("NotFoundError", "This device has no camera."),
        ("NotReadableError", "Another program uses this device's camera"),
        ("StrangeError", "can't be had: no"),
    ],
)
def test_a_camera_that_can_not_be_had_is_said(show, visit, error, words):
    page = camera(visit, show, REFUSING % error)
    eventually(page, lambda: words in page.locator("#toast").inner_text())
    assert words in page.locator("#camera-said").inner_text() and not page.locator("#camera-stop").is_visible()


@in_a_browser
def test_an_insecure_page_says_what_to_do(tmp_path, visit):
    show = Show(tmp_path, host="0.0.0.0", phone=LINE)
    show.start()
    try:
        if "127.0.0.1" in show.panel.address:
            pytest.skip("this machine has no network")
        page = camera(visit, show)
        eventually(page, lambda: "start kaleidocam with --panel-https" in page.locator("#camera-said").inner_text())
    finally:
        show.ended.set()
        show.join()


@in_a_browser
@pytest.mark.slow
def test_garbage_over_the_line_is_one_line_or_the_end_of_that_line(show, visit, browser):
    page = visit(show.panel.address)
    said = page.evaluate(
        """async () => {
          const open = () => new Promise((done) => {
            const line = new WebSocket(`wss://${location.host}/live?view=panel`);
            line.onopen = () => done(line);
          });
          const closed = (line) => new Promise((done) => (line.onclose = ({ code }) => done(code)));
          const line = await open(), heard = [];
          line.onmessage = ({ data }) => {
            const said = typeof data === "string" && JSON.parse(data).phone;
            if (said) heard.push(said);
          };
          for (let i = 0; i < 30; i++) {
            line.send(JSON.stringify({ do: "offer", name: "x" + i % 3, value: "v=0 " + i }));
            await new Promise((done) => setTimeout(done, 100));
          }
          const large = await open(), end = closed(large);
          large.send(JSON.stringify({ do: "offer", name: "x", value: "v".repeat(1_000_000) }));
          const nothing = await open(), ended = closed(nothing);
          nothing.send(JSON.stringify({ do: "offer", name: "x", value: { no: "text" } }));
          return { heard, large: await end, nothing: await ended, open: line.readyState === 1 };
        }"""
    )
    assert said["open"] and said["heard"] and all("\n" not in each["refused"] for each in said["heard"])
    assert said["large"] in (1009, 1006) and said["nothing"] == 1008  # 1006: it was still sending
    assert page.locator("#away").is_hidden()


@in_a_browser
@pytest.mark.slow
def test_a_browser_that_gives_no_line_is_told_what_it_wants(show, visit):
    page = visit(show.panel.address, "!document.querySelector('#away').hidden", line=lambda line: line.close(), **PHONE)
    link = page.locator("#away a", has_text="The certificate")
    link.wait_for()
    assert "Certificate Trust Settings" in page.locator("#away").inner_text()
    answer = page.evaluate("(async (at) => (await fetch(at)).text())(document.querySelector('#away a').href)")
    assert answer == show.panel.certificate.authority


@in_a_browser
@pytest.mark.slow
def test_a_camera_that_another_program_takes_for_a_while_comes_back(show, source, visit):
    page = camera(visit, show, DRAWN)
    comes(page, source, is_gray(60))
    page.evaluate(
        """() => {
          const real = navigator.mediaDevices.getUserMedia;
          navigator.mediaDevices.getUserMedia = async () => {
            navigator.mediaDevices.getUserMedia = real;
            throw new DOMException("busy", "NotReadableError");
          };
          window.gray = 150;
          document.querySelector("#camera-seen").srcObject.getTracks().forEach((track) => track.stop());
        }"""
    )
    eventually(page, lambda: "Another program uses" in page.locator("#camera-said").inner_text())
    comes(page, source, is_gray(150))


@in_a_browser
def test_only_the_last_camera_that_was_asked_for_runs(show, source, visit):
    page = camera(visit, show, DRAWN, use=False)
    page.evaluate(
        """() => {
          window.given = [];
          navigator.mediaDevices.getUserMedia = async () => {
            await new Promise((done) => setTimeout(done, 300));
            given.push(drawn.captureStream(30));
            return given.at(-1);
          };
        }"""
    )
    for name in ("back", "front", "back"):
        page.locator(f"#camera-{name}").tap()
    comes(page, source, is_gray(60))
    assert page.evaluate("given.map((each) => each.active)") == [False, False, True]
    page.locator("#camera-stop").tap()
    assert not page.evaluate("given.at(-1).active")


@in_a_browser
def test_the_camera_is_off_when_the_show_is_over(tmp_path, show, source, secure, visit):
    other = Show(tmp_path, host="0.0.0.0", certificate=secure, phone=LINE)
    other.panel.plays, other.panel.report = show.panel.plays, show.panel.report
    other.start()
    try:
        page = camera(visit, other, DRAWN)
        comes(page, source, is_gray(60))
        stream = page.evaluate_handle("document.querySelector('#camera-seen').srcObject")
    finally:
        other.ended.set()
        other.join()
    eventually(page, lambda: not stream.evaluate("(each) => each.active"))
    assert "has ended" in page.locator("#away").inner_text()
