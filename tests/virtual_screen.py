"""A real X server without a screen, for the tests of the window."""

import os
import select
import subprocess
import time
from contextlib import contextmanager

import numpy as np
import pytest
from media import ffmpeg


def on_a_screen(test):
    """For every test that has the screen below."""
    return pytest.mark.needs("Xvfb", "openbox", "xdotool")(pytest.mark.timed(test))


@contextmanager
def virtual_screen(size=(1600, 1000)):
    """Starts Xvfb on a free display; yields its name (":93")."""
    hears, tells = os.pipe()  # Xvfb chooses a free display, and says which once it takes callers
    command = ["Xvfb", "-displayfd", str(tells), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    command += ["-noreset"]  # else it starts over when its last caller goes, and ends the manager that is just coming
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[tells])
    os.close(tells)
    try:
        with open(hears) as said:
            assert select.select([said], [], [], 30)[0], "Xvfb did not start"
            number = said.readline().strip()
        assert number.isdigit(), "Xvfb ended at once"
        # Full screen and the closing button are a window manager's business.
        manager = subprocess.Popen(
            ["openbox"],
            env=os.environ | {"DISPLAY": f":{number}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            # A window that opens while the manager starts up may be given another size: wait until it is in charge.
            ask, there = ["xdotool", "get_num_desktops"], {"DISPLAY": f":{number}"}
            deadline = time.monotonic() + 90  # where fonts have never been looked up, that comes first
            while subprocess.run(ask, env=os.environ | there, capture_output=True, timeout=20).returncode:
                assert time.monotonic() < deadline and manager.poll() is None, "openbox did not start"
                time.sleep(0.1)
            yield f":{number}"
        finally:
            manager.terminate()
            manager.wait(10)
    finally:
        server.terminate()
        server.wait(10)


def screenshot(display, size=(1600, 1000)):
    """(H, W, 3) uint8 BGR: what the screen shows."""
    grab = ["-f", "x11grab", "-draw_mouse", "0", "-video_size", f"{size[0]}x{size[1]}", "-i", display]
    data = ffmpeg(*grab, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-")
    return np.frombuffer(data, np.uint8).reshape(size[1], size[0], 3)
