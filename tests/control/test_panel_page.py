"""The panel's pages in a real browser, played with mouse, fingers and keys."""

import threading

import cv2
import numpy as np
import pytest
from browser import chromium, eventually, in_a_browser
from drawn_atlas import CURATED, color, draw_atlas
from panel_show import DESKTOP, GRAY, LAYERS, MIDDLE, PHONE, Show, gray, open_tab, truly, visiting

from kaleidocam.atlas.page import write_page
from kaleidocam.settings.presets import read_preset


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    return draw_atlas(tmp_path_factory.mktemp("atlas"), LAYERS, dead={"mixed5": (7,)})


@pytest.fixture(scope="module")
def running(tmp_path_factory, atlas):
    show = Show(tmp_path_factory.mktemp("presets"), atlas)
    show.start()
    yield show
    show.ended.set()
    show.join()


@pytest.fixture
def show(running):
    running.desk.set_all({}, "a test", preset="spirals")
    running.bypassed, running.asked[:], running.excited = False, [], []
    return running


@pytest.fixture
def visit(browser):
    with visiting(browser) as visit:
        yield visit


@in_a_browser
def test_a_slider_moves_the_picture_by_keyboard_and_by_mouse(show, visit):
    page = visit(show.panel.address)
    gray(page, GRAY)
    knob = page.locator("#knob-strength")
    knob.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    eventually(page, lambda: show.desk.base.strength == pytest.approx(1.2))
    gray(page, GRAY * 1.2)
    box = knob.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    eventually(page, lambda: 0.4 < show.desk.base.strength < 0.55)
    # It may still move: the newest counts.
    eventually(page, lambda: abs(page.evaluate(MIDDLE) - GRAY * show.desk.base.strength) <= 3)
    knob.dblclick()
    eventually(page, lambda: show.desk.base.strength == 1.0)
    gray(page, GRAY)


@in_a_browser
def test_a_value_is_typed_reset_and_refused(show, visit):
    page = visit(show.panel.address)
    value = page.locator("#row-strength .value")
    value.fill("1,5")
    value.press("Enter")
    gray(page, GRAY * 1.5)
    page.locator("#row-strength .reset").click()
    gray(page, GRAY)
    eventually(page, lambda: value.input_value() == "1" and not page.locator("#row-strength .reset").is_visible())
    value.fill("9")
    value.press("Enter")
    truly(page, "document.querySelector('#toast').textContent.includes('allowed is 0 to 2')")
    eventually(page, lambda: value.input_value() == "1")


@in_a_browser
def test_two_pages_stay_in_step(show, visit):
    one, other = visit(show.panel.address), visit(show.panel.address, **PHONE)
    one.locator("#knob-mirrors").focus()
    for _ in range(6):
        one.keyboard.press("ArrowRight")
    truly(other, "document.querySelector('#knob-mirrors').value === '6'")
    other.locator("#tab-play").tap()
    other.locator("summary", has_text="Kaleidoscope").tap()
    other.get_by_role("button", name="hexagon").tap()
    eventually(one, lambda: one.locator("#row-geometry [aria-pressed=true]").text_content() == "hexagon")
    assert (show.desk.base.mirrors, show.desk.base.geometry) == (6, "hexagon")


@in_a_browser
def test_a_preset_is_saved_and_there_after_a_reload(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "looks")
    show.desk.set_all({"strength": 0.5, "mirrors": 8}, "a test")
    gray(page, GRAY / 2)
    page.fill("#save-name", "half-dark")
    page.keyboard.press("Enter")
    mine = "[data-preset=half-dark]"
    page.wait_for_selector(f"{mine}[aria-pressed=true]")
    page.locator("[data-preset=eyes]").click()
    gray(page, GRAY)
    assert show.desk.preset == "eyes" and show.desk.base.channel == "mixed4:245"
    page.reload()
    open_tab(page, "looks")
    page.locator(mine).click()
    gray(page, GRAY / 2)
    assert show.desk.base.mirrors == 8
    eventually(page, lambda: page.locator("#knob-mirrors").input_value() == "8")
    truly(page, f"document.querySelector('{mine} img').naturalWidth === 160")
    page.fill("#save-name", "eyes")
    page.keyboard.press("Enter")
    truly(page, "document.querySelector('#toast').textContent.includes('comes with kaleidocam')")


