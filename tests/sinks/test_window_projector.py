"""A pinned picture in a real window: dragged by mouse, as OpenCV warps it, saved and found again."""

import json
import re

import cv2
import numpy as np
import pytest
from moving import texture
from on_screen import find, focus, go, run, seen, told, xdotool
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.errors import UserError
from kaleidocam.sinks.base import Held
from kaleidocam.sinks.window_corners import Corners
from kaleidocam.sinks.window_displays import Display
from kaleidocam.sinks.window_projector import Projector

OPENS = "kaleidocam.sinks.window_glfw.GlfwWindow"
SCREEN, SIZE = (1600, 1000), (800, 450)  # full, the picture is 1600 x 900, and 50 from the top
SHOW = """
import numpy as np
def live():
    until = time.monotonic() + 90
    while said.empty() and "q" not in pressed and time.monotonic() < until:
        sink.write(frame)
        for key in sink.keys():
            pressed.append(key)
            try:
                sink.press(key)
            except Exception as error:
                print("refused", error, flush=True)
        time.sleep(0.02)
    if "q" not in pressed:
        said.get()
"""
LIVE = f'{SHOW}\nlive()\nprint("keys", "".join(pressed), flush=True)\nsink.close()'
PINNED = [(200, 150), (1500, 50), (1350, 900), (100, 950)]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """An empty folder of settings, for windows in other processes too."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "kaleidocam"


def warped(picture, corners, size=SCREEN):
    """What OpenCV makes of it; its pixels are counted from their middle, and corners from their edge."""
    height, width = picture.shape[:2]
    edges = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(edges, np.array(corners, np.float32) - 0.5)
    return cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR)


def alike(screen, expected):
    """Decibels by which two pictures are alike."""
    return cv2.PSNR(np.ascontiguousarray(screen), expected)


def drag(display, start, end):
    """By mouse, in two steps; a hand holds it a moment."""
    middle = [(a + b) // 2 for a, b in zip(start, end, strict=True)]
    xdotool(
        display, "mousemove", *map(str, start), "sleep", "0.1", "mousedown", "1", "sleep", "0.05",
        "mousemove", *map(str, middle), "sleep", "0.05", "mousemove", *map(str, end), "sleep", "0.1", "mouseup", "1",
        "sleep", "0.2",
    )  # fmt: skip


def keys(display, *typed):
    xdotool(display, "key", "--delay", "40", *typed, "sleep", "0.3")


@on_a_screen
def test_corners_are_dragged_saved_and_found_again_at_the_next_start(own_folder):
    picture = texture(2, SIZE)
    expected = warped(picture, PINNED)
    plain = [(0, 50), (1600, 50), (1600, 950), (0, 950)]
    with virtual_screen() as display:
        with run(display, LIVE, OPENS, SIZE, screen=1) as process:
            seen(display, lambda screen: alike(screen, warped(picture, plain)) > 30)
            focus(display)
            keys(display, "k")
            seen(display, lambda screen: alike(screen, warped(picture, plain)) < 20)  # the grid
            for start, end in zip(plain, PINNED, strict=True):
                a, b = (min(max(x, 6), edge - 6) for x, edge in zip(start, SCREEN, strict=True))
                drag(display, (a, b), (a + end[0] - start[0], b + end[1] - start[1]))
            keys(display, "3", "Tab", "0", "g", "u", "U", "Escape")
            pinned = seen(display, lambda screen: alike(screen, expected) > 32)
            outside = cv2.erode((warped(np.full_like(picture, 255), PINNED) == 0).astype(np.uint8), np.ones((5, 5)))
            assert pinned[outside.astype(bool)].max() == 0
            go(process)
            assert told(process, "keys") == "keys kk"  # Esc ends it as the key does, and no digit plays
            assert process.wait(20) == 0
        text = (own_folder / "displays.toml").read_text(encoding="utf-8")
        found = re.search(r"corners = (.*)", text)
        assert np.allclose(np.array(json.loads(found[1])) * SCREEN, PINNED, atol=0.01)
        with run(display, LIVE, OPENS, SIZE, screen=1) as process:
            seen(display, lambda screen: alike(screen, expected) > 32)
            focus(display)
            keys(display, "f")  # in a window that fills no screen, the picture is plain
            unpinned = cv2.resize(picture, (960, 540))[60:300, 100:500]
            seen(display, lambda screen: find(screen, unpinned) > 0.95)
            keys(display, "k")
            assert told(process, "refused").startswith("refused the picture is pinned to a display")
            go(process)
            assert process.wait(20) == 0
    with virtual_screen((1280, 800)) as display, run(display, LIVE, OPENS, SIZE, screen=1) as process:
        other = warped(picture, [(0, 40), (1280, 40), (1280, 760), (0, 760)], (1280, 800))
        seen(display, lambda screen: alike(screen[:800, :1280], other) > 30, (1280, 800))
        go(process)
        assert process.wait(20) == 0
        assert (own_folder / "displays.toml").read_text(encoding="utf-8") == text


@on_a_screen
def test_a_soft_edge_fades_to_black_as_the_light_of_two_projectors_must():
    body = f"frame = Frame(np.full((450, 800, 3), 255, np.uint8), 0.0, 0)\n{LIVE}"
    with virtual_screen() as display, run(display, f"import numpy as np\n{body}", OPENS, SIZE, screen=1) as process:
        seen(display, lambda screen: screen[60:940].min() == 255)
        focus(display)
        keys(display, "k")
        seen(display, lambda screen: screen[60:940].min() < 255)  # the grid
        keys(display, "g")
        drag(display, (1590, 500), (1190, 500))  # a quarter of the picture
        xdotool(display, "mousemove", "600", "300", "click", "--repeat", "2", "1", "sleep", "0.4")
        keys(display, "k")
        t = np.clip((1600 - np.arange(1600) - 0.5) / 400, 0, 1)
        profile = 255 * (t * t * (3 - 2 * t)) ** (1 / 2.2)
        screen = seen(display, lambda screen: screen[500, 1500].max() < 200 and screen[500, 600].min() == 255)
        for row in (60, 500, 940):
            assert np.abs(screen[row].mean(1) - profile).max() < 2
        assert screen[:50].max() == screen[-50:].max() == 0
        go(process)
        assert told(process, "keys") == "keys kk"  # and two clicks did not leave full screen
        assert process.wait(20) == 0


@on_a_screen
def test_a_picture_turned_by_the_keys_is_saved_when_the_window_is_closed(own_folder):
    picture = texture(2, SIZE)
    with virtual_screen() as display, run(display, LIVE, OPENS, SIZE, screen=1) as process:
        seen(display, lambda screen: alike(screen[50:-50], cv2.resize(picture, (1600, 900))) > 30)
        focus(display)
        keys(display, "k", "g", "o", "o", "v")
        go(process)
        assert process.wait(20) == 0
    assert "turn = 2\nmirrored = true" in (own_folder / "displays.toml").read_text(encoding="utf-8")
    with virtual_screen() as display, run(display, LIVE, OPENS, SIZE, screen=1) as process:
        flipped = cv2.resize(cv2.flip(picture, 0), (1600, 900))  # about left and right, and then all about
        seen(display, lambda screen: alike(screen[50:-50], flipped) > 30)
        go(process)
        assert process.wait(20) == 0


@on_a_screen
def test_a_damaged_file_is_told_and_kept(own_folder):
    own_folder.mkdir()
    (own_folder / "displays.toml").write_text("[[display")
    body = f'{SHOW}\nlive()\nprint("notice", sink.notice, flush=True)\nsink.close()'
    with virtual_screen() as display, run(display, body, OPENS, SIZE, screen=1) as process:
        seen(display, lambda screen: screen[60:940].mean() > 20)
        go(process)
        assert "is damaged: it can't be read" in told(process, "notice")
        assert process.wait(20) == 0
    assert (own_folder / "displays.damaged.toml").read_text() == "[[display"


DISPLAY = Display("Beamer", (1920, 1080), (0, 0))


@pytest.fixture
def projector():
    projector = Projector()
    projector.sized((1280, 720), (1920, 1080))
    return projector


def play(projector, *typed):
    """What arrives at the show, as the stage takes it."""
    arrived = []
    for batch in typed:
        for key in projector.keys(batch):
            arrived.append(key)
            if key == "k" and not isinstance(key, Held):
                projector.turn()
    return arrived


def test_keys_in_one_frame_are_taken_in_their_order(projector):
    projector.fills(DISPLAY)
    assert play(projector, ["9", "k", "2", "right", "b", "k", "2"], [], []) == ["9", "k", "b", "k", "2"]
    assert projector.projection.corners.points[1] == (1 + 1 / 1920, 0)


def test_a_key_that_is_still_held_does_not_end_what_it_began(projector):
    projector.fills(DISPLAY)
    assert play(projector, ["k"], [Held("k")], [Held("k")], ["1"]) == ["k"]
    assert projector.adjusting
    assert play(projector, ["esc"], [Held("esc")]) == ["k", "esc"] and not projector.adjusting


def test_the_key_of_another_window_does_nothing_here(projector):
    projector.turn()
    projector.fills(DISPLAY)
    projector.turn()
    assert projector.adjusting is None


def test_what_can_not_be_saved_is_kept_for_the_show_and_told(projector, own_folder):
    own_folder.write_text("a file")
    projector.fills(DISPLAY)
    play(projector, ["k"], ["right", "down"])
    projector.fills(None)
    assert "can't be written" in projector.notice and projector.projection is None
    projector.notice = None
    projector.fills(DISPLAY)
    assert projector.projection.corners == Corners(((1 / 1920, 1 / 1080), (1, 0), (1, 1), (0, 1)))
    play(projector, ["k"], ["right"])
    projector.notice = None
    with pytest.raises(UserError, match="can't be written"):
        play(projector, ["esc"])
    assert "can't be written" in projector.notice
    own_folder.unlink()
    play(projector, ["k"], ["esc"])  # tried again, though nothing was changed
    assert projector.notice is None and "corners" in (own_folder / "displays.toml").read_text(encoding="utf-8")


def test_a_damaged_file_is_told_at_once_and_in_the_show(projector, own_folder, logged):
    own_folder.mkdir()
    (own_folder / "displays.toml").write_text("[[display")
    projector.fills(DISPLAY)
    assert logged.messages == [projector.notice] and "is damaged" in projector.notice
    projector.fills(DISPLAY)
    assert len(logged.messages) == 1


def test_nothing_is_written_where_nothing_was_changed(projector, own_folder):
    projector.fills(DISPLAY)
    play(projector, ["k", "right", "u", "esc"], [], [], [])
    assert not own_folder.exists() and projector.projection is None
