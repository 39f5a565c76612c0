"""Makes pieces into a format whose packets can't be joined: a GIF, a WebP, a sequence of PNG files.

Invariant: nothing appears under its final name before it is complete.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.filter.context

from kaleidocam.errors import UserError, reason
from kaleidocam.sinks import piece
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.carried import lost_in_pictures
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.numbered import write_sequence

CENTISECONDS, MILLISECONDS = Fraction(1, 100), Fraction(1, 1000)
SHORTEST = 2  # centiseconds, of a GIF's frame: browsers show a shorter one for ten
LOOKED_AT = 100  # frames, evenly chosen, whose colors make a GIF's palette
WEBP_EFFORT = "2"  # 0 to 6; the default, 4, takes twice as long and saves a few percent


def animate(
    pieces: Sequence[Path],
    out: Path,
    *,
    codec: Codec,
    crf: int | None,
    fps: float,
    tick: Fraction,
    copy_from: str | None = None,
    last: float | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Makes `out` of the `pieces`, as `join` does; it begins at zero, and a GIF or a WebP loops forever.

    PNG: `out` is a name with a place for the number, as in film-%05d.png, or a folder, which is made if it is missing;
    numbers begin at 1. Returns lines on what was left out. UserError if it can't be written.
    """
    notices = lost_in_pictures(copy_from, out, codec.name) if copy_from else []
    try:
        frames = _Frames(pieces, tick)
        if codec.name == "png":
            write_sequence(frames, out, overwrite=overwrite)
            return notices
        aside = Aside(out, source=copy_from, overwrite=overwrite)
        try:
            if codec.name == "gif":
                left_out = _write_gif(frames, aside.path, fps, last)
                notices += [f"a GIF shows 50 frames a second at most; left out: {left_out}"] if left_out else []
            else:
                chosen = codec.crf(crf)
                assert chosen is not None, codec.name
                _write_webp(frames, aside.path, fps, last or 1 / fps, 100 - chosen)
            aside.place()
        finally:
            aside.remove()
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"'{out}' can't be written: {reason(error)}; its pieces are kept") from error
    return notices


class _Frames:
    """The decoded frames of the pieces; they can be iterated over several times."""

    def __init__(self, pieces: Sequence[Path], tick: Fraction) -> None:
        self._pieces, self._tick = pieces, tick
        each = [piece.times(path, tick) for path in pieces]
        self.start, self.count = each[0][0], sum(map(len, each))

    def __iter__(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Each frame with its time, in seconds from the first."""
        for path in self._pieces:
            with piece.open_piece(path) as opened:
                for frame in opened.decode(video=0):
                    pts = round(frame.pts * frame.time_base / self._tick) - piece.later(self._tick)
                    yield float(pts * self._tick) - self.start, frame


def _write_gif(frames: _Frames, path: Path, fps: float, last: float | None) -> int:
    """`last`: seconds for which the last frame is shown; None: as long as the one before. One palette of 256 colors
    serves the whole film, so that it does not flicker. Returns how many frames were left out."""
    options = {"loop": "0"}
    if last is not None:
        options["final_delay"] = str(max(SHORTEST, round(last / CENTISECONDS)))
    with av.open(f"file:{path}", "w", format="gif", options=options) as out:
        stream: Any = None
        graph: Any = None
        left_out, before = 0, -SHORTEST
        palette = _palette(frames)
        for seconds, frame in frames:
            pts = round(seconds / CENTISECONDS)
            if pts < before + SHORTEST:
                left_out += 1
                continue
            if graph is None:
                stream = _stream(out, "gif", frame, "pal8", fps, CENTISECONDS)
                graph = _mapping(frame, palette)
            frame.pts, frame.time_base, before = pts, CENTISECONDS, pts
            graph.push(frame, at=0)
            mapped = graph.pull()
            mapped.pts, mapped.time_base = pts, CENTISECONDS
            out.mux(stream.encode(mapped))
        out.mux(stream.encode(None))
    return left_out


def _palette(frames: _Frames) -> av.VideoFrame:
    graph: Any = None
    every = -(-frames.count // LOOKED_AT)
    for n, (_, frame) in enumerate(frames):
        if n % every:
            continue
        if graph is None:
            graph = av.filter.Graph()
            parts = (
                _buffer(graph, frame),
                graph.add("palettegen", "stats_mode=full:reserve_transparent=1"),
                graph.add("buffersink"),
            )
            graph.link_nodes(*parts).configure()
        graph.push(frame)
    graph.push(None)
    return graph.pull()


def _mapping(frame: av.VideoFrame, palette: av.VideoFrame) -> av.filter.Graph:
    """A filter graph: frames pushed at input 0 come out in the colors of the palette."""
    graph = av.filter.Graph()
    use, picture = graph.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle"), _buffer(graph, frame)
    picture.link_to(use, 0, 0)
    _buffer(graph, palette).link_to(use, 0, 1)
    use.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(palette, at=1)
    graph.vpush(None, at=1)
    return graph


def _buffer(graph: av.filter.Graph, frame: av.VideoFrame) -> av.filter.context.FilterContext:
    return graph.add_buffer(width=frame.width, height=frame.height, format=frame.format.name, time_base=CENTISECONDS)


def _write_webp(frames: _Frames, path: Path, fps: float, lasts: float, quality: int) -> None:
    """`lasts`: seconds for which the last frame is shown. The encoder keeps the encoded film in memory until the end,
    then writes it."""
    with av.open(f"file:{path}", "w", format="webp", options={"loop": "0"}) as out:
        stream: Any = None
        last = -1
        for seconds, frame in frames:
            if stream is None:
                stream = _stream(out, "libwebp_anim", frame, "bgra", fps, MILLISECONDS)
                stream.options = {"quality": str(quality), "compression_level": WEBP_EFFORT}
            picture = frame.reformat(format="bgra")  # WebP has its own kind of YUV, which its encoder makes
            last = picture.pts = max(last + 1, round(seconds / MILLISECONDS))
            picture.time_base, picture.duration = MILLISECONDS, round(1000 / fps)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    _hold_last(path, max(1, round(lasts / MILLISECONDS)))


def _hold_last(path: Path, milliseconds: int) -> None:
    """Sets how long the last picture of an animated WebP is shown: its encoder takes the average. Source: the WebP
    container specification; each picture is a chunk ANMF, with its duration in bytes 12 to 14."""
    with path.open("rb+") as file:
        at, last = 12, 0  # after RIFF, size and WEBP
        while len(head := _read_at(file, at, 8)) == 8:
            last = at if head[:4] == b"ANMF" else last
            at += 8 + int.from_bytes(head[4:], "little") + head[4] % 2
        if last:
            file.seek(last + 8 + 12)
            file.write(min(milliseconds, 2**24 - 1).to_bytes(3, "little"))


def _read_at(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _stream(
    out: av.container.OutputContainer, encoder: str, frame: av.VideoFrame, pix_fmt: str, fps: float, unit: Fraction
) -> av.VideoStream:
    stream = out.add_stream(encoder, rate=Fraction(fps).limit_denominator(1001))
    stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, pix_fmt
    stream.codec_context.time_base = unit
    return stream
