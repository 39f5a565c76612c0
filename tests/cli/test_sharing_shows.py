"""One performance received by another, as two people at two machines would do it: by NDI."""

import re
import subprocess
import sys

import av
import pytest

pytestmark = [pytest.mark.timed, pytest.mark.slow, pytest.mark.needs("ndi")]
QUICK = ["--grid", "96x96", "--channel", "mixed0:3", "--burst", "0"]


def show(*arguments):
    return [sys.executable, "-m", "kaleidocam", "live", *arguments, *QUICK]


def test_a_show_is_sent_by_ndi_and_received_by_another(tmp_path, ndi_here):
    sends = subprocess.Popen(
        show("--from", "aisle", "--size", "320x180", "--to", "ndi:one (a): é", "-t", "60"),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert any(re.search(r"NDI sender: .* \(one \(a\)  é\)", line) for line in sends.stderr)
        received = subprocess.run(
            show("--from", "ndi:ONE (a)", "--to", str(tmp_path / "out.mkv"), "-t", "3"),
            capture_output=True,
            text=True,
        )
        assert received.returncode == 0, received.stderr
        assert sends.poll() is None
    finally:
        sends.terminate()
        sends.communicate()
    with av.open(tmp_path / "out.mkv") as film:
        images = [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]
    assert len(images) > 20 and images[0].shape == (180, 320, 3)
    assert 40 < images[-1].mean() < 220 and (images[-1].astype(int) - images[0]).any()
