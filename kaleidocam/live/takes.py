"""How the takes of a performance are begun: what is recorded, and under which name.

Invariant: a take never writes over a file that is there, but for the one that the command line names, with -y.
"""

import logging
import os
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from kaleidocam.control.recorder import Recorder
from kaleidocam.errors import UserError
from kaleidocam.live.recording import Played, Recording, Shown, Take
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.codecs import FORMATS, codec_for
from kaleidocam.sinks.recording import film_of
from kaleidocam.sinks.rescue import bring_out, left_in, parts
from kaleidocam.sources.base import Source

log = logging.getLogger(__name__)

STEM = "kaleidocam"  # of the names of recordings, as of screenshots


def make_recording(
    source: Source, machine: Machine, *, record: str | None, folder: str | None, overwrite: bool
) -> Recording:
    """The recording of a performance of `source`, to be closed by the caller. `record`: the film of `--record`, whose
    take runs from the start: of the source as it comes, and the score; so are the takes after it. Without it, what is
    shown is recorded. `folder`: where the takes go; None: beside `record`, or into the working folder. UserError where
    that can't be."""
    if folder is not None and not os.path.isdir(folder):
        raise UserError(f"--recordings '{folder}' is no folder; make it, or give another one")
    place = Path(folder if folder is not None else Path(record or STEM).parent)
    if record is None:
        return Recording(lambda: begun_shown(next_file(place, machine), source, machine))
    stem, suffix = Path(record).stem, Path(record).suffix
    return Recording(
        lambda: begun_played(str(next_file(place, machine, stem=stem, suffix=suffix)), source, machine),
        take=begun_played(record, source, machine, overwrite=overwrite),
    )


def begun_shown(path: Path, source: Source, machine: Machine) -> Take:
    """A take of what is shown. What earlier ones have left in the folder when they broke off gets its names: no later
    take has the same name and would see to it."""
    film = film_of(str(path), source.size, source.fps, machine, overwrite=False, given=source.format)
    for other in left_in(path.parent, f"{STEM}-"):
        for line in bring_out(other):
            log.info(line)
    return Shown(Behind(film), str(path))


def begun_played(path: str, source: Source, machine: Machine, *, overwrite: bool = False) -> Take:
    """A take of the source as it comes, and the score beside it."""
    with ExitStack() as opening:
        film = opening.enter_context(
            Behind(film_of(path, source.size, source.fps, machine, overwrite=overwrite, given=source.format))
        )
        recorder = Recorder(film, path, overwrite=overwrite)
        opening.pop_all()  # the take closes them
    return Played(film, recorder, path)


def next_file(folder: Path, machine: Machine, *, stem: str = STEM, suffix: str | None = None) -> Path:
    """A new name in `folder`, by date and time. `suffix`: None: the first that can hold the machine's codec."""
    suffix = suffix or _suffix_for(machine)
    at = f"{datetime.now():%Y%m%d-%H%M%S}"
    for number in range(1, 100):
        path = folder / f"{stem}-{at}{'' if number == 1 else f'-{number}'}{suffix}"
        if not path.exists() and not path.with_suffix(".toml").exists() and not parts(path):
            return path
    raise UserError(f"there is no free name for a recording in '{folder}'")


def _suffix_for(machine: Machine) -> str:
    wanted, refused = None if machine.codec == "auto" else machine.codec, None
    for suffix in FORMATS:
        try:
            codec_for(f"recording{suffix}", wanted)
            return suffix
        except UserError as error:
            refused = refused or error
    raise refused or UserError("no film can be recorded here")
