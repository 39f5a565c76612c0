"""The commands and their arguments, each with one call; and the start and end of the program.

Invariant: whatever a user gives, the answer is a result or one line on stderr. A traceback is a bug.
Exit codes: 0 done; 2 bad input, or something is missing; 130 stopped by Ctrl-C or SIGTERM (finished work is kept); 141
the reader of a film that is written to a pipe has closed it. They say what became of the work, also where nobody can be
told; a command whose work is a text has done it when it is read.
"""

import _thread
import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from kaleidocam import __version__
from kaleidocam.address import is_address, name_of, without_secrets, without_secrets_in
from kaleidocam.cli import pictures as cli_pictures
from kaleidocam.cli.flags import elsewhere, with_parameters
from kaleidocam.cli.options import (
    AsJson,
    AttractAfter,
    DmxMap,
    DmxSheet,
    DryRun,
    Duration,
    End,
    FilmIn,
    FilmOut,
    Folder,
    From,
    Hud,
    KeepRunning,
    Kiosk,
    LinkStartStop,
    LiveCuts,
    Media,
    MidiLearn,
    Moments,
    Never,
    Overwrite,
    PanelCert,
    PanelHost,
    PanelHttps,
    PanelKey,
    PanelPort,
    PreRoll,
    PrintUnit,
    Record,
    Recordings,
    Show,
    Split,
    Start,
    To,
    Wait,
    WithAttract,
    WithCluster,
    WithCuts,
    WithDmx,
    WithHealth,
    WithLink,
    WithMidi,
    WithOsc,
    WithPanel,
    WithScore,
    WithSound,
    WithTempo,
    Workers,
)
from kaleidocam.cli.streams import Streams
from kaleidocam.cli.terminal import listen, say, wait_for
from kaleidocam.dream.compute.backends.registry import too_large
from kaleidocam.errors import ReaderGone, UserError, reason, shown
from kaleidocam.kiosk import line
from kaleidocam.settings.parameters import PRE_ROLL_SECONDS, SPLIT_SECONDS
from kaleidocam.settings.presets import preset_list

BAD_INPUT, STOPPED, READER_GONE = 2, 130, 141

streams: Streams | None = None  # None: what runs is not the program

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An electronic kaleidoscope: the camera's world, dreamed live by one channel of a neural network.",
)


@app.command()
@with_parameters
def film(
    source: FilmIn,
    out: FilmOut,
    *,
    start: Start = None,
    end: End = None,
    t: Duration = None,
    score: WithScore = None,
    cuts: WithCuts = "auto",
    show: Show = "dreamed",
    split: Split = SPLIT_SECONDS,
    pre_roll: PreRoll = PRE_ROLL_SECONDS,
    workers: Workers = None,
    cluster: WithCluster = None,
    json: AsJson = False,
    dry_run: DryRun = False,
    y: Overwrite = False,
    n: Never = False,
    look,
    machine,
    given,
) -> None:
    """Turn a clip into a dream film: exact frame times, sound and subtitles. If stopped, the same command continues."""
    if not json:
        wait_for(f"opening {source}")
    from kaleidocam.cli.commands import explain
    from kaleidocam.film.order import Order
    from kaleidocam.film.studio import make

    if streams:
        streams.spare = True
    ends = [at for at in (end, None if t is None else (start or 0) + t) if at is not None]
    (explain if dry_run else make)(
        Order(
            source,
            out,
            look,
            machine,
            given,
            score,
            start,
            min(ends, default=None),
            cuts,
            split,
            pre_roll,
            show,
            workers,
            cluster,
            dry_run or _may_overwrite(out, y, n),
            json,
        )
    )


@app.command()
@with_parameters
def preview(
    source: Annotated[str, typer.Argument(metavar="IN", help="As for the film command.")],
    out: Annotated[str | None, typer.Argument(metavar="OUT", help="The picture. Default: IN-preview.png here.")] = None,
    *,
    moments: Moments = 8,
    start: Start = None,
    end: End = None,
    score: WithScore = None,
    cuts: WithCuts = "auto",
    show: Show = "dreamed",
    y: Overwrite = False,
    look,
    machine,
    given,
) -> None:
    """See within seconds what film will make: evenly spaced moments, dreamed, in a single picture."""
    wait_for(f"opening {source}")
    from pathlib import Path

    from kaleidocam.cli.commands import Order
    from kaleidocam.cli.commands import preview as preview_of
    from kaleidocam.whole_file import name_beside

    preview_of(
        Order(
            source,
            out or name_beside("pipe" if source == "-" else Path(name_of(source)).stem, after="-preview.png"),
            look,
            machine,
            given,
            score,
            start,
            end,
            cuts,
            shown=show,
            overwrite=y,
        ),
        count=moments,
    )


