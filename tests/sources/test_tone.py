"""HDR: white is light, mid-grays stay, nothing up to the peak is cut off, hues stay; in real PQ and HLG files."""

import numpy as np
import pytest
from media import ffmpeg

from kaleidocam.sources.tone import DEFAULT_PEAK, DISPLAY_P3, HLG, PQ, table, tone_mapped
from kaleidocam.sources.video import Video

SDR = 14
TAGS = {PQ: "smpte2084", HLG: "arib-std-b67", SDR: "bt2020-10"}
P3_TO_709 = np.array([[1.2249, -0.2249, 0], [-0.0421, 1.0421, 0], [-0.0196, -0.0786, 1.0983]])
TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])  # ITU-R BT.2087


def pq(light):
    """The PQ signal of a light in cd/m² (SMPTE ST 2084)."""
    part = (np.asarray(light, float) / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * part) / (1 + 18.6875 * part)) ** 78.84375


def display(light):
    """The level, 0 to 255, at which a display of 203 cd/m² and gamma 2.4 shows a light in cd/m²."""
    return 255 * (np.asarray(light, float) / 203) ** (1 / 2.4)


def make(path, signals, transfer, x265="", size=32):
    """A film of one picture: squares of each R, G, B signal (0 to 1), side by side, by x265 without loss."""
    signal = np.repeat(np.repeat(np.asarray(signals, float)[None], size, 0), size, 1)
    red, green, blue = np.moveaxis(signal, -1, 0)
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    planes = [64 + 876 * luma, 512 + 896 * (blue - luma) / 1.8814, 512 + 896 * (red - luma) / 1.4746]
    data = b"".join(np.round(plane).astype("<u2").tobytes() for plane in planes)
    form = f"-f rawvideo -pix_fmt yuv444p10le -s {signal.shape[1]}x{size} -i -"
    tags = f"-vf setparams=color_primaries=bt2020:color_trc={TAGS[transfer]}:colorspace=bt2020nc"
    encode = f"-c:v libx265 -x265-params log-level=none:lossless=1:{x265}"
    ffmpeg(*f"{form} {tags} {encode}".split(), path, given=data)
    return str(path)


