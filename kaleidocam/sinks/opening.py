"""What a text names as a sink, and how it opens.

Invariant: what can't be opened is a UserError before anything is begun.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.base import Sink


def open_sink(
    text: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool, behind: bool = True
) -> Sink:
    """What takes frames of `size` (width, height), about `fps` a second: `window`, `virtual` (or `virtual:DEVICE`), or
    the path of a film that is recorded without holding up the rest; or, without `behind`, to its last frame."""
    if text == "window":
        from kaleidocam.sinks.window import Window

        return Window(size=size)
    if text == "virtual" or text.startswith("virtual:"):
        from kaleidocam.sinks.virtual_camera import VirtualCamera

        return VirtualCamera(size=size, fps=fps, device=text.partition(":")[2] or None)
    from kaleidocam.sinks.film import FORMATS

    if Path(text).suffix.lower() in FORMATS:
        return (open_film if behind else film_of)(text, size, fps, machine, overwrite=overwrite)
    films = ", ".join(sorted(FORMATS))
    raise UserError(f"no sink '{text}'; give window, virtual, virtual:DEVICE or a film ending in {films}")


def open_film(path: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool) -> Sink:
    """A film of a live source, recorded without holding up the rest."""
    from kaleidocam.sinks.behind import Behind

    return Behind(film_of(path, size, fps, machine, overwrite=overwrite))


def film_of(path: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool) -> Sink:
    """A film of frames of `size` (width, height), stored as the machine says. UserError where it can't be written."""
    from kaleidocam.sinks.codecs import codec_for
    from kaleidocam.sinks.film import Film

    codec = codec_for(path, None if machine.codec == "auto" else machine.codec)
    return Film(path, size=size, fps=fps, codec=codec, crf=machine.crf, overwrite=overwrite)


def open_all(
    stack: ExitStack, texts: Sequence[str], size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool
) -> list[Sink]:
    """Every sink, opened one after another; if one can't be, those before it are closed by the stack."""
    return [stack.enter_context(open_sink(text, size, fps, machine, overwrite=overwrite)) for text in texts]
