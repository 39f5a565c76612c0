"""The cost of mirrors for a turn of the dream and for the video, compared with no mirrors.

Invariant: every kind runs once in each round, so that a slow moment affects all kinds equally.
"""

import tempfile

import cv2
import numpy as np

from kaleidocam.live.assembly import VIDEO_THREADS
from kaleidocam.picture.assembly import make_dreamer, make_eye
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.values import settle
from kaleidocam.sources.opening import open_source
from speed.clip import draw
from speed.clock import timed

KINDS = {
    "none": {},
    "one mirror inside": {"geometry": "left", "fold": "inside"},
    "two mirrors inside": {"geometry": "quad", "fold": "inside"},
    "two mirrors after": {"geometry": "quad"},
    "star of six inside": {"mirrors": 6, "fold": "inside"},
    "star of six after": {"mirrors": 6, "spin": 0.1},
    "hexagons after": {"geometry": "hexagon", "spin": 0.1},
    "drift": {"drift_zoom": 0.3, "drift_turn": 0.05},
}
ROUNDS, SIZE = 40, (1280, 720)


def mirrors(quick: bool) -> dict:
    """For each kind, relative to no mirrors: the dream's area and turn, and seeing and showing a 1280×720 frame."""
    plain, machine = settle({"cadence": 240}, "bench")
    ascent = make_dreamer(plain, machine)
    cv2.setNumThreads(VIDEO_THREADS)
    looks = {kind: settle({"cadence": 240, **values}, "bench")[0] for kind, values in KINDS.items()}
    parts = {kind: (make_eye(machine, live=True), Dream(grid_of(plain, SIZE), ascent)) for kind in looks}
    area, turn, video = ({kind: [] for kind in KINDS} for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        with open_source(draw(folder, "x".join(map(str, SIZE)), ROUNDS), machine) as source:
            frames = list(iter(source.read, None))
        for i, frame in enumerate(frames[: 10 if quick else ROUNDS]):
            for kind, (eye, dream) in parts.items():
                seen = []
                seeing = timed(lambda: seen.append(eye.see(frame, looks[kind])))
                dreaming = timed(lambda: dream.advance(seen[0], looks[kind]))
                showing = timed(lambda: Glass().show(seen[0], dream.layer, looks[kind]))
                if i > 3:
                    turn[kind].append(dreaming)
                    video[kind].append(seeing + showing)
                    area[kind].append(seen[0].small.shape[0] * seen[0].small.shape[1])
    median = {
        name: {kind: float(np.median(values)) for kind, values in of.items()}
        for name, of in (("area", area), ("turn", turn), ("video", video))
    }
    result = {"none: dream's turn, ms": 1e3 * median["turn"]["none"], "none: video, ms": 1e3 * median["video"]["none"]}
    for kind in list(KINDS)[1:]:
        result |= {
            f"{kind}: {name}": median[key][kind] / median[key]["none"]
            for name, key in (("dream's area", "area"), ("dream's turn", "turn"), ("video", "video"))
        }
    return result
