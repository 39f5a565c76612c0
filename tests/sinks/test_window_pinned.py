"""How small a pinned picture is shown, and that it is smooth there."""

import numpy as np
import pytest
from on_screen import go, run, seen
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.sinks.window_corners import Corners, rectangle
from kaleidocam.sinks.window_displays import Display, DisplayFile
from kaleidocam.sinks.window_pinned import smallest
from kaleidocam.sinks.window_placement import placed
from kaleidocam.sinks.window_projection import Projection

STEEP = Corners(((0.0, 0.0), (1.0, 0.4), (1.0, 0.6), (0.0, 1.0)))


@pytest.mark.parametrize(
    ("way", "scale", "longer"),
    [
        (Projection(), 2, 1),
        (Projection(part="left", turn=2, mirrored=True), 2, 1),
        (Projection(corners=rectangle(0, 0, 0.5, 1), shape=16 / 9), 1, 2),
        (Projection(corners=rectangle(0, 0, 1, 1), shape=1), 1.125, 16 / 9),
    ],
)
def test_how_small_a_picture_is_shown(way, scale, longer):
    small, more = smallest(placed(way, (800, 450), (1600, 900)), (800, 450), (1600, 900))
    assert (small, more) == pytest.approx((scale, longer), rel=1e-4)


def test_in_perspective_it_is_smallest_at_the_far_side():
    at = placed(Projection(corners=STEEP, shape=16 / 9), (800, 450), (1600, 900))
    near = [np.array(at.matrix @ (x, y, 1)) for x, y in ((1, 0.5), (1, 0.501))]
    down = abs((near[1] / near[1][2] - near[0] / near[0][2])[1]) * 900 / (0.001 * 450)
    small, longer = smallest(at, (800, 450), (1600, 900))
    assert small == pytest.approx(down, rel=0.01) and 0.35 < small < 0.45 and longer == pytest.approx(1, abs=0.3)


@on_a_screen
def test_what_is_shown_small_is_smooth(tmp_path, monkeypatch):
    """A net of single pixels becomes even gray at the far side, where others would see waves in it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    steep = Corners(((0.0, 0.0), (1.0, 0.46), (1.0, 0.54), (0.0, 1.0)))
    file = DisplayFile(tmp_path / "kaleidocam" / "displays.toml")
    file.store(Display("screen", (1600, 1000), (0, 0)), Projection(corners=steep, shape=1.6), alone=True)
    body = """
import numpy as np
net = (np.indices((1000, 1600)).sum(0) % 2 * 255).astype(np.uint8)
frame = Frame(np.dstack([net] * 3), 0.0, 0)
live(); sink.close()
"""
    opens = "kaleidocam.sinks.window_glfw.GlfwWindow"
    with virtual_screen() as display, run(display, body, opens, (1600, 1000), screen=1) as process:
        screen = seen(display, lambda screen: 90 < screen[480:520, 1300:1590].mean() < 165)
        far = screen[480:520, 1300:1590].astype(float)
        assert far.std() < 12 and screen[400:600, 20:200].std() > 15
        go(process)
        assert process.wait(20) == 0