@app.command()
@with_parameters
def live(
    *,
    source: From = None,
    to: To = None,
    t: Duration = None,
    y: Overwrite = False,
    hud: Hud = False,
    wait: Wait = False,
    panel: WithPanel = False,
    panel_host: PanelHost = "127.0.0.1",
    panel_port: PanelPort = None,
    panel_https: PanelHttps = None,
    panel_cert: PanelCert = None,
    panel_key: PanelKey = None,
    osc: WithOsc = None,
    midi: WithMidi = None,
    midi_learn: MidiLearn = None,
    dmx: WithDmx = None,
    dmx_map: DmxMap = None,
    dmx_sheet: DmxSheet = False,
    sound: WithSound = None,
    tempo: WithTempo = None,
    link: WithLink = False,
    link_start_stop: LinkStartStop = False,
    record: Record = None,
    recordings: Recordings = None,
    media: Media = None,
    attract: WithAttract = None,
    attract_after: AttractAfter = None,
    cuts: LiveCuts = "auto",
    kiosk: Kiosk = False,
    keep_running: KeepRunning = False,
    health: WithHealth = None,
    print_unit: PrintUnit = None,
    look,
    machine,
    preset,
    given,
) -> None:
    """Dream the camera live. Keys: q quit, space pause, b bypass, f full screen, i figures, ? all keys."""
    if dmx_sheet:
        from kaleidocam.control.dmx_sheet import sheet_of

        sys.stdout.write(sheet_of(dmx, dmx_map, look))
        return
    if print_unit is not None:
        from kaleidocam.cli.kept import check_unit
        from kaleidocam.kiosk.units import unit

        text = unit(print_unit, sys.argv[1:])
        check_unit(source, to, look, machine, health=health, attract=(attract, attract_after), kiosk=kiosk)
        sys.stdout.write(text)
        return
    if (kiosk or keep_running) and line.kept is None:
        from kaleidocam.kiosk.keeper import keep

        raise typer.Exit(keep("kaleidocam.cli.kept:run", sys.argv[1:], [source, *(to or [])], health))
    wait = wait or kiosk
    from kaleidocam.sinks.window_early import make_early

    if any(out.partition(":")[0] == "window" for out in to or ["window"]):
        make_early()  # before what follows, which takes a while to import
    from kaleidocam.cli.performance import perform
    from kaleidocam.live.surfaces import Wanted

    wanted = Wanted(
        panel=panel,
        panel_host=panel_host,
        panel_port=panel_port,
        panel_https=panel_https,
        panel_cert=panel_cert,
        panel_key=panel_key,
        osc=osc,
        midi=midi,
        midi_learn=midi_learn,
        dmx=dmx,
        dmx_map=dmx_map,
        sound=sound,
        tempo=tempo,
        link=link,
        link_start_stop=link_start_stop,
        record=record,
        recordings=recordings,
        media=tuple(media or ()),
    )
    perform(
        source or "0",
        to or None,
        look,
        machine,
        until=t,
        overwrite=y,
        hud=hud,
        preset=preset,
        wait=wait or source is None,
        later=wait,
        cuts=cuts,
        attract=attract,
        attract_after=attract_after,
        wanted=wanted,
        given=given,
        health=health,
        kiosk=kiosk,
    )


@app.command()
@with_parameters
def demo(
    *,
    folder: Folder = "kaleidocam-demo",
    t: Duration = 4.0,
    look,
    machine,
) -> None:
    """Dream the drawn aisle for a few seconds and say where the film is. Needs no camera and no window."""
    from kaleidocam.cli.commands import demonstrate

    demonstrate(folder, look, machine, seconds=4.0 if t is None else t)


