"""What `kaleidocam live` does after its arguments are read.

Invariant: whatever happens, sinks are closed, and what was recorded is kept. Only what the first picture needs is
imported before it.
"""

import os
from collections.abc import Iterable
from contextlib import ExitStack

from kaleidocam.address import without_secrets
from kaleidocam.cli.kept import Kept
from kaleidocam.cli.terminal import draw, say
from kaleidocam.control.snapshot_file import own_snapshots
from kaleidocam.errors import UserError
from kaleidocam.live.assembly import make_desk, make_stage, open_changeable
from kaleidocam.live.attract import attract_asked
from kaleidocam.live.attract import told as attract_told
from kaleidocam.live.playing import plays_of
from kaleidocam.live.repertoire import Repertoire
from kaleidocam.live.stage import Stage
from kaleidocam.live.surfaces import Wanted, open_surfaces
from kaleidocam.picture.assembly import check_texts
from kaleidocam.pipe import STDIN
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.opening import open_all
from kaleidocam.sinks.outlet import STDOUT
from kaleidocam.sources.base import Source
from kaleidocam.sources.phone import PHONE
from kaleidocam.sources.phone_line import LINE

WINDOW = ["window"]


def perform(
    text: str,
    to: list[str] | None,
    look: Look,
    machine: Machine,
    *,
    until: float | None,
    overwrite: bool,
    hud: bool,
    preset: str,
    wait: bool,
    later: bool = False,
    cuts: str,
    attract: str | None = None,
    attract_after: float | None = None,
    wanted: Wanted,
    given: Iterable[str] = (),
    health: str | None = None,
    kiosk: bool = False,
) -> None:
    """`kaleidocam live`: from a source to one or more sinks, until `q`, Ctrl-C or `until` seconds. `to`: None: a
    window, or where there can be none, the panel alone, if that is wanted. `wait`: for the source; `later`: what of
    `to` can't be reached is tried again. `health`: the address that says how it is. `attract`: what is shown while
    nobody is there, and has not been for `attract_after` seconds; None: no more than the camera."""
    check_texts(look)
    if machine.format != "auto":
        from kaleidocam.sinks.piped import check_asked

        check_asked(machine, to or [])
    _check_outs(text, [*(to or []), *filter(None, [wanted.record])])
    if text == PHONE and not wanted.panel:
        raise UserError("--from phone is sent from the panel's page; give --panel --panel-host 0.0.0.0 too")
    loop = attract_asked(attract, attract_after, machine)
    repertoire = Repertoire(text, wanted.media, phone=wanted.panel)
    with ExitStack() as stack:
        if loop:
            stack.enter_context(loop)
        kept = Kept(stack, health, kiosk=kiosk)
        to, wanted = kept.outs(to, machine), kept.wanted(wanted, machine)
        source = stack.enter_context(open_changeable(text, machine, patient=wait))
        desk = make_desk(  # refuses before a sink opens
            look, machine, preset, given=given, size=lambda: source.size, snapshots=own_snapshots()
        )
        kept.play_on(desk)
        sinks, no_window = _open_sinks(stack, to, source, machine, overwrite=overwrite, panel=wanted.panel, wait=later)
        sinks = kept.locked(sinks)
        surfaces = open_surfaces(stack, wanted, desk, source, machine, overwrite=overwrite)
        sinks += surfaces.sinks
        stage = make_stage(
            source,
            sinks,
            desk,
            machine,
            until=kept.rest_of(until),
            hud=int(hud),
            notices=surfaces.notices,
            tempo=surfaces.tempo.commands,
            bpm=lambda: surfaces.tempo.bpm,
            each=surfaces.each,
            recording=surfaces.recording,
            attract=loop,
            cuts=cuts,
        )
        surfaces.plays |= plays_of(stage, source, repertoire, source.size)
        if surfaces.samples:
            surfaces.samples.spare = stage.spare
        if surfaces.panel:
            surfaces.panel.report = lambda: (
                stage.report()
                | {
                    "excited": surfaces.excited(),
                    "source": repertoire.name_of(source.text),
                    "found": repertoire.changes,
                    "bpm": surfaces.tempo.bpm,
                    "link": surfaces.tempo.shared and surfaces.tempo.shared.others,
                    "phone": LINE.playing,
                }
            )
        outs = (to or WINDOW) if no_window is None else []
        named = ", ".join(map(without_secrets, outs))
        say(
            f"live: {source.size[0]}x{source.size[1]} at {source.fps:g} fps to {named or 'the panel'}; "
            + kept.way_out(outs)
        )
        if no_window:
            say(f"{no_window}; the show goes on with the panel alone: {surfaces.panel.address}")
        for line in filter(
            None,
            [*source.told, *(sink.told for sink in sinks), *surfaces.told, kept.told, desk.notice(), source.health()],
        ):
            say(line)
        if attract:
            say(attract_told(attract))
        for drawing in surfaces.drawn:
            draw(drawing)
        with kept.running(stage, source, sinks):
            stage.run()
        unkept = desk.close()
        surfaces.recording.finish()
        _say_how_it_went(stage)
        lines = [source.notice, unkept, *(sink.notice for sink in sinks), *stage.outputs.lost, *surfaces.recording.told]
        for line in filter(None, lines):
            say(line)


def _open_sinks(
    stack: ExitStack,
    to: list[str] | None,
    source: Source,
    machine: Machine,
    *,
    overwrite: bool,
    panel: bool,
    wait: bool,
) -> tuple[list[Sink], str | None]:
    """The sinks, and why there is no window where there can be none and nobody asked for it: then the `panel` goes on
    alone."""
    try:
        outs = WINDOW if to is None else to
        sinks = open_all(
            stack, outs, source.size, source.fps, machine, overwrite=overwrite, form=source.format, wait=wait
        )
        return sinks, None
    except UserError as error:
        if to is not None or not panel:
            raise
        return [], str(error)


def _say_how_it_went(stage: Stage) -> None:
    reading = stage.reading()
    say(
        f"shown {reading.fps:.1f} fps, added latency {reading.latency_ms:.0f} ms (95 %: "
        f"{reading.latency_p95_ms:.0f}), {reading.steps:.1f} dream steps a second, {reading.dropped} dropped, "
        f"{stage.view.governor}"
    )
    if not stage.view.dreaming.made:
        say("it ended before the dream was ready")


def _check_outs(text: str, outs: list[str]) -> None:
    """UserError if an output is given twice, or is the input."""
    real = [os.path.realpath(STDIN if out in STDOUT else out) for out in outs]
    for out, path in zip(outs, real, strict=True):
        if real.count(path) > 1:
            raise UserError(f"output '{out}' is given twice; give each output its own name")
        if os.path.isfile(out) and os.path.isfile(text) and os.path.samefile(out, text):
            raise UserError(f"'{out}' is the input itself; give another name")
