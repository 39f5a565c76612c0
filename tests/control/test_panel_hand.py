"""The panel's page under a hand: at three sizes, by touch, by keys; and all that it does with whole looks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from browser import chromium, eventually, in_a_browser
from drawn_atlas import draw_atlas
from panel_show import GRAY, LAYERS, PHONE, Show, gray, open_tab, truly, visiting

from kaleidocam.settings.parameters import Look

CHECKS = (Path(__file__).parents[1] / "page_checks.js").read_text()
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
LANDSCAPE = PHONE | {"viewport": {"width": 844, "height": 390}}
SIZES = {"1280x800": DESKTOP, "390x844": PHONE, "844x390": LANDSCAPE}
TABS = ("play", "looks", "channel", "sound", "more")
SOURCES = [
    {"name": "FaceTime", "label": "FaceTime", "kind": "camera"},
    {"name": "/clips/a.mp4", "label": "a.mp4", "kind": "file"},
    {"name": "aisle", "label": "the drawn aisle", "kind": "drawing"},
]
OF_STRENGTH = "#row-strength .value"


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    atlas = draw_atlas(tmp_path_factory.mktemp("atlas"), LAYERS, dead={"mixed5": (7,)})
    learned = []
    choices = {"qualities": ["auto", "high", "low"], "sizes": ["320x180", "640x360"]}
    show = Show(tmp_path_factory.mktemp("presets"), atlas, choices=choices, learn=learned.append)
    show.learned, show.played = learned, []
    show.panel.plays = {
        "sources": lambda name: {"sources": SOURCES, "source": "aisle"},
        **{what: lambda name, what=what: show.played.append((what, name)) for what in ("source", "quality", "size")},
    }
    show.start()
    yield show
    show.ended.set()
    show.join()


@pytest.fixture
def show(running):
    running.desk.set_all({}, "a test", preset="spirals")
    running.more = {}
    for name in running.desk.instrument()["locked"]:
        running.desk.lock(name, False, "a test")
    return running


@pytest.fixture
def visit(browser):
    with visiting(browser) as visit:
        yield visit


def wrong(page, check):
    return page.evaluate(f"{CHECKS}.{check}()")


@in_a_browser
@pytest.mark.parametrize("size", SIZES)
def test_every_tab_suits_the_hand(show, visit, size):
    show.desk.ask("store-3", "a test")
    show.desk.set("modulate", "strength + 0.3*beat", "a test")
    page = visit(show.panel.address, **SIZES[size])
    page.wait_for_selector(".whole", state="attached")
    width, height = (SIZES[size]["viewport"][side] for side in ("width", "height"))
    for tab in TABS:
        open_tab(page, tab)
        for check in ("scrolling", "small", "nameless", "overlapping", "faint", "hidden"):
            assert wrong(page, check) == [], (tab, check)
        box = page.locator("#picture").bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0 and box["width"] * box["height"] > 0.2 * width * height
        assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    names = page.eval_on_selector_all(".row", "rows => rows.map((row) => row.id.slice(4))")
    assert set(names) == set(Look.model_fields) - {"channel", "modulate"} and len(names) == len(set(names))


@in_a_browser
def test_at_a_desk_the_main_controls_are_in_view_unscrolled(show, visit):
    page = visit(show.panel.address, **DESKTOP)
    for wanted in (
        "#knob-strength",
        "#row-palette",
        "#slot-8",
        "#crossfade",
        "#do-surprise",
        "#do-bypass",
        "#tab-channel",
    ):
        box = page.locator(wanted).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800 and box["x"] + box["width"] <= 1280, wanted


@in_a_browser
@pytest.mark.parametrize("size", ["390x844", "844x390"])
def test_on_a_phone_the_picture_and_controls_are_in_view(show, visit, size):
    page = visit(show.panel.address, **SIZES[size])
    height = SIZES[size]["viewport"]["height"]
    for wanted in ("#knob-strength", "#knob-color", "#do-bypass", "#tab-more"):
        box = page.locator(wanted).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, wanted


@in_a_browser
def test_all_of_a_tab_is_reached_by_the_tab_key(show, visit):
    page = visit(show.panel.address, **DESKTOP)
    open_tab(page, "play")
    page.evaluate("window.reached = new Set(); addEventListener('focusin', (e) => reached.add(e.target))")
    for _ in range(400):
        page.keyboard.press("Tab")
    missed = page.evaluate(
        """[...document.querySelectorAll("button, input, select, summary, .pad")]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0 && !reached.has(e))
        .map((e) => e.id || e.className)"""
    )
    assert missed == []
    page.locator("#tab-play").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#panel-looks").is_visible() and not page.locator("#panel-play").is_visible()


@in_a_browser
def test_a_slider_keeps_every_step_however_late_the_answers_are(show, visit):
    late = []

    def line(page_s_end):
        page_s_end.connect_to_server().on_message(
            lambda message: (
                page_s_end.send(message) if isinstance(message, bytes) or "hello" in message else late.append(message)
            )
        )
        line.end = page_s_end

    page = visit(show.panel.address, line=line)
    page.locator("#knob-strength").focus()
    for step in range(20):
        page.keyboard.press("ArrowRight")
        if step % 5 == 4:
            page.wait_for_timeout(450)
            for each in late[: len(late) // 2]:  # what is older than the hand
                line.end.send(late.pop(0))
    eventually(page, lambda: show.desk.base.strength == pytest.approx(1.2))
    assert page.locator("#knob-strength").input_value() == "0.6"


@in_a_browser
def test_a_parameter_goes_back_to_the_preset_s_value(show, visit):
    show.desk.load("kaleidoscope", "a test")
    kept = show.desk.base.mirrors
    page = visit(show.panel.address)
    truly(page, f"document.querySelector('#knob-mirrors').value === '{kept}'")
    assert kept != Look().mirrors and not page.locator("#row-mirrors .reset").is_visible()
    page.locator("#knob-mirrors").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#row-mirrors .reset").click()
    eventually(page, lambda: show.desk.base.mirrors == kept)
    eventually(page, lambda: not page.locator("#row-mirrors .reset").is_visible())


@in_a_browser
def test_looks_are_kept_recalled_crossed_and_taken_back_by_touch(show, visit):
    page = visit(show.panel.address, **PHONE)
    show.desk.set("strength", 0.5, "a test")
    gray(page, GRAY / 2)
    page.locator("#store").tap()
    page.locator("#slot-1").tap()
    page.wait_for_selector("#slot-1.full")
    page.wait_for_selector("#store[aria-pressed=false]")
    show.desk.set("strength", 1.5, "a test")
    box = page.locator("#slot-2").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.wait_for_selector("#slot-2.full")  # held
    page.mouse.up()
    page.locator("#slot-1").tap()
    gray(page, GRAY / 2)
    page.locator("#do-undo").tap()
    gray(page, GRAY * 1.5)
    page.locator("#do-redo").tap()
    gray(page, GRAY / 2)
    page.locator("#slot-a").scroll_into_view_if_needed()
    page.locator("#store").tap()
    page.locator("#slot-a").tap()
    page.wait_for_selector("#slot-a.full")
    page.locator("#slot-2").tap()
    gray(page, GRAY * 1.5)
    page.locator("#store").tap()
    page.locator("#slot-b").tap()
    page.wait_for_selector("#slot-b.full")
    page.locator("#crossfade").focus()
    page.keyboard.press("Home")
    gray(page, GRAY / 2)
    page.keyboard.press("End")
    gray(page, GRAY * 1.5)
    page.get_by_label("when a look begins").select_option("bar")
    page.get_by_label("seconds in which a look is reached").select_option("4")
    eventually(page, lambda: (show.desk.instrument()["when"], show.desk.instrument()["recall_seconds"]) == ("bar", 4))
    for name, value in (("when", "now"), ("recall_seconds", 0)):
        show.desk.set(name, value, "a test")


@in_a_browser
def test_surprises_leave_alone_what_is_locked(show, visit):
    page = visit(show.panel.address)
    show.desk.set("strength", 0.7, "a test")
    page.locator("#do-locks").click()
    page.locator("#row-strength .lock").click()
    page.wait_for_selector("#row-strength.locked")
    before = show.desk.base
    page.locator("#do-surprise").click()
    eventually(page, lambda: show.desk.base != before)
    assert show.desk.base.strength == 0.7 and show.desk.instrument()["locked"] == ["strength"]
    page.keyboard.press("Control+z")  # the browser's, not ours
    page.locator("#do-undo").click()
    eventually(page, lambda: show.desk.base == before)


@in_a_browser
def test_presets_have_groups_favourites_and_names_of_their_own(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "looks")
    page.get_by_role("group", name="groups").get_by_role("button", name="creatures").click()
    assert "eyes" in page.locator(".tile span").all_inner_texts() and page.locator("[data-preset=spirals]").count() == 0
    page.get_by_role("button", name="eyes: favourite").click()
    page.get_by_role("group", name="groups").get_by_role("button", name="favourites").click()
    assert page.locator(".tile span").all_inner_texts() == ["eyes"]
    page.get_by_role("group", name="groups").get_by_role("button", name="all").click()
    page.fill("#save-name", "Mein Blick № 1")
    page.keyboard.press("Enter")
    mine = page.locator("[data-preset='Mein Blick № 1']")
    eventually(page, lambda: mine.get_attribute("aria-pressed") == "true")
    page.get_by_role("button", name="Mein Blick № 1: favourite").click()
    show.desk.set("strength", 0.5, "a test")
    shown = page.locator(".tile[data-name='Mein Blick № 1']").get_attribute("data-version")
    for answer, strength in (("Keep the old one", 1.0), ("Replace it", 0.5)):
        page.fill("#save-name", "Mein Blick № 1")
        page.keyboard.press("Enter")
        page.locator("#sure").get_by_role("button", name=answer).click()
        eventually(page, lambda strength=strength: show.panel.presets.look("Mein Blick № 1").strength == strength)
    tile = page.locator(".tile[data-name='Mein Blick № 1']")
    eventually(page, lambda: tile.get_attribute("data-version") != shown)  # its picture is the new one
    page.get_by_role("button", name="Rename").click()
    page.locator("#naming input").fill("a:b")
    page.locator("#naming").get_by_role("button", name="Rename").click()
    truly(page, "document.querySelector('#toast').textContent.includes('none of /')")
    starred = "JSON.parse(localStorage.getItem('kaleidocam favourites')).includes('{}')"
    assert page.evaluate(starred.format("Mein Blick № 1"))
    page.get_by_role("button", name="Rename").click()
    page.locator("#naming input").fill("夢 two")
    page.locator("#naming").get_by_role("button", name="Rename").click()
    page.wait_for_selector("[data-preset='夢 two'][aria-pressed=true]")
    assert page.evaluate(starred.format("夢 two")) and not page.evaluate(starred.format("Mein Blick № 1"))
    page.get_by_role("button", name="Delete").click()
    page.locator("#sure").get_by_role("button", name="Delete it").click()
    page.wait_for_selector("[data-preset='夢 two']", state="detached")
    page.locator("[data-preset=eyes]").click()
    page.locator(".own-actions").wait_for(state="hidden")  # what comes with kaleidocam stays


@in_a_browser
def test_presets_are_shown_as_what_they_make_of_the_present_picture(show, visit):
    looked = []
    show.panel.looked_at = looked.append
    page = visit(show.panel.address)
    assert looked == []
    open_tab(page, "looks")
    eventually(page, lambda: looked == [True])
    show.panel.show("eyes", cv2.imencode(".jpg", np.full((90, 160, 3), (0, 0, 255), np.uint8))[1].tobytes())
    red = """() => { const i = document.querySelector("[data-preset=eyes] img");
        if (!i.complete || !i.naturalWidth) return 0;
        const c = new OffscreenCanvas(1, 1).getContext("2d"); c.drawImage(i, 0, 0, 1, 1);
        const [r, g] = c.getImageData(0, 0, 1, 1).data; return r - g; }"""
    eventually(page, lambda: page.evaluate(red) > 200)
    open_tab(page, "play")
    eventually(page, lambda: looked[-1] is False)


@in_a_browser
def test_sliders_write_the_formula_and_leave_what_they_cannot_show(show, visit):
    show.desk.set("modulate", "rate + 3*bass, color - 0.25*mid", "a test")
    page = visit(show.panel.address)
    open_tab(page, "sound")
    way = page.get_by_label("color by mid")
    eventually(page, lambda: way.input_value() == "-0.25")
    assert page.locator(".left").inner_text() == "Only in the formula, and left as it is: rate + 3*bass"
    page.get_by_label("another parameter to move").select_option("strength")
    by_beat = page.get_by_label("strength by beat")
    by_beat.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    eventually(page, lambda: show.desk.base.modulate == "rate + 3*bass, color - 0.25*mid, strength + 0.3*beat")
    way.dblclick()
    eventually(page, lambda: show.desk.base.modulate == "rate + 3*bass, strength + 0.3*beat")
    words = page.get_by_label("modulation formula")
    assert words.input_value() == show.desk.base.modulate
    words.fill("zoom - .5*level")
    words.press("Enter")
    eventually(page, lambda: show.desk.base.modulate == "zoom - .5*level")
    eventually(page, lambda: page.get_by_label("zoom by level").input_value() == "-0.5")
    words.fill("zoom - .5*nothing")
    words.press("Enter")
    truly(page, "document.querySelector('#toast').textContent.includes('no driver')")
    show.desk.set("modulate", "", "a test")


@in_a_browser
def test_beat_and_sound_are_seen(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "sound")
    assert not page.get_by_text("Link:").is_visible()
    show.more = {"bpm": 120.0, "link": 2}
    show.desk.drivers.feed("treble", lambda: 0.6)
    show.desk.drivers.feed("beat", lambda: 0.9)
    level = "getComputedStyle(document.querySelectorAll('.meter i')[4]).getPropertyValue('--level')"
    eventually(page, lambda: page.evaluate(level) == "0.6")
    truly(page, "document.querySelector('#pulse').style.getPropertyValue('--beat') === '0.9'")
    truly(page, "document.querySelector('#beat').style.getPropertyValue('--beat') === '0.9'")
    eventually(
        page, lambda: "120" in page.locator("#pulse").inner_text() and "120 BPM" in page.locator("#words").inner_text()
    )
    page.locator("#pulse").click()
    eventually(page, lambda: "tap" in show.asked)
    eventually(page, lambda: page.get_by_text("Link: with 2 others").is_visible())
    for label, command in (("this is the one: a bar begins now", "resync"), ("the beat 10 ms later", "nudge-later")):
        page.get_by_label(label).click()
        eventually(page, lambda command=command: command in show.asked)
    for name in ("treble", "beat"):
        show.desk.drivers.feed(name, lambda: 0.0)


@in_a_browser
def test_source_quality_and_size_are_chosen(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "more")
    source = page.get_by_label("source", exact=True)
    eventually(page, lambda: source.input_value() == "aisle")
    assert page.locator("#source optgroup").evaluate_all("all => all.map((each) => each.label)") == [
        "cameras",
        "files",
        "drawings",
    ]
    source.select_option(label="a.mp4")
    page.get_by_role("group", name="quality").get_by_role("button", name="low").click()
    page.get_by_label("size of the picture").select_option("640x360")
    eventually(page, lambda: show.played == [("source", "/clips/a.mp4"), ("quality", "low"), ("size", "640x360")])
    assert page.get_by_role("group", name="quality").locator("[aria-pressed=true]").inner_text() == "high"
    assert page.get_by_label("address for OBS").input_value() == show.panel.clean_address
    show.more = {"recording": {"file": "take.mp4", "seconds": 65.4}}
    eventually(page, lambda: page.locator("#do-record").inner_text() == "1:05")
    page.locator("#do-record").click()
    eventually(page, lambda: "record" in show.asked)


@in_a_browser
def test_a_knob_is_learned_by_a_touch_on_a_slider(show, visit):
    page = visit(show.panel.address, **PHONE)
    open_tab(page, "more")
    page.locator("#do-learn").tap()
    before = show.desk.base
    page.locator("#knob-rate").tap()
    eventually(page, lambda: show.learned == ["rate"])
    assert "Now move a knob for rate" in page.locator("#banner").inner_text() and show.desk.base == before
    page.locator("#banner").get_by_role("button", name="Done").tap()
    page.locator("#knob-rate").tap()
    eventually(page, lambda: show.desk.base != before)


@in_a_browser
def test_stray_fingers_do_nothing_while_it_is_locked(show, visit):
    page = visit(show.panel.address, **PHONE)
    page.locator("#do-lock").tap()
    before, asked = show.desk.base, list(show.asked)
    for x, y in ((60, 245), (200, 330), (200, 400), (300, 820)):
        page.touchscreen.tap(x, y)
    page.locator("#unlock").tap()  # a tap is too short
    page.wait_for_timeout(200)
    assert (show.desk.base, show.asked) == (before, asked) and page.locator("#shield").is_visible()
    page.locator("#unlock").focus()
    page.keyboard.press("Enter")
    page.locator("#shield").wait_for(state="hidden")
    page.locator("#do-bypass").tap()
    eventually(page, lambda: show.asked[len(asked) :] == ["bypass"])
    page.locator("#do-bypass").tap()


@in_a_browser
def test_the_keys_are_listed_in_their_order(show, visit):
    page = visit(show.panel.address)
    page.keyboard.press("?")
    assert page.locator("#keys dt").all_inner_texts() == ["b", "0", "?", "q", "space", "f"]


@in_a_browser
def test_the_end_is_said_and_nothing_comes_back(visit, tmp_path):
    show = Show(tmp_path)
    show.start()
    page = visit(show.panel.address)
    lines = []
    page.on("websocket", lambda line: lines.append(line.url))
    page.locator("#tab-more").click()
    page.locator("#do-quit").click()
    page.locator("#sure").get_by_role("button", name="End it").click()
    eventually(page, lambda: show.asked == ["quit"])
    show.ended.set()
    show.join()
    eventually(page, lambda: "The performance has ended." in page.locator("#away").inner_text())
    page.wait_for_timeout(1500)
    assert lines == []


@in_a_browser
def test_what_the_performance_lacks_is_not_offered(visit, tmp_path):
    show = Show(tmp_path)
    show.start()
    try:
        page = visit(show.panel.address)
        open_tab(page, "more")
        for absent in ("#source", "#size", "#do-learn"):
            assert not page.locator(absent).is_visible()
        assert page.get_by_role("group", name="quality").count() == 0
    finally:
        show.ended.set()
        show.join()
