"""Builds eye, dream and dreamer from a look and a machine.

Invariant: nothing here has a default of its own; what can't be built raises UserError before any work starts.
"""

import os.path
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from kaleidocam.dream.ascent import Ascent, Measure
from kaleidocam.dream.assembly import backend_of, imaging_of
from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging, to_network
from kaleidocam.dream.morph import Morph
from kaleidocam.dream.network.gradient import LEAK, Gradient
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError, nearest
from kaleidocam.frame import Frame
from kaleidocam.mask.assembly import PEOPLE, check_mask, make_mask
from kaleidocam.mask.base import Showing, Sight
from kaleidocam.mask.kinds import path_in
from kaleidocam.mask.masks import Masks
from kaleidocam.mask.subject import OFF, Shown, Subject
from kaleidocam.mask.trigger import PRESENCE
from kaleidocam.motion.flow import Tracker, still
from kaleidocam.motion.warp import resized
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.grid import of_area
from kaleidocam.picture.palette import Palette, is_picture
from kaleidocam.picture.shrinking import shrunk
from kaleidocam.settings import modulation
from kaleidocam.settings.layering import EVERYWHERE, channels_of, every_mask, masks_of, palettes_of
from kaleidocam.settings.parameters import PALETTES, SMALLEST_GRID, Look, Machine

# Most pixels at which the motion is measured: where a GPU dreams, and where the processor does. The processor always
# measures it. At full HD it would keep a GPU waiting; where it dreams too, a finer flow takes time from the dream.
COARSE_FLOW, COARSEST_FLOW = 640 * 360, 320 * 180
LOOKED_FOR = 0.1  # seconds from one time that people are looked for to the next, live; in films it is each frame
GUIDE_SIDE = 320  # pixels of a guide's longer side: as wide as a coarse grid, so its features are about as large
PALETTE_WIDTH = 64  # pixels per side of a picture that is kept only for its colors
THINNEST = 8  # longer side by shorter side of the most elongated guide that is accepted


def check_texts(look: Look) -> None:
    """UserError where one of the look's channels or palettes, its masks or its modulation is invalid. Fast: imports no
    framework."""
    for channel in channels_of(look):
        _guide_pictures(channel)
    for palette in palettes_of(look):
        check_palette(palette)
    check_subject(look)
    modulation.parse(look.modulate)


def check_subject(look: Look) -> None:
    """UserError where a look has a subject, a layer or a trigger that can't be looked for."""
    check_mask(look.mask, used=look.subject != OFF)
    if look.layer_mask != EVERYWHERE:
        check_mask(look.layer_mask, used=look.layer_mask in masks_of(look))
    if look.trigger == PRESENCE:
        check_mask(PEOPLE)


def subject_of(picture: np.ndarray, look: Look) -> Shown | None:
    """How much of a dream is shown at each place of a single picture, (H, W, 3) uint8 BGR; None: all of it."""
    shape = of_area(picture.shape[1::-1], COARSEST_FLOW)[::-1]
    sight = Sight(
        Frame(picture, 0.0, 0),
        0.0,
        still(shape),
        shrunk=lambda size: shrunk(picture, size),
        under=lambda mask: resized(mask, shape),
        small=shrunk(picture, shape[::-1]),
        fine=lambda mask: mask,
    )
    subject = Subject()
    subject.pass_time(0.0, look)
    return subject.shown(Masks(make_mask).see(subject.wanted(look), sight), look)


def check_palette(palette: str) -> None:
    """UserError where a palette is neither a known name nor the path of a picture."""
    if is_picture(palette):
        if not os.path.exists(palette):
            raise UserError(
                f"no palette '{palette}'; allowed is {', '.join(PALETTES)}, or the path of a picture"
                + nearest(palette, PALETTES)
            )
        palette_picture(palette)


@lru_cache(maxsize=8)
def palette_picture(path: str) -> np.ndarray:
    """A picture whose colors a dream takes, (H, W, 3) uint8 BGR. UserError where it can't be read."""
    from kaleidocam.sources.picture import read_picture

    return shrunk(read_picture(path), (PALETTE_WIDTH, PALETTE_WIDTH))


def make_dream(grid: tuple[int, int], dreamer: Dreamer, machine: Machine) -> Dream:
    """The `Dream` of a dreamer, at a grid (width, height). What is dreamed besides is prepared as a Morph prepares its
    channels; where `dreamer` is none, in the call that needs it."""

    def another() -> Dreamer:
        if isinstance(dreamer, Morph):
            return dreamer.beside()
        return Morph(lambda channel: make_dreamer(Look(channel=channel), machine), None, background=False)

    return Dream(grid, dreamer, imaging_of(machine), lambda: Palette(palette_picture), another)


