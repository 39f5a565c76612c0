"""What the dream maximizes: a weighted sum of channels and layers, written as users write it.

Invariant: an `Objective` names only layers and channels that its network has, so nothing downstream checks again.
"""

import re
from dataclasses import dataclass, field, replace

from kaleidocam.address import is_address, without_secrets
from kaleidocam.dream.network.architecture import Architecture
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.known import with_layer
from kaleidocam.errors import UserError, nearest

_PLAIN = r"[^\s\"'+]+"  # the path of a guide that needs no quotation marks
GUIDE = rf"@(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>{_PLAIN}))"
_TERM = re.compile(
    r"(?:(?P<weight>\d+\.?\d*|\.\d+)\s*\*\s*)?(?P<layer>[A-Za-z_]\w*)"
    rf"(?:{GUIDE}|(?:\s*:\s*(?P<channel>\d+))?(?:\s*\^\s*(?P<power>-?[\w.]*))?)"
)
HOW = (
    "write a channel as 'mixed5:74', a whole layer as 'mixed4', a layer or channel amplified as 'mixed4^2', a layer "
    "with a guide as 'mixed4@flowers.jpg', a sum as '0.7*mixed3:10 + 0.3*mixed5:74'"
)


@dataclass(frozen=True)
class Term:
    """`weight` times the mean activation of one channel of `layer`, or of all its channels where `channel` is None.
    `squared`: the mean squared activation instead. `guide`: the path of a picture; the term is then the similarity of
    the layer's features to those of the picture."""

    weight: float
    layer: str
    channel: int | None
    guide: str | None = None
    squared: bool = False

    def __str__(self) -> str:
        weight = "" if self.weight == 1 else f"{self.weight:g}*"
        of_layer = ("" if self.channel is None else f":{self.channel}") + ("^2" if self.squared else "")
        return f"{weight}{self.layer}{self._guide() or of_layer}"

    def _guide(self) -> str:
        plain = self.guide is None or re.fullmatch(_PLAIN, self.guide)
        return "" if self.guide is None else f"@{self.guide}" if plain else f'@"{self.guide}"'


@dataclass(frozen=True)
class Objective:
    """A sum of terms of one network. Objectives compose by arithmetic, like lucid's: `0.7 * a + 0.3 * b`."""

    terms: tuple[Term, ...]
    of: Architecture = field(default=INCEPTION_V3, repr=False)

    def __add__(self, other: "Objective") -> "Objective":
        return replace(self, terms=self.terms + other.terms)

    def __rmul__(self, factor: float) -> "Objective":
        return replace(self, terms=tuple(replace(t, weight=factor * t.weight) for t in self.terms))

    def __str__(self) -> str:
        return " + ".join(map(str, self.terms)).replace("+ -", "- ")

    @property
    def wanted(self) -> dict[str, tuple[int, ...]]:
        """Layer -> the channels that any term names, sorted: the network is cut to these."""
        layers: dict[str, set[int]] = {}
        for term in self.terms:
            channels = range(self.of.layers[term.layer]) if term.channel is None else (term.channel,)
            layers.setdefault(term.layer, set()).update(channels)
        return {layer: tuple(sorted(channels)) for layer, channels in layers.items()}

    @property
    def stride(self) -> int:
        """Pixels between neighboring positions of the highest layer."""
        return max(self.of.stride(term.layer) for term in self.terms)

    @property
    def guides(self) -> tuple[str, ...]:
        """The paths of the pictures that guide it."""
        return tuple(dict.fromkeys(term.guide for term in self.terms if term.guide is not None))


def channel(layer: str, number: int, of: Architecture = INCEPTION_V3) -> Objective:
    """The mean activation of one channel of a layer; UserError where the layer or the channel does not exist."""
    return Objective((Term(1.0, layer, _in_range(layer, number, of)),), of)


def layer(name: str, of: Architecture = INCEPTION_V3) -> Objective:
    """The mean activation of a whole layer, as in TensorFlow's DeepDream tutorial."""
    return Objective((Term(1.0, _known(name, of), None),), of)


def amplified(layer: str, number: int | None = None, of: Architecture = INCEPTION_V3) -> Objective:
    """The mean squared activation of a whole layer or of one of its channels. Strong activations count most, so each
    place becomes what it almost is. An inactive channel stays inactive: its gradient is 0.

    Squares of several layers can be added without weights: on photographs, the gradients for mixed0 to mixed5 differ by
    a factor of about three at most.
    Source: `objective_L2` of the notebook of Mordvintsev, Olah and Tyka 2015 (there half the sum: the same direction).
    """
    number = None if number is None else _in_range(layer, number, of)
    return Objective((Term(1.0, _known(layer, of), number, squared=True),), of)


def guided(layer: str, picture: str, of: Architecture = INCEPTION_V3) -> Objective:
    """The similarity of a layer's features to those of a picture (a path): each place is compared to the most similar
    place of the picture.

    Source: the guided dreams of Mordvintsev et al. 2015; here the picture's features have unit length, so that all of
    them attract equally, not only the strongest.
    """
    return Objective((Term(1.0, _known(layer, of), None, picture),), of)


def parse(text: str, of: Architecture | None = None) -> Objective:
    """`"0.7*mixed3:10 + 0.3*mixed5:74"` -> Objective of a network, by default the one that has its first layer;
    UserError says what is wrong with it and what exists."""
    if re.fullmatch(r"\s*\d+\s*", text):
        raise UserError(f"objective '{text.strip()}' is a bare number, which names no layer: {HOW}")
    if of is None:
        first = _TERM.match(text.lstrip())
        of = (with_layer(first["layer"]) if first else None) or INCEPTION_V3
    objective, at, sign = Objective((), of), 0, 1.0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        term = _TERM.match(text, at)
        if not term:
            raise _unreadable(text, text[at:] or "its end")
        objective += sign * float(term["weight"] or 1) * _part(term, of)
        rest = text[term.end() :].lstrip()
        if not rest:
            return objective
        if rest[0] not in "+-":
            raise _unreadable(text, rest)
        sign, at = 1.0 if rest[0] == "+" else -1.0, len(text) - len(rest) + 1


def _unreadable(text: str, rest: str) -> UserError:
    if is_address(text):  # of which no part may be shown
        return UserError(f"objective '{without_secrets(text)}' can't be read; a guide is a file: {HOW}")
    return UserError(f"objective '{text}' can't be read from '{rest}' on: {HOW}")


def _part(term: re.Match, of: Architecture) -> Objective:
    name, guide, power = term["layer"], term["plain"] or term["quoted"], term["power"]
    number = None if term["channel"] is None else int(term["channel"])
    if power not in (None, "2"):
        raise UserError(f"'{term[0]}' has the power '{power}'; the only power is 2: 'mixed4^2' amplifies mixed4")
    if guide:
        return guided(name, guide, of)
    if power:
        return amplified(name, number, of)
    return layer(name, of) if number is None else channel(name, number, of)


def _known(name: str, of: Architecture) -> str:
    if name not in of.layers:
        if other := with_layer(name):
            choice = "bundled" if other.bundled else other.download and other.download.choice
            raise UserError(
                f"{name} is a layer of {other.name}, and the weights are {of.name}'s; give --weights {choice}"
            )
        raise UserError(f"no layer '{name}'; the layers are {', '.join(of.layers)}{nearest(name, of.layers)}")
    return name


def _in_range(name: str, number: int, of: Architecture) -> int:
    count = of.layers[_known(name, of)]
    if not 0 <= number < count:
        raise UserError(f"no channel {number} in {name}; its channels are 0 to {count - 1}")
    return number
