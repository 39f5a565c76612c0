"""THE list of parameters: name, range, unit, default and meaning of each, once.

Invariant: everything that sets a parameter (flags, presets, the panel, keys, OSC, MIDI) reads this list and goes
through its validation; nothing else knows a default. Times are in seconds, so a look is the same at any frame rate.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from kaleidocam.settings.mask_words import ALLOWED, KNOWN, MEANING

DEFAULT_PRESET = "eyes"
PALETTES = ("natural", "scene", "prism")
QUALITIES = ("best", "high", "medium", "low", "least")
# Where the dream begins anew in a performance: at each cut that the pictures show, and at another source; also where a
# clip begins again; or nowhere.
CUTS = ("auto", "loops", "none")
SMALLEST_GRID = 96  # pixels a side: below it the upper layers have no position left
LARGEST_SIDE = 7680  # pixels, of a picture and of a grid: 8K
# Of a film: a longer take is split into segments; with less pre-roll the change from segment to segment shows.
SPLIT_SECONDS, PRE_ROLL_SECONDS = 60.0, 2.0
AUTO = "auto"  # how None is written in texts: the program then chooses the value


def parse_size(value: object) -> object:
    """`"320x180"` -> (320, 180); anything else is passed unchanged to the validation."""
    if isinstance(value, str):
        width, x, height = value.lower().replace("×", "x").partition("x")
        if not (x and width.strip().isdigit() and height.strip().isdigit()):
            raise ValueError("write a size as WIDTHxHEIGHT, such as 320x180")
        return int(width), int(height)
    return value


def parse_auto(value: object) -> object:
    """`"auto"` -> None; anything else is passed unchanged to the validation."""
    return None if isinstance(value, str) and value.strip().lower() == AUTO else value


Side = Annotated[int, Field(ge=SMALLEST_GRID, le=LARGEST_SIDE)]
Size = Annotated[tuple[Side, Side], BeforeValidator(parse_size)]
OwnSize = Annotated[Size | None, BeforeValidator(parse_auto)]


def _parameter(
    default: Any,
    meaning: str,
    unit: str = "",
    *,
    curve: float = 1,
    also: tuple[str, ...] = (),
    unset: str | None = None,
    known: tuple[str, ...] = (),
    form: str = "text",
    **limits: Any,
) -> Any:
    """`curve`: how a knob's travel spreads over the range (see `Span`); `also`: other names of its flag; `unset`: how
    None is written, if it is allowed; `known`: fixed texts that are allowed besides free text; `form`: what text is
    allowed, for an error."""
    extra: dict[str, Any] = {"unit": unit, "curve": curve, "also": list(also), "unset": unset, "known": list(known)}
    extra |= {"form": form}
    return Field(default, description=meaning, json_schema_extra=extra, **limits)


class Look(BaseModel):
    """The parameters of a look: those that a preset may hold and a performer may play."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        """Where a mask is given and no subject is, nor a dream of its own for it, the dream is where the mask is."""
        if isinstance(values, dict) and "mask" in values and not {"subject", "subject_channel"} & set(values):
            return {**values, "subject": "dream"}
        return values

    channel: str = _parameter(
        "mixed5:74",
        "what the dream maximizes: a channel; a layer; one of these amplified ('mixed3^2': each place becomes "
        "what it almost is); or a weighted sum ('0.7*mixed3:10 + 0.3*mixed5:74')",
    )
    grid: OwnSize = _parameter(
        None,
        "fixes the size and shape of the dream's grid; auto: the picture's own shape, as fine as detail says",
        "pixels",
        unset=AUTO,
    )
    detail: float = _parameter(
        1.0,
        "how fine the dream's grid is, relative to the default for the output's size; more is "
        "slower and gives smaller motifs. A fixed grid ignores it",
        "times",
        curve=2,
        ge=0.25,
        le=4,
    )
    morph: float = _parameter(2.0, "live: crossfade time when the channel changes", "s", curve=2, ge=0, le=60)
    rate: float = _parameter(1.2, "how fast the dream grows", "per second", curve=2, ge=0, le=10)
    steps: int = _parameter(1, "ascent steps a frame (live: a turn of the dream)", "steps", ge=1, le=16)
    cadence: float = _parameter(
        15.0,
        "film: how often the network runs at most; in between, the dream keeps growing as before",
        "times a second",
        ge=1,
        le=240,
    )
    half_life: float = _parameter(
        2.0, "time in which a dream that is not renewed fades to half", "s", curve=4, ge=0.02, le=60
    )
    inertia: float = _parameter(
        0.3,
        "time over which the dream's steps are averaged: more is steadier, less is livelier",
        "s",
        curve=2,
        ge=0,
        le=2,
    )
    limit: float = _parameter(1.6, "limit of the dream layer; 1 is half the way from black to white", ge=0.05, le=2)
    strength: float = _parameter(1.0, "how much of the dream is laid over the picture", ge=0, le=2)
    color: float = _parameter(1.0, "saturation of the dream: 0 is light and dark only, 1 is as dreamed", ge=0, le=2)
    sharpness: float = _parameter(0.5, "how much the dream's finest detail is brought out at full size", ge=0, le=2)
    luma: float = _parameter(
        0.0,
        "1: the dream is light and dark only and keeps the picture's colors; 0: it has its own colors",
        ge=0,
        le=1,
    )
    wet: float = _parameter(1.0, "dry/wet mix: 0 is the clean picture, 1 is the dream with its mirrors", ge=0, le=1)
    subject: Literal["off", "keep", "dream"] = _parameter(
        "off",
        "what the people in the picture, or another subject (see mask), are to the dream: off, a part of it as all "
        "else; keep, they stay clean; dream, only they dream",
    )
    mask: str = _parameter(
        "people",
        f"what the subject is: {MEANING}; with 'not' before it, all but that. Given without subject, only it dreams",
        known=KNOWN,
        form=ALLOWED,
    )
    subject_amount: float = _parameter(1.0, "how strictly subject is kept to; 0 is off", ge=0, le=1)
    subject_soft: float = _parameter(
        0.0, "width over which the edge of the subject is softened", "of the height", curve=2, ge=0, le=0.5
    )
    subject_grow: float = _parameter(
        0.0,
        "how far the edge of the subject is moved outward; below 0 inward",
        "of the height",
        curve=2,
        ge=-0.25,
        le=0.25,
    )
    subject_channel: str = _parameter(
        "", "a channel of its own that the subject dreams, written as channel; empty: it dreams as all else"
    )
    subject_palette: str = _parameter(
        "", "colors of that dream, as palette has them; empty: the look's", known=("", *PALETTES)
    )
    layer_channel: str = _parameter(
        "",
        "a second dream that is laid over the first: what it maximizes, written as channel; empty: none. The two ask "
        "the network by turns",
    )
    layer_palette: str = _parameter(
        "", "colors of the layer, as palette has them; empty: the look's", known=("", *PALETTES)
    )
    layer_blend: Literal["normal", "screen", "multiply", "overlay"] = _parameter(
        "normal",
        "how the layer is laid over the first dream: normal, in its place; screen, its lights are added; multiply, its "
        "darks; overlay, both, as contrast",
    )
    layer_amount: float = _parameter(
        1.0,
        "how much of the layer is laid over: 0 is none, 1 is all of it; above 1 the first dream goes where a blend "
        "shows both, and at 2 the layer is alone",
        ge=0,
        le=2,
    )
    layer_mask: str = _parameter(
        "everywhere", "where the layer is: everywhere, or a mask, written as mask", known=("everywhere", *KNOWN)
    )
    layer_mirrors: int = _parameter(
        0, "segments of a kaleidoscope of the layer alone; 0: no mirrors", "segments", ge=0, le=24
    )
    layer_geometry: Literal["kaleidoscope", "left", "right", "top", "bottom", "quad", "square", "hexagon"] = _parameter(
        "kaleidoscope", "how the layer's mirrors stand, as geometry has it"
    )
    trigger: Literal["off", "still", "motion", "presence"] = _parameter(
        "off",
        "what lets the dream in: off, it is always there; still, stillness does, and motion brings the clear picture "
        "back; motion, the reverse; presence, that somebody is there",
    )
    trigger_come: float = _parameter(3.0, "time in which the trigger lets the dream in", "s", curve=2, ge=0, le=60)
    trigger_go: float = _parameter(0.4, "time in which the dream goes again", "s", curve=2, ge=0, le=60)
    trigger_level: float = _parameter(
        0.01,
        "how much of the picture must move, or be a person, for the trigger",
        "of the picture",
        curve=3,
        ge=0.001,
        le=1,
    )
    palette: str = _parameter(
        "natural",
        "colors of the dream: natural, as in photos; scene, those of the input picture; prism, a "
        "rainbow; or the path of a picture, for the colors of that picture",
        known=PALETTES,
    )
    palette_amount: float = _parameter(0.9, "how strictly the dream keeps to its palette; 0 is prism", ge=0, le=1)
    scales: int = _parameter(
        3,
        "sizes at which the network sees the picture, one after another, so that motifs of every "
        "size appear; fewer if the grid is small",
        "octaves",
        ge=1,
        le=6,
    )
    spacing: float = _parameter(1.4, "ratio of one scale's size to the next one's", "times", ge=1.1, le=2)
    onset: float = _parameter(
        1.5, "how much faster the dream grows where something has just appeared", "times", ge=0, le=10
    )
    outline: float = _parameter(
        0.5,
        "how closely the dream follows the outlines of things: 1 stays within them, 0 runs across them like a veil",
        ge=0,
        le=1,
    )
    bands: int = _parameter(4, "Laplacian bands that get an equal share of the ascent", "bands", ge=1, le=6)
    tilt: float = _parameter(-0.45, "which bands are favored: 1 fine, -1 coarse", ge=-1, le=1)
    evenness: float = _parameter(
        0.8, "1: dark and smooth places dream as strongly as bright ones; 0: as the network prefers", ge=0, le=1
    )
    jitter: float = _parameter(
        0.4, "random shift of each step, which hides the network's own grid", "layer strides", ge=0, le=2
    )
    burst: int = _parameter(
        6, "extra steps at the start and after a cut, so that the dream returns at once", "steps", ge=0, le=32
    )
    drift_zoom: float = _parameter(
        0.0, "the dream flows outward, a tunnel; below 0 inward", "doublings per second", curve=2, ge=-2, le=2
    )
    drift_turn: float = _parameter(0.0, "the dream turns", "turns per second", curve=2, ge=-1, le=1)
    drift_x: float = _parameter(0.0, "the dream moves to the right", "widths per second", curve=2, ge=-1, le=1)
    drift_y: float = _parameter(0.0, "the dream moves down", "heights per second", curve=2, ge=-1, le=1)
    mirrors: int = _parameter(0, "segments of the kaleidoscope; 0: no mirrors", "segments", ge=0, le=24)
    geometry: Literal["kaleidoscope", "left", "right", "top", "bottom", "quad", "square", "hexagon"] = _parameter(
        "kaleidoscope",
        "how the mirrors stand: kaleidoscope, --mirrors of them round a center; left, right, top or bottom, one "
        "mirror, named by the half that it keeps; quad, two mirrors; square or hexagon, tiles",
    )
    fold: Literal["after", "before", "inside"] = _parameter(
        "after",
        "where the mirrors act: after the dream; before it; or inside it: then the dream grows symmetric, and "
        "with one or two mirrors only the kept part is dreamed",
    )
    angle: float = _parameter(0.0, "which part of the picture the mirrors repeat", "degrees", ge=-360, le=360)
    spin: float = _parameter(
        0.0, "how fast the picture turns under the mirrors", "turns per second", curve=3, ge=-4, le=4
    )
    center_x: float = _parameter(0.5, "where the mirrors meet, from the left", "of the width", ge=0, le=1)
    center_y: float = _parameter(0.5, "where the mirrors meet, from the top", "of the height", ge=0, le=1)
    zoom: float = _parameter(1.0, "how large the mirrors show the picture", "times", curve=2, ge=0.25, le=4)
    tile: float = _parameter(0.5, "size of a square or hexagonal tile", "of the height", ge=0.1, le=1)
    wander: float = _parameter(
        0.0,
        "how far the dream wanders by itself, in colors, light and shade, flow, and from motif to motif; 0: it stays",
        ge=0,
        le=1,
    )
    wander_seconds: float = _parameter(
        40.0, "time after which a dream that wanders comes to another motif", "s", curve=2, ge=2, le=600
    )
    modulate: str = _parameter(
        "",
        "what beat and sound move, each by a share of its range: 'strength + 0.3*beat, rate + 0.5*bass'; the "
        "drivers are beat, level, bass, mid and treble",
    )


class Performance(BaseModel):
    """How looks follow one another while they are played: the controls of a performance, which belong to no look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crossfade: float = _parameter(0.0, "between the looks A and B: 0 is A, 1 is B", ge=0, le=1)
    crossfade_as: Literal["morph", "normal", "screen", "multiply", "overlay"] = _parameter(
        "morph",
        "what the crossfader does: morph, one dream goes from A to B; normal, screen, multiply or overlay, both are "
        "dreamed, B is laid over A as layer_blend has it, and then A goes. Looks with a layer of their own morph",
    )
    recall_seconds: float = _parameter(
        0.0, "time in which a recalled snapshot, a preset or a surprise is reached", "s", curve=2, ge=0, le=60
    )
    when: Literal["now", "beat", "bar"] = _parameter(
        "now",
        "when a recalled snapshot, a preset or a surprise begins: now, or on the next beat or bar; now without a tempo",
    )


