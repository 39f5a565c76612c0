"""The options of the commands, besides the parameters (`flags.py`).

Invariant: an option's name and help text are written once, here, for all commands that have it.
"""

from typing import Annotated

import typer

from kaleidocam.errors import UserError
from kaleidocam.settings.clock import seconds_of
from kaleidocam.settings.parameters import CUTS
from kaleidocam.sinks import kinds as sinks
from kaleidocam.sources import kinds as sources


def sentence(words: str) -> str:
    """`words` with a capital first letter."""
    return words[0].upper() + words[1:]


Overwrite = Annotated[bool, typer.Option("-y", help="Overwrite the output if it exists.")]
Never = Annotated[bool, typer.Option("-n", help="Never overwrite: stop with an error if the output exists.")]
Duration = Annotated[
    float | None, typer.Option("-t", min=0.01, help="Stop after this many seconds.", metavar="SECONDS")
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help=f"{sentence(sources.GIVEN)}. Default: camera 0; an idle picture is shown until it is there.",
        metavar="SOURCE",
    ),
]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="SINK",
        help=f"{sentence(sinks.GIVEN)}; may be repeated. Default: window.",
    ),
]
Hud = Annotated[bool, typer.Option("--hud", help="Show the figures from the start (key i).")]
Wait = Annotated[
    bool,
    typer.Option(
        "--wait",
        help="Start even if the camera, the address or a stream's server is not there yet, and use it when it comes.",
    ),
]
STANDS = "An installation"
Kiosk = Annotated[
    bool,
    typer.Option(
        "--kiosk",
        help="For a show with nobody at the keyboard: full screen on its display (--to window:NAME says which), no "
        "cursor, no keys but Ctrl+Shift+Q held for two seconds, no sleep; with --wait and --keep-running.",
        rich_help_panel=STANDS,
    ),
]
KeepRunning = Annotated[
    bool,
    typer.Option(
        "--keep-running",
        help="Start it again whenever it fails, is killed, or hangs, with the look that was last played.",
        rich_help_panel=STANDS,
    ),
]
WithHealth = Annotated[
    str | None,
    typer.Option(
        "--health",
        help="Say how it is at this web address, such as 8766, for programs that watch it: 200 while all is well, "
        "else 503.",
        metavar="[HOST:]PORT",
        rich_help_panel=STANDS,
    ),
]
PrintUnit = Annotated[
    str | None,
    typer.Option(
        "--print-unit",
        help="Print what starts this command with the machine, and end: systemd (a user unit), launchd (a plist, for "
        "macOS) or windows (a task).",
        metavar="SYSTEM",
        rich_help_panel=STANDS,
    ),
]
PANEL = "Playing it"
WithPanel = Annotated[
    bool,
    typer.Option(
        "--panel",
        help="Serve a page with all controls, for a browser or a phone; "
        "also the clean picture, for an OBS browser source.",
        rich_help_panel=PANEL,
    ),
]
PanelHost = Annotated[
    str,
    typer.Option(
        help="Who can reach the panel; 0.0.0.0: everyone on this network who knows its address, with its token.",
        metavar="HOST",
        rich_help_panel=PANEL,
    ),
]
PanelPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="The panel's port; 0: any free port. Default: 8765.",
        metavar="PORT",
        rich_help_panel=PANEL,
    ),
]
PanelHttps = Annotated[
    bool | None,
    typer.Option(
        "--panel-https/--no-panel-https",
        help="Serve the panel by https, which browsers want before they give their camera. Default: where a phone is "
        "the camera and the panel is open to others. A certificate is made, and kept.",
        rich_help_panel=PANEL,
    ),
]
PanelCert = Annotated[
    str | None,
    typer.Option(help="Your own certificate for that (PEM).", metavar="FILE", rich_help_panel=PANEL),
]
PanelKey = Annotated[
    str | None,
    typer.Option(
        help="Its private key (PEM, without a passphrase); left out where the certificate's file holds it too.",
        metavar="FILE",
        rich_help_panel=PANEL,
    ),
]
WithOsc = Annotated[
    str | None,
    typer.Option(
        "--osc", help="Receive OSC at this UDP port, such as 9000.", metavar="[HOST:]PORT", rich_help_panel=PANEL
    ),
]
WithMidi = Annotated[
    str | None,
    typer.Option(
        "--midi",
        help="Receive MIDI from a device: its name, a part of the name, or 'any'.",
        metavar="NAME",
        rich_help_panel=PANEL,
    ),
]
MidiLearn = Annotated[
    str | None,
    typer.Option(
        help="Assign the next MIDI control that is touched to this parameter or command, for good.",
        metavar="PARAMETER",
        rich_help_panel=PANEL,
    ),
]
WithDmx = Annotated[
    str | None,
    typer.Option(
        "--dmx",
        help="Be a fixture of a lighting desk: artnet or sacn, with its universe and the first channel, such as "
        "artnet:0/1, sacn:1/17.",
        metavar="PROTOCOL[:UNIVERSE][/CHANNEL][@HOST]",
        rich_help_panel=PANEL,
    ),
]
DmxMap = Annotated[
    str | None,
    typer.Option(
        help="Which channel plays what: a file; or a preset, for a channel for each parameter that it names. Default: "
        "your dmx.toml, or the usual fixture.",
        metavar="TOML|PRESET",
        rich_help_panel=PANEL,
    ),
]
DmxSheet = Annotated[
    bool,
    typer.Option("--dmx-sheet", help="Print the fixture's channels, for the desk, and end.", rich_help_panel=PANEL),
]
WithSound = Annotated[
    str | None,
    typer.Option(
        "--sound",
        help="The sound for --modulate: the name of a microphone, 'any', or a sound file.",
        metavar="NAME|FILE",
        rich_help_panel=PANEL,
    ),
]
WithTempo = Annotated[
    float | None,
    typer.Option(
        "--tempo",
        min=30,
        max=300,
        help="Beats per minute at the start; key t taps the tempo, a MIDI clock sets it.",
        metavar="BPM",
        rich_help_panel=PANEL,
    ),
]
WithLink = Annotated[
    bool,
    typer.Option(
        "--link",
        help="Share tempo, beat and bar with others on this network by Ableton Link; no MIDI clock is followed then.",
        rich_help_panel=PANEL,
    ),
]
LinkStartStop = Annotated[
    bool,
    typer.Option(
        "--link-start-stop",
        help="With --link: the beat stops and begins with the others' start and stop.",
        rich_help_panel=PANEL,
    ),
]
Record = Annotated[
    str | None,
    typer.Option(
        help="Record the unchanged source as a film, and beside it what was played, as a score (.toml).",
        metavar="FILM",
        rich_help_panel=PANEL,
    ),
]
Recordings = Annotated[
    str | None,
    typer.Option(
        help="Where recordings go that are begun in the show (key r). Default: beside the film of --record, or here.",
        metavar="FOLDER",
        rich_help_panel=PANEL,
    ),
]
WithAttract = Annotated[
    str | None,
    typer.Option(
        "--attract",
        help="What is shown while nobody is there: memory, the last minutes again (kept in memory alone); a folder of "
        "films and pictures, or one of them. The camera is back within a second when somebody comes.",
        metavar="memory|FOLDER|FILE",
        rich_help_panel=STANDS,
    ),
]
AttractAfter = Annotated[
    float | None,
    typer.Option(
        "--attract-after",
        min=1,
        max=86400,
        help="How long nobody must be there, nor anything move. Default: 20.",
        metavar="SECONDS",
        rich_help_panel=STANDS,
    ),
]
Media = Annotated[
    list[str] | None,
    typer.Option(
        help="A folder whose clips and pictures can be played from the page and by OSC too, besides the folder of the "
        "file of --from; may be repeated.",
        metavar="FOLDER",
        rich_help_panel=PANEL,
    ),
]


