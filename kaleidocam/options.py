"""The options of the commands, besides the parameters (`flags.py`).

Invariant: an option's name and what it says are written here once, for all commands that have it.
"""

from typing import Annotated

import typer

Overwrite = Annotated[bool, typer.Option("-y", help="Overwrite the output if it exists.")]
Never = Annotated[bool, typer.Option("-n", help="Never overwrite: end with an error if the output exists.")]
Duration = Annotated[
    float | None, typer.Option("-t", min=0.01, help="Stop after this many seconds.", metavar="SECONDS")
]
From = Annotated[str | None, typer.Option(
    "--from", help="A camera's number or name, a video, a picture, an address, or 'aisle'. Default: camera 0, or an "
    "idle picture until there is one.", metavar="SOURCE")]
To = Annotated[list[str] | None, typer.Option(
    "--to", metavar="SINK",
    help="'window', 'virtual' (a camera for OBS and Zoom) or a film; may be repeated. Default: window.")]
Hud = Annotated[bool, typer.Option("--hud", help="Show figures from the start (key i).")]
Wait = Annotated[bool, typer.Option(
    "--wait", help="Begin without the camera or address, and take it up when it comes.")]
PANEL = "Playing it"
WithPanel = Annotated[bool, typer.Option("--panel", help="Serve a page to play it from a browser or a phone; it also "
                                         "has the clean picture for an OBS browser source.", rich_help_panel=PANEL)]
PanelHost = Annotated[str, typer.Option(help="Who can reach the panel: 0.0.0.0 opens it to this network; its address "
                                        "holds a token.", metavar="HOST", rich_help_panel=PANEL)]
PanelPort = Annotated[int | None, typer.Option(min=0, max=65535, help="The panel's port; 0: any that is free. Default: "
                                               "8765.", metavar="PORT", rich_help_panel=PANEL)]
WithOsc = Annotated[str | None, typer.Option("--osc", help="Be played by OSC at this UDP port, such as 9000.",
                                             metavar="[HOST:]PORT", rich_help_panel=PANEL)]
WithMidi = Annotated[str | None, typer.Option("--midi", help="Be played by a MIDI device: its name, a part of it, or "
                                              "'any'.", metavar="NAME", rich_help_panel=PANEL)]
MidiLearn = Annotated[str | None, typer.Option(help="The next MIDI control that is touched plays this parameter or "
                                               "command, from now on.", metavar="PARAMETER", rich_help_panel=PANEL)]
WithSound = Annotated[str | None, typer.Option("--sound", help="Let sound move what --modulate says: a microphone's "
                                               "name, 'any', or a sound file.", metavar="NAME|FILE",
                                               rich_help_panel=PANEL)]
WithTempo = Annotated[float | None, typer.Option("--tempo", min=30, max=300, help="Beats a minute at the start; t taps "
                                                 "it, a MIDI clock sets it.", metavar="BPM", rich_help_panel=PANEL)]
Record = Annotated[str | None, typer.Option(help="Keep the untouched source as a film, and the score of what was "
                                            "played beside it, as .toml.", metavar="FILM", rich_help_panel=PANEL)]
Folder = Annotated[str, typer.Option("--to", help="Where the film and the picture go.", metavar="FOLDER")]
