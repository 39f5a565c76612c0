"""What the commands for single pictures do: atlas, guide, still and sweep.

Invariant: as in `commands.py`. After an interruption, what was made is kept.
"""

import sys
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from kaleidocam.atlas import assembly as atlases
from kaleidocam.atlas.book import curated
from kaleidocam.atlas.motif import ALIVE
from kaleidocam.atlas.page import write_page
from kaleidocam.cli.flags import OF_A_STILL
from kaleidocam.cli.terminal import say
from kaleidocam.dream.assembly import network_of, reachable
from kaleidocam.errors import UserError, nearest
from kaleidocam.film import progress
from kaleidocam.frame import Frame
from kaleidocam.picture.shrinking import shrunk
from kaleidocam.settings.parameters import EVERY_GROUP, Look, Machine, Still
from kaleidocam.settings.values import settle
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.picture import PictureFile
from kaleidocam.sinks.recording import film_of
from kaleidocam.sources.picture import read_picture
from kaleidocam.sources.pixel_limit import STILL_PIXELS
from kaleidocam.still import assembly as stills
from kaleidocam.still.climb import Step
from kaleidocam.still.figures import content_kept
from kaleidocam.still.sweep import Axis, Cell, sheet
from kaleidocam.still.sweep import sweep as cells_of

FILM_SIDE = 1920  # pixels: longer side of the film of an ascent
MOST_CELLS = 144  # in a sweep
HELD_SECONDS = 1.0  # how long the film shows its first and last frame


def chart(layers: list[str], folder: str, machine: Machine, *, size: int) -> None:
    """`kaleidocam atlas`: the motifs of all channels of `layers`, or of every layer that these weights have."""
    counts, reached = network_of(machine).layers, reachable(machine)
    for layer in layers:
        if layer not in counts:
            raise UserError(f"no layer '{layer}'; the layers are {', '.join(reached)}{nearest(layer, counts)}")
    layers = list(dict.fromkeys(layers)) or list(reached)
    with progress.counting("dreaming from noise", sum(counts[layer] for layer in layers)) as more:
        motifs = atlases.make_atlas(layers, Path(folder), machine, size=size, each=more)
    page = Path(folder) / "atlas.html"
    write_page(Path(folder), page, curated())
    channels = [motif for layer in layers for motif in motifs[layer].values()]
    dead = sum(not motif.alive for motif in channels)
    say(
        f"{len(channels)} channels, {dead} of them dead (a channel is dead if its motif excites it less than {ALIVE:g} "
        "times as much as noise does)"
    )
    say(f"the atlas is {page.resolve()}")


def name_channels(picture: str, layers: list[str], machine: Machine, *, count: int) -> None:
    """`kaleidocam guide`: prints the channels that a picture excites most."""
    network = network_of(machine)
    if network.atlas is None:
        raise UserError(f"what is usual for {network.name} is not known; guide works with InceptionV3's weights")
    shown = read_picture(picture, machine.max_pixels or STILL_PIXELS)
    for layer in layers:
        if layer not in (reached := reachable(machine)):
            raise UserError(
                f"no layer '{layer}' in these weights; they have {', '.join(reached)}" + nearest(layer, reached)
            )
    words = {motif["name"]: motif["word"] for motif in curated()}
    excited = atlases.most_excited(atlases.make_seeing(machine), shown)
    wanted = [channel for channel in excited if not layers or channel.name.partition(":")[0] in layers]
    for channel in wanted[:count]:
        sys.stdout.write(f"{channel.name:12s} {channel.above:5.1f}  {words.get(channel.name, '')}".rstrip() + "\n")
    say(
        "the figure: standard deviations above the channel's usual activation; to dream a channel: --channel NAME; "
        f"to dream toward the picture itself: --channel mixed4@{picture}"
    )