def live_cuts(text: str) -> str:
    """One of the ways to treat cuts in a performance. typer.BadParameter for others; typer adds the option."""
    if text not in CUTS:
        raise typer.BadParameter(f"'{text}' is none of {', '.join(CUTS)}")
    return text


LiveCuts = Annotated[
    str,
    typer.Option(
        "--cuts",
        parser=live_cuts,
        help="Where the dream begins anew: auto, at cuts that are seen, and at another source; a clip that loops keeps "
        "its dream over its seam; loops, there too; none, nowhere.",
        metavar="auto|loops|none",
    ),
]
Folder = Annotated[str, typer.Option("--to", help="Where the film and the picture go.", metavar="FOLDER")]

STUDIO = "The film studio"


def seconds(text: str) -> float:
    """The seconds in a text, as `clock.seconds_of` reads it. typer.BadParameter for others; typer adds the option."""
    try:
        return seconds_of(text)
    except UserError as error:
        raise typer.BadParameter(str(error)) from error


FilmIn = Annotated[str, typer.Argument(metavar="IN", help=f"{sentence(sources.FILMS)}.")]
FilmOut = Annotated[
    str,
    typer.Argument(metavar="OUT", help="The film: .mp4 .mkv .mov .webm .gif .webp name-%05d.png, or - (a pipe)."),
]
Start = Annotated[
    float | None,
    typer.Option(
        "--from",
        "-ss",
        parser=seconds,
        help="Begin here: seconds or m:ss.",
        metavar="TIME",
        rich_help_panel=STUDIO,
    ),
]
End = Annotated[
    float | None,
    typer.Option(
        "--to",
        "-to",
        parser=seconds,
        help="End here: seconds or m:ss of the source.",
        metavar="TIME",
        rich_help_panel=STUDIO,
    ),
]
WithScore = Annotated[
    str | None,
    typer.Option(
        "--score",
        help="A timeline of the look, or the log of a recorded performance.",
        metavar="TOML",
        rich_help_panel=STUDIO,
    ),
]
WithCuts = Annotated[
    str,
    typer.Option(
        "--cuts",
        help="Where shots begin, each with a fresh dream: auto (PySceneDetect finds them), none, or times.",
        metavar="auto|none|TIMES",
        rich_help_panel=STUDIO,
    ),
]
Show = Annotated[
    str,
    typer.Option(
        "--show",
        help="What the film shows: dreamed; or before and after: side-by-side, split, above.",
        metavar="HOW",
        rich_help_panel=STUDIO,
    ),
]
Moments = Annotated[int, typer.Option("--moments", min=1, max=60, help="How many moments.", metavar="N")]
Split = Annotated[
    float,
    typer.Option(
        "--split",
        min=0,
        help="Split takes longer than this, so that several processes can share them; 0: never.",
        metavar="SECONDS",
        rich_help_panel=STUDIO,
    ),
]
PreRoll = Annotated[
    float,
    typer.Option(
        "--pre-roll",
        min=0,
        metavar="SECONDS",
        rich_help_panel=STUDIO,
        help="How long the parts of a split take overlap while one dream fades into the next.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=64,
        help="Render with this many processes on this machine.",
        metavar="N",
        rich_help_panel=STUDIO,
    ),
]
WithCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Render on a Dask cluster; all its machines must share the film's folder.",
        metavar="ADDRESS",
        rich_help_panel=STUDIO,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help="Report progress as lines of JSON on stdout, for other programs.", rich_help_panel=STUDIO
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Make nothing: say what would be read, changed, kept and left out, and end.",
        rich_help_panel=STUDIO,
    ),
]
AtlasFolder = Annotated[str, typer.Option("--to", help="Where the sheets and the page go.", metavar="FOLDER")]
MotifSize = Annotated[int, typer.Option("--motif", min=96, max=512, help="Size of a motif.", metavar="PIXELS")]
OfLayer = Annotated[
    list[str] | None, typer.Option("--layer", help="Only channels of this layer; may be repeated.", metavar="LAYER")
]
Top = Annotated[int, typer.Option("--top", min=1, max=3136, help="How many channels.", metavar="N")]
OfAscent = Annotated[
    str | None, typer.Option("--film", help="Also save the ascent, step by step, as this film.", metavar="FILM")
]
Across = Annotated[
    str, typer.Option("--across", help="A parameter and its values, from left to right.", metavar="NAME=VALUES")
]
Down = Annotated[
    str, typer.Option("--down", help="Another parameter and its values, from top to bottom.", metavar="NAME=VALUES")
]
CellWidth = Annotated[
    int, typer.Option("--cell", min=96, max=1024, help="Width of the picture in each cell.", metavar="PIXELS")
]
