"""The atlas's page as a file, in a real browser, by mouse, finger and keys."""

import json
import shutil

import cv2
import numpy as np
import pytest
from browser import chromium, eventually, in_a_browser
from drawn_atlas import CURATED, color, draw_atlas

from kaleidocam.atlas.page import build, parts, read, write_page
from kaleidocam.errors import UserError

COUNTS, DEAD = {"mixed3": 30, "mixed4": 260, "mixed5": 120}, {"mixed4": (3, 74), "mixed5": (11,)}
ALL = sum(COUNTS.values()) - 3  # but the dead
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
SHOWN = "[...document.querySelectorAll('#motifs .motif')].map((cell) => cell.dataset.name)"
HERE = "document.activeElement.dataset.name ?? ''"
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input, select")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".cells, #alike, #tags"))
    .map((e) => [e.id || e.textContent, e.getBoundingClientRect()])
    .filter(([, box]) => box.height < 40 || box.width < 40)
    .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_atlas(tmp_path_factory.mktemp("atlas"), COUNTS, dead=DEAD)


@pytest.fixture(scope="module")
def file(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "atlas.html"
    write_page(folder, out, CURATED)
    return out


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser, file):
    """Opens the page; afterwards nothing may have gone wrong, and nothing may have been asked for but the page."""
    contexts, wrong = [], []

    def visit(context=None, **how):
        if context is None:
            contexts.append(context := browser.new_context(**how or DESKTOP))
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        page.on("request", lambda asked: asked.url.startswith(("file:///", "data:")) or wrong.append(asked.url))
        page.goto(file.as_uri())
        eventually(page, lambda: page.evaluate("'ready' in document.documentElement.dataset"))
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not wrong


def cell(page, name):
    return page.locator(f"#motifs [data-name='{name}']")


