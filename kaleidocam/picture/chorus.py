"""The dreams of a look beside one another: which voice dreams which of them, and how far each is there.

Invariant: a dream that goes on at another place, such as a layer that becomes the first, keeps what it has grown. What
comes or goes does so within the look's `morph` seconds; only at a cut, and at the beginning, at once. One whose amount
is 0 stays, silent, as long as the look names it: a beat may move it there and back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from kaleidocam.picture.part import Part
from kaleidocam.picture.voice import Voice
from kaleidocam.settings.layering import EVERYWHERE, OWN, PLACES, Layer, layers_of, named_layers
from kaleidocam.settings.parameters import Look


class Chorus:
    """`own`: the voice of the first dream; `parts`: the others, the lowest first. State: all of it."""

    def __init__(self, own: Voice, another: Callable[[], Voice]) -> None:
        """`another`: makes one more voice, which has no channel yet."""
        self.own, self._another = own, another
        self.parts: list[Part] = []
        self._arrived = 1.0  # how far the first dream has come: less than 1 where another has made place for it
        self._playing: str | None = None  # the first dream's channel; None before the first frame

    @property
    def voices(self) -> list[Voice]:
        """All that dream on, the first one's first."""
        return [self.own, *(part.voice for part in self.parts if not part.going)]

    @property
    def in_sight(self) -> list[Voice]:
        """Those of the `voices` that need the network: they have an amount, and lie beneath none that covers them
        everywhere."""
        stay = [part for part in self.parts if not part.going]
        covering = [i for i, part in enumerate(stay) if part.layer.mask == EVERYWHERE and part.covers == 1]
        over = [part.voice for part in stay[covering[-1] if covering else 0 :] if not part.silent]
        return over if covering else [self.own, *over]

    def reset(self) -> None:
        """The next frame is like the first."""
        self.own.reset()
        self.parts, self._playing, self._arrived = [], None, 1.0

    def state(self) -> dict[str, Any]:
        """All but the first voice's own; for `restore`."""
        parts = {
            str(i): {
                "layer": asdict(part.layer),
                "presence": part.presence,
                "going": part.going,
                "mask": part.mask,
                "stands": part.stands,
                "voice": part.voice.state(),
            }
            for i, part in enumerate(self.parts)
        }
        return {"playing": self._playing, "arrived": self._arrived, "parts": parts}

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """`state` None: of an earlier version, which had no layers."""
        self.parts, self._playing, self._arrived = [], None, 1.0
        for part in state["parts"].values() if state else ():
            voice = self._another()
            voice.restore(part["voice"])
            presence, stands = float(part["presence"]), float(part["stands"])
            self.parts.append(Part(Layer(**part["layer"]), voice, presence, bool(part["going"]), part["mask"], stands))
        if state:
            self._playing, self._arrived = state["playing"], float(state["arrived"])

    def follow(self, look: Look, elapsed: float, cut: bool = False) -> None:
        """Brings the voices to the dreams that a look wants, `elapsed` seconds after the frame before."""
        if self._playing is None:
            self._playing, cut = look.channel, True
        first = Part(Layer(OWN, self._playing, look.palette), self.own, self._arrived)
        going = [part for part in self.parts if part.going]
        wanted = [Layer(OWN, look.channel, look.palette), *layers_of(look)]
        there = [first, *(part for part in self.parts if not part.going)]
        now = self._cast(wanted, there)
        now += _silent(look, [part for part in there if all(part.voice is not other.voice for other in now)])
        left = [part for part in (first, *self.parts) if all(part.voice is not other.voice for other in (*now, *going))]
        new = all(now[0].voice is not part.voice for part in (first, *self.parts))
        for part in left:
            if part is first:  # one that lay over it has taken its place; how much of it was seen goes
                over = next(other for other in self.parts if other.voice is now[0].voice)
                part = replace(first, layer=replace(first.layer, amount=1 - over.covers))
            going.append(replace(part, going=True))
        step = elapsed / look.morph if look.morph and not cut else 1.0
        own = now[0] if new or now[0].voice is first.voice else replace(now[0], presence=1.0)
        self.own, self._playing, self._arrived = own.voice, look.channel, own.passed(step).presence
        standing = [
            replace(part, stands=1 - self._arrived if part.stands or (new and part.voice is first.voice) else 0.0)
            for part in (*now[1:], *going)
        ]
        parts = [part.passed(step) for part in standing]
        self.parts = sorted((part for part in parts if part.presence > 0 or not part.going), key=_place)

    def _cast(self, wanted: Sequence[Layer], parts: Sequence[Part]) -> list[Part]:
        """The part of each of the `wanted` dreams: of those that there are, the one at its place with its channel, else
        one with its channel, else the one at its place; or a new one."""
        found: dict[str, Part] = {}
        for fits in (lambda a, b: a.place == b.place and a.channel == b.channel,
                     lambda a, b: a.channel == b.channel,
                     lambda a, b: a.place == b.place):  # fmt: skip
            for layer in wanted:
                free = (part for part in parts if all(part.voice is not other.voice for other in found.values()))
                part = next((part for part in free if fits(part.layer, layer)), None)
                if layer.place not in found and part is not None:
                    found[layer.place] = part
        return [
            replace(found[layer.place], layer=layer) if layer.place in found else Part(layer, self._another(), 0.0)
            for layer in wanted
        ]


def _silent(look: Look, parts: Sequence[Part]) -> list[Part]:
    """Those of the `parts` that a look still names, with an amount of 0."""
    named = {(layer.place, layer.channel): layer for layer in named_layers(look) if not layer.amount}
    return [
        replace(part, layer=named[place])
        for part in parts
        if (place := (part.layer.place, part.layer.channel)) in named
    ]


def _place(part: Part) -> tuple[int, bool]:
    return PLACES.index(part.layer.place), not part.going
