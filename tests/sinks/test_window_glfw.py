"""GLFW's window, on a real X server: what is shown is what was given, and every key arrives."""

import json
import re

import numpy as np
import pytest
from moving import texture
from on_screen import SIZE, find, focus, go, heard, run, seen, told, window_of, xdotool
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.sinks.window_lines import with_fading, with_lines

OPENS = "kaleidocam.sinks.window_glfw.GlfwWindow"
PRESSES = ["9", "0", "9", "question", "b", "braceleft", "braceright", "period", "BackSpace", "Escape"] * 20
ARRIVES = ["9", "0", "9", "?", "b", "{", "}", ".", "backspace", "esc"] * 20


@on_a_screen
def test_the_window_shows_what_it_is_given_at_any_size_and_hands_over_keys():
    picture, said = texture(2, SIZE), "30.0 fps   0 dropped"
    inner = picture[40:540, 40:900]
    with (
        virtual_screen() as display,
        run(
            display,
            """
live()
sink.status(["30.0 fps   0 dropped"]); sink.feedback("strength 0.62", 0.5); live()
sink.status([]); sink.feedback("", 0.0); sink.press("f"); assert sink.alone; live()
sink.press("esc"); assert not sink.alone; live(); live()
sink.close(); print("closed", flush=True)
""",
            OPENS,
        ) as process,
    ):
        plain = seen(display, lambda screen: find(screen, inner) > 0.98)
        go(process)
        lined = with_fading(with_lines(picture, [said]), "strength 0.62", 0.5)
        for part in (lined[:100, :400], lined[-60:, 10:240]):
            assert find(plain, part) < 0.95
            seen(display, lambda screen, part=part: find(screen, part) > 0.98)
        go(process)
        full = seen(display, lambda screen: (screen[100:900].astype(int).sum(2) > 0).mean() > 0.95)  # edge to edge
        assert find(full, inner) < 0.9  # and larger than it was
        assert full[:10].max() == 0 and full[-10:].max() == 0  # the bars are black
        go(process)
        seen(display, lambda screen: find(screen, inner) > 0.98)  # Esc leaves it
        xdotool(display, "windowsize", window_of(display), "1000", "800")
        seen(
            display,
            lambda screen: find(screen, np.vstack([np.zeros((50, 900, 3), np.uint8), picture[:500, :900]])) > 0.98,
        )
        go(process)
        go(process)
        told(process, "closed")
        assert process.wait(20) == 0


@on_a_screen
def test_two_hundred_presses_at_fifty_a_second_arrive_in_order():
    with (
        virtual_screen() as display,
        run(
            display,
            """
import json
def live(seconds=1 / 12):  # a turn of a clip of 12 frames a second
    until = time.monotonic() + 90
    while said.empty() and time.monotonic() < until:
        sink.write(frame)
        pressed.extend(sink.keys())
        time.sleep(seconds)
    said.get()
live()
print("keys", json.dumps(pressed), flush=True); pressed.clear(); live()
print("held", json.dumps([[key, type(key).__name__] for key in pressed]), flush=True)
sink.close()
""",
            OPENS,
        ) as process,
    ):
        seen(display, lambda screen: find(screen, texture(2, SIZE)[40:540, 40:900]) > 0.98)
        focus(display)
        xdotool(display, "key", "--delay", "20", *PRESSES, "sleep", "0.5")
        go(process)
        assert json.loads(told(process, "keys").partition(" ")[2]) == ARRIVES
        xdotool(display, "keydown", "9", "sleep", "1.5", "keyup", "9", "key", "9", "sleep", "0.3")
        go(process)
        held = json.loads(told(process, "held").partition(" ")[2])
        assert held[0] == held[-1] == ["9", "str"] and len(held) > 5
        assert {tuple(key) for key in held[1:-1]} == {("9", "Held")}


@on_a_screen
def test_closing_the_window_by_its_button_is_q():
    with (
        virtual_screen() as display,
        run(display, 'live()\nprint("keys", pressed, flush=True)\nsink.close()', OPENS) as process,
    ):
        seen(display, lambda screen: find(screen, texture(2, SIZE)[40:540, 40:900]) > 0.98)
        focus(display)
        for _ in range(10):  # the manager takes a new keyboard in at the first key of all, and may miss that one
            xdotool(display, "key", "alt+F4")  # its own way of closing
            if heard(process, 2):
                break
        assert told(process, "keys") == "keys ['q']"
        assert process.wait(20) == 0


@on_a_screen
@pytest.mark.parametrize(("size", "opens"), [((480, 270), (960, 540)), ((3840, 2160), (1472, 828))])
def test_it_opens_at_a_useful_size(size, opens):
    with virtual_screen() as display, run(display, "live()\nsink.close()", OPENS, size) as process:
        seen(display, lambda screen: (screen[300:700].astype(int).sum(2) > 0).mean() > 0.55)
        shape = re.search(r"Geometry: (\d+)x(\d+)", xdotool(display, "getwindowgeometry", window_of(display)))
        assert shape and tuple(map(int, shape.groups())) == opens
        go(process)
        assert process.wait(20) == 0