def looks(page, locator, wanted):
    """Waits until the middle and the corners of what is shown there have the color `wanted`, BGR."""

    def right():
        picture = cv2.imdecode(np.frombuffer(locator.screenshot(), np.uint8), cv2.IMREAD_COLOR).astype(int)
        height, width = picture.shape[:2]
        inner = picture[height // 5 : -height // 5, width // 20 : -width // 20 or None]
        return np.abs(inner[:, 2:-2] - wanted).max() <= 3

    eventually(page, right)


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


def said(page, words):
    eventually(page, lambda: words in page.locator("#toast").inner_text())


@in_a_browser
def test_every_channel_is_there_with_its_own_motif(visit):
    page = visit()
    names = page.evaluate(SHOWN)
    assert len(names) == len(set(names)) == ALL and names[:2] == ["mixed3:0", "mixed3:1"]
    assert page.locator("#motifs h2").all_inner_texts() == ["MIXED3 30", "MIXED4 258", "MIXED5 119"]
    for name in ("mixed3:29", "mixed4:0", "mixed4:245", "mixed5:74"):
        layer, number = name.split(":")
        page.mouse.move(5, 5)
        cell(page, name).scroll_into_view_if_needed()
        looks(page, cell(page, name), color(layer, int(number)))
    assert cell(page, "mixed5:74").get_attribute("aria-label") == "mixed5:74, spirals"


@in_a_browser
@pytest.mark.parametrize(
    "words, found",
    [
        ("74", ["mixed5:74"]),
        ("mixed5:74", ["mixed5:74"]),
        (" 5 : 74 ", ["mixed5:74"]),
        ("245", ["mixed4:245"]),
        ("Spir", ["mixed5:74"]),
        ("fur", ["mixed4:245", "mixed5:9"]),
        ("fur 5:", ["mixed5:9"]),
        ("hair", ["mixed5:9"]),
        ("mixed3", [f"mixed3:{i}" for i in range(30)]),
        ("3:", [f"mixed3:{i}" for i in range(30)]),
        ("nonsense", []),
    ],
)
def test_search(visit, words, found):
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type(words)
    assert page.input_value("#search") == words
    eventually(page, lambda: page.evaluate(SHOWN) == found)
    page.keyboard.press("Escape")
    assert len(page.evaluate(SHOWN)) == ALL


@in_a_browser
def test_sorting(visit, folder):
    page, order = visit(), json.loads((folder / "atlas.json").read_text())["order"]
    dead = {f"{layer}:{number}" for layer, numbers in DEAD.items() for number in numbers}
    page.get_by_role("button", name="likeness").click()
    assert page.evaluate(SHOWN) == [name for name in order if name not in dead]
    page.get_by_role("button", name="strength").click()
    names = page.evaluate(SHOWN)
    assert names[:2] == ["mixed3:29", "mixed3:28"] and names[30] == "mixed4:259" and names[-1] == "mixed5:0"
    page.reload()
    eventually(page, lambda: page.evaluate(SHOWN) == names)
    page.get_by_role("button", name="number").click()
    page.select_option("#layer", "mixed5")
    assert page.evaluate(SHOWN)[:3] == ["mixed5:0", "mixed5:1", "mixed5:2"] and len(page.evaluate(SHOWN)) == 119


@in_a_browser
def test_the_dead_are_hidden_until_they_are_asked_for(visit):
    page = visit()
    assert page.locator("#count").inner_text() == f"{ALL} channels, 3 dead hidden"
    assert "mixed5:11" not in page.evaluate(SHOWN)
    page.get_by_role("button", name="dead").click()
    assert len(page.evaluate(SHOWN)) == ALL + 3 and page.locator("#count").inner_text() == f"{ALL + 3} channels"
    cell(page, "mixed5:11").hover()
    assert "dead" in page.locator("#rise").inner_text()
    page.fill("#search", "5:11")
    page.get_by_role("button", name="dead").click()
    assert page.evaluate(SHOWN) == [] and page.locator("#count").inner_text() == "0 channels, 1 dead hidden"


@in_a_browser
def test_what_is_pointed_at_is_shown_large(visit):
    page = visit()
    cell(page, "mixed5:9").hover()
    eventually(page, lambda: page.locator("#name").inner_text() == "mixed5:9")
    cell(page, "mixed4:245").hover()
    for name, text in (("#name", "mixed4:245"), ("#word", "cat eyes"), ("#rise", "250 times its noise")):
        assert page.locator(name).inner_text() == text
    looks(page, page.locator("#large"), color("mixed4", 245))
    assert page.locator("#alike .motif").count() == 8
    alike = page.locator("#alike .motif").first
    assert alike.get_attribute("data-name").endswith("5")
    page.locator("#tags").get_by_role("button", name="fur").click()
    assert page.evaluate(SHOWN) == ["mixed4:245", "mixed5:9"]
    page.get_by_role("button", name="curated").click()
    page.fill("#search", "")
    assert page.evaluate(SHOWN) == ["mixed4:245", "mixed5:9", "mixed5:74"]


@in_a_browser
def test_favorites_are_kept_and_go_out_and_in_as_text(visit, browser):
    context = browser.new_context(**DESKTOP)
    page = visit(context)
    cell(page, "mixed3:7").hover()
    page.keyboard.press("f")
    cell(page, "mixed5:9").hover()
    page.locator("#favour").click()
    page.reload()
    page = visit(context)  # also in another tab
    page.get_by_role("button", name="favorites, 2").click()
    assert page.evaluate(SHOWN) == ["mixed3:7", "mixed5:9"]
    page.get_by_role("button", name="favorites as text").click()
    assert page.input_value("#lines") == "mixed3:7\nmixed5:9"
    page.fill("#lines", "mixed4:1, mixed4:1\nmixed9:9 mixed5:11\nmixed3:7")
    page.get_by_role("button", name="Use these").click()
    said(page, "3 favorites; unknown channels: mixed9:9")
    assert page.evaluate(SHOWN) == ["mixed3:7", "mixed4:1", "mixed5:11"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    said(page, "mixed3:7 is no longer a favorite")
    assert json.loads(page.evaluate("localStorage['kaleidocam.favourites']")) == ["mixed4:1", "mixed5:11"]
    context.close()


@in_a_browser
def test_a_click_copies_the_name(visit):
    page = visit(**DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    cell(page, "mixed4:1").click()
    said(page, "mixed4:1 copied")
    assert copied(page) == "mixed4:1"
    cell(page, "mixed5:9").focus()
    page.keyboard.press("Enter")
    said(page, "mixed5:9 copied")
    assert copied(page) == "mixed5:9"


@in_a_browser
def test_it_copies_without_a_clipboard_too(visit):
    page = visit(**DESKTOP, permissions=["clipboard-read"])
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate(
        "addEventListener('copy', () => (window.wasCopied = getSelection().toString() "
        "|| document.activeElement.value), true)"
    )
    cell(page, "mixed4:1").click()
    said(page, "mixed4:1 copied")
    assert page.evaluate("window.wasCopied") == "mixed4:1" and page.evaluate(HERE) == "mixed4:1"


@in_a_browser
def test_the_motifs_grow(visit):
    page = visit()
    first = cell(page, "mixed3:0")
    small = first.bounding_box()["width"]
    page.locator("#zoom").fill("200")
    large = first.bounding_box()
    assert small < 120 and 200 <= large["width"] < 300 and large["width"] == pytest.approx(large["height"], abs=1)
    looks(page, first, color("mixed3", 0))
    page.reload()
    eventually(page, lambda: first.bounding_box()["width"] == large["width"])


@in_a_browser
def test_it_is_played_by_keys_alone(visit):
    page = visit()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(HERE) == "mixed3:0"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(HERE) == page.locator("#name").inner_text() == "mixed3:2"
    columns = page.evaluate("getComputedStyle(document.querySelector('.cells')).gridTemplateColumns.split(' ').length")
    assert columns > 5
    page.keyboard.press("ArrowDown")
    assert page.evaluate(HERE) == f"mixed3:{2 + columns}"
    below = cell(page, "mixed3:2").bounding_box(), cell(page, f"mixed3:{2 + columns}").bounding_box()
    assert below[0]["x"] == below[1]["x"] and below[0]["y"] < below[1]["y"]
    while page.evaluate(HERE).startswith("mixed3"):
        page.keyboard.press("ArrowDown")
    assert page.evaluate(HERE) == "mixed4:2"  # the dead don't count; the same column of the next layer
    page.keyboard.press("ArrowUp")
    assert page.evaluate(HERE).startswith("mixed3")
    cell(page, "mixed3:6").hover()  # what is scrolled under the mouse from here on isn't meant
    page.keyboard.press("End")
    page.wait_for_timeout(300)
    assert page.evaluate(HERE) == page.locator("#name").inner_text() == "mixed5:119"
    box = cell(page, "mixed5:119").bounding_box()
    assert 0 < box["y"] < 900 - box["height"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(HERE) == "mixed5:119"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("f")
    page.wait_for_selector("[data-name='mixed5:118'].starred")
    page.keyboard.press("/")
    page.keyboard.type("fur")
    page.keyboard.press("Enter")
    assert page.evaluate(HERE) == "mixed4:245"
    assert page.locator("#motifs [tabindex='0']").count() == 1


@in_a_browser
@pytest.mark.parametrize("how", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_everything_can_be_reached(visit, how):
    page = visit(**how)
    assert page.evaluate("document.documentElement.scrollWidth") <= how["viewport"]["width"]
    assert page.evaluate(SMALL_TARGETS) == []
    nameless = page.evaluate("""[...document.querySelectorAll("button, input, select, textarea")]
        .filter((e) => !(e.ariaLabel || e.textContent.trim())).map((e) => e.outerHTML)""")
    assert nameless == []
    box = page.locator("#send").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= how["viewport"]["height"]


@in_a_browser
def test_a_finger_takes_a_motif_and_unfolds_the_rest(visit):
    page = visit(**PHONE)
    cell(page, "mixed3:4").tap()
    said(page, "mixed3:4 copied")
    assert page.locator("#name").inner_text() == "mixed3:4"
    assert not page.locator("#list").is_visible()
    page.get_by_role("button", name="more details").tap()
    page.locator("#list").tap()
    assert page.locator("#texts").is_visible()


@in_a_browser
def test_no_text_of_an_atlas_becomes_a_program(tmp_path, folder, browser):
    evil = '</script><script>window.evil = 1</script><img src="http://127.0.0.1:9/x" onerror="window.evil = 2"><!--'
    out = tmp_path / "evil.html"
    write_page(folder, out, [{"name": "mixed5:74", "word": evil, "tags": [evil]}])
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(out.as_uri())
    cell(page, "mixed5:74").hover()
    assert page.locator("#word").inner_text() == evil and page.evaluate("window.evil") is None
    assert [url for url in asked if not url.startswith("data:")] == [out.as_uri()]
    context.close()


def test_in_parts_it_is_the_same_page(folder):
    served = parts(*read(folder), CURATED, under="atlas", head="<title>head</title>")
    page = served[""].decode()
    assert '"atlas/atlas.js"' in page and "<title>head</title>" in page and "data:" not in page and "<style" not in page
    for name in ("atlas.css", "atlas.js", "grid.js"):
        assert served[name]
    for layer in COUNTS:
        assert served[f"{layer}.webp"] == (folder / f"{layer}.webp").read_bytes() and f'"atlas/{layer}.webp"' in page
    assert "import " not in build(folder).split('<script type="module">')[1]


def test_figures_that_are_none_are_no_trouble(folder, tmp_path):
    atlas = json.loads((folder / "atlas.json").read_text())
    atlas["layers"]["mixed3"]["rise"][:3] = [None, float("inf"), float("nan")]
    broken = shutil.copytree(folder, tmp_path / "atlas")
    (broken / "atlas.json").write_text(json.dumps(atlas))
    assert read(broken)[0]["layers"]["mixed3"]["rise"][:4] == [None, None, None, 8.0]


def spoiled(atlas, way):
    if way == "short":
        atlas["layers"]["mixed3"]["rise"].pop()
    elif way == "name":
        atlas["layers"]["x { } */"] = atlas["layers"].pop("mixed3")
    elif way == "tile":
        atlas["tile"] = 0
    elif way == "keys":
        del atlas["columns"]
    return "no JSON" if way == "text" else json.dumps(atlas)


@pytest.mark.parametrize("way", ["short", "name", "tile", "keys", "text"])
def test_a_broken_atlas_is_refused(folder, tmp_path, way):
    broken = shutil.copytree(folder, tmp_path / "atlas")
    (broken / "atlas.json").write_text(spoiled(json.loads((folder / "atlas.json").read_text()), way))
    with pytest.raises(UserError, match="can't be read: .*; make it again"):
        build(broken)


def test_what_is_missing_is_said(folder, tmp_path):
    with pytest.raises(UserError, match=r"no atlas in .*atlas.json: No such file.*kaleidocam atlas"):
        build(tmp_path)
    missing = shutil.copytree(folder, tmp_path / "atlas")
    (missing / "mixed4.webp").unlink()
    with pytest.raises(UserError, match="mixed4.webp: No such file"):
        build(missing)
    with pytest.raises(UserError, match="can't be written: no such file"):
        write_page(folder, tmp_path / "none" / "atlas.html")
