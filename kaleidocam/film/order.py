"""A film as it is wanted, and what has to be found out before it can be made.

Invariant: what is wrong with an order is said before anything is rendered; and what is found out, once, holds for every
process and every later run that renders the film.
"""

import json
import math
import os
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kaleidocam import __version__
from kaleidocam.dream.assembly import backend_of, check_reach
from kaleidocam.dream.compute.backends.registry import chosen
from kaleidocam.errors import UserError, nearest
from kaleidocam.film import pieces, progress, shots, showing
from kaleidocam.film.job import Job, fingerprint, guided_from_here, palette_from_here
from kaleidocam.film.moments import Moments
from kaleidocam.film.plan import make_plan, piece_frames
from kaleidocam.film.score import Score
from kaleidocam.film.score_file import named_in, needs_beats, read_score
from kaleidocam.film.worker import threads_here
from kaleidocam.picture.assembly import check_palette, check_texts, pictures_of
from kaleidocam.settings.parameters import PRE_ROLL_SECONDS, SPLIT_SECONDS, Look, Machine
from kaleidocam.sinks.animation import check_sequence
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.codecs import Codec, codec_for
from kaleidocam.sinks.track import FINE_TIME_BASE
from kaleidocam.sources.base import Source
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.opening import is_live, open_small

STILL_SECONDS = 5.0  # of film from a source that has no end, when nothing says otherwise


@dataclass(frozen=True)
class Order:
    """A film as it is wanted. `given`: what of the look was asked for by name, which a score does not change. `start`,
    `end`: seconds from the source's first frame; `cuts` as shots.parse_cuts takes them; takes that last longer than
    `split` seconds are split, each part dreamed from `pre_roll` seconds before it. `cluster`: the address of a Dask
    scheduler, or `workers`: processes here. `programs`: tell of it as JSON on stdout.
    `called`: tell of it by calling this with the frames done and their total, and in no other way."""

    source: str
    out: str
    look: Look
    machine: Machine
    given: Mapping[str, Any] = field(default_factory=dict)
    score: str | None = None
    start: float | None = None
    end: float | None = None
    cuts: str = "auto"
    split: float = SPLIT_SECONDS
    pre_roll: float = PRE_ROLL_SECONDS
    shown: str = "dreamed"
    workers: int | None = None
    cluster: str | None = None
    overwrite: bool = False
    programs: bool = False
    called: Callable[[int, int], None] | None = None

    @property
    def codec(self) -> Codec:
        return codec_for(self.out, None if self.machine.codec == "auto" else self.machine.codec)


def check(order: Order, folder: Path) -> None:
    """UserError for what can be refused before anything is read; the pieces are to wait in `folder`."""
    check_look(order)
    order.codec.crf(order.machine.crf)
    if order.workers and order.cluster:
        raise UserError("--workers starts processes here, --cluster uses those elsewhere; give one of them")
    overwrite = order.overwrite or pieces.is_begun(folder)
    if order.codec.name == "png":
        check_sequence(Path(order.out), overwrite=overwrite)
    else:
        Aside(order.out, source=order.source, overwrite=overwrite)


def check_look(order: Order) -> None:
    """UserError for what of source and look can be refused before any picture is read."""
    start = order.start or 0.0
    if order.end is not None and order.end <= start:
        raise UserError(f"there is nothing from {start:g} s to {order.end:g} s; --to must come after --from")
    check_texts(order.look)
    check_reach(order.look.channel, order.machine)
    shots.parse_cuts(order.cuts)
    if order.shown not in showing.SHOWN:
        raise UserError(
            f"--show is '{order.shown}'; allowed is {', '.join(showing.SHOWN)}{nearest(order.shown, showing.SHOWN)}"
        )
    if is_live(order.source):
        raise UserError(
            f"'{order.source}' never ends, so it makes no film; record it with: kaleidocam live --from "
            f"{order.source} --to {order.out}"
        )


def begin(order: Order, source: Source, folder: Path) -> tuple[Job, pieces.Found]:
    """The job that an order is, of the `source` it names; its pieces wait in `folder`. And what the order leaves open:
    found out by looking at the film, or by an earlier run of the same."""
    settings = _settings(order)
    before = pieces.begin(folder, settings, anew=order.overwrite)
    found = _find_out(order, source) if before is None else before
    job = _job(order, source, found, folder)
    if before is None:
        pieces.note(folder, settings, found)
    return job, found


