"""Picture, sound, subtitles and chapters on one timeline, whatever the clock of the file does."""

from pathlib import Path

import av
import numpy as np
import pytest
from media import chapters, ffmpeg, packets
from proof.flashes import events, flashing, loudness_between
from undreamed import undreamed

from kaleidocam.film.film_sound import RATE, samples_of
from kaleidocam.sources.video import Video
from kaleidocam.timeline import Timeline

H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25"]
AAC = [*H264, "-c:a", "aac"]


def made(path, *how, seconds=1.4, at=0.6):
    ffmpeg(*flashing(seconds, at), *(how or AAC), path)
    return path


def joined(path, *parts):
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def of_two_clocks(folder, first, second):
    """A file of two recordings put end to end, their clocks at these seconds at first."""
    parts = [made(folder / f"{at}.ts", *AAC, "-output_ts_offset", at) for at in (first, second)]
    return joined(folder / "two.ts", *parts)


def longer_sound(folder):
    ffmpeg(*flashing(1.2, 0.4)[:4], *flashing(1.7, 0.4)[4:], *H264, "-c:a", "mp2", folder / "part.ts")
    return joined(folder / "longer.ts", *[folder / "part.ts"] * 2)


def after_a_wrap(folder):
    """MPEG's clock begins at 0 again after 2 ** 33 / 90,000 seconds, here within the film."""
    return made(folder / "wrap.ts", *AAC, "-output_ts_offset", 2**33 / 90_000 - 2.0)


