"""The backends, and the choice between them.

Invariant: a framework is imported when it is chosen, and no other framework with it.
"""

import importlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kaleidocam.dream.compute.backends import gpu_builds
from kaleidocam.errors import UserError, nearest, one_line

if TYPE_CHECKING:  # it imports NumPy, which code that needs only the names should not wait for
    from kaleidocam.dream.compute.backends.base import Backend

log = logging.getLogger(__name__)

VARIABLE = "KERAS_BACKEND"  # Keras 3 uses the same variable
# Name -> the framework's name for people. The name is also that of the package, of the extra, and after "on_" of the
# file here.
BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX", "openvino": "OpenVINO"}
DEFAULT, LIGHT = "tensorflow", "openvino"
NO_MEMORY = {"OutOfMemoryError", "ResourceExhaustedError"}  # PyTorch, TensorFlow; JAX has a single class of errors


def chosen(choice: str = "auto", device: str = "auto") -> str:
    """The name of the backend for `choice` on a device. "auto": the one that KERAS_BACKEND names, else the
    `automatic` one. UserError for an unknown name; fast."""
    name = os.environ.get(VARIABLE) or automatic(device)[0] if choice == "auto" else choice
    if name not in BACKENDS:
        given = f"{VARIABLE} is" if choice == "auto" else "--backend is"
        raise UserError(f"{given} '{name}'; allowed is {', '.join(BACKENDS)}{nearest(name, BACKENDS)}")
    return name


def automatic(device: str = "auto") -> tuple[str, str]:
    """The name of the backend that is used where none is named, and why, for people. OpenVINO is the fastest on a
    processor, but no GPU is given up for it."""
    here = [name for name in BACKENDS if installed(name)]
    if LIGHT in here and device != "gpu":
        reaching = gpu_builds.reaching(name for name in here if name != LIGHT) if device == "auto" else None
        if reaching:
            return reaching, "it was built for the GPU here"
        return LIGHT, "it is installed, and the fastest on processors"
    if DEFAULT in here or not here:
        return DEFAULT, "it is the default"
    return here[0], "it is what is installed"


def installed(name: str) -> bool:
    """Whether the framework of that backend is installed; fast."""
    return find_spec(name) is not None


def require(choice: str = "auto", device: str = "auto") -> None:
    """UserError where the backend is not installed; fast."""
    name = chosen(choice, device)
    if not installed(name):
        raise UserError(
            f"the backend {name} needs {BACKENDS[name]}, which is not installed: pip install "
            f"'kaleidocam[{name}]', or choose another backend with --backend"
        )


def backend(choice: str = "auto", device: str = "auto") -> "Backend":
    """The backend for `choice` (see `chosen`) on a device: "cpu", "gpu" or "auto". "auto" is the device on which it
    already runs, else a GPU if there is one. Slow the first time. UserError where the backend is not installed, does
    not start, or has no such device."""
    require(choice, device)
    name = chosen(choice, device)
    with _starting:
        running = _running.setdefault(name, {})
        for asked, found in running.items():
            if device in ("auto", asked) or (asked == "auto" and found.gpu == (device == "gpu")):
                return found
        running[device] = _start(name, device)
        return running[device]


_starting = threading.Lock()
_running: dict[str, dict[str, "Backend"]] = {}


def _start(name: str, device: str) -> "Backend":
    log.info(f"loading {BACKENDS[name]}", extra={"waiting": True})
    try:
        return importlib.import_module(f"{__package__}.on_{name}").start(device)
    except UserError:
        raise
    except Exception as error:  # a library is missing, or does not fit this machine or another library
        raise does_not_start(name, error) from error


def does_not_start(name: str, error: Exception) -> UserError:
    """The error of a backend that can't start."""
    return UserError(
        f"{BACKENDS[name]} does not start here: {one_line(error)}; reinstall it, or choose another with --backend"
    )


def too_large(error: Exception) -> UserError | None:
    """The UserError for a framework's error, where its device is out of memory; None for other errors."""
    kind = type(error).__name__
    if kind in NO_MEMORY or (kind == "XlaRuntimeError" and "RESOURCE_EXHAUSTED" in str(error)):
        return UserError("the dream does not fit into the GPU's memory; give a smaller --grid, or --device cpu")
    return None


@contextmanager
def plainly() -> Iterator[None]:
    """A context in which a framework's out-of-memory error is raised as a UserError (see `too_large`)."""
    try:
        yield
    except Exception as error:
        if (plain := too_large(error)) is None:
            raise
        raise plain from error


def no_gpu(name: str) -> UserError:
    """The error of a backend that should use a GPU and finds none."""
    return UserError(
        f"--device gpu: {BACKENDS[name]} finds no GPU here; run 'kaleidocam doctor' to see what is "
        "missing, or give --device cpu"
    )
