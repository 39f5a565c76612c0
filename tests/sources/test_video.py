"""Video files: exact times, upright, right colors, the good part of a bad file, and nothing but the file itself."""

import os
import random
import re
import zlib
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from media import ffmpeg
from moving import Moving, texture

from kaleidocam.errors import UserError
from kaleidocam.sinks.film import Film
from kaleidocam.sources.clock import Clock
from kaleidocam.sources.decoding import Decoding
from kaleidocam.sources.video import Video


def make(path, count=30, *, pts=None, size=(160, 96), options=None, rate=25, title="", extra=None):
    with av.open(f"file:{path}", "w", options=options or {}) as out:
        out.metadata["title"] = title
        stream = out.add_stream("libx264", rate=rate)
        stream.options = extra or {}
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i in range(count):
            frame = av.VideoFrame.from_ndarray(texture(i % 7, size), format="bgr24")
            frame.pts, frame.time_base = (pts[i] if pts else i * 40), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return str(path)


def test_a_variable_frame_rate_is_carried_exactly(tmp_path):
    pts = [0, 40, 50, 300, 301, 900, 933]
    with Video(make(tmp_path / "v.mkv", 7, pts=pts)) as video:
        assert [round(frame.seconds * 1000) for frame in iter(video.read, None)] == pts


def test_colors_are_right(tmp_path):
    path = tmp_path / "c.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.options = 64, 64, "rgb24", {"crf": "0"}
        image = np.zeros((64, 64, 3), np.uint8)
        image[:32], image[32:] = (255, 0, 0), (0, 128, 255)  # BGR
        out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))
    with Video(str(path)) as video:
        np.testing.assert_array_equal(video.read().image, image)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_rotation_is_honored(tmp_path, turns):
    """A phone held upright writes the picture lying down and a matrix beside it."""
    upright = make(tmp_path / "plain.mp4", 3)
    turned = str(tmp_path / "turned.mp4")
    data = bytearray(Path(upright).read_bytes())
    cos, sin = [(1, 0), (0, 1), (-1, 0), (0, -1)][turns]
    track = data.index(b"tkhd") + 4 + 40  # the 3×3 matrix of the track header, 16.16 fixed point
    for at, value in ((0, cos), (4, sin), (12, -sin), (16, cos)):
        data[track + at : track + at + 4] = int(value * 65536).to_bytes(4, "big", signed=True)
    Path(turned).write_bytes(data)
    with Video(upright) as a, Video(turned) as b:
        first, second = a.read(), b.read()
    assert b.size == second.image.shape[1::-1] == (first.size if turns % 2 == 0 else first.size[::-1])
    for plain, turned in zip(first.picture.all, second.picture.all, strict=True):
        np.testing.assert_array_equal(np.rot90(plain, -turns), turned)  # the matrix turns clockwise
    # Colors lie half a pixel off after it, as with ffmpeg's transpose: it is so for each way to turn planes.
    assert np.abs(np.rot90(first.image, -turns).astype(int) - second.image).mean() < 20


def test_a_file_that_breaks_off_gives_its_good_part(tmp_path):
    whole = make(tmp_path / "whole.mp4", 60, options={"movflags": "+faststart"})
    data = Path(whole).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 6 // 10])
    with Video(str(tmp_path / "cut.mp4")) as video:
        count = len(list(iter(video.read, None)))
    assert 10 < count < 60
    assert video.notice == f"cut.mp4 breaks off after {count} of 60 frames; the good part was kept"


def test_a_matroska_file_that_breaks_off_promises_no_number_of_frames(tmp_path):
    data = Path(make(tmp_path / "whole.mkv", 60)).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 6 // 10])
    with Video(str(tmp_path / "cut.mkv")) as video:
        end = list(iter(video.read, None))[-1].seconds + 0.04
    assert 0.4 < end < 2.4
    assert video.notice == f"cut.mkv breaks off after {end:.1f} of 2.4 seconds; the good part was kept"


def test_damage_in_the_middle_is_passed_over_and_noted(tmp_path):
    data = bytearray(Path(make(tmp_path / "whole.mp4", 60, extra={"g": "10"})).read_bytes())
    middle = data.index(b"mdat") + 4 + (data.index(b"moov") - data.index(b"mdat")) // 2
    data[middle : middle + 400] = b"\xa5" * 400
    (tmp_path / "hurt.mp4").write_bytes(data)
    notices = []
    for _ in range(5):  # on a busy machine FFmpeg's threads now and then hand a frame out before they have flagged it
        with Video(str(tmp_path / "hurt.mp4")) as video:
            frames = list(iter(video.read, None))
        assert len(frames) >= 50 and frames[-1].seconds == 59 * 0.04
        notices.append(video.notice or "")
    assert (
        sum(
            bool(re.fullmatch(r"hurt.mp4 is damaged in \d+ places?; the good part was kept", notice))
            for notice in notices
        )
        >= 3
    )


