"""Arguments in, one call out.

Invariant: whatever a user gives, the answer is a result or one line on stderr; a traceback is a bug.
Exit codes: 0 done, 2 bad input or a part that is missing, 130 stopped by Ctrl-C or SIGTERM (what was made is kept).
"""

import signal
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from kaleidocam import __version__
from kaleidocam.errors import UserError
from kaleidocam.flags import with_parameters
from kaleidocam.options import (
    Duration, Folder, From, Hud, MidiLearn, Never, Overwrite, PanelHost, PanelPort, Record, To, Wait, WithMidi,
    WithOsc, WithPanel, WithSound, WithTempo,
)
from kaleidocam.settings import own_preset_names, preset_names

BAD_INPUT, STOPPED = 2, 130

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="An electronic kaleidoscope: the camera's world, dreamed live by one channel of a neural network.",
)


@app.command()
@with_parameters
def film(
    source: Annotated[str, typer.Argument(metavar="IN", help="A video, a picture, or 'aisle' (drawn, no file).")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The film: .mp4, .mkv, .mov or .m4v.")],
    *, t: Duration = None, y: Overwrite = False, n: Never = False, look, machine,
) -> None:
    """Turn a clip into a dream film: every frame, its exact time, its audio."""
    from kaleidocam.commands import render

    render(source, out, look, machine, until=t, overwrite=_may_overwrite(out, y, n))


@app.command()
@with_parameters
def live(
    *, source: From = None, to: To = None, t: Duration = None, y: Overwrite = False, hud: Hud = False,
    wait: Wait = False, panel: WithPanel = False, panel_host: PanelHost = "127.0.0.1", panel_port: PanelPort = None,
    osc: WithOsc = None, midi: WithMidi = None, midi_learn: MidiLearn = None, sound: WithSound = None,
    tempo: WithTempo = None, record: Record = None, look, machine, preset,
) -> None:
    """Dream the camera live. Keys: q quit, space pause, b bypass, f full screen, i figures, ? all keys."""
    from kaleidocam.commands import perform
    from kaleidocam.surfaces import Wanted

    wanted = Wanted(panel, panel_host, panel_port, osc, midi, midi_learn, sound, tempo, record)
    perform(source or "0", to or ["window"], look, machine, until=t, overwrite=y, hud=hud, preset=preset,
            wait=wait or source is None, wanted=wanted)


@app.command()
@with_parameters
def demo(
    *, folder: Folder = "kaleidocam-demo", t: Duration = 4.0, look, machine,
) -> None:
    """No camera, no window: dream the drawn aisle for a few seconds and say where the film is."""
    from kaleidocam.commands import demonstrate

    demonstrate(folder, look, machine, seconds=t)


@app.command()
@with_parameters
def doctor(*, look, machine) -> None:
    """What works on this machine: cameras, virtual camera, window, GPU, codecs, and how fast it dreams."""
    from kaleidocam.doctor import examine

    for name, finding in examine(look, machine):
        sys.stdout.write(f"{name:16s} {finding}\n")
        sys.stdout.flush()


@app.command()
def presets() -> None:
    """The looks there are: your own, and those that come with kaleidocam."""
    sys.stdout.write("\n".join([*own_preset_names(), *preset_names()]) + "\n")


@app.callback(invoke_without_command=True)
def without_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        sys.stdout.write(f"kaleidocam {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def _may_overwrite(out: str, yes: bool, no: bool) -> bool:
    """-y and -n as in ffmpeg; with neither, a person at a terminal is asked."""
    from pathlib import Path

    if yes and no:
        raise UserError("-y and -n exclude each other; give one of them")
    if yes or no or not Path(out).is_file() or not sys.stdin.isatty():
        return yes
    return typer.confirm(f"{out} exists. Overwrite?")


def main() -> None:
    """The `kaleidocam` command."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill ends a film as Ctrl-C does
    try:
        sys.exit(app(standalone_mode=False))  # its own error boxes would be more than one line
    except TyperException as error:
        sys.exit(_fail(error.format_message()))
    except UserError as error:
        sys.exit(_fail(str(error)))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(STOPPED)


def _fail(message: str) -> int:
    sys.stderr.write(f"kaleidocam: {message}\n")
    return BAD_INPUT


if __name__ == "__main__":
    main()
