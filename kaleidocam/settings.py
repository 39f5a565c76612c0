"""THE list of parameters: name, range, unit, default and meaning of each, once.

Invariant: everything that sets a parameter (flags, presets, the panel, keys, OSC, MIDI) reads this list and goes
through its validation; nothing else knows a default. Times are in seconds, so a look is the same at any frame rate.
"""

import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kaleidocam.errors import UserError, nearest, one_line

DEFAULT_PRESET = "eyes"
# Of x264 and x265, which ffmpeg's -preset chooses.
ENCODER_SPEEDS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
                  "placebo")
ABOUT = "about"  # table of a preset that says what it is: its group, and a text for people
PRESET_GROUPS = ("creatures", "ornament", "nature", "architecture", "light", "mirrors")
PALETTES = ("natural", "scene", "prism")
QUALITIES = ("best", "high", "medium", "low", "least")
SMALLEST_GRID = 96  # pixels a side: below it the upper layers have no position left
LARGEST_SIDE = 7680  # pixels, of a picture and of a grid: 8K
AUTO = "auto"  # what stands in a text for a value that is None: it is found out
PRESET_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of a preset that a user saves
HERE = Path(__file__).parent
PRESETS = HERE / "configs" if (HERE / "configs").is_dir() else HERE.parent / "configs"  # installed, or a checkout


def parse_size(value: object) -> object:
    """`"320x180"` -> (320, 180); anything else goes on to the validation as it is."""
    if isinstance(value, str):
        width, x, height = value.lower().replace("×", "x").partition("x")
        if not (x and width.strip().isdigit() and height.strip().isdigit()):
            raise ValueError("write a size as WIDTHxHEIGHT, such as 320x180")
        return int(width), int(height)
    return value


def parse_auto(value: object) -> object:
    """`"auto"` -> None; anything else goes on to the validation as it is."""
    return None if isinstance(value, str) and value.strip().lower() == AUTO else value


Side = Annotated[int, Field(ge=SMALLEST_GRID, le=LARGEST_SIDE)]
Size = Annotated[tuple[Side, Side], BeforeValidator(parse_size)]
OwnSize = Annotated[Size | None, BeforeValidator(parse_auto)]


def _parameter(
    default: Any, meaning: str, unit: str = "", *, curve: float = 1, also: tuple[str, ...] = (),
    unset: str | None = None, known: tuple[str, ...] = (), **limits: Any
) -> Any:
    """`curve`: how a knob's travel spreads over the range (see `Span`); `also`: other names of its flag; `unset`: how
    None is written, where it can be; `known`: texts that it may be, among others."""
    extra = {"unit": unit, "curve": curve, "also": list(also), "unset": unset, "known": list(known)}
    return Field(default, description=meaning, json_schema_extra=extra, **limits)