def test_a_trimmed_film_does_not_count_as_broken(tmp_path):
    """Phones trim by an edit list: the file holds all frames, and says that the first ones are not to be shown."""
    make(tmp_path / "long.mp4", 50, extra={"g": "25", "bf": "0"})
    with av.open(str(tmp_path / "long.mp4")) as whole, av.open(str(tmp_path / "trimmed.mp4"), "w") as out:
        source = whole.streams.video[0]
        copy = out.add_stream_from_template(source)
        for packet in whole.demux(source):
            if packet.size:
                begin = round(0.4 / source.time_base)  # after it, the muxer writes an edit list over what lies before
                packet.pts, packet.dts = packet.pts - begin, packet.dts - begin
                packet.stream = copy
                out.mux(packet)
    with Video(str(tmp_path / "trimmed.mp4")) as video:
        frames = list(iter(video.read, None))
    assert len(frames) == 40 < video.length == 50
    assert video.notice is None and (frames[0].seconds, frames[-1].seconds) == (0.0, 39 * 0.04)


def test_recordings_put_end_to_end_go_on(tmp_path):
    once = Path(make(tmp_path / "once.ts", 50)).read_bytes()  # its clock begins anew in the middle
    (tmp_path / "twice.ts").write_bytes(once * 2)
    with Video(str(tmp_path / "twice.ts")) as video:
        times = [frame.seconds for frame in iter(video.read, None)]
    np.testing.assert_allclose(np.diff(times), 0.04, atol=1e-6)
    assert len(times) == 100


def test_a_last_frame_is_not_held_until_another_is_decoded(tmp_path):
    """In MP4 a duration is the time from one decoded picture to the next. The last picture is decoded before others
    here, across a pause of 4 seconds."""
    pause = "setpts='if(gte(N,25),5/TB+(N-25)*0.04/TB,PTS)'"
    how = ["-fps_mode", "vfr", "-c:v", "libx264", "-bf", "2", "-x264opts", "b-adapt=0", tmp_path / "held.mp4"]
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-frames:v", "28", "-vf", pause, *how)
    with Video(str(tmp_path / "held.mp4")) as video:
        times = [frame.seconds for frame in iter(video.read, None)]
        assert times[-1] == pytest.approx(5.08) and video.end == pytest.approx(5.12)


def test_a_size_that_changes_is_scaled_to_the_first(tmp_path):
    parts = make(tmp_path / "a.ts", 10), make(tmp_path / "b.ts", 10, size=(320, 192))
    (tmp_path / "both.ts").write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    with Video(str(tmp_path / "both.ts")) as video:
        frames = list(iter(video.read, None))
    assert len(frames) == 20 and {frame.size for frame in frames} == {(160, 96)} == {video.size}


def test_missing_and_repeated_times_are_repaired():
    clock = Clock(Fraction(1, 1000), 0.04)
    times = [clock.seconds(pts) for pts in (0, 40, 40, 80, None, 160)]
    assert times == pytest.approx([0, 0.04, 0.041, 0.08, 0.12, 0.16])  # a repeated time makes no later one late
    assert not clock.steady


def test_hd_without_a_matrix_is_taken_as_players_take_it(tmp_path):
    image = np.zeros((720, 64, 3), np.uint8)
    image[:] = 200, 90, 30
    path = tmp_path / "hd.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.options = 64, 720, "yuv444p", {"qp": "0"}
        frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv444p", dst_colorspace="itu709")
        frame.colorspace = 2
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with Video(str(path)) as video:
        np.testing.assert_allclose(video.read().image.astype(int), image, atol=3)


def test_names_and_titles_may_be_anything(tmp_path):
    make(tmp_path / "12:30 %03d ünï.mkv", title="XXXXXX")
    data = (tmp_path / "12:30 %03d ünï.mkv").read_bytes().replace(b"XXXXXX", b"caf\xe9 !")  # Latin-1, not UTF-8
    (tmp_path / "12:30 %03d ünï.mkv").write_bytes(data)
    before = Path.cwd()
    os.chdir(tmp_path)  # a bare name, in which "12:" looks like an address
    try:
        with Video("12:30 %03d ünï.mkv") as video:
            assert len(list(iter(video.read, None))) == 30
    finally:
        os.chdir(before)