@app.command()
@with_parameters
def doctor(*, look, machine) -> None:
    """Test what works on this machine: cameras, virtual camera, window, GPU, codecs; and how fast it dreams."""
    from kaleidocam.cli.doctor import examine

    for name, finding in examine(look, machine):
        sys.stdout.write(f"{name:16s} {finding}\n")
        sys.stdout.flush()
        if streams and streams.gone:
            return


cli_pictures.add_to(app)


@app.command()
def presets() -> None:
    """List the looks: your own, and those that come with kaleidocam."""
    sys.stdout.write(preset_list())


@app.callback(invoke_without_command=True)
def without_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        sys.stdout.write(f"kaleidocam {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def _may_overwrite(out: str, yes: bool, no: bool) -> bool:
    """As in ffmpeg: -y is yes, -n is no; with neither, a person at a terminal is asked."""
    if yes and no:
        raise UserError("-y and -n exclude each other; give only one of them")
    from kaleidocam.film.pieces import folder_of

    if yes or no or not os.path.isfile(out) or os.path.isdir(folder_of(out)) or not sys.stdin.isatty():
        return yes
    return typer.confirm(f"{shown(out)} exists. Overwrite?", err=True)


def main() -> None:
    """The `kaleidocam` command."""
    listen()
    for kind in ("SIGTERM", "SIGHUP"):  # they end a film as Ctrl-C does; SIGHUP: its terminal was closed
        number = getattr(signal, kind, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) == signal.SIG_DFL:  # `nohup` ignores it
            signal.signal(number, signal.default_int_handler)
    hook, sys.unraisablehook = sys.unraisablehook, _keep_interrupt
    try:
        sys.exit(app(standalone_mode=False))  # typer's own error boxes have more than one line
    except TyperException as error:
        sys.exit(_fail(error.format_message() + elsewhere(error)))
    except ReaderGone:
        sys.exit(READER_GONE)
    except UserError as error:
        sys.exit(_fail(str(error)))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(STOPPED)
    except Exception as error:
        if _interrupted(error):
            sys.exit(STOPPED)
        if (said := too_large(error)) is None:
            raise
        sys.exit(_fail(str(said)))
    finally:
        sys.unraisablehook = hook


def _keep_interrupt(ignored: Any) -> None:
    """Raises a Ctrl-C again that came while an object was being deleted, because Python ignores exceptions there."""
    if isinstance(ignored.exc_value, KeyboardInterrupt):
        threading.Timer(0.05, _thread.interrupt_main).start()  # after this hook, in which it is ignored too
    else:
        sys.__unraisablehook__(ignored)


def _interrupted(error: BaseException | None) -> bool:
    """Whether an error comes from a Ctrl-C: one in native code, or in the middle of an import, can become another."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _fail(message: str) -> int:
    for given in sys.argv[1:]:
        message = message.replace(given, without_secrets(given)) if is_address(given) else message
    message = without_secrets_in(message)
    say(message)
    return BAD_INPUT


def run() -> NoReturn:
    """The program: `main`, then an immediate exit. Everything that must be closed is closed by then. A normal exit,
    which also unloads TensorFlow, OpenCV and FFmpeg, takes 0.7 s more, and in one of about a hundred runs it hung."""
    global streams
    code: Any = 0
    streams = Streams()
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    except KeyboardInterrupt:  # a second one
        code = STOPPED
    with suppress(KeyboardInterrupt):  # what is done is done
        _leave()
    with suppress(KeyboardInterrupt):
        answered = _answered(streams)
        code = code or answered
    os._exit(code)


def _leave() -> None:
    """As Python does at a normal exit: threads of pools are told to end, all are waited for, then what asked for it is
    called."""
    for end in reversed(threading._threading_atexits):  # type: ignore[attr-defined]
        with suppress(RuntimeError):
            end()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            with suppress(RuntimeError):  # its start was interrupted
                thread.join()
    atexit._run_exitfuncs()


def _answered(streams: Streams) -> int:
    """The exit code, by whether the text that was asked for arrived. Whoever closed a pipe has read enough."""
    if not streams.unheard or streams.gone or streams.spare:
        return 0
    return _fail(f"what was asked for can't be written: {reason(streams.unheard)}")


if __name__ == "__main__":
    run()
