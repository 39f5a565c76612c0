"""Tests what works on this machine.

Invariant: every line reports something that was just tried here, or says how to get what is missing.
"""

import os
import platform
from collections.abc import Iterator

from kaleidocam.cli import busy, gpus
from kaleidocam.cli.outlook import outlook
from kaleidocam.cli.pace import measured_apart
from kaleidocam.dream.compute.backends import registry
from kaleidocam.errors import UserError
from kaleidocam.live.governor import LEAST_STEPS
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks import hardware
from kaleidocam.sinks.kinds import SINKS
from kaleidocam.sources.kinds import SOURCES


def examine(look: Look, machine: Machine) -> Iterator[tuple[str, str]]:
    """Yields pairs (what was tried, finding), the quick ones first."""
    import cv2
    import numpy as np

    yield "system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    yield "opencv, numpy", f"{cv2.__version__}, {np.__version__}"
    for title, found in filter(None, [*(kind.finding for kind in SOURCES), *(kind.finding for kind in SINKS)]):
        yield title, found()
    yield "encoders", hardware.told()
    yield "processor", _quiet()
    yield from _dream(look, machine)


def _dream(look: Look, machine: Machine) -> Iterator[tuple[str, str]]:
    found, chosen = [] if machine.device == "cpu" else gpus.find(), registry.chosen(machine.backend, machine.device)
    paces, reached = {}, set()
    yield "backend", _choice(machine, chosen)
    yield "gpu", ", ".join(gpu.name for gpu in found) or "none; the dream runs on the processor"
    for name, title in registry.BACKENDS.items():
        if not registry.installed(name):
            yield title, f"not installed; pip install 'kaleidocam[{name}]'"
            continue
        try:
            pace = measured_apart(look, machine.model_copy(update={"backend": name}))
        except UserError as error:
            yield title, str(error)
            continue
        paces[name] = pace.steps
        reached |= {name} if pace.gpu else set()
        yield (
            title,
            (
                f"{pace.version}{', used' if name == chosen else ''}: {pace.steps:.1f} steps a second of "
                f"{look.channel} at {pace.grid[0]}x{pace.grid[1]} on {pace.device} in {pace.precision}, "
                f"ready {pace.ready:.1f} s after the start"
            ),
        )
    yield "fastest", gpus.advice(found, paces, reached, chosen)
    if chosen in paces:
        yield "advice", _advice(paces[chosen])
        yield from outlook(look, machine)


def _quiet() -> str:
    """Whether what is measured next is this machine's own."""
    now, slow = busy.look(), busy.slowed()
    state = "busy" if now else "not known" if now.taken is None else "quiet"
    low = "; the figures below are lower than they could be" if now or slow else ""
    return f"{state}: {'; '.join(filter(None, [str(now), slow]))}{low}"


def _choice(machine: Machine, chosen: str) -> str:
    """The backend that the commands take here, and why."""
    if machine.backend != "auto":
        why = "--backend names it"
    elif os.environ.get(registry.VARIABLE):
        why = f"{registry.VARIABLE} names it"
    else:
        why = registry.automatic(machine.device)[1]
    return f"{registry.BACKENDS[chosen]}: {why}"


def _advice(pace: float) -> str:
    if pace >= LEAST_STEPS:
        return "fast enough for this look, live and in films"
    return (
        "live, the grid is made coarser until the dream is fast enough; films only take longer; a lower --detail, "
        "such as 0.5, makes both faster"
    )
