"""Finds the GPUs of this machine without a framework, and says how to dream on them.

Invariant: it is quick and never fails: a GPU that can't be found counts as missing.
"""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kaleidocam.dream.compute.backends.registry import BACKENDS, installed

MARGIN = 1.1  # a smaller lead is noise
NVIDIA, AMD, APPLE = "NVIDIA", "AMD", "Apple"
GUIDE = "https://pytorch.org/get-started/locally"
# By make and system: the backend that can use the GPU, and how to install it so that it does.
WAYS = {
    (NVIDIA, "Linux"): ("torch", "pip install 'kaleidocam[torch]'"),
    (NVIDIA, "Windows"): (
        "torch",
        f"PyTorch for CUDA as {GUIDE} has it, then pip install 'kaleidocam[torch]' (TensorFlow has no GPU on Windows)",
    ),
    (AMD, "Linux"): ("torch", f"PyTorch for ROCm as {GUIDE} has it, then pip install 'kaleidocam[torch]'"),
    (APPLE, "Darwin"): ("torch", "pip install 'kaleidocam[torch]' (TensorFlow has no GPU that is kept up on a Mac)"),
}


@dataclass(frozen=True)
class Gpu:
    """`make`: the manufacturer. `name`: for people."""

    make: str
    name: str

    @property
    def way(self) -> tuple[str, str] | None:
        """The backend that can use this GPU, and how to install it; None if no backend is known to."""
        return WAYS.get((self.make, platform.system()))


def find() -> list[Gpu]:
    """The GPUs of this machine that a backend might use."""
    if platform.system() == "Darwin":
        return [Gpu(APPLE, "Apple silicon")] if platform.machine() == "arm64" else []
    amd = [Gpu(AMD, "an AMD GPU")] if os.path.exists("/dev/kfd") else []
    return [Gpu(NVIDIA, name) for name in _nvidia()] + amd


def _nvidia() -> list[str]:
    if not (tool := shutil.which("nvidia-smi")):
        return ["an NVIDIA GPU"] if any(Path("/dev").glob("nvidia[0-9]*")) else []
    try:
        done = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def advice(gpus: list[Gpu], paces: dict[str, float], reached: set[str], chosen: str) -> str:
    """What would be the fastest here, and how to get it. `paces`: steps per second of each backend that was measured;
    `reached`: those of them that ran on a GPU; `chosen`: the backend that is used by default."""
    if gpus and not reached and gpus[0].way:
        name, how = gpus[0].way
        what = f"{BACKENDS[name]} on the {gpus[0].name}"
        if name in paces:
            return f"{what} would be the fastest, but it finds no GPU: install {how}; then --backend {name}"
        if not installed(name):
            return f"{what} would be the fastest: {how}; then --backend {name}"
    if not paces:
        return "none works here; the lines above say why"
    best = max(paces, key=lambda name: paces[name])
    if paces[best] < MARGIN * paces.get(chosen, 0):
        best = chosen
    where = "on the GPU" if best in reached else "on this processor"
    if best == chosen:
        return f"{BACKENDS[chosen]} is the fastest {where}, and is used"
    lead = f", {paces[best] / paces[chosen]:.1f} times as fast as {BACKENDS[chosen]}" if chosen in paces else ""
    return f"{BACKENDS[best]} is the fastest {where}{lead}: --backend {best}, or set KERAS_BACKEND={best}"
