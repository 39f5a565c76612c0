"""An electronic kaleidoscope: the camera's world, dreamed live by one channel of a neural network.

Invariant: importing it imports nothing heavy; each name comes when it is asked for, TensorFlow with the first dream.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaleidocam.errors import UserError
    from kaleidocam.frame import Frame
    from kaleidocam.kaleidoscope import Kaleidoscope
    from kaleidocam.opening import open_sink, open_source
    from kaleidocam.orders import film, still
    from kaleidocam.settings.parameters import Look, Machine
    from kaleidocam.sinks.base import Sink
    from kaleidocam.sources.base import Source
else:
    film, still = (import_module(f"kaleidocam.{room}") for room in ("film", "still"))

__version__ = "0.1.0"
__all__ = [
    "Frame",
    "Kaleidoscope",
    "Look",
    "Machine",
    "Sink",
    "Source",
    "UserError",
    "__version__",
    "film",
    "open_sink",
    "open_source",
    "still",
]
_HOMES = {
    "Frame": "frame",
    "Kaleidoscope": "kaleidoscope",
    "Look": "settings.parameters",
    "Machine": "settings.parameters",
    "Sink": "sinks.base",
    "Source": "sources.base",
    "UserError": "errors",
    "open_sink": "opening",
    "open_source": "opening",
}


class _Room(ModuleType):
    """A room that has the name of what is made in it: `kaleidocam.film` holds `kaleidocam.film.score`, and is called to
    make a film. It is a package from whichever import on, so nothing but the package itself could have that name."""

    def __call__(self, *given: Any, **more: Any) -> Any:
        return self._made_here()(*given, **more)

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self._made_here())

    def _made_here(self) -> Any:
        return getattr(import_module("kaleidocam.orders"), self.__name__.rpartition(".")[2])


for _room in (film, still):
    _room.__class__ = _Room


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kaleidocam' has no attribute '{name}'")
    globals()[name] = getattr(import_module(f"kaleidocam.{_HOMES[name]}"), name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