def test_the_cover_of_a_song_is_no_video(tmp_path):
    cover = cv2.imencode(".jpg", texture(0))[1].tobytes()
    head = b"\0\0\0\x03" + b"\0\0\0\x0aimage/jpeg" + bytes(20)  # a front cover, of which no more is said
    picture = head + len(cover).to_bytes(4, "big") + cover
    tone = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16", layout="mono")
    tone.sample_rate = 48000
    with av.open(str(tmp_path / "plain.flac"), "w") as out:
        stream = out.add_stream("flac", rate=48000)
        out.mux(stream.encode(tone))
        out.mux(stream.encode(None))
    data = (tmp_path / "plain.flac").read_bytes()
    block = b"\x06" + len(picture).to_bytes(3, "big") + picture  # after "fLaC" and the 38 bytes of STREAMINFO
    (tmp_path / "song.flac").write_bytes(data[:4] + bytes([data[4] & 0x7F]) + data[5:42] + block + data[42:])
    with av.open(str(tmp_path / "song.flac")) as opened:
        assert opened.streams.video  # as which PyAV shows it
    with pytest.raises(UserError, match="has no video in it"):
        Video(str(tmp_path / "song.flac"))


def test_a_whole_file_needs_no_notice(tmp_path):
    with Video(make(tmp_path / "v.mp4")) as video:
        assert len(list(iter(video.read, None))) == video.length == 30
    assert video.notice is None


def make_playlist(path, text):
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.mp4", "", "is empty"),
        ("text.mp4", "hello, this is text", "can't be read as a video: invalid data"),
        ("list.mp4", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "is a playlist"),
        ("list.mp4", "ffconcat version 1.0\nfile /etc/passwd\n", "is a playlist"),
        ("list.mp4", '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">\n', "is a playlist"),
        ("list.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\n", "is a playlist"),
        ("list.mp4", "s=hidden\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n", "is a playlist, a text or raw data"),
        ("list.m3u8", "\ufeff#EXTM3U\n", "is a playlist"),
        ("notes.nfo", "1\n2\n3\n" * 300, "is a playlist, a text or raw data"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, name, content, message):
    with pytest.raises(UserError, match=message):
        Video(make_playlist(tmp_path / name, content))


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(UserError, match="no file '.*nope.mp4'; give a video"):
        Video(str(tmp_path / "nope.mp4"))
    with pytest.raises(UserError, match="is not a file"):
        Video(str(tmp_path))
    with pytest.raises(UserError, match="can't be read: file name too long"):
        Video("x" * 300)


def test_sound_without_a_picture_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(UserError, match="has no video in it"):
        Video(str(tmp_path / "a.m4a"))


X264 = "-c:v libx264 -g 12 -bf 3 -x264-params scenecut=0"
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=12:open-gop=1:bframes=4:scenecut=0"
VFR = "-vf setpts='(N+0.4*mod(N,3)+5*gt(N,30))/25/TB' -fps_mode passthrough "
SEEKABLE = {  # how each is made, and whether there is an index to jump by
    "closed.mp4": (f"{X264}:b-pyramid=normal", True),
    "open.mp4": (f"{X264}:open-gop=1", True),
    "open.mkv": (f"{X264}:open-gop=1", True),
    "refresh.mp4": ("-c:v libx264 -g 12 -bf 0 -x264-params intra-refresh=1", True),
    "pieces.mp4": (f"{X264} -movflags frag_keyframe+empty_moov", True),
    "hevc.mp4": (X265, True),
    "hevc.mkv": (X265, True),
    "vp9.webm": ("-c:v libvpx-vp9 -g 12 -auto-alt-ref 1 -lag-in-frames 10 -cpu-used 8 -b:v 200k", True),
    "clear.webm": (
        "-vf format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a=2*X -c:v libvpx-vp9 -g 12 "
        "-cpu-used 8 -auto-alt-ref 0 -b:v 200k",
        True,
    ),
    "av1.mp4": ("-c:v libsvtav1 -g 12 -preset 10", True),
    "vfr.mkv": (VFR + X264, True),
    "mpeg2.mkv": ("-c:v mpeg2video -g 12 -bf 2 -q:v 4", True),
    "prores.mov": ("-c:v prores_ks", True),
    "mpeg4.mkv": ("-c:v mpeg4 -g 12 -bf 2 -q:v 4", False),
    "transport.ts": (X264, False),
    "disc.mpg": ("-c:v mpeg2video -g 12 -bf 2 -q:v 4", False),
    "old.avi": ("-c:v mpeg4 -g 12 -bf 2 -q:v 4", False),
    "moving.gif": ("-r 25", False),
}


def make_long(path, how, seconds=4):
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=96x64:r=25:d={seconds}", *how.split(), path)
    return str(path)


def told_apart(frame):
    return frame and (frame.seconds, zlib.crc32(frame.image.tobytes()))


