"""Opens a film with the codec and quality of the machine's parameters.

Invariant: a film that can't be written is a UserError before its first frame.
"""

from kaleidocam.planes import PixelFormat
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import codec_for
from kaleidocam.sinks.film import Film


def film_of(
    path: str,
    size: tuple[int, int],
    fps: float,
    machine: Machine,
    *,
    overwrite: bool,
    given: PixelFormat | None = None,
) -> Sink:
    """A film of frames of `size` (width, height), stored as the machine says. `given`: of the planes of the frames,
    whose colors the film keeps; None: they are BGR. UserError if it can't be written."""
    codec = codec_for(path, None if machine.codec == "auto" else machine.codec)
    form = codec.format_for(given, int(machine.bits))
    return Film(path, size=size, fps=fps, codec=codec, crf=machine.crf, overwrite=overwrite, form=form)
