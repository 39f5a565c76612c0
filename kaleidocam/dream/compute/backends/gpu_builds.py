"""Which of the installed frameworks were built for a GPU of this machine.

Invariant: it is quick and never fails, and no framework is imported for it. A GPU that is not found counts as missing.
"""

import os
import platform
import re
import shutil
from collections.abc import Iterable
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

NVIDIA, AMD, APPLE = "NVIDIA", "AMD", "Apple"
DEVICES = Path("/dev")
BUILD = re.compile(r"^(cuda|hip)\b[^=\n]*= *['\"]", re.M)  # in PyTorch's version.py: None where it was not built for it


def reaching(names: Iterable[str]) -> str | None:
    """The first of these backends, all installed, whose framework was built for a GPU that is here; None: there is
    none."""
    makes = _makes()
    return next((name for name in names if makes & BUILT_FOR[name]()), None) if makes else None


def _makes() -> set[str]:
    """The makes of this machine's GPUs, as its system shows them."""
    if platform.system() == "Darwin":
        return {APPLE} if platform.machine() == "arm64" else set()
    if platform.system() == "Windows":
        return {NVIDIA} if shutil.which("nvidia-smi") else set()  # its driver puts it there
    found = {NVIDIA: ("nvidia[0-9]*", "dxg"), AMD: ("kfd",)}  # dxg: Linux within Windows
    return {make for make, names in found.items() if any(any(DEVICES.glob(name)) for name in names)}


def _tensorflow() -> set[str]:
    """Its packages for Linux compute on NVIDIA's GPUs where they find cuDNN."""
    cudnn = _folders("nvidia.cudnn") or find_library("cudnn")
    return {NVIDIA} if cudnn and platform.system() == "Linux" else set()


def _torch() -> set[str]:
    if platform.system() == "Darwin":
        return {APPLE}
    text = next((_text(Path(folder) / "version.py") for folder in _folders("torch")), "")
    return {{"cuda": NVIDIA, "hip": AMD}[kind] for kind in BUILD.findall(text)}


def _jax() -> set[str]:
    """It has a package for each kind of GPU."""
    kinds = {"cuda": NVIDIA, "rocm": AMD, "metal": APPLE}
    plugins = [name for folder in _folders("jax_plugins") for name in _names(folder)]
    return {make for kind, make in kinds.items() if any(kind in name for name in plugins)}


BUILT_FOR = {"tensorflow": _tensorflow, "torch": _torch, "jax": _jax, "openvino": set[str]}


def _folders(package: str) -> list[str]:
    """Where a package lies; none where it is not installed."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    return list(spec.submodule_search_locations or []) if spec else []


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
