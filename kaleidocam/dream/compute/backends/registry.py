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

from kaleidocam.errors import UserError, nearest, one_line

if TYPE_CHECKING:  # it imports NumPy, which code that needs only the names should not wait for
    from kaleidocam.dream.compute.backends.base import Backend

log = logging.getLogger(__name__)

VARIABLE = "KERAS_BACKEND"  # Keras 3 uses the same variable
# Name -> the framework's name for people. The name is also that of the package, of the extra, and after "on_" of the
# file here.
BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX", "openvino": "OpenVINO"}
DEFAULT = "tensorflow"
NO_MEMORY = {"OutOfMemoryError", "ResourceExhaustedError"}  # PyTorch, TensorFlow; JAX has a single class of errors


def chosen(choice: str = "auto") -> str:
    """The name of the backend for `choice`; "auto": that of KERAS_BACKEND, else TensorFlow. UserError for an unknown
    name."""
    name = os.environ.get(VARIABLE) or DEFAULT if choice == "auto" else choice
    if name not in BACKENDS:
        given = f"{VARIABLE} is" if choice == "auto" else "--backend is"
        raise UserError(f"{given} '{name}'; allowed is {', '.join(BACKENDS)}{nearest(name, BACKENDS)}")
    return name


def installed(name: str) -> bool:
    """Whether the framework of that backend is installed; fast."""
    return find_spec(name) is not None


def require(choice: str = "auto") -> None:
    """UserError where the backend is not installed; fast."""
    name = chosen(choice)
    if not installed(name):
        raise UserError(
            f"the backend {name} needs {BACKENDS[name]}, which is not installed: pip install "
            f"'kaleidocam[{name}]', or choose another backend with --backend"
        )


def backend(choice: str = "auto", device: str = "auto") -> "Backend":
    """The backend for `choice` (see `chosen`) on a device: "cpu", "gpu" or "auto". "auto" is the device on which it
    already runs, else a GPU if there is one. Slow the first time. UserError where the backend is not installed, does
    not start, or has no such device."""
    require(choice)
    name = chosen(choice)
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
    log.info(f"loading {BACKENDS[name]}")
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
