"""Where a stream can go, what is shown of it, and at which bit rate."""

import pytest

from kaleidocam.address import without_parts_of
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.kinds import kind_of
from kaleidocam.sinks.protocols import destination, is_stream
from kaleidocam.sinks.stream_codec import bit_rate, stream_codec


@pytest.mark.parametrize(
    ("text", "form", "shown"),
    [
        ("rtmp://live.twitch.tv/app/live_123_geheim", "flv", "rtmp://live.twitch.tv/app/…"),
        ("RTMPS://me:geheim@a.rtmps.youtube.com:443/live2/geheim", "flv", "RTMPS://a.rtmps.youtube.com:443/live2/…"),
        ("srt://10.0.0.2:9000?passphrase=geheimgeheim&streamid=geheim", "mpegts", "srt://10.0.0.2:9000?…"),
        ("udp://239.0.0.1:1234", "mpegts", "udp://239.0.0.1:1234"),
        ("rtp://10.0.0.2:5004", "rtp_mpegts", "rtp://10.0.0.2:5004"),
        ("rtsp://me:geheim@10.0.0.2/live", "rtsp", "rtsp://10.0.0.2/live"),
        ("https://up.example/x?cid=geheim&file=live.m3u8", "hls", "https://up.example/x?…"),
    ],
)
def test_an_address_has_its_format_and_shows_no_secret(text, form, shown):
    to = destination(text, overwrite=False)
    assert kind_of(text).name == "stream"
    assert (to.protocol.form, to.shown) == (form, shown) and "geheim" not in f"{to}{to!r}"


@pytest.mark.parametrize("text", ["http://a/b.mjpg", "ftp://a/b", "rtmp", "show.mp4", "mms://a/b"])
def test_what_is_no_place_for_a_stream(text):
    assert not is_stream(text)


def test_a_datagram_passes_any_network_unless_another_size_is_given():
    assert destination("udp://a:1", overwrite=False).address == "udp://a:1?pkt_size=1316"
    assert destination("udp://a:1?ttl=4", overwrite=False).address == "udp://a:1?ttl=4&pkt_size=1316"
    assert destination("udp://a:1?pkt_size=188", overwrite=False).address == "udp://a:1?pkt_size=188"


def test_the_segments_stand_beside_the_playlist(tmp_path):
    to = destination(str(tmp_path / "100%" / "my live.m3u8"), overwrite=False)
    assert (tmp_path / "100%").is_dir()
    assert to.options(again=False)["hls_segment_filename"] == str(tmp_path / "100%%" / "my live%05d.ts")
    web = destination("https://up.example/x?cid=1&file=live.m3u8", overwrite=False)
    assert web.options(again=False)["hls_segment_filename"] == "https://up.example/x?cid=1&file=live%05d.ts"
    assert "append_list" in web.options(again=True)["hls_flags"]


def test_what_another_program_says_of_an_address_shows_no_part_of_its_secrets():
    address = "rtmp://me:pass%20word@h.example:1935/app/live_geheim?token=t0ken#frag"
    said = "Server error: live_geheim is no stream of me at h.example, t0ken 'pass word', pass%20word, frag; app"
    told = without_parts_of(said, address)
    for secret in ("live_geheim", "t0ken", "pass%20word", "frag"):
        assert secret not in told
    assert "h.example" in told and told.endswith("app")


def test_bit_rates():
    assert bit_rate("4M", (640, 360), 30) == 4_000_000
    assert bit_rate("2500k", (640, 360), 30) == bit_rate("2500000", (640, 360), 30) == 2_500_000
    assert 3_500_000 < bit_rate("auto", (1280, 720), 30) < 4_500_000
    assert bit_rate("auto", (160, 96), 25) == 500_000 and bit_rate("auto", (3840, 2160), 60) == 6_000_000
    with pytest.raises(UserError, match="the bit rate is '1'; allowed is 50k to 200M"):
        bit_rate("1", (640, 360), 30)


def test_a_stream_is_h264_whatever_films_are_made_of():
    for name in ("auto", "h264", "ffv1", "hevc_nvenc", "prores"):
        codec = stream_codec(Machine(codec=name, bitrate="3M"), (640, 360), 25.0)
        assert codec.encoder == "libx264"
        assert codec.options["b"] == codec.options["maxrate"] == codec.options["bufsize"] == "3000000"
        assert codec.options["g"] == "50" and codec.reorders == 0 and codec.crf(None) is None
