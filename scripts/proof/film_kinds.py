"""The kinds of films that formats.py draws."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from proof.flashes import flashing

CLIP_SECONDS, FLASH_AT = 1.4, 0.6
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25"]
AAC = [*X264, "-c:a", "aac"]
HDR = ["-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc"]
X265 = ["-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1", "-c:a", "aac"]


def ffmpeg(*words: object) -> None:
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *map(str, words)], check=True)


@dataclass(frozen=True)
class Kind:
    """A kind of file. `make` draws it at a path; `beeps`: how often picture flashes and sound beeps, by the file."""

    name: str
    what: str
    make: Callable[[Path], None]
    beeps: int = 1


def of(*how: str, seconds: float = CLIP_SECONDS) -> Callable[[Path], None]:
    """Draws a clip with these options of ffmpeg."""
    return lambda path: ffmpeg(*flashing(seconds, FLASH_AT), *how, path)


def twice(*how: str) -> Callable[[Path], None]:
    """Two recordings put end to end."""

    def make(path: Path) -> None:
        of(*how)(path)
        path.write_bytes(path.read_bytes() * 2)

    return make


def of_clip(*how: str, before: Sequence[str] = ()) -> Callable[[Path], None]:
    """Another file made of a clip without encoding it again."""

    def make(path: Path) -> None:
        clip = path.with_name("clip.mp4")
        of(*AAC)(clip)
        ffmpeg(*before, "-i", clip, *how, path)

    return make


def with_text(*how: str) -> Callable[[Path], None]:
    """A clip with subtitles, a title and two chapters; in Matroska with a font and a cover too."""

    def make(path: Path) -> None:
        text, tags, cover = (path.with_name(name) for name in ("s.srt", "tags", "cover.jpg"))
        text.write_text("1\n00:00:00,200 --> 00:00:01,200\nTomatoes\n")
        chapters = ((0, 700, "One"), (700, 1400, "Two"))
        tags.write_text(
            ";FFMETADATA1\ntitle=Walk\n"
            + "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={a}\nEND={b}\ntitle={name}\n" for a, b, name in chapters)
        )
        Image.new("RGB", (32, 32), "teal").save(cover)
        font = path.with_name("font.ttf")
        font.write_bytes(bytes(1000))
        attached = ["-attach", font, "-metadata:s:3", "mimetype=font/ttf"]
        attached += ["-attach", cover, "-metadata:s:4", "mimetype=image/jpeg"]
        more = ["-i", text, "-i", tags, "-map", "0", "-map", "1", "-map", "2", "-map_metadata", "3"]
        of(*map(str, more), "-map_chapters", "3", *how, *map(str, attached if path.suffix == ".mkv" else []))(path)

    return make


def with_a_proxy(path: Path) -> None:
    proxy, film = path.with_name("proxy.mp4"), path.with_name("film.mp4")
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=80x48:r=25:d={CLIP_SECONDS}", *X264, proxy)
    of(*AAC)(film)
    marks = ["-disposition:v:0", "0", "-disposition:v:1", "default"]
    ffmpeg("-i", proxy, "-i", film, "-map", "0:v", "-map", "1", "-c", "copy", *marks, path)


def broken_off(path: Path) -> None:
    of(*AAC)(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


LACED = [*X264, "-x264opts", "tff=1", "-flags", "+ildct+ilme", "-c:a", "aac"]
KINDS = (
    Kind("film.mp4", "H.264, AAC", of(*AAC)),
    Kind("film.mov", "ProRes, PCM, timecode", of("-c:v", "prores_ks", "-c:a", "pcm_s16le", "-timecode", "10:00:00:00")),
    Kind("subtitles.mp4", "subtitles, chapters, title", with_text(*AAC, "-c:s", "mov_text")),
    Kind("attachments.mkv", "subtitles, chapters, title, font, cover", with_text(*AAC, "-c:s", "ass")),
    Kind("film.webm", "VP9, Opus", of("-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus")),
    Kind("film.avi", "MPEG-4, MP3", of("-c:v", "mpeg4", "-bf", "0", "-c:a", "mp3")),
    Kind("film.wmv", "WMV, WMA", of("-c:v", "wmv2", "-c:a", "wmav2"), beeps=0),
    Kind("film.mxf", "MPEG-2, PCM", of("-c:v", "mpeg2video", "-c:a", "pcm_s16le")),
    Kind("film.ogv", "Theora, Vorbis", of("-c:v", "libtheora", "-c:a", "libvorbis")),
    Kind("film.ts", "H.264, AAC; begins at 1.4 s", of(*AAC)),
    Kind("recorded.ts", "its clock stands at 10 hours", of(*AAC, "-output_ts_offset", "36000")),
    Kind("wraps.ts", "its clock begins at 0 again", of(*AAC, "-output_ts_offset", str(2**33 / 90_000 - 2))),
    Kind("joined.ts", "two recordings end to end", twice(*AAC), beeps=2),
    Kind("joined.vob", "two titles of a DVD", twice("-c:v", "mpeg2video", "-c:a", "mp2", "-f", "vob"), beeps=2),
    Kind("recorded.flv", "begins at an hour", of(*AAC, "-output_ts_offset", "3600")),
    Kind("recorded.mkv", "begins at 10 hours", of(*AAC, "-output_ts_offset", "36000")),
    Kind("cut.mov", "cut without encoding again", of_clip("-c", "copy", before=["-ss", "0.2"])),
    Kind("fragments.mp4", "as streams are stored", of(*AAC, "-movflags", "frag_keyframe+empty_moov")),
    Kind("tape.dv", "interlaced, pixels not square", of("-target", "pal-dv")),
    Kind("broadcast.mts", "interlaced", of(*LACED)),
    Kind("alpha.mov", "transparent", of("-vf", "format=rgba,colorchannelmixer=aa=0.5", "-c:v", "png", "-c:a", "aac")),
    Kind("pq.mp4", "HDR (PQ)", of(HDR[0], HDR[1].format("smpte2084"), *X265)),
    Kind("hlg.mp4", "HDR (HLG)", of(HDR[0], HDR[1].format("arib-std-b67"), *X265)),
    Kind("wide.mp4", "BT.2020 without HDR", of(HDR[0], HDR[1].format("bt2020-10"), *X265)),
    Kind("turned.mp4", "turned by a quarter", of_clip("-c", "copy", before=["-display_rotation", "90"])),
    Kind("two_tracks.mkv", "a proxy before the film", with_a_proxy),
    Kind("two_sounds.mkv", "two sound tracks", of_clip("-map", "0", "-map", "0:a", "-c", "copy")),
    Kind("broken_off.ts", "breaks off", broken_off),
    Kind("film.gif", "GIF", of("-an", "-vf", "fps=10"), beeps=0),
)
