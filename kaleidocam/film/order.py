"""The order for a film, and what must be measured before it can be made.

Invariant: an error in an order is reported before anything is rendered. What is found is found once, and is then used
by every process and every later run that renders the film.
"""

import json
import logging
import math
import os
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from kaleidocam import __version__
from kaleidocam.address import without_secrets
from kaleidocam.dream.assembly import backend_of, check_reach
from kaleidocam.dream.compute.backends.registry import BACKENDS, VARIABLE, chosen, installed
from kaleidocam.dream.network.weights import is_named
from kaleidocam.errors import UserError, nearest
from kaleidocam.film import pieces, progress, shots, showing
from kaleidocam.film.job import Job, fingerprint, guided_from_here, mask_from_here, palette_from_here
from kaleidocam.film.moments import Moments
from kaleidocam.film.plan import make_plan, piece_frames
from kaleidocam.film.score import Score
from kaleidocam.film.score_file import named_in, needs_beats, read_score
from kaleidocam.film.score_parts import located
from kaleidocam.film.worker import picture_threads_here, threads_here
from kaleidocam.mask.assembly import check_mask, check_mask_shape
from kaleidocam.picture.assembly import check_palette, check_texts, pictures_of
from kaleidocam.planes import PixelFormat
from kaleidocam.settings.layering import CHANNELS, COLORS, MASKS, channels_of
from kaleidocam.settings.parameters import PRE_ROLL_SECONDS, SPLIT_SECONDS, Look, Machine
from kaleidocam.sinks import hardware
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.codecs import Codec, codec_for
from kaleidocam.sinks.numbered import check_sequence
from kaleidocam.sinks.outlet import is_outlet
from kaleidocam.sinks.piped import check_asked, piped_codec, piped_form
from kaleidocam.sinks.track import FINE_TIME_BASE
from kaleidocam.sources.base import Source
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.opening import is_live, open_small
from kaleidocam.sources.signature import content_of

log = logging.getLogger(__name__)

STILL_SECONDS = 5.0  # of film from an endless source, if the order has no end
# How parameters begin that films begun earlier don't know: they count if they were given.
YOUNGER = ("layer", "mask", "subject", "trigger", "wander")


@dataclass(frozen=True)
class Order:
    """The film to make. `given`: the parameters of the look that were given by name; a score does not change them.
    `start`, `end`: seconds from the source's first frame. `cuts`: as for shots.parse_cuts. Takes longer than `split`
    seconds are split; the dream of each part begins `pre_roll` seconds before it. `cluster`: the address of a Dask
    scheduler; or `workers`: how many processes on this machine. `programs`: report progress as JSON on stdout.
    `called`: report progress only by calling this with the number of frames done and the total."""

    source: str = field(repr=False)  # it may be an address with a password
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
        if is_outlet(self.out):
            return piped_codec(self.machine)
        return codec_for(self.out, None if self.machine.codec == "auto" else self.machine.codec)


def check(order: Order, folder: Path) -> None:
    """UserError for every error that can be found before the input is read. `folder`: where the pieces will be kept."""
    check_look(order)
    check_asked(order.machine, [order.out])
    order.codec.crf(order.machine.crf)
    order.codec.format_for(None, int(order.machine.bits))
    if order.workers and order.cluster:
        raise UserError("--workers starts processes here, --cluster uses other machines; give only one of them")
    overwrite = order.overwrite or pieces.is_begun(folder)
    if order.codec.name == "png":
        check_sequence(Path(order.out), overwrite=overwrite)
    else:
        Aside(order.out, source=order.source, overwrite=overwrite)


def check_look(order: Order) -> None:
    """UserError for every error in source and look that can be found before a picture is read."""
    start = order.start or 0.0
    if order.end is not None and order.end <= start:
        raise UserError(f"there is no film from {start:g} s to {order.end:g} s; --to must be later than --from")
    check_texts(order.look)
    for channel in channels_of(order.look):
        check_reach(channel, order.machine)
    shots.parse_cuts(order.cuts)
    if order.shown not in showing.SHOWN:
        raise UserError(
            f"--show is '{order.shown}'; allowed is {', '.join(showing.SHOWN)}{nearest(order.shown, showing.SHOWN)}"
        )
    if is_live(order.source):
        raise UserError(
            f"'{(name := without_secrets(order.source))}' never ends, so no film can be made of it; record it with: "
            f"kaleidocam live --from {name} --to {order.out}"
        )


