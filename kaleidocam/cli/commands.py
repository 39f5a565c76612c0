"""What the commands do after their arguments are read.

Invariant: whatever happens, sinks are closed, and finished output is kept and named.
"""

import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from kaleidocam.cli.terminal import say
from kaleidocam.errors import UserError
from kaleidocam.film import preview as previews
from kaleidocam.film import progress
from kaleidocam.film.dry_run import dry_run
from kaleidocam.film.order import Order, check_look, scan_of, score_of
from kaleidocam.film.shots import parse_cuts
from kaleidocam.film.showing import shown
from kaleidocam.film.studio import make
from kaleidocam.film.worker import fresh_parts
from kaleidocam.frame import Frame
from kaleidocam.pipe import as_file
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.picture import PictureFile, save_picture
from kaleidocam.sources.opening import open_source

DEMO_FPS = 15.0


def explain(order: Order) -> None:
    """`kaleidocam film --dry-run`: says what the film would be made of."""
    found = dry_run(order)
    if order.programs:
        progress.line("dry-run", **asdict(found))
    else:
        sys.stdout.write(f"{found}\n")


def preview(order: Order, *, count: int) -> None:
    """`kaleidocam preview`: `count` moments of a film, dreamed, in a single picture."""
    check_look(order)
    out = PictureFile(order.out, source=order.source, overwrite=order.overwrite)
    with (
        as_file(order.source, Path(order.out).parent) as name,
        open_source(name, order.machine) as source,
    ):
        order = replace(order, source=name)
        for line in source.told:
            say(line)
        at, look_at = previews.moments(source, count, start=order.start or 0.0, end=order.end), lambda at: order.look
        cuts = previews.within(source, parse_cuts(order.cuts).given, order.end)
        if order.score:
            scan, _ = scan_of(order, source)
            look_at, cuts = score_of(order, scan).look, [scan.seconds[cut] - scan.seconds[0] for cut in scan.cuts]
        with progress.counting("dreaming", len(at)) as more:
            sheet = previews.preview(
                source,
                at,
                begin=lambda seconds: fresh_parts(order.machine, look_at(seconds), seconds, source.size),
                look_at=look_at,
                cuts=cuts,
                shown=partial(shown, order.shown),
                each=lambda seconds: more(1),
            )
    out.write(sheet)
    say(f"saved {order.out}")


def demonstrate(folder: str, look: Look, machine: Machine, *, seconds: float) -> None:
    """`kaleidocam demo`: films the drawn aisle to FOLDER/aisle.mp4; FOLDER/aisle.png shows a frame before and after."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"folder '{folder}' can't be made: {error.strerror}") from error
    out, picture = Path(folder) / "aisle.mp4", Path(folder) / "aisle.png"
    machine = machine.model_copy(update={"fps": min(machine.fps, DEMO_FPS)})
    make(Order("aisle", str(out), look, machine, end=seconds, cuts="none", overwrite=True))
    _before_and_after(machine, out, picture)
    say(f"the film is {out.resolve()}")
    say(f"before and after: {picture.resolve()}")


def _before_and_after(machine: Machine, film: Path, picture: Path) -> None:
    """Saves the film's last frame, beside the same frame of the source."""
    import numpy as np

    last: Frame | None = None
    before: Frame | None = None
    with open_source(str(film), machine) as dreamed, open_source("aisle", machine) as plain:
        while (frame := dreamed.read()) is not None:
            last, before = frame, plain.read()
    if last is not None and before is not None:
        save_picture(last.showing(np.hstack([before.image, last.image])), picture)
