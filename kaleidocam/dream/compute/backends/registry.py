"""Which backends there are, and which one is meant.

Invariant: a framework is imported when it is chosen, and no other with it.
"""

import importlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kaleidocam.errors import UserError, nearest, one_line

if TYPE_CHECKING:  # it brings NumPy, and whoever only asks for names need not wait for that
    from kaleidocam.dream.compute.backends.base import Backend

VARIABLE = "KERAS_BACKEND"  # by which Keras 3 is told the same
# By name, which is also its package's, its extra's and, behind "on_", its file's here: the framework's name for people.
BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
DEFAULT = "tensorflow"
NO_MEMORY = {"OutOfMemoryError", "ResourceExhaustedError"}  # PyTorch's and TensorFlow's; JAX has one error for all


def chosen(choice: str = "auto") -> str:
    """The backend that `choice` names; "auto": the one of KERAS_BACKEND, else TensorFlow. UserError where there is none
    of that name."""
    name = os.environ.get(VARIABLE) or DEFAULT if choice == "auto" else choice
    if name not in BACKENDS:
        given = f"{VARIABLE} is" if choice == "auto" else "--backend is"
        raise UserError(f"{given} '{name}'; allowed is {', '.join(BACKENDS)}{nearest(name, BACKENDS)}")
    return name


def installed(name: str) -> bool:
    """Whether the framework of that backend is here; quick."""
    return find_spec(name) is not None


def require(choice: str = "auto") -> None:
    """UserError where the backend is not here; quick."""
    name = chosen(choice)
    if not installed(name):
        raise UserError(
            f"the backend {name} needs {BACKENDS[name]}, which is not installed: pip install "
            f"'kaleidocam[{name}]', or choose another with --backend"
        )


def backend(choice: str = "auto", device: str = "auto") -> "Backend":
    """The backend of that name (see `chosen`) on a device: "cpu", "gpu", or "auto", that on which it runs already, else
    a gpu if it finds one. Slow the first time. UserError where it is not installed, does not start, or has no such
    device."""
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
    try:
        return importlib.import_module(f"{__package__}.on_{name}").start(device)
    except UserError:
        raise
    except Exception as error:  # a library is missing, or does not fit this machine or another library
        raise does_not_start(name, error) from error


def does_not_start(name: str, error: Exception) -> UserError:
    """What a backend says that can't begin."""
    return UserError(
        f"{BACKENDS[name]} does not start here: {one_line(error)}; install it anew, or choose another with --backend"
    )


def too_large(error: Exception) -> UserError | None:
    """What is said of a framework's error where its device has no memory left; None of another."""
    kind = type(error).__name__
    if kind in NO_MEMORY or (kind == "XlaRuntimeError" and "RESOURCE_EXHAUSTED" in str(error)):
        return UserError("the dream does not fit into the GPU's memory; a smaller --grid does, or --device cpu")
    return None


@contextmanager
def plainly() -> Iterator[None]:
    """Inside, a framework's error for want of memory becomes the UserError that `too_large` makes of it."""
    try:
        yield
    except Exception as error:
        if (said := too_large(error)) is None:
            raise
        raise said from error


def no_gpu(name: str) -> UserError:
    """What a backend says that is to use a GPU and finds none."""
    return UserError(
        f"--device gpu: {BACKENDS[name]} finds no GPU here; 'kaleidocam doctor' says what is "
        "missing, --device cpu dreams without"
    )