def begin(order: Order, source: Source, folder: Path) -> tuple[Job, pieces.Found]:
    """The job for an order, and what was found about the film: by reading it now, or by an earlier run of the same
    order. `source`: the order's, open; `folder`: where the pieces are kept."""
    order = _pinned(order, folder)
    settings = _settings(order)
    earlier = pieces.begin(folder, settings, anew=order.overwrite)
    found = _find_out(order, source) if earlier is None else earlier
    job = _job(order, source, found, folder)
    if earlier is None:
        pieces.note(folder, settings, found)
    return job, found


def begin_unkept(order: Order, source: Source) -> tuple[Job, pieces.Found]:
    """As `begin`, for a film of which nothing is kept."""
    found = _find_out(order, source)
    return _job(order, source, found, Path()), found


def _pinned(order: Order, folder: Path) -> Order:
    """The order with the backend that the film in `folder` was begun with, where it asks for no other: which one
    "auto" takes changes with what is installed. UserError if that backend is no longer installed."""
    began = None if order.overwrite else pieces.setting(folder, "backend")
    if order.machine.backend != "auto" or os.environ.get(VARIABLE) or began not in BACKENDS:
        return order
    if not installed(began):
        raise UserError(
            f"'{folder}' holds an unfinished film that was begun with {BACKENDS[began]}, which is no longer installed: "
            f"pip install 'kaleidocam[{began}]' to continue it, or give -y to delete it, or another name"
        )
    if began != chosen("auto", order.machine.device):
        log.info(f"the film was begun with {BACKENDS[began]}, and goes on with it")
    return replace(order, machine=order.machine.model_copy(update={"backend": began}))


def _job(order: Order, source: Source, found: pieces.Found, folder: Path) -> Job:
    scan = shots.Scan.from_json(found["scan"])
    first = _first_frame(order, source, scan)
    score = score_of(order, scan)
    for mask in score.all_masks():
        check_mask_shape(mask, source.size)
    score = score.renamed(
        dict.fromkeys(CHANNELS, guided_from_here)
        | dict.fromkeys(COLORS, palette_from_here)
        | dict.fromkeys(MASKS, mask_from_here)
    )
    size = showing.shown_size(order.shown, source.size)
    if order.codec.hardware:
        hardware.check(order.codec.name, size)
    longest = piece_frames(score.costliest(source.size), size, source.fps, order.codec)
    plan = make_plan(scan.seconds, scan.cuts, first=first, split=order.split, pre_roll=order.pre_roll, longest=longest)
    weights = order.machine.weights
    if not is_named(weights):
        weights = os.path.abspath(weights)
    machine = order.machine.model_copy(
        update={
            "backend": chosen(order.machine.backend, order.machine.device),
            "device": found["device"],
            "precision": found["precision"],
            "weights": weights,
        }
    )
    path = os.path.abspath(order.source) if kind_of(order.source).rooted else order.source
    return Job(
        source=path,
        sound=path if may_have_sound(path, source) else None,
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
        picture_threads=found.get("picture threads") or found["threads"],  # an earlier version had one number for both
        end=scan.end,
        form=PixelFormat(**found["form"]) if found.get("form") else None,
    )


def _first_frame(order: Order, source: Source, scan: shots.Scan) -> int:
    """The number of the first frame to dream. UserError if the film ends before it."""
    first = bisect_left(scan.seconds, scan.seconds[0] + (order.start or 0.0))
    if first == len(scan.seconds):
        lasts = scan.seconds[-1] - scan.seconds[0] + 1 / source.fps
        what = f"on; it lasts {lasts:g} s" if order.end is None else f"to {order.end:g} s"  # the scan stopped there
        raise UserError(f"'{without_secrets(order.source)}' has no frame from {order.start:g} s {what}")
    return first


