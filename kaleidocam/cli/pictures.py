"""The arguments of the commands for single pictures: atlas, guide, still, sweep.

Invariant: as in `program.py`.
"""

from typing import Annotated

import typer

from kaleidocam.address import name_of
from kaleidocam.cli.flags import OF_A_STILL, OF_THE_NETWORK, with_parameters
from kaleidocam.cli.options import Across, AtlasFolder, CellWidth, Down, MotifSize, OfAscent, OfLayer, Overwrite, Top
from kaleidocam.cli.terminal import wait_for


def add_to(app: typer.Typer) -> None:
    """Adds these commands to an app."""
    for command in (atlas, guide, still, sweep):
        app.command()(command)


@with_parameters(only=OF_THE_NETWORK)
def atlas(
    layers: Annotated[list[str] | None, typer.Argument(metavar="[LAYER]...", help="Default: all of them.")] = None,
    *,
    folder: AtlasFolder = "kaleidocam-atlas",
    motif: MotifSize = 128,
    machine,
) -> None:
    """See the motif that each channel dreams from noise, on one page. If stopped, the same command continues."""
    wait_for("reading the weights")
    from kaleidocam.cli.darkroom import chart

    chart(layers or [], folder, machine, size=motif)


@with_parameters(only=(*OF_THE_NETWORK, "max_pixels"))
def guide(
    picture: Annotated[str, typer.Argument(metavar="PICTURE", help="Any picture.")],
    *,
    layers: OfLayer = None,
    top: Top = 20,
    machine,
) -> None:
    """Let a picture choose: list the channels that it excites most."""
    wait_for(f"reading {picture}")
    from kaleidocam.cli.darkroom import name_channels

    name_channels(picture, layers or [], machine, count=top)


@with_parameters(only=(*OF_A_STILL, "max_pixels", "fps", "codec", "crf"), still=True)
def still(
    picture: Annotated[str, typer.Argument(metavar="IN", help="Any picture.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The dreamed picture: .png .jpg .webp .tif .bmp")],
    *,
    film: OfAscent = None,
    y: Overwrite = False,
    look,
    machine,
    still,
) -> None:
    """Dream a single picture of any size, octave by octave."""
    wait_for(f"reading {picture}")
    from kaleidocam.cli.darkroom import still as dream_still

    dream_still(picture, out, look, machine, still, film=film, overwrite=y)


@with_parameters(only=(*OF_A_STILL, "max_pixels"), still=True)
def sweep(
    picture: Annotated[str, typer.Argument(metavar="IN", help="Any picture.")],
    out: Annotated[str | None, typer.Argument(metavar="OUT", help="The grid. Default: IN-sweep.png here.")] = None,
    *,
    across: Across = "step_size=0.01,0.02,0.04,0.08",
    down: Down = "octave_steps=5,10,20,40",
    width: CellWidth = 320,
    y: Overwrite = False,
    look,
    machine,
    still,
) -> None:
    """Compare settings: a labeled grid of a picture, dreamed with the values of two parameters."""
    wait_for(f"reading {picture}")
    from pathlib import Path

    from kaleidocam.cli.darkroom import sweep as sweep_of

    sweep_of(
        picture,
        out or f"{Path(name_of(picture)).stem}-sweep.png",
        look,
        machine,
        still,
        across=across,
        down=down,
        width=width,
        overwrite=y,
    )