class Look(BaseModel):
    """What makes a look itself: the parameters that a preset may hold and a performer may play."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str = _parameter(
        "mixed5:74", "what the dream maximises: a channel, a layer, either amplified ('mixed3^2': each place becomes "
        "what it almost is), or a weighted sum ('0.7*mixed3:10 + 0.3*mixed5:74')"
    )
    grid: OwnSize = _parameter(
        None, "pins the size and shape of the grid, at which the dream is made; auto: the picture's own shape, as fine "
        "as detail says", "pixels", unset=AUTO)
    detail: float = _parameter(1.0, "how fine the dream is made, relative to what the output's size asks for; more is "
                               "slower, with smaller motifs. A pinned grid is as it is", "times", curve=2, ge=0.25,
                               le=4)
    morph: float = _parameter(2.0, "live: time over which a change of channel fades from one to the other", "s",
                              curve=2, ge=0, le=60)
    rate: float = _parameter(1.2, "how fast the dream grows", "per second", curve=2, ge=0, le=10)
    steps: int = _parameter(1, "ascent steps a frame (live: a turn of the dream)", "steps", ge=1, le=16)
    cadence: float = _parameter(15.0, "film: how often at most the network is asked; between, the dream goes on as it "
                                "went", "times a second", ge=1, le=240)
    half_life: float = _parameter(2.0, "time in which a dream left alone fades to half", "s", curve=4,
                                  ge=0.02, le=60)
    inertia: float = _parameter(0.3, "time over which the dream's course is averaged: more is steadier, less livelier",
                                "s", curve=2, ge=0, le=2)
    limit: float = _parameter(1.6, "bound on the dream; 1 is half the way from black to white", ge=0.05, le=2)
    strength: float = _parameter(1.0, "how much of the dream is laid over the picture", ge=0, le=2)
    color: float = _parameter(1.0, "saturation of the dream: 0 light and dark only, 1 as dreamed", ge=0, le=2)
    sharpness: float = _parameter(0.5, "how much the dream's finest detail is brought out at full size", ge=0, le=2)
    luma: float = _parameter(0.0, "1: the dream is made of light and dark only and takes the picture's colours; 0: it "
                             "finds its own", ge=0, le=1)
    wet: float = _parameter(1.0, "how much of all this is seen: 1 the dream and its mirrors, 0 the clean picture",
                            ge=0, le=1)
    palette: str = _parameter(
        "natural", "colours that the dream grows in: natural, as in photos; scene, those of the picture; prism, a "
        "rainbow; or the path of a picture, whose they are", known=PALETTES)
    palette_amount: float = _parameter(0.9, "how far the dream keeps to its palette; 0 is prism", ge=0, le=1)
    scales: int = _parameter(3, "sizes at which the network sees the picture, turn by turn, so that things of every "
                             "size dream; fewer where the grid is small", "octaves", ge=1, le=6)
    spacing: float = _parameter(1.4, "from one of the scales to the next", "times", ge=1.1, le=2)
    onset: float = _parameter(1.5, "how much faster dreams what has just come into view", "times", ge=0, le=10)
    outline: float = _parameter(0.5, "how closely the dream keeps to the outlines of things: 1 within them, 0 across "
                                "them, as a veil", ge=0, le=1)
    bands: int = _parameter(4, "Laplacian bands that get an equal share of the ascent", "bands", ge=1, le=6)
    tilt: float = _parameter(-0.45, "which bands are favoured: 1 fine, -1 coarse", ge=-1, le=1)
    evenness: float = _parameter(0.8, "1: dark and smooth places dream as bright ones do; 0: as the network likes",
                                 ge=0, le=1)
    jitter: float = _parameter(0.4, "random shift of each step, which hides the network's own grid", "layer strides",
                               ge=0, le=2)
    burst: int = _parameter(6, "extra steps at the start and after a cut, so that the dream is back at once", "steps",
                            ge=0, le=32)
    drift_zoom: float = _parameter(0.0, "the dream flows outward, a tunnel; below 0 inward", "doublings per second",
                                   curve=2, ge=-2, le=2)
    drift_turn: float = _parameter(0.0, "the dream turns", "turns per second", curve=2, ge=-1, le=1)
    drift_x: float = _parameter(0.0, "the dream moves to the right", "widths per second", curve=2, ge=-1, le=1)
    drift_y: float = _parameter(0.0, "the dream moves down", "heights per second", curve=2, ge=-1, le=1)
    mirrors: int = _parameter(0, "segments of the kaleidoscope; 0 is no mirrors", "segments", ge=0, le=24)
    geometry: Literal["kaleidoscope", "left", "right", "top", "bottom", "quad", "square", "hexagon"] = _parameter(
        "kaleidoscope", "how the mirrors stand: round a centre (--mirrors of them); one mirror, named by the half that "
        "is kept; two (quad); or tiles")
    fold: Literal["after", "before", "inside"] = _parameter(
        "after", "where the mirrors stand: after the dream; before it; or inside it, which grows it symmetric and, "
        "with one mirror or two, dreams only the part that is kept")
    angle: float = _parameter(0.0, "which part of the picture the mirrors multiply", "degrees", ge=-360, le=360)
    spin: float = _parameter(0.0, "how fast the picture turns under the mirrors", "turns per second", curve=3,
                             ge=-4, le=4)
    center_x: float = _parameter(0.5, "where the mirrors meet, from the left", "of the width", ge=0, le=1)
    center_y: float = _parameter(0.5, "where the mirrors meet, from the top", "of the height", ge=0, le=1)
    zoom: float = _parameter(1.0, "how large the mirrors show the picture", "times", curve=2, ge=0.25, le=4)
    tile: float = _parameter(0.5, "size of a square or hexagonal tile", "of the height", ge=0.1, le=1)
    modulate: str = _parameter(
        "", "what beat and sound move, by a share of its range: 'strength + 0.3*beat, rate + 0.5*bass'; there are "
        "beat, level, bass, mid and treble")


class Machine(BaseModel):
    """How it runs here: parameters that belong to a machine or a file, not to a look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: str = _parameter("bundled", "the network's weights: bundled (to mixed5), imagenet (download), or a file")
    backend: Literal["auto", "tensorflow", "torch", "jax"] = _parameter(
        "auto", "what computes the network: TensorFlow, PyTorch or JAX; auto is the one that KERAS_BACKEND names, else "
        "tensorflow. 'kaleidocam doctor' says which is the fastest here")
    device: Literal["auto", "cpu", "gpu"] = _parameter("auto", "where it is computed; auto is a GPU where there is one")
    precision: Literal["auto", "float32", "bfloat16"] = _parameter("auto", "number format of the network")
    flow: Literal["auto", "ultrafast", "fast", "medium"] = _parameter(
        "auto", "preset of the DIS optical flow; auto is medium for films, ultrafast live")
    size: Size | None = _parameter(
        None, "size asked of a camera (1280x720) and of the drawn aisle (640x360); a video, picture or sequence, else "
        "as it is, is cropped to its shape and scaled to it before anything else", "pixels", also=("-s",))
    fps: float = _parameter(30.0, "pace asked of a camera, and of pictures and the drawn aisle; a video has its own",
                            "frames per second", also=("-r", "-framerate"), ge=1, le=240)
    quality: Literal["auto", "best", "high", "medium", "low", "least"] = _parameter(
        "auto", "live: how fine the dream's grid is; auto holds the video's pace and the dream's")
    flashes: Literal["limit", "allow"] = _parameter(
        "limit", "live: whether flashing above three times a second, which can harm, is damped")
    codec: str = _parameter("auto", "how a film is stored: h264, h265, av1, vp9, prores, ffv1, gif, webp, png, or "
                            "ffmpeg's name of an encoder; auto goes by the film's name", also=("-c:v", "-vcodec"))
    crf: int | None = _parameter(None, "quality of a film, on its codec's own scale; lower is better and larger. By "
                                 "default 18 for h264, and as good for the others", also=("-crf",), ge=0, le=100)