def make_film_dreamer(machine: Machine, threads: int, channel: str) -> Morph:
    """The dreamer of films. It prepares each channel when it is first needed, and computes with `threads` threads.
    UserError where this process already computes with another number."""
    backend_of(machine).fix_threads(threads)
    return Morph(lambda name: _ascent(_gradient(name, machine, True), machine), channel, background=False)


def make_measure(channel: str, machine: Machine, *, leaky: bool = True) -> tuple[Measure, int]:
    """Measures a channel's gradient and value; and the pixels between neighboring positions of its highest layer.
    Without `leaky`, the channel's last ReLU is the network's own. UserError where the weights can't dream it."""
    gradient = _gradient(channel, machine, leaky)
    return gradient, gradient.objective.stride


@lru_cache(maxsize=8)
def _gradient(channel: str, machine: Machine, leaky: bool) -> Gradient:
    """The gradient of a channel. It takes seconds to build and has no state, so all dreams of a film share it."""
    return make_gradient(channel, machine, leak=LEAK if leaky else 0.0)


def make_gradient(channel: str, machine: Machine, **more: Any) -> Gradient:
    weights, pictures = load(machine.weights), _guide_pictures(channel)
    objective = parse(channel, weights.of)
    weights.of.require(objective.wanted, weights)  # checks that fail quickly come before the framework
    return Gradient(objective, weights, machine.precision, guides=pictures, on=backend_of(machine), **more)


def guides(channel: str) -> tuple[str, ...]:
    """The paths of the pictures that an objective is guided by."""
    return parse(channel).guides


def _guide_pictures(channel: str) -> dict[str, np.ndarray]:
    """The guides of an objective as the network takes them. UserError where one can't be read."""
    return {guide: guide_picture(guide) for guide in guides(channel)}


def guide_picture(path: str) -> np.ndarray:
    """A picture at the size at which it guides a dream: (h, w, 3) float32, RGB in [-1, 1]."""
    from kaleidocam.sources.picture import read_picture

    return at_guide_size(read_picture(path), path)


def at_guide_size(picture: np.ndarray, path: str) -> np.ndarray:
    """As `guide_picture`, from a picture in memory, (H, W, 3) uint8 BGR; `path` names it in errors."""
    width, height = picture.shape[1::-1]
    long, short = max(width, height), min(width, height)
    if long > THINNEST * short:
        raise UserError(
            f"'{path}' is {width}x{height}, too thin to guide; give one that is no more than {THINNEST} "
            "times as long as wide"
        )
    scale = max(min(1.0, GUIDE_SIDE / long), SMALLEST_GRID / short)
    size = max(SMALLEST_GRID, round(width * scale)), max(SMALLEST_GRID, round(height * scale))
    return to_network(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def make_dreamer(look: Look, machine: Machine) -> Ascent:
    """The Ascent for a look, at any grid. UserError where the weights can't dream its channel."""
    return _ascent(make_gradient(look.channel, machine), machine)


def _ascent(gradient: Gradient, machine: Machine) -> Ascent:
    on, objective = imaging_of(machine), gradient.objective
    measure = gradient if on is PROCESSOR else gradient.rising
    return Ascent(measure, objective.stride, on, exact=objective.of.exact)


def make_eye(machine: Machine, *, live: bool = False, grid: tuple[int, int] | None = None) -> Eye:
    """The eye of a film, or with `live` of a performance. `grid`: as in `Eye`."""
    return _eye(machine, grid, live, imaging_of(machine))


def make_early_eye(machine: Machine) -> Eye:
    """The eye of a performance before it is known what will dream, which may change its `coarse`; imports no
    framework."""
    return _eye(machine, None, True, PROCESSOR)


def _eye(machine: Machine, grid: tuple[int, int] | None, live: bool, on: Imaging) -> Eye:
    tracker = Tracker(("ultrafast" if live else "medium") if machine.flow == "auto" else machine.flow)
    masks = Masks(lambda name: make_mask(name, Showing(LOOKED_FOR if live else 0.0, machine.fps)))
    return Eye(grid, tracker, coarse=coarse_for(on), masks=masks)


def coarse_for(on: Imaging) -> int:
    """The most pixels at which motion is measured where `on` processes the dream's pictures."""
    return COARSEST_FLOW if on is PROCESSOR else COARSE_FLOW


def pictures_of(look: Look) -> tuple[str, ...]:
    """The paths of all files that a look names: the guides and the palettes of its dreams, and its mattes."""
    guiding = [guide for channel in channels_of(look) for guide in guides(channel)]
    mattes = filter(None, map(path_in, dict.fromkeys(every_mask(look))))
    return (*guiding, *filter(is_picture, palettes_of(look)), *mattes)
