"""The sound that the look dances to: from a sound card or a file, to the four drivers.

Invariant: what goes wrong with the sound is told, and the levels fall to 0; the picture goes on.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kaleidocam.closing import Closing
from kaleidocam.control.levels import BANDS, Levels
from kaleidocam.control.sound_device import SoundDevice
from kaleidocam.control.sound_file import SoundFile
from kaleidocam.errors import UserError

SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,4}")  # what ends like this is meant as a file


class Sound(Closing):
    """Listens until closed; a context manager.

    `source`: the path of a sound file, played in silence in a loop; or an input device by its number or a part of its
    name; None: the default one. UserError if there is none such, or it can't be read.
    """

    def __init__(self, source: str | None = None) -> None:
        self._levels = Levels()
        self._input: SoundFile | SoundDevice
        if source is not None and Path(source).is_file():
            self._input = SoundFile(source, self._levels.hear)
            return
        if source is not None and SUFFIX.fullmatch(Path(source).suffix.lower()):
            raise UserError(f"no file '{source}'; give a sound file, or the number or name of a sound input")
        self._input = SoundDevice(source, self._levels.hear)

    @property
    def name(self) -> str:
        """Of the device or file."""
        return self._input.name

    @property
    def notice(self) -> str | None:
        """One line on what is wrong, as long as it is."""
        return self._input.notice

    def follow(self, path: str | None) -> None:
        """Where it is a file that is heard: plays another one; None, or one without sound: silence. Any thread."""
        if isinstance(self._input, SoundFile):
            self._input.follow(path)

    @property
    def feeds(self) -> dict[str, Callable[[], float]]:
        """{name: what returns its value at this moment, 0 to 1}, of level, bass, mid and treble."""
        return {name: partial(self._levels.value, name) for name in BANDS}

    def close(self) -> None:
        self._input.close()
