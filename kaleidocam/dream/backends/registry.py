"""Which backends there are, and which one is meant.

Invariant: a framework is imported when it is chosen, and no other with it.
"""

import importlib
import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from kaleidocam.dream.backends.base import Backend
from kaleidocam.errors import UserError, nearest, one_line

VARIABLE = "KERAS_BACKEND"  # by which Keras 3 is told the same


@dataclass(frozen=True)
class Known:
    """`title`: the framework's name for people; its package and extra bear the backend's."""

    title: str
    module: str


BACKENDS = {
    "tensorflow": Known("TensorFlow", "kaleidocam.dream.backends.on_tensorflow"),
    "torch": Known("PyTorch", "kaleidocam.dream.backends.on_torch"),
    "jax": Known("JAX", "kaleidocam.dream.backends.on_jax"),
}
DEFAULT = "tensorflow"


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
        raise UserError(f"the backend {name} needs {BACKENDS[name].title}, which is not installed: pip install "
                        f"'kaleidocam[{name}]', or choose another with --backend")


@cache
def backend(choice: str = "auto", device: str = "auto") -> Backend:
    """The backend of that name (see `chosen`) on a device: "cpu", "gpu", or "auto", the gpu if it finds one. Slow the
    first time. UserError where it is not installed, does not start, or has no such device."""
    require(choice)
    if choice != (name := chosen(choice)):
        return backend(name, device)
    known = BACKENDS[name]
    try:
        return importlib.import_module(known.module).start(device)
    except (ImportError, OSError, RuntimeError) as error:  # a library is missing, or does not fit this machine
        raise UserError(f"{known.title} does not start here: {one_line(error)}; install it anew, or choose another "
                        "with --backend") from error


def no_gpu(name: str) -> UserError:
    """What a backend says that is to use a GPU and finds none."""
    return UserError(f"--device gpu: {BACKENDS[name].title} finds no GPU here; 'kaleidocam doctor' says what is "
                     "missing, --device cpu dreams without")