class Machine(BaseModel):
    """How it runs here: parameters that belong to a machine or a file, not to a look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: str = _parameter(
        "bundled",
        "the network's weights: bundled (InceptionV3 to mixed5), imagenet (all of it, a download), vgg16 (another "
        "network, a download), or a file",
    )
    backend: Literal["auto", "tensorflow", "torch", "jax", "openvino"] = _parameter(
        "auto",
        "framework that computes the network: TensorFlow, PyTorch, JAX or OpenVINO; auto is what KERAS_BACKEND names, "
        "else OpenVINO where it is installed (but the framework that was built for a GPU here, if there is one), else "
        "TensorFlow. 'kaleidocam doctor' says which it takes here, and which is the fastest",
    )
    device: Literal["auto", "cpu", "gpu"] = _parameter("auto", "where the network runs; auto is a GPU if there is one")
    precision: Literal["auto", "float32", "bfloat16"] = _parameter("auto", "number format of the network")
    flow: Literal["auto", "ultrafast", "fast", "medium"] = _parameter(
        "auto", "preset of the DIS optical flow; auto is medium for films, ultrafast live"
    )
    size: Size | None = _parameter(
        None,
        "size asked of a camera (default 1280x720) and of the drawn aisle (640x360). A video, picture or sequence is "
        "first cropped to this shape and scaled to this size; by default it keeps its own",
        "pixels",
        also=("-s",),
    )
    fit: Literal["crop", "letterbox"] = _parameter(
        "crop",
        "how a picture of another shape is brought to --size, or live to the show's size: crop, its middle; letterbox, "
        "all of it, between black bars",
    )
    fps: float = _parameter(
        30.0,
        "frame rate of a camera, of pictures and of the drawn aisle; a video has its own",
        "frames per second",
        also=("-r", "-framerate"),
        ge=1,
        le=240,
    )
    stream: str = _parameter(
        "auto",
        "which video track of a file is dreamed, as in ffmpeg's -map: v:1 is its second video track, 2 its third track "
        "of any kind; auto is the one that players show",
        also=("-map",),
        form="auto, or a track such as v:1 or 2",
        pattern=r"^(auto|(0:)?(\d+|v(:\d+)?))$",
    )
    deinterlace: Literal["auto", "frame", "field", "off"] = _parameter(
        "auto",
        "how an interlaced video is deinterlaced: auto, the frames that are marked so, one picture a frame; frame, all "
        "frames; field, all frames, one picture a field, so twice the frame rate; off, not at all",
    )
    quality: Literal["auto", "best", "high", "medium", "low", "least"] = _parameter(
        "auto", "live: how fine the dream's grid is; auto adapts it to hold the frame rates of video and dream"
    )
    flashes: Literal["limit", "allow"] = _parameter(
        "limit", "live: limit damps flashing above three times a second, which can be harmful; allow does not"
    )
    codec: str = _parameter(
        "auto",
        "how a film is stored: h264, h265, av1, vp9, prores, ffv1, gif, webp, png, or "
        "ffmpeg's name of an encoder, also of one in hardware (doctor lists them); auto chooses by the film's suffix",
        also=("-c:v", "-vcodec"),
    )
    bits: Literal["8", "10"] = _parameter(
        "8",
        "color depth of a film: 10 keeps a source of 10 bits as fine as it is, and the dream's shades smooth",
    )
    format: str = _parameter(
        "auto",
        "how a film is written to a pipe ('-'), by ffmpeg's names: matroska, webm, mpegts, nut, mp4 and mov (in "
        "fragments), flv; rawvideo and yuv4mpegpipe are not encoded. auto is matroska. A file's name says its own",
        also=("-f",),
        form="auto, or ffmpeg's name of a format",
    )
    pix_fmt: Literal["yuv420p", "yuv422p", "yuv444p", "rgb24", "bgr24", "rgba", "bgra"] = _parameter(
        "yuv420p", "pixel format of rawvideo and yuv4mpegpipe, by ffmpeg's names", also=("-pix_fmt",)
    )
    max_pixels: int | None = _parameter(
        None,
        "the most pixels that a picture may have, so that no small file fills the memory; the default is 134217728 "
        "(16384x8192) for a frame of a film or a performance, 536870912 for a still",
        "pixels",
        also=("-max_pixels",),
        ge=10_000,
        le=10_000_000_000,
    )
    crf: int | None = _parameter(
        None,
        "quality of a film, on its codec's own scale; lower is better, with larger files. The "
        "default is 18 for h264, and a similar quality for the others",
        also=("-crf",),
        ge=0,
        le=100,
    )
    bitrate: str = _parameter(
        "auto",
        "how much a live stream sends, such as 4M or 2500k; auto goes by size and frame rate: 4M at 1280x720 and 30 "
        "frames a second",
        "bits per second",
        also=("-b:v",),
        form="auto, or bits a second such as 4M or 2500k",
        pattern=r"^(auto|\d+(\.\d+)?[kKmM]?)$",
    )


class Still(BaseModel):
    """How a single picture is dreamed, in addition to its look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    octaves: str = _parameter(
        "-3..0",
        "sizes at which the picture is dreamed one after another, as powers of --octave-scale: 0 is the full size",
    )
    octave_scale: float = _parameter(1.4, "ratio of one octave's size to the previous one's", "times", ge=1.05, le=2)
    octave_steps: int = _parameter(20, "ascent steps in each octave", "steps", ge=1, le=1000)
    step_size: float = _parameter(
        0.025, "how far each step goes; 1 is half the way from black to white", ge=0.0001, le=1
    )
    normalise: Literal["bands", "deviation"] = _parameter(
        "bands",
        "how each step is normalized: bands, each band by its own strength, as in a live dream; deviation, the whole "
        "step by its deviation, with the network's own ReLU, as in TensorFlow's tutorial",
    )
    carry: Literal["layer", "picture"] = _parameter(
        "layer",
        "what one octave passes to the next: layer, the dream layer only, over the untouched picture; picture, both "
        "together, as in TensorFlow's tutorial, which loses detail",
    )
    tile_side: int = _parameter(
        512,
        "larger pictures are dreamed in tiles of this size, shifted at each step",
        "pixels",
        ge=4 * SMALLEST_GRID,
        le=4096,
    )


GROUPS: tuple[type[BaseModel], ...] = (Look, Machine)
EVERY_GROUP: tuple[type[BaseModel], ...] = (*GROUPS, Still)
PLAYED: tuple[type[BaseModel], ...] = (Performance, Look)  # by the surfaces of a performance


def parameters(groups: Sequence[type[BaseModel]] = GROUPS) -> Iterator[tuple[str, Any]]:
    """(name, pydantic field) of every parameter of `groups`; by default those of films and performances."""
    for group in groups:
        yield from group.model_fields.items()
