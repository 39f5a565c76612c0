"""Sound in a film: every packet of it, beside the picture that it belongs to."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from film_pieces import write_pieces
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.join import join

H264, TICK = CODECS["h264"], Fraction(1, 25)


def with_sound(path, seconds=1.0, codec="aac"):
    """A clip of 10 frames with a tone of `seconds`."""
    with av.open(str(path), "w") as out:
        video, audio = out.add_stream("libx264", rate=25), out.add_stream(codec, rate=48000)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        for i in range(10):
            out.mux(video.encode(av.VideoFrame.from_ndarray(texture(i), format="bgr24")))
        out.mux(video.encode(None))
        kind = {"aac": "fltp"}.get(codec, "s16")
        for at in range(0, int(48000 * seconds), 1024):
            tone = np.sin((at + np.arange(1024)) / 20)[None]
            tone = tone.astype(np.float32) if kind == "fltp" else (tone * 9000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(tone, format=kind, layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return str(path)


def sound(path, which=None):
    """Bytes and time of each packet; of the first audio stream, or of that stream of the file."""
    with av.open(str(path)) as opened:
        stream = opened.streams.audio[0] if which is None else opened.streams[which]
        return [(bytes(packet), packet.pts * packet.time_base) for packet in opened.demux(stream) if packet.size]


def write(out, frames=10, **options):
    """A film of that many frames."""
    pieces = write_pieces(out.parent, H264, ticks=range(frames), tick=TICK)
    return join(pieces, out, codec=H264, crf=None, fps=25, tick=TICK, **options)


def test_sound_is_carried_untouched(tmp_path):
    clip = with_sound(tmp_path / "in.mp4", seconds=1.0)  # longer than the picture, and carried whole
    assert write(tmp_path / "out.mp4", copy_from=clip) == []
    assert len(sound(clip)) > 40
    assert sound(tmp_path / "out.mp4") == sound(clip)


@pytest.mark.parametrize(
    ("codec", "clip", "film", "hint"),
    [("flac", "in.mkv", "out.mov", "; .mkv takes it"), ("pcm_alaw", "in.mov", "out.mp4", "")],
)
def test_sound_that_the_container_cannot_hold_is_told(tmp_path, codec, clip, film, hint):
    clip, out = with_sound(tmp_path / clip, codec=codec), tmp_path / film
    told = f"track 1, audio ({codec}), doesn't fit into '{out}' and is left out{hint}"
    assert write(out, copy_from=clip) == [told]
    with av.open(str(out)) as opened:
        assert not opened.streams.audio


def test_matroska_holds_what_mp4_does_not(tmp_path):
    clip = with_sound(tmp_path / "in.mkv", codec="flac")
    assert write(tmp_path / "out.mkv", copy_from=clip) == []
    assert sound(tmp_path / "out.mkv") == sound(clip) != []


def test_sound_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    for name, reason in (("nope.mp4", "no such file"), ("text.mp4", "invalid data")):
        with pytest.raises(UserError, match=f"the sound of '.*{name}' can't be read: {reason}"):
            write(tmp_path / "f.mp4", copy_from=str(tmp_path / name))


def test_every_audio_stream_is_carried(tmp_path):
    """Two languages, say: they need not be of one codec."""
    with (
        av.open(with_sound(tmp_path / "a.mp4")) as a,
        av.open(with_sound(tmp_path / "b.mkv", codec="flac")) as b,
        av.open(str(tmp_path / "both.mkv"), "w") as out,
    ):
        copies = {opened: out.add_stream_from_template(opened.streams.audio[0]) for opened in (a, b)}
        for opened, copy in copies.items():
            for packet in opened.demux(audio=0):
                if packet.size:
                    packet.stream = copy
                    out.mux(packet)
    write(tmp_path / "out.mkv", copy_from=str(tmp_path / "both.mkv"))
    with av.open(str(tmp_path / "out.mkv")) as opened:
        assert [stream.codec_context.name for stream in opened.streams.audio] == ["aac", "flac"]
    for which in (0, 1):
        assert sound(tmp_path / "out.mkv", which + 1) == sound(tmp_path / "both.mkv", which) != []


def test_sound_lies_beside_the_picture_in_the_film(tmp_path):
    clip = with_sound(tmp_path / "in.mkv", seconds=4.0)
    write(tmp_path / "out.mkv", 100, copy_from=clip)
    with av.open(str(tmp_path / "out.mkv")) as opened:
        order = [(packet.stream.type, float(packet.pts * packet.time_base)) for packet in opened.demux() if packet.size]
    at = {"video": 0.0, "audio": 0.0}
    for kind, seconds in order:
        at[kind] = seconds
        assert abs(at["video"] - at["audio"]) < 0.5


def test_sound_of_recordings_put_end_to_end_goes_on(tmp_path):
    once = Path(with_sound(tmp_path / "once.ts")).read_bytes()
    (tmp_path / "twice.ts").write_bytes(once * 2)
    count = len(sound(tmp_path / "once.ts"))
    write(tmp_path / "out.mkv", copy_from=str(tmp_path / "twice.ts"))
    times = [float(seconds) for _, seconds in sound(tmp_path / "out.mkv")]
    assert len(times) == 2 * count and np.diff(times).min() > 0.015 and np.diff(times).max() < 0.1  # as in the picture


def test_the_input_is_never_the_output(tmp_path):
    clip = with_sound(tmp_path / "in.mp4")
    (tmp_path / "link.mp4").symlink_to(clip)
    (tmp_path / "hard.mp4").hardlink_to(clip)
    (tmp_path / ".left.part.mp4").hardlink_to(clip)  # what a recording that broke off has left, to be dreamed on
    before = Path(clip).read_bytes()
    for name in ("in.mp4", "link.mp4", "hard.mp4", "left.mp4"):
        with pytest.raises(UserError, match="is the input itself"):
            write(tmp_path / name, copy_from=clip, overwrite=True)
    assert Path(clip).read_bytes() == before