@in_a_browser
def test_the_pads_move_two_parameters(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "play")
    pad = page.get_by_role("slider", name="where the mirrors meet")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75, steps=4)
    page.mouse.up()
    eventually(page, lambda: show.desk.base.center_x == pytest.approx(0.25, abs=0.02))
    eventually(page, lambda: show.desk.base.center_y == pytest.approx(0.75, abs=0.02))
    pad.focus()
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: show.desk.base.center_x == pytest.approx(0.27, abs=0.02))
    pad.dblclick()
    eventually(page, lambda: (show.desk.base.center_x, show.desk.base.center_y) == (0.5, 0.5))


@in_a_browser
def test_channels_are_picked(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    page.get_by_label("next channel").click()
    eventually(page, lambda: show.desk.base.channel == "mixed5:75")
    page.get_by_label("layer of the network").select_option("mixed4")
    eventually(page, lambda: show.desk.base.channel == "mixed4:75")
    page.get_by_label("channel number").fill("0")
    page.keyboard.press("Enter")
    eventually(page, lambda: show.desk.base.channel == "mixed4:0")
    truly(page, "document.querySelector('.group-channel .wide').value === 'mixed4:0'")
    page.get_by_label("previous channel").click()
    eventually(page, lambda: show.desk.base.channel == "mixed4:767")
    page.get_by_label("channel or weighted sum").fill("0.7*mixed3:10 + 0.3*mixed5:74")
    page.keyboard.press("Enter")
    eventually(page, lambda: show.desk.base.channel == "0.7*mixed3:10 + 0.3*mixed5:74")


@in_a_browser
def test_an_amplified_channel_s_neighbors_are_amplified_too(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    words = page.get_by_label("channel or weighted sum")
    words.fill("mixed4:7^2")
    page.keyboard.press("Enter")
    truly(page, "document.querySelector('.picker .value').value === '7'")
    page.get_by_label("next channel").click()
    eventually(page, lambda: show.desk.base.channel == "mixed4:8^2")
    words.fill("mixed3^2 + mixed5^2")
    page.keyboard.press("Enter")
    truly(page, "document.querySelector('.picker .value').value === ''")
    assert show.desk.base.channel == "mixed3^2 + mixed5^2"
    page.get_by_label("next channel").click()
    eventually(page, lambda: show.desk.base.channel == "mixed4:1")


@in_a_browser
def test_news_that_is_older_than_a_hand_does_not_move_it(show, visit):
    late, slow = [], threading.Event()

    def line(page_s_end):
        def come(message):
            if slow.is_set() and isinstance(message, str):
                late.append(message)
            else:
                page_s_end.send(message)

        page_s_end.connect_to_server().on_message(come)
        line.end = page_s_end

    page = visit(show.panel.address, line=line)
    open_tab(page, "channel")
    slow.set()
    page.get_by_label("next channel").click()
    eventually(page, lambda: any("mixed5:75" in each for each in late))
    page.get_by_label("layer of the network").select_option("mixed4")
    eventually(page, lambda: show.desk.base.channel == "mixed4:75")
    eventually(page, lambda: any("mixed4:75" in each for each in late))
    for _ in range(1 + next(i for i, each in enumerate(late) if "mixed5:75" in each)):
        line.end.send(late.pop(0))
    eventually(page, lambda: page.get_by_label("channel or weighted sum").input_value() == "mixed5:75")
    page.get_by_label("next channel").click()
    eventually(page, lambda: show.desk.base.channel == "mixed4:76")
    slow.clear()
    for each in late:
        line.end.send(each)
    show.desk.set_all({"channel": "mixed5:9"}, "another hand")
    eventually(page, lambda: page.get_by_label("layer of the network").input_value() == "mixed5")
    eventually(page, lambda: page.get_by_label("channel number").input_value() == "9")


@in_a_browser
def test_what_is_half_typed_is_not_overwritten_by_what_others_set(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    words = page.get_by_label("channel or weighted sum")
    words.fill("mixed4:1")
    show.desk.set_all({"channel": "mixed5:9", "strength": 0.5}, "another hand")
    truly(page, "document.querySelector('.group-channel .value').value === '9'")
    assert words.input_value() == "mixed4:1"
    words.press("Escape")
    assert words.input_value() == "mixed5:9"
    number = page.get_by_label("channel number")
    number.fill("3")
    show.desk.set_all({"channel": "mixed5:8"}, "another hand")
    eventually(page, lambda: words.input_value() == "mixed5:8")
    assert number.input_value() == "3"
    number.press("Enter")
    eventually(page, lambda: words.input_value() == "mixed5:3" == show.desk.base.channel)


@in_a_browser
def test_what_is_selected_is_what_the_next_key_replaces_though_others_set_it(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    words, number = page.get_by_label("channel or weighted sum"), page.get_by_label("channel number")
    words.select_text()
    show.desk.set_all({"channel": "mixed5:9"}, "another hand")
    eventually(page, lambda: number.input_value() == "9")
    page.keyboard.insert_text("mixed5:3")
    page.keyboard.press("Enter")
    eventually(page, lambda: show.desk.base.channel == "mixed5:3")
    words.focus()
    show.desk.set_all({"channel": "mixed5:8"}, "another hand")
    eventually(page, lambda: number.input_value() == "8")
    page.keyboard.press("Tab")  # out of it with nothing typed: it says what is so
    eventually(page, lambda: words.input_value() == "mixed5:8" == show.desk.base.channel)


@in_a_browser
def test_the_window_s_keys_work_here_but_not_in_a_text(show, visit):
    page = visit(show.panel.address)
    page.keyboard.press("b")
    gray(page, 255)
    page.wait_for_selector("#do-bypass[aria-pressed=true]")
    page.locator("#do-bypass").click()
    gray(page, GRAY)
    page.focus("#knob-rate")
    page.keyboard.press("0")
    gray(page, GRAY * 1.2)
    open_tab(page, "looks")
    page.focus("#save-name")
    page.keyboard.type("b0q")
    page.keyboard.press("Escape")
    assert page.input_value("#save-name") == "b0q"
    page.locator("#tab-looks").focus()
    page.keyboard.press("?")
    assert page.locator("#keys").inner_text().count("stronger") == 1
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.locator("#sure button", has_text="Go on").click()
    page.keyboard.press("q")
    page.wait_for_selector("#sure[open]")
    assert show.asked == ["bypass", "bypass"] and show.desk.base.strength == pytest.approx(1.2)
    page.locator("#sure button", has_text="End it").click()


@in_a_browser
def test_the_page_comes_back_by_itself(show, visit, tmp_path):
    page = visit(show.panel.address)
    show.panel._child.process.kill()
    page.wait_for_selector("#away:not([hidden])")
    show.desk.set("strength", 0.5, "a test")
    page.wait_for_selector("#away", state="hidden")
    gray(page, GRAY / 2)
    eventually(page, lambda: page.locator("#row-strength .value").input_value() == "0.5")


@in_a_browser
def test_the_clean_page_shows_the_picture_and_nothing_else(show, visit):
    page = visit(show.panel.clean_address, viewport={"width": 640, "height": 480})
    gray(page, GRAY, off=1)
    show.desk.set("strength", 2.0, "a test")
    gray(page, GRAY * 2, off=1)
    assert page.evaluate("document.body.innerText") == ""
    assert page.evaluate("document.querySelector('canvas').width") == 320
    assert page.evaluate("document.documentElement.scrollHeight") == 480
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert not picture[:58].any() and not picture[-58:].any()  # 640×360 of 640×480, on black
    assert np.abs(picture[62:-62].astype(int) - 200).max() <= 2


def looks(page, locator, wanted):
    """Waits until the upper half of what is shown there has the color `wanted`, BGR."""
    locator.evaluate("(box) => box.scrollIntoView({ block: 'end' })")  # below the picture, which stays in sight

    def right():
        picture = cv2.imdecode(np.frombuffer(locator.screenshot(), np.uint8), cv2.IMREAD_COLOR).astype(int)
        height, width = picture.shape[:2]
        return np.abs(picture[height // 6 : height // 3, width // 6 : -width // 6] - wanted).max() <= 6

    eventually(page, right)


@in_a_browser
@pytest.mark.parametrize("how", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_channel_is_picked_by_its_picture(show, visit, how):
    page = visit(show.panel.address, **how)
    open_tab(page, "channel")
    motifs = page.get_by_role("group", name="curated channels")
    spirals, eyes = (motifs.get_by_role("button", name=name) for name in ("mixed5:74, spirals", "mixed4:245, cat eyes"))
    eyes.wait_for()
    assert motifs.get_by_role("button").count() == 3  # none that can't be played
    assert spirals.get_attribute("aria-pressed") == "true"
    looks(page, eyes, color("mixed4", 245))
    eyes.click()
    eventually(page, lambda: show.desk.base.channel == "mixed4:245")
    eventually(page, lambda: eyes.get_attribute("aria-pressed") == "true")
    assert spirals.get_attribute("aria-pressed") == "false"
    page.get_by_role("group", name="tags").get_by_role("button", name="curls").click()
    assert motifs.get_by_role("button").count() == 1 and spirals.is_visible()
    show.desk.set("channel", "mixed5:74", "another hand")
    eventually(page, lambda: spirals.get_attribute("aria-pressed") == "true")


@in_a_browser
def test_a_layer_s_motifs_are_made_when_they_are_opened(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    whole = page.locator(".whole")
    whole.wait_for()
    assert whole.get_by_role("button", include_hidden=True).count() == 0
    whole.locator("summary").click()
    eventually(page, lambda: whole.get_by_role("button").count() == 767)  # all but the dead one
    assert whole.get_by_role("group").get_attribute("aria-label") == "all of mixed5"
    fifty = whole.get_by_role("button", name="mixed5:50", exact=True)
    fifty.scroll_into_view_if_needed()
    looks(page, fifty, color("mixed5", 50))
    fifty.click()
    eventually(page, lambda: fifty.get_attribute("aria-pressed") == "true")
    page.get_by_label("layer of the network").select_option("mixed4")
    seven = whole.get_by_role("button", name="mixed4:7", exact=True)
    looks(page, seven, color("mixed4", 7))
    eventually(page, lambda: show.desk.base.channel == "mixed4:50")


@in_a_browser
def test_what_the_picture_excites_is_offered(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    row = page.get_by_role("group", name="what this picture excites")
    page.locator(".whole").wait_for()
    assert not page.locator(".excited").is_visible()
    show.excited = ["mixed5:301", "mixed9:1", "mixed4:245"]
    row.get_by_role("button").first.wait_for()
    assert row.get_by_role("button").all_inner_texts() == ["301", "cat eyes"]
    looks(page, row.get_by_role("button").first, color("mixed5", 301))
    row.get_by_role("button").first.click()
    eventually(page, lambda: show.desk.base.channel == "mixed5:301")
    show.excited = ["mixed4:1"]
    page.wait_for_timeout(600)
    assert row.get_by_role("button").count() == 2  # never under the hand
    page.mouse.move(1, 1)
    eventually(page, lambda: row.get_by_role("button").all_inner_texts() == ["1"])
    show.excited = []
    page.locator(".excited").wait_for(state="hidden")


@in_a_browser
def test_without_an_atlas_channels_are_picked_by_their_words(tmp_path, visit):
    show = Show(tmp_path)
    show.start()
    try:
        page = visit(show.panel.address)
        open_tab(page, "channel")
        page.get_by_role("button", name="mixed4:245, cat eyes").click()
        eventually(page, lambda: show.desk.base.channel == "mixed4:245")
        assert page.get_by_text("the whole atlas").count() == 0
    finally:
        show.ended.set()
        show.join()


@in_a_browser
def test_the_panel_serves_the_atlas_which_plays_on_it(show, visit):
    panel = visit(show.panel.address)
    open_tab(panel, "channel")
    with panel.context.expect_page() as opened:
        panel.get_by_text("the whole atlas").click()
    page = opened.value
    page.wait_for_selector(".playing[data-name='mixed5:74']")
    looks(page, page.locator("#large"), color("mixed5", 74))
    page.locator("[data-name='mixed4:5']").hover()
    page.keyboard.press("p")
    eventually(page, lambda: show.desk.base.channel == "mixed4:5")
    page.wait_for_selector("#motifs .playing[data-name='mixed4:5']")
    eventually(page, lambda: "mixed4:5 plays" in page.locator("#toast").inner_text())
    assert len(panel.context.pages) == 2
    assert not page.locator("#panel").is_visible() and not page.locator("#where").is_visible()  # it needs no address


@in_a_browser
def test_a_page_from_a_file_sends_to_the_panel(show, visit, atlas, tmp_path):
    out = tmp_path / "atlas.html"
    write_page(atlas, out, CURATED)
    page = visit(out.as_uri(), "'ready' in document.documentElement.dataset")
    page.locator("[data-name='mixed4:5']").hover()
    page.keyboard.press("p")
    page.fill("#address", "javascript:alert(1)//?token=x")
    page.keyboard.press("Enter")
    assert "not a panel" in page.locator("#refused").inner_text() and len(page.context.pages) == 1
    page.fill("#address", show.panel.clean_address)
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    eventually(page, lambda: show.desk.base.channel == "mixed4:5")
    panel = opened.value
    truly(panel, "location.hash === ''")
    eventually(panel, lambda: "came from the atlas" in panel.locator("#toast").inner_text())
    assert panel.url == show.panel.address.partition("?")[0]  # the token is out of sight
    shown = panel.evaluate("performance.timeOrigin")
    page.wait_for_timeout(2100)  # acts.js's SETTLED_MS: until then the page may not have come yet
    for name in ("mixed5:9", "mixed4:6", "mixed4:6"):  # asked once; one window, which is not loaded anew
        show.desk.set("channel", "mixed5:1", "another hand")
        page.locator(f"#motifs [data-name='{name}']").focus()
        page.locator("#send").click()
        eventually(page, lambda: show.desk.base.channel == name)
        truly(panel, "location.hash === ''")
    assert len(page.context.pages) == 2 and panel.evaluate("performance.timeOrigin") == shown


@in_a_browser
def test_only_a_channel_can_be_sent(show, visit):
    look = show.desk.base
    page = visit(f"{show.panel.address}#channel=mixed5:768")
    for sent in ("mixed9:3", "../x", "mixed5:7%25", "%ff", "0.5*mixed5:7", "__proto__:0", "mixed5:00074", ""):
        truly(page, "location.hash === '' && document.querySelector('#toast').textContent.includes('no channel')")
        page.evaluate(
            "(sent) => { document.querySelector('#toast').textContent = ''; location.hash = sent; }", f"#channel={sent}"
        )
    truly(page, "location.hash === '' && document.querySelector('#toast').textContent.includes('no channel')")
    page.evaluate("location.hash = '#else'")
    page.wait_for_timeout(300)
    assert show.desk.base == look and page.evaluate("location.hash") == "#else"


@in_a_browser
def test_senders_that_are_found_beside_the_show_come_into_the_list(show, visit):
    offers = [{"name": "aisle", "label": "the drawn aisle", "kind": "drawing"}]
    played, asked = [], []

    def sources(name):
        asked.append(name)
        return {"sources": list(offers), "source": "aisle"}

    show.panel.plays = {"sources": sources, "source": played.append}
    try:
        page = visit(show.panel.address)
        open_tab(page, "more")
        truly(page, "document.querySelectorAll('#source option').length === 1")
        offers.insert(0, {"name": "ndi:PC (camera)", "label": "PC (camera) (NDI)", "kind": "shared"})
        show.more = {"found": 1}
        truly(page, "document.querySelector('#source optgroup').label === 'other programs'")
        page.locator("#source").select_option("ndi:PC (camera)")
        eventually(page, lambda: played == ["ndi:PC (camera)"])
        page.wait_for_timeout(600)  # two reports
        assert len(asked) == 2
    finally:
        show.panel.plays, show.more = {}, {}


@in_a_browser
def test_a_preset_is_laid_over_what_plays_and_taken_off(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "looks")
    page.get_by_role("button", name="feathers: lay it over what plays").click()
    feathers = read_preset("feathers")["channel"]
    eventually(page, lambda: show.desk.base.layer_channel == feathers and show.desk.preset == "spirals")
    eventually(page, lambda: page.locator(".laid span").inner_text() == f"layer: {feathers}")
    page.get_by_role("button", name="take the layer off").click()
    eventually(page, lambda: show.desk.base.layer_channel == "" and not page.locator(".laid").is_visible())


@in_a_browser
def test_channels_are_picked_for_people_and_layer_too(show, visit):
    page = visit(show.panel.address)
    open_tab(page, "channel")
    first, number = show.desk.base.channel, page.get_by_label("channel number")
    whose = page.get_by_role("group", name="whose channel")
    whose.get_by_role("button", name="layer").click()
    eventually(page, lambda: number.input_value() == "")
    number.fill("12")
    number.press("Enter")
    eventually(page, lambda: show.desk.base.layer_channel.endswith(":12") and show.desk.base.channel == first)
    whose.get_by_role("button", name="dream").click()
    eventually(page, lambda: number.input_value() == first.partition(":")[2])
    whose.get_by_role("button", name="layer").click()
    whose.get_by_role("button", name="no channel of its own").click()
    eventually(page, lambda: show.desk.base.layer_channel == "")


@in_a_browser
def test_what_the_crossfader_does_is_chosen(show, visit):
    page = visit(show.panel.address)
    page.get_by_label("what the crossfader does").select_option("screen")
    eventually(page, lambda: show.desk.instrument()["crossfade_as"] == "screen")
    page.wait_for_timeout(300)  # until the page has been told: what is there and back at once is no news
    show.desk.set("crossfade_as", "morph", "another hand")
    eventually(page, lambda: page.get_by_label("what the crossfader does").input_value() == "morph")
