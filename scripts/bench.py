"""How fast kaleidocam is here, beside a baseline in the same run: python scripts/bench.py [--json FILE] [--quick]

Prints a table of ratios and figures, and writes them as JSON. Runs A and B alternately and takes medians, because
one machine is never equally fast twice.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

PARTS = ("matmul", "step", "film-640x360", "film-1280x720", "live", "live-192x108", "memory")


def measure_matmul(quick: bool) -> dict:
    """The machine's own matrix-product rate, to read the other figures by."""
    import tensorflow as tf

    rates = {}
    for dtype in ("float32", "bfloat16"):
        a = tf.cast(tf.random.normal((2048, 2048)), dtype)
        product = tf.function(lambda: tf.matmul(a, a))
        rates[f"{dtype} GFLOP/s"] = 2 * 2048**3 / min(timed(lambda: product().numpy()) for _ in range(6)) / 1e9
    return rates


def measure_step(quick: bool) -> dict:
    """One step against the plain tutorial step: the full Keras model, GradientTape under tf.function, same size and
    type, in the same process and so with the same oneDNN settings."""
    import numpy as np

    from kaleidocam import build
    from kaleidocam.settings import Look, Machine

    look = Look()
    width, height = look.grid
    ours = build.make_dreamer(look, Machine(precision="float32"))  # before TensorFlow: it turns oneDNN on
    import tensorflow as tf

    full = tf.keras.applications.InceptionV3(weights=None, include_top=False)
    model = tf.keras.Model(full.input, full.get_layer("mixed5").output)

    @tf.function(input_signature=[tf.TensorSpec((height, width, 3)), tf.TensorSpec(())])
    def tutorial(image, step_size):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(model(image[None])[..., 74])
        gradient = tape.gradient(value, image)
        gradient /= tf.math.reduce_std(gradient) + 1e-8
        return value, tf.clip_by_value(image + gradient * step_size, -1, 1)

    image = np.random.default_rng(0).uniform(-1, 1, (height, width, 3)).astype(np.float32)
    a, b = alternate(lambda: tutorial(tf.constant(image), tf.constant(0.01))[1].numpy(),
                     lambda: ours(image, 1 / 30, look), 8 if quick else 30)
    return {"tutorial ms": a * 1e3, "ours ms (with jitter and bands)": b * 1e3, "ratio": a / b}


def draw_clip(folder: str, machine, frames: int) -> str:
    """The drawn aisle as an H.264 file to be measured on; returns its path."""
    from kaleidocam import build

    clip = str(Path(folder) / "clip.mp4")
    with build.open_source("aisle", machine) as source, build.make_film(
            source, clip, machine, audio_from=None, overwrite=False) as sink:
        for _ in range(frames):
            sink.write(source.read())
    return clip


def measure_film(size: str, frames: int) -> dict:
    """A whole film from a drawn source to an H.264 file, start-up left out."""
    import tempfile

    from kaleidocam import build
    from kaleidocam.filter import Dream
    from kaleidocam.pipeline import dream_film
    from kaleidocam.settings import settle

    look, machine = settle({"size": size, "grid": "320x180"}, "bench")
    dreamer = build.make_dreamer(look, machine)
    with tempfile.TemporaryDirectory() as folder:
        clip = draw_clip(folder, machine, frames)
        times = []
        with build.open_source(clip, machine) as source, build.make_film(
                source, str(Path(folder) / "out.mp4"), machine, audio_from=clip, overwrite=False) as sink:
            dream_film(source, [sink], eye=build.make_eye(look, machine), dream=Dream(look.grid, dreamer), look=look,
                       each=lambda frame: times.append(time.perf_counter()))
        ended = time.perf_counter()
    warm = 10  # the burst at the start is not the film's pace
    return {"fps": (len(times) - warm) / (ended - times[warm - 1]), "frames": frames}


def measure_live(quick: bool, grid: str = "320x180") -> dict:
    """The live loop at 1280×720: a 30 fps clip decoded and played at its pace, dreamed, and kept as a picture."""
    import tempfile

    from kaleidocam import build
    from kaleidocam.meter import Meter
    from kaleidocam.settings import settle
    from kaleidocam.sinks.memory import Memory

    look, machine = settle({"size": "1280x720", "fps": 30, "grid": grid}, "bench")
    seconds = 8 if quick else 20
    with tempfile.TemporaryDirectory() as folder:
        clip = draw_clip(folder, machine, 150)
        with build.open_live(clip, machine) as source:
            stage = build.make_stage(source, [Memory(limit=1)], look, machine, until=seconds, hud=0)
            stage.meter = stage.dreaming._meter = Meter(window=seconds - 3.0)  # all but the warm-up
            stage.run()
            reading = stage.reading()
    return {"fps": reading.fps, "drops": reading.dropped, "latency p50 ms": reading.latency_ms,
            "latency p95 ms": reading.latency_p95_ms, "dream steps a second": reading.steps}


def measure_memory(quick: bool) -> dict:
    """Peak memory of a short and a long film run, each in a process of its own."""
    short, long = (100, 400) if quick else (500, 10_000)
    peaks = {}
    for frames in (short, long):
        code = ("import sys; sys.path.insert(0, 'scripts'); import bench, resource; "
                f"bench.small_film({frames}); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parents[1])
        peaks[f"{frames} frames, peak MiB"] = float(done.stdout.split()[-1])
    first, last = peaks.values()
    return {**peaks, "ratio": last / first}


def small_film(frames: int) -> None:
    """A film at the smallest grid, for what grows with its length."""
    import tempfile

    from kaleidocam import build
    from kaleidocam.filter import Dream
    from kaleidocam.pipeline import dream_film
    from kaleidocam.settings import settle

    look, machine = settle({"size": "320x180", "grid": "96x96", "channel": "mixed0:3"}, "bench")
    with tempfile.TemporaryDirectory() as folder, build.open_source("aisle", machine) as source, build.make_film(
            source, str(Path(folder) / "out.mp4"), machine, audio_from=None, overwrite=False) as sink:
        dream_film(source, [sink], eye=build.make_eye(look, machine), look=look, until=frames / source.fps,
                   dream=Dream(look.grid, build.make_dreamer(look, machine)))


def timed(run) -> float:
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def alternate(a, b, rounds: int) -> tuple[float, float]:
    """Medians of both, in seconds, run turn by turn after two warm-ups."""
    for _ in range(2):
        a(), b()
    times = [(timed(a), timed(b)) for _ in range(rounds)]
    return tuple(statistics.median(column) for column in zip(*times, strict=True))


def run_part(part: str, quick: bool) -> dict:
    if part.startswith("film-"):
        return measure_film(part.removeprefix("film-"), 60 if quick else 200)
    if part.startswith("live-"):
        return measure_live(quick, part.removeprefix("live-"))
    return {"matmul": measure_matmul, "step": measure_step, "live": measure_live, "memory": measure_memory}[part](quick)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="where the figures go, besides the table")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this; may be repeated")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.in_process:
        print(json.dumps(run_part(given.part[0], given.quick)))
        return
    results = {"machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()}}
    print(f"{results['machine']['processor']}, {os.cpu_count()} cores")
    for part in given.part or PARTS:  # each in a process of its own: thread counts are set once a process
        command = [sys.executable, __file__, "--in-process", "--part", part, *(["--quick"] if given.quick else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        results[part] = json.loads(done.stdout.splitlines()[-1])
        for name, value in results[part].items():
            print(f"{part:14s} {name:34s} {value:10.2f}", flush=True)
    if given.json:
        Path(given.json).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
