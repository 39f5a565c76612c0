"""What `kaleidocam live` does after its arguments are read.

Invariant: whatever happens, sinks are closed, and what was recorded is kept. Only what the first picture needs is
imported before it.
"""

import os
from collections.abc import Iterable
from contextlib import ExitStack

from kaleidocam.cli.terminal import say
from kaleidocam.errors import UserError
from kaleidocam.live.assembly import make_desk, make_stage, open_played
from kaleidocam.live.surfaces import Wanted, open_surfaces
from kaleidocam.picture.assembly import check_texts
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.opening import open_all


def perform(
    text: str,
    to: list[str],
    look: Look,
    machine: Machine,
    *,
    until: float | None,
    overwrite: bool,
    hud: bool,
    preset: str,
    wait: bool,
    wanted: Wanted,
    given: Iterable[str] = (),
) -> None:
    """`kaleidocam live`: from a source to one or more sinks, until `q`, Ctrl-C or `until` seconds."""
    check_texts(look)
    _check_outs(text, [*to, *filter(None, [wanted.record])])
    with ExitStack() as stack:
        source = open_played(text, machine, patient=wait)
        stack.enter_context(source)
        desk = make_desk(look, machine, preset, given=given, size=lambda: source.size)  # refuses before a sink opens
        sinks = open_all(stack, to, source.size, source.fps, machine, overwrite=overwrite, form=source.format)
        surfaces = open_surfaces(stack, wanted, desk, source, machine, overwrite=overwrite)
        sinks += surfaces.sinks
        stage = make_stage(
            source,
            sinks,
            desk,
            machine,
            until=until,
            hud=int(hud),
            notices=surfaces.notices,
            tap=surfaces.tempo.tap,
            each=surfaces.each,
        )
        if surfaces.panel:
            surfaces.panel.report = lambda: stage.report() | {"excited": surfaces.excited()}
        say(
            f"live: {source.size[0]}x{source.size[1]} at {source.fps:g} fps to {', '.join(to)}; "
            + ("q in the window ends it" if "window" in to else "Ctrl-C ends it")
        )
        for line in filter(None, [*source.told, *surfaces.told, source.health()]):
            say(line)
        try:
            stage.run()
        except KeyboardInterrupt:
            pass  # the usual way to stop without a window
        reading = stage.reading()
        say(
            f"shown {reading.fps:.1f} fps, added latency {reading.latency_ms:.0f} ms (95 %: "
            f"{reading.latency_p95_ms:.0f}), {reading.steps:.1f} dream steps a second, {reading.dropped} dropped, "
            f"{stage.view.governor}"
        )
        if not stage.view.dreaming.made:
            say("it ended before the dream was ready")
        for notice in filter(None, [source.notice, *(sink.notice for sink in sinks), *stage.outputs.lost]):
            say(notice)


def _check_outs(text: str, outs: list[str]) -> None:
    """UserError if an output is given twice, or is the input."""
    real = [os.path.realpath(out) for out in outs]
    for out, path in zip(outs, real, strict=True):
        if real.count(path) > 1:
            raise UserError(f"output '{out}' is given twice; give each output its own name")
        if os.path.isfile(out) and os.path.isfile(text) and os.path.samefile(out, text):
            raise UserError(f"'{out}' is the input itself; give another name")
