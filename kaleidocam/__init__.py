"""An electronic kaleidoscope: the camera's world, dreamed live by one channel of a neural network.

Invariant: importing it imports nothing heavy; each name is imported at its first use, TensorFlow at the first dream.
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
    """A package that can also be called: `kaleidocam.film` holds `kaleidocam.film.score`, and `kaleidocam.film(...)`
    makes a film. Any import of the package binds this name to it, so a plain function would be overwritten."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._order()(*args, **kwargs)

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self._order())

    def _order(self) -> Any:
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