class Still(BaseModel):
    """How a single picture is dreamed, besides its look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    octaves: str = _parameter("-3..0", "sizes at which the picture is dreamed one after another, as powers of "
                              "--octave-scale: 0 is its own size")
    octave_scale: float = _parameter(1.4, "from one octave to the next", "times", ge=1.05, le=2)
    octave_steps: int = _parameter(20, "ascent steps in each octave", "steps", ge=1, le=1000)
    step_size: float = _parameter(0.025, "how far each step goes; 1 is half the way from black to white", ge=0.0001,
                                  le=1)
    normalise: Literal["bands", "deviation"] = _parameter(
        "bands", "what each step is divided by: each band by its own strength, as live; or all by its deviation, with "
        "the network's own ReLU, as in TensorFlow's tutorial")
    carry: Literal["layer", "picture"] = _parameter(
        "layer", "what goes from octave to octave: the dream alone, over the untouched picture; or the picture and it, "
        "as in TensorFlow's tutorial, which loses detail")
    tile_side: int = _parameter(512, "larger pictures are dreamed in tiles of this size, which lie elsewhere each step",
                                "pixels", ge=4 * SMALLEST_GRID, le=4096)


GROUPS: tuple[type[BaseModel], ...] = (Look, Machine)
EVERY_GROUP = (*GROUPS, Still)


def parameters(groups: Sequence[type[BaseModel]] = GROUPS) -> Iterator[tuple[str, Any]]:
    """(name, pydantic field) of every parameter of some groups; by default those of films and performances."""
    for group in groups:
        yield from group.model_fields.items()


def allowed(name: str) -> str:
    """What a parameter may be, for people: `"0 to 10 per second"`."""
    field = dict(parameters(EVERY_GROUP))[name]
    low, high = _limits(field)
    unit = f" {field.json_schema_extra['unit']}".rstrip()
    if low is not None:
        whole = "a whole number from " if kind_of(field) is int else ""
        return f"{whole}{low:g} to {high:g}{unit}"
    if kind_of(field) is str:
        return "text"
    if choices(name):
        return " or ".join(choices(name))
    unset = field.json_schema_extra["unset"]
    return f"{unset} or " * (unset is not None) + f"WIDTHxHEIGHT, each {SMALLEST_GRID} to {LARGEST_SIDE}"


@dataclass(frozen=True)
class Span:
    """A numeric parameter's range as a knob or fader has it: share 0 to 1 of the way from `low` to `high`.

    `curve` above 1 gives the small values, or those near 0 of a range round 0, more of the way: there the ear and eye
    tell them apart. `whole`: only whole numbers.
    """

    low: float
    high: float
    curve: float
    whole: bool

    def value(self, share: float) -> float | int:
        """The value at `share`, which is taken as the nearest of 0 to 1."""
        share = min(1.0, max(0.0, share))
        if self.low < 0:
            way = 2 * share - 1
            value = self.high * abs(way) ** self.curve * (1 if way >= 0 else -1)
        else:
            value = self.low + (self.high - self.low) * share**self.curve
        return round(value) if self.whole else value

    def share(self, value: float) -> float:
        """Where `value` lies, 0 to 1; the inverse of `value`."""
        if self.low < 0:
            way = (abs(value) / self.high) ** (1 / self.curve)
            return 0.5 + (way if value >= 0 else -way) / 2
        return ((value - self.low) / (self.high - self.low)) ** (1 / self.curve)


@lru_cache
def span(name: str) -> Span | None:
    """The span of a parameter that has one: a number; None for a text, a choice, a size."""
    field = dict(parameters())[name]
    low, high = _limits(field)
    if low is None:
        return None
    return Span(low, high, field.json_schema_extra["curve"], kind_of(field) is int)


def choices(name: str) -> tuple[str, ...]:
    """What a parameter of few values may be; none for the others."""
    annotation = dict(parameters(EVERY_GROUP))[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def kind_of(field: Any) -> Any:
    """The type of a parameter's values, where they may also be None."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(field.annotation) else field.annotation