def may_have_sound(path: str, source: Source) -> bool:
    """Whether what the open `source` reads at `path` is a video file: only that has anything besides its pictures."""
    return source.time_base is not None and content_of(path) != "animation"


def score_of(order: Order, scan: shots.Scan) -> Score:
    """The order's score, for a film with these times and cuts; if it names none, a score of its look alone. UserError
    if the score can't be played."""
    if order.score is None:
        return _with_sound(order, Score(order.look), scan)
    beats: Sequence[float] = ()
    if needs_beats(order.score):
        from kaleidocam.film.beats import find_beats

        beats = find_beats(order.source)
    starts = [scan.seconds[i] for i in (0, *scan.cuts)]
    score = read_score(order.score, order.look, Moments.by_clock(scan.seconds, starts, beats), fixed=order.given)
    with located(f"score '{order.score}'"):  # the order's own look has been checked before
        for channel in score.all_channels():
            check_reach(channel, order.machine)
        for palette in score.all_palettes():
            check_palette(palette)
        for mask in score.all_masks():
            check_mask(mask)
    return _with_sound(order, score, scan)


def _with_sound(order: Order, score: Score, scan: shots.Scan) -> Score:
    """`score` with the drivers that `modulate` needs, from the film's own sound."""
    wanted = score.wanted_drivers()
    if not wanted:
        return score
    from kaleidocam.film.sound_drivers import hear

    return replace(score, drivers=hear(order.source, scan.seconds[0], wanted))


def _settings(order: Order) -> pieces.Found:
    """Everything that must be the same for a later run to continue an earlier one, in the types of JSON."""
    machine = order.machine.model_dump(
        include={"weights", "device", "precision", "flow", "fps", "size", "codec", "crf"}
    )
    machine["backend"] = chosen(order.machine.backend, order.machine.device)
    machine |= {  # those that are younger than films begun earlier count only if they were given
        name: value
        for name in ("stream", "deinterlace", "bits")
        if (value := getattr(order.machine, name)) != Machine.model_fields[name].default
    }
    look = {
        name: value
        for name, value in order.look.model_dump().items()
        if not name.startswith(YOUNGER) or value != Look.model_fields[name].default
    }
    presets, pictures = named_in(order.score) if order.score else ({}, [])
    pictures = [*pictures_of(order.look), *pictures]
    settings = {
        "kaleidocam": __version__,
        "input": fingerprint(order.source),
        **look,
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
    """What is found once, for every process that will render the film: its times and cuts, and how to compute."""
    scan, notice = scan_of(order, source)
    _first_frame(order, source, scan)  # before the framework is loaded, which takes seconds
    bits = int(order.machine.bits)
    form = (piped_form if is_outlet(order.out) else Codec.format_for)(order.codec, source.format, bits)
    if order.programs:
        progress.line("loading", backend=chosen(order.machine.backend))
    on, threads = backend_of(order.machine), threads_here()
    on.fix_threads(threads)  # first, because some backends start when they are asked anything
    return {
        "scan": scan.as_json(),
        "notice": notice,
        "threads": threads,
        "picture threads": picture_threads_here(),
        "device": "gpu" if on.gpu else "cpu",
        "precision": on.precision_for(order.machine.precision),
        "form": form and asdict(form),
    }


def scan_of(order: Order, source: Source) -> tuple[shots.Scan, str | None]:
    """Times and cuts of the film, up to the end of the order; and a notice if parts of the file could not be read."""
    if source.time_base is None and source.length is None:  # a drawing or a picture, endless
        until = order.end or (order.start or 0.0) + STILL_SECONDS
        return shots.Scan(tuple(i / source.fps for i in range(math.ceil(until * source.fps - 1e-6))), ()), None
    with open_small(order.source, order.machine) as small:
        doing, event = "looking for cuts" if order.cuts == "auto" else "looking", "scanning" if order.programs else None
        with nullcontext(lambda more: None) if order.called else progress.counting(doing, source.length, event) as more:
            return shots.scan(
                small, shots.parse_cuts(order.cuts), until=order.end, each=lambda seconds: more(1)
            ), small.notice
