"""A film: its speed, each stage by itself, its memory, and the same film made as in the tutorial.

Invariant: a film is timed as the command makes it. Comparisons with a stage or another method leave out the start-up
and the first frames, whose burst is slower than the film.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import kaleidocam
from kaleidocam.dream.base import Plain
from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.picture.assembly import make_dreamer, make_eye
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.values import settle
from kaleidocam.sources.opening import open_source
from speed.clip import draw
from speed.clock import timed
from speed.command import WARM, filmed
from speed.step import plain_step

DRAWN_FPS = kaleidocam.Machine().fps
PACED_SECONDS = 7.0  # of the film that a stage or another method is compared with
DREAMING = "fps while dreaming"
TUTORIAL_STEP = 0.01  # of the range from gray to white, as in the tutorial


def stages(size: str, quick: bool) -> dict:
    """Milliseconds per frame of each stage by itself and of the film, and the film's rate divided by that of its
    slowest stage by itself."""
    look, machine = settle({}, "bench")
    dreamer, found = make_dreamer(look, machine), {}
    with tempfile.TemporaryDirectory() as folder:
        clip = draw(folder, size, 40 if quick else 100)
        frames = []
        with open_source(clip, machine) as source:
            found["decode"] = timed(lambda: frames.extend(iter(source.read, None))) / len(frames)
            eye, seen = make_eye(machine), []
            found["shrink, flow, cuts"] = timed(lambda: seen.extend(eye.see(frame, look) for frame in frames)) / len(
                frames
            )
            carrying, layers = Dream(grid_of(look, source.size), Plain(lambda image, seconds, look: image)), []
            found["carry, fade, bound"] = timed(lambda: layers.extend(carrying.advance(s, look) for s in seen)) / len(
                frames
            )
            dreaming, layers = Dream(grid_of(look, source.size), dreamer), []
            for s in seen[:WARM]:
                dreaming.advance(s, look)
            found["dream, all of it"] = timed(
                lambda: layers.extend(dreaming.advance(s, look) for s in seen[WARM:])
            ) / len(seen[WARM:])
            glass, pairs = Glass(), list(zip(seen[WARM:], layers, strict=True))

            def show(pair):
                return glass.show(*pair, look)

            found["enlarge, lay over"] = timed(lambda: all(map(show, pairs))) / len(
                pairs
            )  # one after another, none kept
            shown = list(map(show, pairs))
            with kaleidocam.open_sink(f"{folder}/alone.mp4", source.size, source.fps) as sink:
                found["convert, encode"] = timed(lambda: [sink.write(frame) for frame in shown]) / len(shown)
    found["film"] = 1 / filmed(size, PACED_SECONDS, quick)[DREAMING]
    slowest = max(seconds for name, seconds in found.items() if name != "film")
    return {f"{name} ms": 1e3 * seconds for name, seconds in found.items()} | {
        "film's rate over its slowest stage's": slowest / found["film"]
    }


def against_tutorial(size: str, quick: bool) -> dict:
    """Our film compared with the plain tutorial loop on whole frames: both at one step per frame, and at equal
    strength: with as many tutorial steps as raise the objective as much on its frames as ours does on our grid."""
    width, height = map(int, size.split("x"))
    look, machine = settle({"cadence": 240}, "bench")
    ascent = make_dreamer(look, machine)
    import tensorflow as tf

    plain = plain_step((width, height))
    with tempfile.TemporaryDirectory() as folder:
        clip = draw(folder, size, 46)
        with open_source(clip, machine) as source:
            frames = list(iter(source.read, None))
        image = tf.constant(to_network(frames[-1].image))
        plain(image, tf.constant(0.0))
        one = float(
            np.median(
                [timed(lambda: plain(image, tf.constant(TUTORIAL_STEP))[1].numpy()) for _ in range(2 if quick else 4)]
            )
        )
        dream_, eye = Dream(grid_of(look, (width, height)), ascent), make_eye(machine)
        for frame in frames:
            seen = eye.see(frame, look)
            layer = dream_.advance(seen, look)
        small = to_network(seen.small)
        strength = ascent.measure(np.clip(small + layer, -1, 1)) / ascent.measure(small)
    mine = {
        cadence: 1 / filmed(size, PACED_SECONDS, quick, cadence=cadence)[DREAMING]
        for cadence in (240.0, look_default("cadence"))
    }
    steps = _steps_to(strength, look, ascent, small)
    return {
        "tutorial, one step a frame, s a frame": one,
        "ours, one step a frame, s a frame": mine[240.0],
        "ratio at one step a frame": one / mine[240.0],
        "ours as it comes, s a frame": mine[look_default("cadence")],
        "strength of ours": strength,
        "tutorial steps to that strength": steps,
        "ratio at equal strength": steps * one / mine[look_default("cadence")],
    }


def look_default(name: str):
    from kaleidocam.settings.parameters import Look

    return Look.model_fields[name].default


def _steps_to(strength: float, look, ascent, small: np.ndarray, most: int = 200) -> int:
    """How many plain steps (gradient over its deviation, times TUTORIAL_STEP) raise the objective to `strength` times
    its value; counted on the grid, where a step is fast, with our gradient of the same objective."""
    image, before = small, ascent.measure(small)
    for count in range(1, most + 1):
        gradient = ascent.gradient(image)
        image = np.clip(image + TUTORIAL_STEP * gradient / (gradient.std() + 1e-8), -1, 1)
        if ascent.measure(image) >= strength * before:
            return count
    return most


def memory(quick: bool) -> dict:
    """Peak memory of a short and a long film, each in its own process."""
    short, long = (100, 400) if quick else (500, 10_000)
    peaks = {f"{frames} frames, peak MiB": alone(f"film.small({frames})") for frames in (short, long)}
    first, last = peaks.values()
    return {**peaks, "ratio": last / first}


def alone(call: str) -> float:
    """The peak memory in MiB of a new process that runs `call`, an expression in this module."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r}); from speed import film; import "
        f"resource; {call}; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def small(frames: int) -> None:
    """A film on the smallest grid, to measure what grows with its length."""
    film("320x180", frames, grid="96x96", channel="mixed0:3")


def film(size: str, frames: int, **more) -> None:
    """A film of `frames` drawn frames with the settings `more`."""
    with tempfile.TemporaryDirectory() as folder:
        kaleidocam.film("aisle", f"{folder}/out.mp4", size=size, end=frames / DRAWN_FPS, cuts="none", **more)