def leaping(folder, seconds):
    """A recording that goes on while its clock leaps by these seconds: packets of both clocks are mixed there."""
    clip, path = made(folder / "clip.mp4"), folder / "leaping.ts"
    with av.open(str(clip)) as given, av.open(str(path), "w") as out:
        streams = [out.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            if packet.size:
                if packet.dts * packet.time_base >= 0.4:
                    packet.pts += round(seconds / packet.time_base)
                    packet.dts += round(seconds / packet.time_base)
                packet.stream = streams[packet.stream_index]
                out.mux_one(packet)
    return path


def dvd(folder):
    part = made(folder / "part.vob", "-c:v", "mpeg2video", "-c:a", "mp2", "-f", "vob")
    return joined(folder / "dvd.vob", part, part)


FILES = {  # how each is made, and how many flashes it has
    "late.ts": (lambda folder: made(folder / "late.ts", *AAC, "-output_ts_offset", "36000"), 1),
    "late.mkv": (lambda folder: made(folder / "late.mkv", *AAC, "-output_ts_offset", "36000"), 1),
    "late.flv": (lambda folder: made(folder / "late.flv", *AAC, "-output_ts_offset", "3600"), 1),
    "twice.ts": (lambda folder: of_two_clocks(folder, 0, 0), 2),
    "leap.ts": (lambda folder: of_two_clocks(folder, 0, 36_000), 2),
    "fall.ts": (lambda folder: of_two_clocks(folder, 36_000, 0), 2),
    "longer.ts": (longer_sound, 2),
    "wrap.ts": (after_a_wrap, 1),
    "dvd.vob": (dvd, 2),
    "leaping.ts": (lambda folder: leaping(folder, 3600), 1),
}


@pytest.mark.parametrize("name", FILES)
def test_picture_and_sound_stay_in_step(tmp_path, name):
    make, count = FILES[name]
    path = make(tmp_path)
    left_out, notice = undreamed(path, tmp_path / "out.mkv")
    flashes, beeps = events(tmp_path / "out.mkv")
    assert len(flashes) == len(beeps) == count and left_out == []
    np.testing.assert_allclose(beeps, flashes, atol=0.04)
    assert 0.39 < flashes[0] < 0.75 and np.all(np.diff(flashes) < 2.5)  # nothing of the clock's own size is left
    assert (notice is not None and "new clock at 0:0" in notice) == (count == 2 or name == "leaping.ts")


def test_a_gap_in_a_recording_stays_a_gap(tmp_path):
    """Of picture and sound alike: five seconds without a signal are no leap of the clock."""
    undreamed(leaping(tmp_path, 5), tmp_path / "out.mkv")
    flashes, beeps = events(tmp_path / "out.mkv")
    assert flashes[-1] == pytest.approx(5.6, abs=0.06) and beeps[-1] == pytest.approx(flashes[-1], abs=0.04)


def test_sound_that_is_heard_beside_a_film_follows_its_timeline(tmp_path):
    """As beats and levels of a film's sound are found: no hours of silence where the clock leaps."""
    start, blocks = samples_of(str(of_two_clocks(tmp_path, 0, 36_000)))
    sound = np.concatenate(list(blocks))
    assert 0 <= start < 0.1 and 2.7 < len(sound) / RATE < 3.3
    loud = np.flatnonzero(np.abs(sound) > 0.2) / RATE
    assert 0.5 < loud[0] < 0.7 and 1.9 < loud[-1] < 2.4


def test_what_an_edit_list_cuts_out_is_not_heard(tmp_path):
    """An .mov whose second second is cut out of both tracks, without a sample being removed."""
    whole = made(tmp_path / "whole.mov", *H264, "-bf", "0", "-c:a", "pcm_s16le", seconds=3, at=2.5)
    (tmp_path / "cut.mov").write_bytes(with_edits(whole.read_bytes(), (0, 2)))
    undreamed(tmp_path / "cut.mov", tmp_path / "out.mkv")
    flashes, beeps = events(tmp_path / "out.mkv")
    assert flashes == pytest.approx([1.5], abs=0.05) and beeps == pytest.approx(flashes, abs=0.04)
    for kind in ("video", "audio"):
        there = packets(tmp_path / "out.mkv", kind)
        assert float(max((p.pts + p.duration) * p.time_base for p in there)) == pytest.approx(2.0, abs=0.05)


def with_edits(data, seconds):
    """An .mov with an edit list that shows one second from each of `seconds`. Its moov must come last."""

    def boxes(begin, end):
        while begin + 8 <= end:
            size = int.from_bytes(data[begin : begin + 4])
            yield begin, begin + size, data[begin + 4 : begin + 8]
            begin += size

    def child(begin, end, name, *names):
        found = next((a, b) for a, b, kind in boxes(begin, end) if kind == name)
        return child(found[0] + 8, found[1], *names) if names else found

    def box(name, *parts):
        body = b"".join(parts)
        return (len(body) + 8).to_bytes(4) + name + body

    def scale(at):
        return int.from_bytes(data[at + 20 : at + 24])

    begin, end = child(0, len(data), b"moov")
    movie, parts = scale(child(begin + 8, end, b"mvhd")[0]), []
    for a, b, kind in boxes(begin + 8, end):
        part = bytearray(data[a:b])
        if kind == b"mvhd":
            part[24:28] = (len(seconds) * movie).to_bytes(4)
        if kind == b"trak":
            media = scale(child(a + 8, b, b"mdia", b"mdhd")[0])
            edits = b"".join(movie.to_bytes(4) + (at * media).to_bytes(4) + bytes((0, 1, 0, 0)) for at in seconds)
            elst = box(b"edts", box(b"elst", bytes(4), len(seconds).to_bytes(4), edits))
            inner = [bytes(data[x:y]) for x, y, inside in boxes(a + 8, b) if inside != b"edts"]
            inner[0] = inner[0][:28] + (len(seconds) * movie).to_bytes(4) + inner[0][32:]  # tkhd
            part = box(b"trak", inner[0], elst, *inner[1:])
        parts.append(bytes(part))
    return data[:begin] + box(b"moov", *parts)


@pytest.mark.parametrize("offset", [0, 7200])
def test_subtitles_and_chapters_are_on_the_timeline_too(tmp_path, offset):
    (tmp_path / "s.srt").write_text("1\n00:00:00,200 --> 00:00:01,200\nTomatoes\n")
    (tmp_path / "tags").write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=700\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=700\nEND=1400\ntitle=Two\n"
    )
    more = ["-i", tmp_path / "s.srt", "-i", tmp_path / "tags", "-map", "0", "-map", "1", "-map", "2"]
    film = made(tmp_path / "film.mkv", *more, "-map_chapters", "3", *AAC, "-output_ts_offset", offset)
    undreamed(film, tmp_path / "out.mkv", start=0.6, end=1.3)
    (subtitle,) = packets(tmp_path / "out.mkv", "subtitles")  # it was shown already where the film begins
    assert float(subtitle.pts * subtitle.time_base) == pytest.approx(0, abs=0.03)
    assert float(subtitle.duration * subtitle.time_base) == pytest.approx(0.6, abs=0.07)
    (one, begins, ends), (two, follows, _) = chapters(tmp_path / "out.mkv")
    assert (one, two) == ("One", "Two") and begins == 0 and ends == follows == pytest.approx(0.1, abs=0.07)
    flashes, beeps = events(tmp_path / "out.mkv")
    assert flashes[0] == pytest.approx(0, abs=0.07) and beeps[0] == pytest.approx(flashes[0], abs=0.05)


