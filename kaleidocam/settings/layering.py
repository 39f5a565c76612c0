"""The dreams of a look that lie over its first.

Invariant: each is a whole look by itself: the first one's, but for what is its own. A further dream is a further entry
in `named_layers`.
"""

from dataclasses import dataclass
from typing import Any

from kaleidocam.settings.parameters import Look

EVERYWHERE = "everywhere"
MASKS = ("mask", "layer_mask")  # parameters that name masks
CHANNELS = ("channel", "subject_channel", "layer_channel")  # parameters that say what is dreamed; empty: nothing
COLORS = ("palette", "subject_palette", "layer_palette")  # in which colors; empty: as the first
ALONE = 2.0  # the amount of a layer with which nothing is left of what lies below it
OF_LAYER = {  # the layer's parameters that a look has for its first dream too: {of the layer: of the first}
    "layer_channel": "channel",
    "layer_palette": "palette",
    "layer_mirrors": "mirrors",
    "layer_geometry": "geometry",
}
OWN, SUBJECT, LAYER = PLACES = ("own", "subject", "layer")  # of dreams; later ones lie over earlier ones


@dataclass(frozen=True)
class Layer:
    """A dream over others. `place`: one of PLACES; `mask`: where, EVERYWHERE or a mask's name; `soft`, `grow`: of its
    edge, as shares of the height; `blend`, `amount`, `mirrors`, `geometry`: as the look has them for its layer."""

    place: str
    channel: str
    palette: str
    mask: str = EVERYWHERE
    blend: str = "normal"
    amount: float = 1.0
    soft: float = 0.0
    grow: float = 0.0
    mirrors: int = 0
    geometry: str = "kaleidoscope"

    def of(self, look: Look) -> Look:
        """What it dreams as a part of `look`."""
        own = {"channel": self.channel, "palette": self.palette, "mirrors": self.mirrors, "geometry": self.geometry}
        return look.model_copy(update=own)


def layers_of(look: Look) -> list[Layer]:
    """What is laid over the first dream of a look, the lowest first."""
    return [layer for layer in named_layers(look) if layer.amount]


def named_layers(look: Look) -> list[Layer]:
    """The same, and those whose amount is 0: what beat, sound and hands move may bring them at any moment."""
    made = []
    if look.subject_channel:
        palette, edge = look.subject_palette or look.palette, (look.subject_soft, look.subject_grow)
        made.append(Layer(SUBJECT, look.subject_channel, palette, look.mask, "normal", look.subject_amount, *edge))
    if look.layer_channel:
        palette, mirrors = look.layer_palette or look.palette, (look.layer_mirrors, look.layer_geometry)
        how = (look.layer_mask, look.layer_blend, look.layer_amount)
        made.append(Layer(LAYER, look.layer_channel, palette, *how, 0.0, 0.0, *mirrors))
    return made


def as_layer(look: Look) -> dict[str, Any]:
    """The first dream of a look as the layer of another one: {parameter: value}."""
    return {name: getattr(look, first) for name, first in OF_LAYER.items()}


def laid_over(below: Look, over: Look, blend: str, amount: float) -> dict[str, Any]:
    """What makes of any look one in which the first dream of `over` is laid over that of `below`."""
    how = {"layer_blend": blend, "layer_amount": amount, "layer_mask": EVERYWHERE}
    return {"channel": below.channel, "palette": below.palette, **as_layer(over), **how}


def alike(one: Look, other: Look) -> tuple[Look, Look]:
    """The same two looks; but where one alone has a layer, the other has it too, with an amount of 0. So it can come
    and go little by little."""
    if bool(one.layer_channel) == bool(other.layer_channel):
        return one, other
    layer = {name: value for name, value in (one if one.layer_channel else other) if name.startswith("layer_")}
    layer["layer_amount"] = 0.0
    bare = (other if one.layer_channel else one).model_copy(update=layer)
    return (one, bare) if one.layer_channel else (bare, other)


def looks_of(look: Look) -> list[Look]:
    """The looks of all that is dreamed, the first one's first."""
    return [look, *(layer.of(look) for layer in layers_of(look))]


def channels_of(look: Look) -> list[str]:
    """All channels that a look names, also where their amount is 0: what beat and sound move may bring them."""
    return [channel for name in CHANNELS if (channel := getattr(look, name))]


def palettes_of(look: Look) -> list[str]:
    """All palettes that a look names, likewise."""
    return [palette for name in COLORS if (palette := getattr(look, name))]


def masks_of(look: Look) -> list[str]:
    """The masks that say where the layers are."""
    return [layer.mask for layer in layers_of(look) if layer.mask != EVERYWHERE]


def masks_wanted(look: Look) -> list[str]:
    """The masks that are looked for, for the subject and for layers."""
    return [*([look.mask] if look.subject != "off" else []), *masks_of(look)]


def every_mask(look: Look) -> list[str]:
    """The masks that a look names, used or not."""
    return [look.mask, *([look.layer_mask] if look.layer_mask != EVERYWHERE else [])]
