"""The dreams of a look from frame to frame, and the one layer that they make together.

Invariant: as in `eye.py`. A look of one dream costs nothing for the others that there might be.
"""

from collections.abc import Callable

import numpy as np

from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging, to_network
from kaleidocam.mask.edges import moved
from kaleidocam.mask.fine import spread
from kaleidocam.mask.kinds import is_exact
from kaleidocam.motion.warp import resized
from kaleidocam.picture.blend import blended
from kaleidocam.picture.chorus import Chorus
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.mirror import Mirror
from kaleidocam.picture.palette import Palette, no_pictures
from kaleidocam.picture.part import Part
from kaleidocam.picture.voice import Voice
from kaleidocam.settings.layering import EVERYWHERE
from kaleidocam.settings.parameters import Look

ON_TIME = 0.99  # of the cadence's interval, after which the dreamer is due: frame times are rounded


class Dream:
    """Carries the dreams of a look from frame to frame and lets their dreamers continue them.

    The network costs the most, so it is asked at most `look.cadence` times a second, by one of the dreams after the
    other. Between the calls, each grows on along its drives. State: the dreams, whose turn it is, and the time since
    the last call.
    """

    def __init__(
        self,
        grid: tuple[int, int],
        dreamer: Dreamer,
        on: Imaging = PROCESSOR,
        palette: Callable[[], Palette] = lambda: Palette(no_pictures),
        another: Callable[[], Dreamer] | None = None,
    ) -> None:
        """`on`: what processes the pictures that the dreamer gets. `palette`: makes the palette of a dream; `another`:
        the dreamer of one more, which has no channel yet; None: `dreamer` dreams them all."""
        self._on, self._grid = on, grid
        make = another or (lambda: dreamer)
        self._chorus = Chorus(Voice(dreamer, palette(), on), lambda: Voice(make(), palette(), on))
        self.reset()

    @property
    def dreamer(self) -> Dreamer:
        """That of the first dream."""
        return self._chorus.own.dreamer

    @property
    def dreamers(self) -> list[Dreamer]:
        """All that dream now, the first one's first."""
        return [voice.dreamer for voice in self._chorus.voices]

    def reset(self, channel: str | None = None) -> None:
        """Clears the layer; the next step is like the first, of `channel` where it is given."""
        self._chorus.reset()
        self._waited, self._turn = 0.0, 0
        self._layer: np.ndarray | None = None
        if channel is not None:
            self.dreamer.reset(channel)

    def pass_time(self, seconds: float, look: Look) -> None:
        """Advances what comes and goes by `seconds` without a step: for a film that starts in the middle."""
        self._chorus.follow(look, seconds)
        self.dreamer.pass_time(seconds, look)
        for part in self._chorus.parts:
            if not part.going:
                part.voice.dreamer.pass_time(seconds, part.layer.of(look))

    @property
    def layer(self) -> np.ndarray:
        """The dream layer, (h, w, 3) float32 RGB, read-only."""
        layer = self._chorus.own.layer if self._layer is None else self._layer
        return np.zeros((*self._grid[::-1], 3), np.float32) if layer is None else layer

    def state(self) -> dict:
        """All that the next frames depend on, the dreamers' states included; for `restore`."""
        own = self._chorus.own.state()
        return own | {"waited": self._waited, "turn": self._turn, "chorus": self._chorus.state()}

    def restore(self, state: dict) -> None:
        self._chorus.own.restore(state)
        self._chorus.restore(state.get("chorus"))  # a film that an earlier version began has none
        self._waited, self._turn, self._layer = state["waited"], int(state.get("turn", 0)), None

    def advance(self, seen: Seen, look: Look) -> np.ndarray:
        """The dream layer of this frame, (h, w, 3) float32 RGB: carried, faded, cleared, and dreamed on."""
        chorus, image = self._chorus, self._on.picture(seen.small)
        chorus.follow(look, seen.elapsed, seen.motion.cut)
        self._waited += seen.elapsed
        due = self._waited * look.cadence >= ON_TIME
        dreams = [(chorus.own, look), *((part.voice, part.layer.of(look)) for part in chorus.parts if not part.going)]
        ready = [voice for voice in chorus.in_sight if voice.dreamer.ready]
        turn = ready[self._turn % len(ready)] if due and ready else None
        asked = [voice.advance(seen, image, at, asked=voice is turn) for voice, at in dreams]
        if any(asked):
            self._waited, self._turn = 0.0, (self._turn + 1) % max(1, len(ready))
        self._layer = self._together(seen, look) if chorus.parts else None
        return self.layer

    def _together(self, seen: Seen, look: Look) -> np.ndarray:
        """The layer of all dreams, and at its place the mask of each kept for the next frame."""
        layer, image = self._chorus.own.layer, to_network(seen.small)
        if layer is None:  # it is not ready yet
            layer = np.zeros_like(image)
        for part in self._chorus.parts:
            if part.going:
                part.voice.rest(seen, look)
            part.mask, over = _mask_of(part, seen), _folded(part, seen, look)
            if over is not None and part.share > 0:
                share = part.share if part.mask is None else part.mask[..., None] * np.float32(part.share)
                layer = blended(layer, over, image, share, part.layer.blend, part.alone)
        return layer


def _mask_of(part: Part, seen: Seen) -> np.ndarray | None:
    """Where the layer of a part is, (h, w) float32, 0 to 1; None: everywhere. Once nobody looks for it any more, it
    stands."""
    layer, shape = part.layer, seen.small.shape[:2]
    if layer.mask == EVERYWHERE:
        return None
    if layer.mask in seen.masks:
        edged = spread if is_exact(layer.mask) else moved
        return resized(edged(seen.masks[layer.mask], layer.grow, layer.soft), shape)
    return np.zeros(shape, np.float32) if part.mask is None else resized(part.mask, shape)


def _folded(part: Part, seen: Seen, look: Look) -> np.ndarray | None:
    """The layer of a part under its own mirrors."""
    layer = part.voice.layer
    mirror = Mirror.of(part.layer.of(look), look.angle / 360 + seen.turned)
    return layer if layer is None or mirror is None else mirror.fold(layer)