def _job(order: Order, source: Source, found: pieces.Found, folder: Path) -> Job:
    scan = shots.Scan.from_json(found["scan"])
    first = bisect_left(scan.seconds, scan.seconds[0] + (order.start or 0.0))
    if first == len(scan.seconds):
        lasts = scan.seconds[-1] - scan.seconds[0] + 1 / source.fps
        what = f"on; it lasts {lasts:g} s" if order.end is None else f"to {order.end:g} s"  # looked through up to there
        raise UserError(f"'{order.source}' has no frame from {order.start:g} s {what}")
    score = score_of(order, scan).renamed({"channel": guided_from_here, "palette": palette_from_here})
    longest = piece_frames(
        score.costliest(source.size), showing.shown_size(order.shown, source.size), source.fps, order.codec
    )
    plan = make_plan(scan.seconds, scan.cuts, first=first, split=order.split, pre_roll=order.pre_roll, longest=longest)
    weights = order.machine.weights
    if os.path.exists(weights):  # a file, and not the name of weights
        weights = os.path.abspath(weights)
    machine = order.machine.model_copy(
        update={
            "backend": chosen(order.machine.backend),
            "device": found["device"],
            "precision": found["precision"],
            "weights": weights,
        }
    )
    path = os.path.abspath(order.source) if kind_of(order.source).rooted else order.source
    sound = path if source.time_base is not None else None  # a video file; pictures and drawings have none
    return Job(
        source=path,
        sound=sound,
        machine=machine,
        score=score,
        plan=plan,
        shown=order.shown,
        size=source.size,
        fps=source.fps,
        tick=source.time_base or FINE_TIME_BASE,
        codec=order.codec.name,
        folder=folder.resolve(),
        threads=found["threads"],
    )


def score_of(order: Order, scan: shots.Scan) -> Score:
    """The order's score, of a film with these times and cuts; without one, its look. UserError where it can't be
    played."""
    if order.score is None:
        return _with_sound(order, Score(order.look), scan)
    beats: Sequence[float] = ()
    if needs_beats(order.score):
        from kaleidocam.film.beats import find_beats

        beats = find_beats(order.source)
    starts = [scan.seconds[i] for i in (0, *scan.cuts)]
    score = read_score(order.score, order.look, Moments.by_clock(scan.seconds, starts, beats), fixed=order.given)
    for channel in score.all_channels():
        check_reach(channel, order.machine)
    for palette in score.all_palettes():
        check_palette(palette)
    return _with_sound(order, score, scan)


def _with_sound(order: Order, score: Score, scan: shots.Scan) -> Score:
    """What `modulate` wants of beat and sound is taken from the film's own sound."""
    wanted = score.wanted_drivers()
    if not wanted:
        return score
    from kaleidocam.film.sound_drivers import hear

    return replace(score, drivers=hear(order.source, scan.seconds[0], wanted))


def _settings(order: Order) -> pieces.Found:
    """What two films must have in common for one to go on where the other stopped; as JSON has it."""
    machine = order.machine.model_dump(
        include={"weights", "device", "precision", "flow", "fps", "size", "codec", "crf"}
    )
    machine["backend"] = chosen(order.machine.backend)
    presets, pictures = named_in(order.score) if order.score else ({}, [])
    pictures = [*pictures_of(order.look.channel, order.look.palette), *pictures]
    settings = {
        "kaleidocam": __version__,
        "input": fingerprint(order.source),
        **order.look.model_dump(),
        **machine,
        "score": fingerprint(order.score) if order.score else None,
        "given": dict(order.given),
        "presets": presets,
        "guides": {os.path.abspath(picture): fingerprint(picture) for picture in pictures},
        "network": fingerprint(order.machine.weights),
        "from": order.start,
        "to": order.end,
        "cuts": order.cuts,
        "split": order.split,
        "pre_roll": order.pre_roll,
        "show": order.shown,
    }
    return json.loads(json.dumps(settings))


def _find_out(order: Order, source: Source) -> pieces.Found:
    """What this machine finds out once for all that will render the film: its times and cuts, and how to compute."""
    scan, notice = scan_of(order, source)
    on, threads = backend_of(order.machine), threads_here()
    on.fix_threads(threads)  # before it is asked anything: some begin with that
    return {
        "scan": scan.as_json(),
        "notice": notice,
        "threads": threads,
        "device": "gpu" if on.gpu else "cpu",
        "precision": on.precision_for(order.machine.precision),
    }


def scan_of(order: Order, source: Source) -> tuple[shots.Scan, str | None]:
    """Times and cuts of the film, or of its beginning up to where the order ends; and what was amiss with it."""
    if source.time_base is None and source.length is None:  # a drawing or a picture, endless
        until = order.end or (order.start or 0.0) + STILL_SECONDS
        return shots.Scan(tuple(i / source.fps for i in range(math.ceil(until * source.fps - 1e-6))), ()), None
    with open_small(order.source, order.machine) as small:
        doing, event = "looking for cuts" if order.cuts == "auto" else "looking", "scanning" if order.programs else None
        with nullcontext(lambda more: None) if order.called else progress.counting(doing, source.length, event) as more:
            return shots.scan(
                small, shots.parse_cuts(order.cuts), until=order.end, each=lambda seconds: more(1)
            ), small.notice
