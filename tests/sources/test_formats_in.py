"""Any real file: each kind made by ffmpeg, its frames and times as ffmpeg has them, its size and colors as shown."""

import av
import numpy as np
import pytest
from media import decoded_times, ffmpeg

from kaleidocam.sources.video import Video

WIDTH, HEIGHT, COUNT, RATE = 64, 48, 10, 25
COLORS = np.array([[[30, 40, 200], [60, 180, 40]], [[200, 80, 30], [128, 128, 128]]], np.uint8)  # BGR, in quarters
X264 = "-c:v libx264 -qp 8 -g 4 -bf 2"
X265 = "-c:v libx265 -x265-params log-level=none:crf=8"
TIMES = "setpts='(N+0.37*mod(N,3)+2*gt(N,5))/25/TB'"
HALF_CLEAR = "format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(lt(Y,24),255,{})'"
OVER_BLACK = "format=gbrap,premultiply=inplace=1"
TONE = "-f lavfi -i sine=duration="


def wide(transfer):
    """BT.2020 in ten bits."""
    return {
        "matrix": "bt2020",
        "filters": f"setparams=color_primaries=bt2020:color_trc={transfer}",
        "encode": f"-colorspace bt2020nc {X265} -pix_fmt yuv420p10le",
    }


def film(size=(WIDTH, HEIGHT)):
    """Raw frames: four flat quarters, and a square that moves over them."""
    width, height = size
    frames = np.zeros((COUNT, height, width, 3), np.uint8)
    frames[:] = COLORS[np.arange(height) * 2 // height][:, np.arange(width) * 2 // width]
    for i, frame in enumerate(frames):
        frame[2:6, 4 * i : 4 * i + 4] = 255
    return frames.tobytes()


def make(path, *, filters="null", encode=X264, size=(WIDTH, HEIGHT), matrix="bt709", before="", trim=None, turn=None):
    """One film; `before`: more inputs; then copied, `trim` seconds later, or turned (degrees, mirrored)."""
    path.with_name("lines.srt").write_text("1\n00:00:00,100 --> 00:00:00,300\nTomatoes.\n")
    before = before.replace("LINES", str(path.with_name("lines.srt")))
    first = path.with_name(f"first.{path.name}") if trim or turn else path
    ffmpeg(
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
        "-s",
        f"{size[0]}x{size[1]}",
        "-r",
        RATE,
        "-i",
        "-",
        *before.split(),
        "-vf",
        f"scale=out_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int,{filters}",
        "-fps_mode",
        "passthrough",
        "-colorspace",
        "bt709",
        *encode.split(),
        first,
        given=film(size),
    )
    if trim:
        ffmpeg("-ss", trim, "-i", first, "-c", "copy", path)
    if turn:
        turned(first, path, *turn)
    return path


def turned(first, path, degrees, mirrored):
    with av.open(str(first)) as given, av.open(str(path), "w") as out:
        [stream] = given.streams.video
        copy = out.add_stream_from_template(stream)
        copy.set_display_rotation(degrees, hflip=mirrored)
        for packet in given.demux(stream):
            if packet.size:
                packet.stream = copy
                out.mux(packet)


# name, what is passed to `make`, the size as displayed, the tolerance of colors (levels), filters of ffmpeg's own
# way to show it, what is told
KINDS = [
    ("plain.mp4", {}, (64, 48), 3, "null", ()),
    ("vfr.mkv", {"filters": TIMES}, (64, 48), 3, "null", ()),
    ("vfr.mp4", {"filters": TIMES, "encode": f"{X264} -video_track_timescale 90000"}, (64, 48), 3, "null", ()),
    ("turned90.mp4", {"turn": (90, False)}, (48, 64), 3, "null", ()),
    ("turned180.mov", {"turn": (180, False)}, (64, 48), 3, "null", ()),
    ("turned270.mp4", {"turn": (270, False)}, (48, 64), 3, "null", ()),
    ("mirrored.mp4", {"turn": (0, True)}, (64, 48), 3, "null", ()),
    ("mirrored90.mp4", {"turn": (90, True)}, (48, 64), 3, "null", ()),
    ("odd.mkv", {"size": (63, 47), "encode": "-c:v ffv1 -pix_fmt yuv444p"}, (63, 47), 2, "null", ()),
    (
        "odd.webm",
        {"size": (63, 47), "encode": "-c:v libvpx-vp9 -deadline realtime -crf 4 -b:v 0"},
        (63, 47),
        6,
        "null",
        (),
    ),
    ("wide.mp4", {"filters": "setsar=64/45"}, (91, 48), 3, "scale=91:48", ("64x48 becomes 91x48",)),
    ("narrow.mkv", {"filters": "setsar=8/9"}, (64, 54), 3, "scale=64:54", ("64x48 becomes 64x54",)),
    (
        "wide_turned.mp4",
        {"filters": "setsar=4/3", "turn": (90, False)},
        (48, 85),
        3,
        "scale=48:85",
        ("64x48 becomes 85x48",),
    ),
    ("ten.mp4", {"encode": f"{X265} -pix_fmt yuv420p10le -tag:v hvc1"}, (64, 48), 3, "null", ()),
    ("bt2020.mkv", wide("bt2020-10"), (64, 48), None, None, ("its colors (BT.2020) are converted to BT.709",)),
    (
        "rare.mkv",
        {"filters": "setparams=colorspace=ycgco", "encode": f"{X264} -pix_fmt yuv444p -colorspace ycgco"},
        (64, 48),
        None,
        None,
        ("matrix (number 8) is not supported",),
    ),
    ("pq.mp4", wide("smpte2084"), (64, 48), None, None, ("HDR (PQ, BT.2020) is tone-mapped to BT.709",)),
    ("hlg.mkv", wide("arib-std-b67"), (64, 48), None, None, ("HDR (HLG, BT.2020) is tone-mapped to BT.709",)),
    (
        "clear.mov",
        {"filters": HALF_CLEAR.format(99), "encode": "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"},
        (64, 48),
        3,
        OVER_BLACK,
        ("transparent parts are laid over black",),
    ),
    (
        "clear9.webm",
        {
            "filters": HALF_CLEAR.format(99),
            "encode": "-c:v libvpx-vp9 -pix_fmt yuva420p -deadline realtime -crf 4 -b:v 0",
        },
        (64, 48),
        6,
        OVER_BLACK,
        ("transparent parts are laid over black",),
    ),
    (
        "clear8.webm",
        {"filters": HALF_CLEAR.format(99), "encode": "-c:v libvpx -auto-alt-ref 0 -pix_fmt yuva420p -crf 4 -b:v 2M"},
        (64, 48),
        6,
        OVER_BLACK,
        ("transparent parts are laid over black",),
    ),
    (
        "clear.apng",
        {"filters": HALF_CLEAR.format(99), "encode": "-f apng"},
        (64, 48),
        2,
        OVER_BLACK,
        ("transparent parts are laid over black",),
    ),
    (
        "clear.gif",
        {"filters": HALF_CLEAR.format(0) + ",split[a][b];[a]palettegen[p];[b][p]paletteuse", "encode": ""},
        (64, 48),
        2,
        OVER_BLACK,
        ("transparent parts are laid over black",),
    ),
    (
        "plain.gif",
        {"filters": f"{TIMES},split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse", "encode": ""},
        (64, 48),
        2,
        "null",
        (),
    ),
    ("lines.mkv", {"before": "-i LINES", "encode": f"{X264} -map 0 -map 1 -c:s srt"}, (64, 48), 3, "null", ()),
    (
        "tracks.mkv",
        {"before": f"{TONE}0.4 {TONE}0.4", "encode": f"{X264} -map 1 -map 0 -map 2 -c:a flac"},
        (64, 48),
        3,
        "null",
        (),
    ),
    ("long_sound.mp4", {"before": f"{TONE}2", "encode": f"{X264} -map 0 -map 1 -c:a aac"}, (64, 48), 3, "null", ()),
    ("trimmed.mp4", {"before": f"{TONE}0.4", "trim": 0.19}, (64, 48), 3, "null", ()),
    ("negative.mp4", {"encode": f"{X264} -output_ts_offset -0.1 -avoid_negative_ts disabled"}, (64, 48), 3, "null", ()),
    ("late.ts", {"encode": f"{X264} -output_ts_offset 5000"}, (64, 48), 3, "null", ()),
    ("laced.mpg", {"encode": "-c:v mpeg2video -flags +ildct+ilme -q:v 1"}, (64, 48), 4, "bwdif", ("interlaced",)),
    ("full_color.mp4", {"encode": f"{X264} -pix_fmt yuv444p"}, (64, 48), 3, "null", ()),
    ("full_range.mov", {"encode": "-c:v mjpeg -q:v 1 -pix_fmt yuvj420p"}, (64, 48), 4, "null", ()),
    ("full_range.mkv", {"encode": f"-color_range pc {X264} -pix_fmt yuvj420p"}, (64, 48), 3, "null", ()),
    ("gray.mp4", {"encode": f"{X264} -pix_fmt gray"}, (64, 48), 3, "null", ()),
    ("av1.mp4", {"encode": "-c:v libaom-av1 -cpu-used 8 -usage realtime -crf 8"}, (64, 48), 5, "null", ()),
    ("av1.mkv", {"size": (80, 64), "encode": "-c:v libsvtav1 -preset 10 -crf 8"}, (80, 64), 5, "null", ()),
]


def shown_by_ffmpeg(path, size, filters):
    decoder = {"clear9.webm": ["-c:v", "libvpx-vp9"], "clear8.webm": ["-c:v", "libvpx"]}.get(path.name, [])
    way = f"scale=flags=bicubic+accurate_rnd+full_chroma_int,{filters},format=bgr24"
    raw = ffmpeg(*decoder, "-i", path, "-frames:v", "1", "-map", "0:v:0", "-vf", way, "-f", "rawvideo", "-")
    return np.frombuffer(raw, np.uint8).reshape(size[1], size[0], 3)


def quarters(image):
    """The mean colors of the middles of the four quarters."""
    height, width = image.shape[:2]
    return np.array(
        [
            [image[y - 4 : y + 4, x - 4 : x + 4].mean((0, 1)) for x in (width // 4, width * 3 // 4)]
            for y in (height // 4, height * 3 // 4)
        ]
    )


@pytest.mark.parametrize(
    ("name", "how", "size", "tolerance", "filters", "told"), KINDS, ids=[kind[0] for kind in KINDS]
)
def test_a_film_of_this_kind_is_read_as_it_is_meant(tmp_path, name, how, size, tolerance, filters, told):
    path = make(tmp_path / name, **how)
    with Video(str(path)) as video:
        assert video.size == size
        frames = list(iter(video.read, None))
        assert video.notice is None
        assert len(video.told) == len(told) and all(part in line for part, line in zip(told, video.told, strict=True))
    times = decoded_times(path)
    assert len(frames) == len(times) >= 5
    begins = 0 if times[0] <= 0 else times[0]  # a film without sound begins with its first picture
    np.testing.assert_allclose([frame.seconds for frame in frames], np.array(times) - begins, atol=1e-6)
    assert {frame.size for frame in frames} == {size}
    if filters:
        shown = shown_by_ffmpeg(path, size, filters)
        np.testing.assert_allclose(quarters(frames[0].image), quarters(shown), atol=tolerance)
        assert np.abs(frames[0].image.astype(int) - shown).mean() < tolerance + 3  # edges, where color is enlarged


@pytest.mark.parametrize(
    ("name", "size"), [("turned90.mp4", (24, 32)), ("wide_turned.mp4", (24, 42)), ("wide.mp4", (24, 13))]
)
def test_a_width_is_that_of_the_upright_picture(tmp_path, name, size):
    with Video(str(make(tmp_path / name, **{kind[0]: kind[1] for kind in KINDS}[name])), width=24) as video:
        assert video.size == video.read().size == size