def test_a_subtitle_ends_where_the_film_does(tmp_path):
    (tmp_path / "s.srt").write_text("1\n00:00:00,200 --> 00:00:30,000\nTomatoes\n")
    film = made(tmp_path / "film.mkv", "-i", tmp_path / "s.srt", "-map", "0", "-map", "1", "-map", "2", *AAC)
    undreamed(film, tmp_path / "out.mkv", start=0.6, end=1.3)
    (subtitle,) = packets(tmp_path / "out.mkv", "subtitles")
    assert float(subtitle.duration * subtitle.time_base) == pytest.approx(0.7, abs=0.05)
    with av.open(str(tmp_path / "out.mkv")) as opened:
        assert opened.duration / av.time_base == pytest.approx(0.7, abs=0.1)


def test_a_last_picture_is_held_as_long_as_the_file_says(tmp_path):
    parts = ["color=red:s=64x48:d=0.4", "color=green:s=64x48:d=2.0"]
    inputs = [word for part in parts for word in ("-f", "lavfi", "-i", f"{part}:r=5")]
    ffmpeg(*inputs, "-lavfi", "[0][1]concat,mpdecimate=max=0", "-fps_mode", "vfr", *H264, tmp_path / "hold.mp4")
    for name in ("hold.mp4", "hold.gif", "hold.mkv"):
        if name != "hold.mp4":
            ffmpeg("-i", tmp_path / "hold.mp4", *(["-c", "copy"] if name == "hold.mkv" else []), tmp_path / name)
        with Video(str(tmp_path / name)) as video:
            last = list(iter(video.read, None))[-1]
            assert video.end > last.seconds
    with av.open(str(tmp_path / "hold.gif")) as opened:
        ends = [float((p.pts + p.duration) * p.time_base) for p in opened.demux(video=0) if p.size]
    with Video(str(tmp_path / "hold.gif")) as video:
        list(iter(video.read, None))
        assert video.end == pytest.approx(ends[-1])


def test_a_rate_that_the_times_contradict_is_not_believed(tmp_path):
    """As in a browser's recording: no rate and no durations, in a file whose unit of time is a millisecond."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1.2", "-c:v", "libvpx", tmp_path / "plain.webm")
    with (
        av.open(str(tmp_path / "plain.webm")) as given,
        av.open(str(tmp_path / "browser.webm"), "w", options={"live": "1"}) as out,
    ):
        stream, at = out.add_stream_from_template(given.streams.video[0]), 0
        for number, packet in enumerate(given.demux(video=0)):
            if packet.size:
                packet.pts = packet.dts = at
                packet.duration, packet.stream = 0, stream
                out.mux(packet)
                at += (29, 53, 31, 47)[number % 4]
    with Video(str(tmp_path / "browser.webm")) as video:
        frames = list(iter(video.read, None))
        assert 20 < video.fps < 30 and len(frames) == 30
        assert video.end - frames[-1].seconds == pytest.approx(0.04, abs=0.012)


def test_both_readers_of_a_file_find_the_same_clocks(tmp_path):
    path = of_two_clocks(tmp_path, 0, 36_000)
    found = []
    for kind in ("video", "audio"):
        with av.open(str(path)) as opened:
            timeline = Timeline(opened)
            list(timeline.packets(*getattr(opened.streams, kind)))
            found.append((timeline.zero, timeline.joins))
    assert found[0] == found[1] and len(found[0][1]) == 1


def test_silence_is_no_reason_to_shift(tmp_path):
    """A picture that begins after the sound does so in the film."""
    late = tmp_path / "late.mkv"
    both = made(tmp_path / "both.mp4")
    ffmpeg("-itsoffset", "0.5", "-i", both, "-i", both, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    undreamed(late, tmp_path / "out.mp4")
    flashes, beeps = events(tmp_path / "out.mp4")
    assert flashes[0] - beeps[0] == pytest.approx(0.5, abs=0.04)
    assert loudness_between(tmp_path / "out.mp4", 0, 0.4) < 0.05 and Path(late).exists()
