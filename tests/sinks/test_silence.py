"""Gaps of uncompressed sound, in containers that can't hold a gap."""

import av
import numpy as np
import pytest
from media import ffmpeg
from undreamed import undreamed

PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-c:v", "libx264", "-preset", "ultrafast"]
TONE = ["-f", "lavfi", "-i", "sine=r=8000:d=3", "-af", "aselect='not(between(t,0.5,2.25))'"]


def loudness(path):
    """Of each tenth of a second, 0 to 1."""
    with av.open(str(path)) as opened:
        given = [(frame.time, frame.to_ndarray()) for frame in opened.decode(audio=0)]
    sound = np.zeros(24_000)
    for at, values in given:
        values = values.reshape(-1).astype(float)
        values = (values - 128) / 128 if given[0][1].dtype == np.uint8 else values / np.iinfo(given[0][1].dtype).max
        first = round(at * 8000)
        sound[first : first + values.size] = values[: sound.size - first]
    return np.abs(sound).reshape(30, 800).max(1)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("pcm_s16le", ".mov"),
        ("pcm_s16le", ".mp4"),
        ("pcm_s16le", ".mkv"),
        ("pcm_s24le", ".mov"),
        ("pcm_u8", ".mov"),
        ("pcm_alaw", ".mov"),
        ("pcm_mulaw", ".mov"),
    ],
)
def test_sound_after_a_gap_stays_in_its_place(tmp_path, codec, suffix):
    ffmpeg(*PICTURE[:4], *TONE, *PICTURE[4:], "-c:a", codec, tmp_path / "in.mkv")
    before = loudness(tmp_path / "in.mkv")
    assert before[3] > 0.1 > 0.01 > before[10] and before[25] > 0.1  # the input has a gap
    undreamed(tmp_path / "in.mkv", tmp_path / f"out{suffix}")
    np.testing.assert_allclose(loudness(tmp_path / f"out{suffix}"), before, atol=0.01)