def check_skipping(path, monkeypatch, goals=8, name=""):
    """Skipping to random moments, to frames' own, and out of the film is the same as reading through: returns how often
    the index was used."""
    jumps, jump = [], Decoding.jump
    monkeypatch.setattr(Decoding, "jump", lambda *given: jumps.append(jump(*given)) or jumps[-1])
    with Video(path) as video:
        through = [told_apart(frame) for frame in iter(video.read, None)]
    end, drawn = through[-1][0], random.Random(name or path[-8:])
    own = [drawn.choice(through)[0] for _ in range(3)]
    for goal in (-5.0, 0.0, end, end + 1e-9, end + 100, *own, *(drawn.uniform(0, end) for _ in range(goals))):
        with Video(path) as video:
            given = [told_apart(video.skip_to(goal))]
            while given[-1] and len(given) < 15:
                given.append(told_apart(video.read()))
        wanted = [each for each in through if each[0] >= goal] + [None]
        assert given == wanted[: len(given)]
    with Video(path) as video:  # one skip after another
        last = -1.0
        for goal in sorted(drawn.uniform(0, end) for _ in range(4)):
            after = [each for each in through if each[0] >= goal and each[0] > last]
            given = told_apart(video.skip_to(goal))
            assert given == (after[0] if after else None)
            last = given[0] if given else end
    return sum(jumps)


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEKABLE)
def test_skipping_is_the_same_as_reading_through(tmp_path, name, monkeypatch):
    how, indexed = SEEKABLE[name]
    jumps = check_skipping(make_long(tmp_path / name, how), monkeypatch, name=name)
    assert jumps >= 4 if indexed else jumps == 0


def test_skipping_in_a_film_whose_clock_begins_anew(tmp_path, monkeypatch):
    once = Path(make_long(tmp_path / "once.ts", X264)).read_bytes()
    (tmp_path / "twice.ts").write_bytes(once * 2)
    assert check_skipping(str(tmp_path / "twice.ts"), monkeypatch, name="twice") == 0


def test_skipping_in_a_trimmed_film(tmp_path, monkeypatch):
    whole = make_long(tmp_path / "whole.mp4", X264)
    ffmpeg("-ss", "1.3", "-i", whole, "-c", "copy", tmp_path / "t.mp4")
    assert check_skipping(str(tmp_path / "t.mp4"), monkeypatch, name="trimmed") >= 4


def test_skipping_in_a_damaged_film(tmp_path, monkeypatch):
    whole = make_long(tmp_path / "whole.mkv", X264)
    data = bytearray(Path(whole).read_bytes())
    with av.open(whole) as opened:
        keys = [packet for packet in opened.demux(video=0) if packet.is_keyframe][3:5]
    for key in keys:  # what is seen after them hangs on what was before
        data[key.pos + 40 : key.pos + key.size] = b"\xa5" * (key.size - 40)
    (tmp_path / "hurt.mkv").write_bytes(data)
    make_decoder = Decoding._make_decoder
    monkeypatch.setattr(Decoding, "_make_decoder", lambda self: unthreaded(make_decoder(self)))
    check_skipping(str(tmp_path / "hurt.mkv"), monkeypatch, goals=25, name="hurt")


def test_a_film_whose_times_were_mended_is_read_through(tmp_path, monkeypatch):
    monkeypatch.setattr(Decoding, "jump", lambda *given: pytest.fail("it jumped"))
    with Video(make_long(tmp_path / "v.mp4", X264)) as video:
        video._clock.seconds(None)
        assert video.skip_to(3.0).seconds == 3.0


def unthreaded(decoder):
    """FFmpeg's frame threads do not always conceal damage alike."""
    if not decoder.is_open:
        decoder.thread_type = "NONE"
    return decoder


@pytest.mark.parametrize("name", ["open.mp4", "hevc.mkv", "vp9.webm", "av1.mp4", "disc.mpg", "moving.gif"])
def test_shrunk_pictures_come_at_the_same_times(tmp_path, name):
    path = make_long(tmp_path / name, SEEKABLE[name][0], seconds=2)
    with Video(path) as whole, Video(path, width=24) as shrunk:
        assert shrunk.size == (24, 16)
        pairs = list(zip(iter(whole.read, None), iter(shrunk.read, None), strict=True))
    assert [a.seconds for a, b in pairs] == [b.seconds for a, b in pairs] and len(pairs) == 50
    for a, b in pairs:
        small = cv2.resize(a.image, (24, 16), interpolation=cv2.INTER_AREA)
        assert b.size == (24, 16) and np.abs(small.astype(int) - b.image).mean() < 8


def test_a_width_never_enlarges(tmp_path):
    path = make_long(tmp_path / "wide.mp4", "-vf setsar=4/3 -c:v libx264", seconds=1)
    with Video(path, width=4000) as video:
        assert video.size == (128, 64)


def test_a_film_that_counts_no_frames_tells_about_how_many(tmp_path):
    path, source = tmp_path / "film.mkv", Moving(30)
    with Film(str(path), size=source.size, fps=source.fps) as film:
        while (frame := source.read()) is not None:
            film.write(frame)
    with Video(str(path)) as video:
        assert video.length == pytest.approx(30, abs=1)