def still(
    picture: str, out: str, look: Look, machine: Machine, still: Still, *, film: str | None, overwrite: bool
) -> None:
    """`kaleidocam still`: dreams a picture in octaves. After an interruption, the picture so far is written."""
    shown = read_picture(picture, machine.max_pixels or STILL_PIXELS)
    look, still = stills.as_asked(look, still)
    _tell(stills.left_out(look))
    file = PictureFile(out, source=picture, overwrite=overwrite)
    with ExitStack() as stack:
        size = _within(shown.shape[1::-1], FILM_SIDE)
        sink = film and stack.enter_context(film_of(film, size, machine.fps, machine, overwrite=overwrite))
        dreaming = stills.dreaming(shown, look, machine, still)
        if dreaming.left_out:
            say(f"octaves skipped because they are too small for the network: {dreaming.left_out}")
        last: Step | None = None
        count = 0
        try:
            if sink:
                count = _hold(sink, shrunk(shown, size), count, machine.fps)
            with progress.counting("dreaming", dreaming.tiles) as more:
                for last in dreaming.steps(more):
                    if sink:
                        sink.write(Frame(dreaming.shown(last, size), count / machine.fps, count))
                        count += 1
            if sink and last is not None:
                _hold(sink, dreaming.shown(last, size), count, machine.fps)
        finally:  # also after Ctrl-C
            if last is not None:
                dreamed = dreaming.shown(last)
                file.write(dreamed)
                say(f"saved {out}")
        del last
        before, after = dreaming.value(shown), dreaming.value(dreamed)
        say(
            f"{look.channel}: {before:.3g} in the picture, {after:.3g} in its dream; "
            f"{content_kept(shown, dreamed):.2f} of the picture remains (SSIM)"
        )


def _tell(line: str | None) -> None:
    if line:
        say(line)


def _hold(sink: Sink, image: np.ndarray, count: int, fps: float) -> int:
    """Writes a picture for HELD_SECONDS, as frames from number `count` on; returns the number of the next frame."""
    for number in range(count, count + max(1, round(HELD_SECONDS * fps))):
        sink.write(Frame(image, number / fps, number))
    return number + 1


def sweep(
    picture: str,
    out: str,
    look: Look,
    machine: Machine,
    still: Still,
    *,
    across: str,
    down: str,
    width: int,
    overwrite: bool,
) -> None:
    """`kaleidocam sweep`: a grid of dreams of a picture, with each value of a parameter across and of another down."""
    shown = read_picture(picture, machine.max_pixels or STILL_PIXELS)
    if shown.shape[1] > width:
        shown = shrunk(shown, (width, max(1, round(shown.shape[0] * width / shown.shape[1]))))
    _tell(stills.left_out(look))
    file = PictureFile(out, source=picture, overwrite=overwrite)
    axes = _axis(across, "--across"), _axis(down, "--down")
    if axes[0].name == axes[1].name:
        raise UserError(f"--across and --down are both {axes[0].name}; give two different parameters")
    if len(axes[0].values) * len(axes[1].values) > MOST_CELLS:
        raise UserError(f"the grid has {len(axes[0].values)} by {len(axes[1].values)} cells; {MOST_CELLS} at most")
    base: dict[str, Any] = {}
    for group in (look, machine, still):
        base |= group.model_dump(exclude_unset=True)

    def settled(x: str, y: str) -> tuple[Look, Machine, Still]:
        look, machine, still = settle(base | {axes[0].name: x, axes[1].name: y}, "the sweep", EVERY_GROUP)
        look, still = stills.as_asked(look, still)
        return look, machine, still

    every = [settled(x, y) for y in axes[1].values for x in axes[0].values]
    tiles = sum(stills.check(shown, *each) for each in every)  # any error is raised before the first dream
    with progress.counting("dreaming", tiles) as more:
        cells = cells_of(*axes, lambda x, y: _cell(stills.dreaming(shown, *settled(x, y)), more))
    file.write(sheet(cells, *axes))
    say(f"saved {out}: strength is the growth factor of the objective, kept is how much of the picture remains (SSIM)")


def _axis(text: str, option: str) -> Axis:
    """The axis in a text such as "step_size=0.01,0.08"."""
    name, _, values = text.partition("=")
    name, every = name.strip().replace("-", "_"), tuple(v.strip() for v in values.split(",") if v.strip())
    known = [*OF_A_STILL, *Still.model_fields]
    if name not in known:
        raise UserError(
            f"{option}: a still has no parameter '{name}'{nearest(name, known)}; there are {', '.join(known)}"
        )
    if not every:
        raise UserError(f"{option} is '{text}'; write a parameter and its values as step_size=0.01,0.08")
    return Axis(name, every)


def _cell(dreaming: stills.StillDream, more: Callable[[int], None]) -> Cell:
    last = deque(dreaming.steps(more), 1).pop()
    image = dreaming.shown(last)
    before, after = dreaming.value(dreaming.picture), dreaming.value(image)
    return Cell(image, after / before if before else float("inf"), content_kept(dreaming.picture, image))


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """`size` (width, height), reduced if necessary so that no side is longer than `side`."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
