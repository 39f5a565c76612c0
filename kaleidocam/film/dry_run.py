"""What a film will be made of, without making it.

Invariant: nothing is written, and nothing is dreamed; what is said of the input is found by reading all of it.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import av

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError, shown
from kaleidocam.film import pieces
from kaleidocam.film.order import Order, check, may_have_sound
from kaleidocam.media import open_sound
from kaleidocam.pipe import is_pipe
from kaleidocam.settings.clock import clock_of
from kaleidocam.sinks.carried import carried
from kaleidocam.sources.opening import open_source
from kaleidocam.timeline import Timeline


@dataclass(frozen=True)
class DryRun:
    """Lines for people. `reads`: the input; `changes`: how its pictures and times are converted; `keeps`, `leaves_out`:
    what there is besides the pictures; `writes`: the film."""

    reads: tuple[str, ...]
    changes: tuple[str, ...]
    keeps: tuple[str, ...]
    leaves_out: tuple[str, ...]
    writes: tuple[str, ...]

    def __str__(self) -> str:
        named = [(part.name.replace("_", " "), line) for part in fields(self) for line in getattr(self, part.name)]
        return "\n".join(f"{title + ':':12s}{shown(line)}" for title, line in named)


def dry_run(order: Order) -> DryRun:
    """What the order would do. UserError for all that would keep the film from being begun, and for a pipe, which can
    be read only once."""
    if is_pipe(order.source):
        raise UserError(f"'{order.source}' is a pipe, which --dry-run would read to its end; give a file")
    check(order, pieces.folder_of(order.out))
    with open_source(order.source, order.machine) as source:
        of = f", {source.length} frames" if source.length else ""
        reads = [f"{source.size[0]}x{source.size[1]}, {source.fps:.6g} frames a second{of}"]
        codec, changes, kept, lost = order.codec, list(source.told), [], []
        if may_have_sound(order.source, source):
            kept_and_lost = carried(order.source, order.out, codec, fps=source.fps, start=order.start or 0.0)
            kept, lost = kept_and_lost.kept, kept_and_lost.left_out
            reads += _clock(order.source, changes)
        quality = codec.crf(order.machine.crf)
        writes = f"{codec.name}{'' if quality is None else f', crf {quality}'}, in '{order.out}'"
        if Path(order.out).exists():
            writes += ", which exists"
    return DryRun(tuple(reads), tuple(changes), tuple(kept), tuple(lost), (writes,))


def _clock(path: str, changes: list[str]) -> list[str]:
    """A line on how long the file is; `changes` gets one on each thing that its clock needs."""
    ends = 0.0
    with open_sound(path) as opened:
        timeline = Timeline(opened)
        try:
            for packet in timeline.packets(*opened.streams.video, *opened.streams.audio):
                if packet.pts is not None:
                    ends = max(ends, _end(packet))
        except av.FFmpegError:
            changes.append(f"it can't be read beyond {clock_of(ends)}: the good part is kept")
    if timeline.zero:
        changes.append(f"its clock stands at {float(timeline.zero):g} s where it begins: the film begins at 0")
    changes += [f"its clock begins anew at {clock_of(at)}: picture and sound go on there" for at in timeline.joins]
    return [f"{clock_of(ends)} of '{without_secrets(path)}'"]


def _end(packet: av.Packet) -> float:
    """Seconds at which what the packet holds ends. Where pictures are decoded in another order than they are shown, a
    packet's duration may be the time until the next one is decoded: there, only a usual one is believed."""
    lasts, rate = float((packet.duration or 0) * packet.time_base), getattr(packet.stream, "guessed_rate", None)
    if rate and packet.dts != packet.pts:
        lasts = min(lasts, 1 / float(rate))
    return float(packet.pts * packet.time_base) + lasts
