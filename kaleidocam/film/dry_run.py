"""What a film will be made of, without making it.

Invariant: nothing is written, and nothing is dreamed; what is said of the input is found by reading all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import av

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError, shown
from kaleidocam.film import pieces
from kaleidocam.film.order import Order, check, may_have_sound, scan_of, score_of
from kaleidocam.film.score_file import masks_in
from kaleidocam.mask.assembly import check_mask, check_mask_shape
from kaleidocam.mask.kinds import path_in
from kaleidocam.mask.matte_file import told_of
from kaleidocam.media import open_sound
from kaleidocam.pipe import is_pipe
from kaleidocam.settings.clock import clock_of
from kaleidocam.settings.layering import masks_wanted
from kaleidocam.sinks.carried import carried
from kaleidocam.sinks.outlet import is_outlet
from kaleidocam.sources.base import Source
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
    if is_outlet(order.out):
        raise UserError(f"'{order.out}' is a pipe, of which --dry-run can't tell what it holds; give a file")
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
        masks = masks_wanted(order.look)
        if order.score:
            score_of(order, scan_of(order, source)[0])
            masks = [*masks, *masks_in(order.score)]
        reads += _masks(masks, source)
        writes = f"{codec.name}{'' if quality is None else f', crf {quality}'}, in '{order.out}'"
        if Path(order.out).exists():
            writes += ", which exists"
    return DryRun(tuple(reads), tuple(changes), tuple(kept), tuple(lost), (writes,))


def _masks(masks: Sequence[str], source: Source) -> list[str]:
    """A line on each file that is a mask. UserError where one has another shape than the film."""
    lines: dict[str, None] = {}  # in this order, each once
    for mask in dict.fromkeys(masks):
        check_mask(mask)
        check_mask_shape(mask, source.size)
        if (path := path_in(mask)) is not None:
            lines[f"the mask '{path}', {told_of(path, source)}"] = None
    return list(lines)


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