def shown(path, size=32):
    """The middle color of each square, (N, 3), R, G, B, and what is told."""
    with Video(path) as video:
        image = video.read().image
    return image[size // 2, size // 2 :: size, ::-1].astype(int), video.told


def grays(lights):
    return np.repeat(pq(lights)[:, None], 3, 1)


@pytest.mark.parametrize(
    ("x265", "white"),
    [
        ("", (205, 215)),  # it says nothing of itself
        ("master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)", (225, 235)),
        (
            "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(40000000,1):max-cll=600,200",
            (235, 245),
        ),
    ],
    ids=["untold", "display", "brightest"],
)
def test_grays_of_a_pq_film(tmp_path, x265, white):
    colors, told = shown(make(tmp_path / "pq.mp4", grays([0, 1, 5, 26, 203, 100, 300, 600]), PQ, x265))
    assert told == ("HDR (PQ, BT.2020) is tone-mapped to BT.709",)
    assert np.ptp(colors, axis=1).max() <= 1  # grays stay gray
    np.testing.assert_allclose(colors[:4, 0], display([0, 1, 5, 26]), atol=1.5)
    assert white[0] <= colors[4, 0] <= white[1]
    assert colors[3, 0] < colors[5, 0] < colors[4, 0] < colors[6, 0] < colors[7, 0]


def test_grays_of_an_hlg_film(tmp_path):
    colors, told = shown(make(tmp_path / "hlg.mkv", np.repeat([[0.0], [0.38], [0.75], [0.9], [1.0]], 3, 1), HLG))
    assert told == ("HDR (HLG, BT.2020) is tone-mapped to BT.709",)
    assert np.ptp(colors, axis=1).max() <= 1
    np.testing.assert_allclose(colors[1, 0], display(26), atol=2)  # BT.2408: 38 % is the gray card, 26 cd/m²
    assert 225 <= colors[2, 0] <= 240 < colors[3, 0] <= 254 <= colors[4, 0]


@pytest.mark.parametrize(
    ("transfer", "peak"), [(PQ, 203.0), (PQ, 600.0), (PQ, 1000.0), (PQ, DEFAULT_PEAK), (PQ, 1e4), (HLG, 1000.0)]
)
def test_a_ramp_rises_to_the_peak_and_is_nowhere_cut_off(transfer, peak):
    ramp = np.linspace(0, float(pq(peak)) if transfer == PQ else 1, 200)
    levels = 255 * tone_mapped(np.repeat(ramp[:, None], 3, 1), transfer, peak)[:, 0]
    assert np.diff(levels[:-2]).min() > 0 and levels[0] == 0
    assert levels[-1] == pytest.approx(255, abs=0.1)


def test_hues_stay_and_what_is_no_brighter_than_white_keeps_its_color(tmp_path):
    colors = np.array([(1, 0.2, 0.1), (0.1, 0.6, 0.2), (0.2, 0.3, 1), (0.9, 0.6, 0.45)])  # linear BT.709
    for light in (40, 800):
        given, _ = shown(make(tmp_path / f"{light}.mp4", pq(light * colors @ TO_2020.T), PQ, "max-cll=1000,100"))
        seen = (given / 255) ** 2.4
        for hue, wanted in zip(seen, colors, strict=True):
            np.testing.assert_allclose(hue / hue.max(), wanted / wanted.max(), atol=0.04)
        if light == 40:
            np.testing.assert_allclose(given, display(light * colors), atol=3)


def test_wide_colors_without_hdr_keep_grays_and_hues(tmp_path):
    """BT.2020 in SDR, as some phones and broadcasts have it: pale, if its primaries were taken for BT.709's."""
    colors = np.array([[1, 1, 1], [0.2, 0.2, 0.2], [0.8, 0.1, 0.1], [0.1, 0.6, 0.2]])  # of light, in BT.709
    given, told = shown(make(tmp_path / "sdr.mp4", (colors @ TO_2020.T) ** (1 / 2.4), SDR))
    np.testing.assert_allclose(given, 255 * colors ** (1 / 2.4), atol=3)
    assert told == ("its colors (BT.2020) are converted to BT.709",)


def test_display_p3_is_converted_by_its_own_primaries():
    colors = np.array([[1, 1, 1], [0.5, 0.5, 0.5], [0.7, 0.2, 0.1]])
    signals = (colors @ np.linalg.inv(P3_TO_709).T) ** (1 / 2.4)
    np.testing.assert_allclose(tone_mapped(signals, 1, 0.0, DISPLAY_P3), colors ** (1 / 2.4), atol=0.002)


def test_colors_that_bt709_has_not_come_out_as_their_nearest(tmp_path):
    given, _ = shown(make(tmp_path / "pure.mp4", pq(100 * np.eye(3)), PQ))
    for own, color in enumerate(given):
        others = np.delete(color, own)
        assert color[own] > 150 and others.max() < 20


def test_the_table_is_as_good_as_the_sum(tmp_path):
    drawn = np.random.default_rng(4)
    signals = pq(drawn.uniform(0.05, 1, (48, 3)) @ TO_2020.T * drawn.uniform(5, 1000, (48, 1)))
    given, _ = shown(make(tmp_path / "many.mp4", signals, PQ, size=16), size=16)
    assert np.abs(given - 255 * tone_mapped(signals, PQ, DEFAULT_PEAK)).max() < 4
    assert table(PQ, 1000.0, 5).shape == (5, 5, 5, 3)
    np.testing.assert_allclose(table(PQ, 1000.0, 5)[1, 2, 3], tone_mapped(np.array([0.75, 0.5, 0.25]), PQ, 1000.0))


def test_a_shrunk_hdr_film_looks_the_same(tmp_path):
    path = make(tmp_path / "pq.mp4", grays([1, 5, 26, 203]), PQ)
    with Video(path) as whole, Video(path, width=32) as small:
        assert small.size == (32, 8) and small.told == whole.told
        np.testing.assert_allclose(small.read().image[4, 4::8].astype(int), whole.read().image[16, 16::32], atol=2)