def _limits(field: Any) -> tuple[float | None, float | None]:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    return low, next((m.le for m in field.metadata if hasattr(m, "le")), None)


def as_text(value: object) -> object:
    """A parameter's value as people and other programs have it: a size is "320x180", None is "auto"; all others are as
    they are."""
    if isinstance(value, tuple | list):
        return "x".join(map(str, value))
    return AUTO if value is None else value


def as_toml(value: object) -> str:
    """A parameter's value as TOML has it, which has no None."""
    value = as_text(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one escape that JSON leaves out
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def settle(
    values: Mapping[str, Any], source: str, groups: Sequence[type[BaseModel]] = GROUPS
) -> tuple[Any, ...]:
    """The groups with every parameter validated, by default (Look, Machine); what is not in `values` has its default.
    UserError names the first that is wrong.

    `source` says where the values came from, for the message.
    """
    known = dict(parameters(groups))
    for name in values:
        if name not in known:
            raise UserError(f"{source}: no parameter '{name}'{nearest(name, known)}")
    try:
        return tuple(group(**{n: v for n, v in values.items() if n in group.model_fields}) for group in groups)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise UserError(f"{source}: {name} is '{values[name]}'; allowed is {allowed(name)}") from error


def own_folder() -> Path:
    """Where this system keeps what a user has set; it may not be there yet."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA", "~/AppData/Roaming")
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "kaleidocam"


def own_presets() -> Path:
    """The folder of the presets that a user saves; it may not be there yet."""
    return own_folder() / "presets"


@lru_cache
def preset_groups() -> dict[str, dict[str, str]]:
    """The presets that come with kaleidocam, by group: {group: {name: what it is for}}, the groups in their order."""
    groups: dict[str, dict[str, str]] = {group: {} for group in PRESET_GROUPS}
    for name in preset_names():
        about = tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))[ABOUT]
        groups[about["group"]][name] = about["text"]
    return groups


def preset_list() -> str:
    """All presets for people: the user's own, then those that ship, in groups, with what each is for."""
    own = "".join(f"{name}\n" for name in own_preset_names())
    return own + "\n".join("".join([f"{group}\n", *(f"  {name:14s} {text}\n" for name, text in names.items())])
                           for group, names in preset_groups().items())


@lru_cache
def former_presets() -> dict[str, str]:
    """Presets of earlier versions, which shows that were saved then may name: {name: channel}."""
    return tomllib.loads((PRESETS / "former" / "channels.toml").read_text(encoding="utf-8"))


def own_preset_names(folder: Path | None = None) -> list[str]:
    """The presets that this user has saved, or those in another `folder`."""
    paths = (folder or own_presets()).glob("*.toml")
    return sorted(path.stem for path in paths if PRESET_NAME.fullmatch(path.stem))


def preset_names() -> list[str]:
    """The presets that come with kaleidocam."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read_preset(name_or_file: str) -> dict[str, Any]:
    """The values of a preset: one of `preset_names()`, one that the user has saved, or the path of a TOML file.
    Validated; UserError if wrong."""
    names = preset_names()
    own = own_presets() / f"{name_or_file}.toml"
    if name_or_file in names:
        path = PRESETS / f"{name_or_file}.toml"
    else:
        path = own if PRESET_NAME.fullmatch(name_or_file) and own.is_file() else Path(name_or_file)
        if not path.is_file() and name_or_file in (former := former_presets()):
            return {"channel": former[name_or_file]}
    if not path.is_file() and name_or_file in ENCODER_SPEEDS:
        raise UserError(f"'{name_or_file}' is an encoder's speed, which can't be chosen; --preset takes a look, such "
                        f"as {DEFAULT_PRESET}, and -crf sets a film's quality")
    if not path.is_file():
        raise UserError(
            f"no preset '{name_or_file}'; there are {', '.join([*own_preset_names(), *names])}, or give the path of a "
            f".toml file{nearest(name_or_file, names)}"
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"preset '{name_or_file}' can't be read: {one_line(error)}") from error
    values.pop(ABOUT, None)
    for name in values:
        if name in Machine.model_fields:
            raise UserError(f"preset '{name_or_file}': {name} belongs to a machine, not to a look; give it as a flag")
        if name not in Look.model_fields:
            raise UserError(f"preset '{name_or_file}': no parameter '{name}'{nearest(name, Look.model_fields)}")
    settle(values, f"preset '{name_or_file}'")
    return values
