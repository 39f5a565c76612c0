"""What works on this machine, found by trying it.

Invariant: every line is something that was just done here, or says what to do about what is missing.
"""

import platform
import time
from collections.abc import Iterator

from kaleidocam import build
from kaleidocam.errors import UserError
from kaleidocam.settings import Look, Machine

WARM_UP_STEPS, MEASURED_STEPS = 2, 8


def examine(look: Look, machine: Machine) -> Iterator[tuple[str, str]]:
    """(what, finding) pairs, quick ones first; yields as it goes."""
    import cv2
    import numpy as np

    yield "system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    yield "opencv, numpy", f"{cv2.__version__}, {np.__version__}"
    yield "cameras", _cameras()
    yield "window", _window()
    yield "virtual camera", _virtual_camera()
    yield "codecs", _codecs()
    yield from _dream(look, machine)


def _cameras() -> str:
    from kaleidocam.sources.camera import camera_names

    found = camera_names()
    return ", ".join(f"{index}: {name}" for index, name in found) or (
        "none found; 'kaleidocam live --from aisle' runs without one"
    )


def _window() -> str:
    from kaleidocam.sinks.window import Window

    try:
        with Window():
            return "works"
    except UserError as error:
        return str(error)


def _virtual_camera() -> str:
    from kaleidocam.sinks.virtual_camera import VirtualCamera

    try:
        with VirtualCamera(size=(1280, 720), fps=30.0):
            return "works"
    except UserError as error:
        return str(error)


def _codecs() -> str:
    import av

    wanted = {"libx264": "H.264", "libx265": "H.265", "libsvtav1": "AV1", "libvpx-vp9": "VP9", "prores_ks": "ProRes"}
    have = [name for codec, name in wanted.items() if codec in av.codecs_available]
    return f"{', '.join(have) or 'none: install av anew'} (PyAV {av.__version__})"


def _dream(look: Look, machine: Machine) -> Iterator[tuple[str, str]]:
    import numpy as np

    before = time.perf_counter()
    ascent = build.make_dreamer(look, machine)
    start_up = time.perf_counter() - before
    import tensorflow as tf

    from kaleidocam.dream.gradient import precision_for

    gpus = tf.config.list_physical_devices("GPU")
    yield "tensorflow", f"{tf.__version__}, GPU: {', '.join(gpu.name for gpu in gpus) or 'none, the processor dreams'}"
    yield "precision", precision_for(machine.precision)
    image = np.random.default_rng(0).uniform(-0.5, 0.5, (look.grid[1], look.grid[0], 3)).astype(np.float32)
    times = []
    for _ in range(WARM_UP_STEPS + MEASURED_STEPS):
        before = time.perf_counter()
        ascent(image, 1 / 15, look)
        times.append(time.perf_counter() - before)
    pace = 1 / float(np.median(times[WARM_UP_STEPS:]))
    yield "dream", (f"{pace:.1f} steps a second of {look.channel} at {look.grid[0]}x{look.grid[1]}, "
                    f"ready {start_up:.1f} s after the start")
    yield "advice", _advice(pace)


def _advice(pace: float) -> str:
    if pace >= 15:
        return "fast enough for the default look, live and in films"
    return "a smaller --grid, such as 224x126, makes the live dream quicker; films only take longer"
