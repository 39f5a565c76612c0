"""The sound of a microphone or line input, through PortAudio (sounddevice).

Invariant: a device that is gone is taken up again by its name when it is back, never another one instead.
"""

import re
import threading
import time
from typing import Any

import numpy as np

from kaleidocam.control.sound_file import Hear
from kaleidocam.errors import UserError, one_line

BLOCK_SAMPLES = 512  # at a time; 11 ms at 48,000 Hz
CHECK_SECONDS = 0.5  # how often it is checked whether sound still comes
SILENT_SECONDS = 2.0  # without a sample: gone
RETRY_SECONDS = 2.0
CLOSE_SECONDS = 2.0
NUMBERS = re.compile(r"\s*\(hw:[^)]*\)$")  # of ALSA; they change with every plug
INSTEAD = "or give the path of a sound file"


def portaudio() -> Any:
    """The module sounddevice. UserError where it or PortAudio is not installed."""
    try:
        import sounddevice

        return sounddevice
    except ImportError as error:
        raise UserError("sound from a device needs sounddevice: pip install 'kaleidocam[sound]'") from error
    except OSError as error:
        raise UserError(
            "sound from a device needs the PortAudio library: sudo apt install libportaudio2; " + INSTEAD
        ) from error


class SoundDevice:
    """Gives the input `source` (its number, its name or a part of it; None: the default) to `hear`.

    UserError, with the inputs there are, if there is none such or it can't be opened.
    """

    def __init__(self, source: str | None, hear: Hear) -> None:
        self._audio, self._hear = portaudio(), hear
        self.notice: str | None = None
        self._stream: Any = None
        index = find(self._audio, source)
        self.name = self._audio.query_devices(index)["name"]
        try:
            self._open(index)
        except Exception as error:  # PortAudioError, or ValueError for one that takes no such samples
            self._drop()
            raise UserError(
                f"sound input '{self.name}' can't be opened: {one_line(error)}; close what else uses it, " + INSTEAD
            ) from error
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sound", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(CLOSE_SECONDS)

    def _open(self, index: int) -> None:
        device = self._audio.query_devices(index)
        rate = float(device["default_samplerate"])

        def heard(samples: np.ndarray, frames: int, when: Any, flags: Any) -> None:
            self._heard = time.monotonic()
            self._hear(samples, rate)

        self._heard = time.monotonic()
        self._stream = self._audio.InputStream(
            device=index,
            channels=min(2, device["max_input_channels"]),
            samplerate=rate,
            dtype="float32",
            blocksize=BLOCK_SAMPLES,
            callback=heard,
        )
        self._stream.start()

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close(ignore_errors=True)

    def _watch(self) -> None:
        """Also closes the stream at the end: with a card that hangs, closing never returns."""
        while not self._ended.wait(CHECK_SECONDS if self._stream else RETRY_SECONDS):
            try:
                if self._stream is None:
                    self._take_up()
                elif not self._stream.active or time.monotonic() - self._heard > SILENT_SECONDS:
                    self.notice = f"no more sound from {self.name}; it is taken up again when it is back"
                    self._drop()
            except Exception as error:  # the devices are just changing; tried again
                self.notice = f"no sound from {self.name}: {one_line(error)}"
                self._drop()
        self._drop()

    def _take_up(self) -> None:
        if self._audio._initialized:  # PortAudio lists its devices only when it begins
            self._audio._terminate()
        self._audio._initialize()
        for index, device in enumerate(self._audio.query_devices()):
            if device["max_input_channels"] > 0 and _bare(device["name"]) == _bare(self.name):
                self._open(index)
                self.notice = None
                return


def find(audio: Any, source: str | None) -> int:
    """The number of the input that is meant. UserError if none or several."""
    inputs = {number: device for number, device in enumerate(audio.query_devices()) if device["max_input_channels"] > 0}
    if not inputs:
        raise UserError(f"no sound input{_quoted(source)}; there is none on this machine: connect one, {INSTEAD}")
    listed = ", ".join(f"{number} ({device['name']})" for number, device in inputs.items())
    if source is None:
        default = audio.default.device[0]
        return default if default in inputs else next(iter(inputs))
    if source.isdigit() and int(source) in inputs:
        return int(source)
    fits = _fitting(source, inputs, audio.default.hostapi)
    if len(fits) > 1:
        raise UserError(f"sound input '{source}' fits {len(fits)} of {listed}; give the number")
    if not fits:
        raise UserError(
            f"no sound input '{source}'; there are {listed}; give the number or a part of the name, " + INSTEAD
        )
    return fits[0]


def _fitting(source: str, inputs: dict[int, Any], first_system: int) -> list[int]:
    """The inputs of that name, or else those that have it as a part. Windows lists a device once for each sound
    system: the default one (`first_system`) comes first."""
    fits = [number for number, device in inputs.items() if source.lower() in device["name"].lower()]
    fits = [number for number in fits if inputs[number]["name"] == source] or fits
    systems = [inputs[number]["hostapi"] for number in fits]
    chosen = first_system if first_system in systems else min(systems, default=None)
    return [number for number, system in zip(fits, systems, strict=True) if system == chosen]


def _bare(name: str) -> str:
    return NUMBERS.sub("", name)


def _quoted(source: str | None) -> str:
    return "" if source is None else f" '{source}'"
