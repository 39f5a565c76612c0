"""For the tests: films made by FFmpeg's program, and what it and FFmpeg's libraries say of films.

The program is the one that comes with a package, so it is the same on every machine; another one is taken where none
comes for this system, or where IMAGEIO_FFMPEG_EXE names it.
"""

import os
import subprocess

import av
from imageio_ffmpeg import get_ffmpeg_exe


def ffmpeg(*words, given=None):
    """What ffmpeg writes to its standard output, as bytes. `given`: its standard input."""
    command = [get_ffmpeg_exe(), "-v", "error", "-y", *map(str, words)]
    done = subprocess.run(
        command,
        input=given,
        stdin=None if given else subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        env=os.environ | {"SVT_LOG": "1"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def streams(path):
    """What a file says of its streams, of each as a dictionary; what it does not say is not in it."""
    with av.open(str(path)) as opened:
        return [_described(stream) for stream in opened.streams]


def _described(stream):
    said = {name: getattr(stream, name) for name in ("type", "time_base", "disposition")} | {"tags": stream.metadata}
    said |= {
        name: float(value * stream.time_base)
        for name in ("start_time", "duration")
        if (value := getattr(stream, name)) is not None
    }
    if (codec := stream.codec_context) is None:  # chapters, in an .mp4
        return said
    said |= {"codec": codec.codec.canonical_name, "codec_tag": codec.codec_tag}
    if stream.type == "video":
        said |= {name: getattr(codec, name) for name in ("pix_fmt", "width", "height")}
        said["color"] = codec.color_range, codec.colorspace, codec.color_trc, codec.color_primaries
    return said


def packets(path, kind="video"):
    """The packets of the first stream of that kind, in the order of the file."""
    with av.open(str(path)) as opened:
        return [packet for packet in opened.demux(**{kind: 0}) if packet.size or packet.dts is not None]


def times(path, kind="video"):
    """Seconds at which each frame or packet is shown, in order."""
    return sorted(float(packet.pts * packet.time_base) for packet in packets(path, kind))


def decoded(*paths):
    """The hash of each frame as ffmpeg decodes it."""
    return [line[-1] for path in paths for line in _frames(path)]


def decoded_times(path):
    """Seconds of each frame as ffmpeg decodes it, by the file's own clock."""
    lines = _frames(path, "-copyts", "-enc_time_base", "1:1000000000")
    return [int(line[2]) / 1e9 for line in lines]


def _frames(path, *how):
    """What ffmpeg says of each frame: the number of the stream, two times, a duration, a size, a hash."""
    wanted = [*how[:1], "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", *how[1:], "-f", "framemd5", "-"]
    lines = ffmpeg(*wanted).decode().splitlines()
    return [[field.strip() for field in line.split(",")] for line in lines if line[0] != "#"]


def copied(path, kind):
    """The hash of each stream of that kind ("a", "s"), not decoded: that of its packets' bytes."""
    lines = ffmpeg("-i", path, "-map", f"0:{kind}", "-c", "copy", "-f", "streamhash", "-hash", "md5", "-")
    return [line.split("=")[-1] for line in lines.decode().splitlines()]


def chapters(path):
    """(title, start, end) of each, in seconds."""
    with av.open(str(path)) as opened:
        return [
            (
                chapter["metadata"]["title"],
                float(chapter["start"] * chapter["time_base"]),
                float(chapter["end"] * chapter["time_base"]),
            )
            for chapter in opened.chapters()
        ]


def tags(path):
    """The words that a file says of itself as a whole."""
    with av.open(str(path)) as opened:
        return opened.metadata
