"""How loud the sound is, in all and in three bands, as numbers from 0 to 1 that dance.

Invariant: time constants are in seconds of the sound; how it is cut into blocks changes nothing. Quiet and loud music
use the same range; silence is 0, and when nothing comes any more all falls to 0.
"""

import math
import time

import numpy as np

BANDS = ("level", "bass", "mid", "treble")
EDGES = (40.0, 200.0, 2000.0)  # Hz, where bass, mid and treble begin; direct current reaches up to 31 Hz
WINDOW_SECONDS = 0.046  # about two periods of the lowest tone; half of it is the hop
ATTACK_SECONDS, RELEASE_SECONDS = 0.02, 0.25
GATE = 0.0005  # RMS of full scale, -66 dB: below it is silence
FLOOR = 0.002  # RMS, -54 dB: sound that is quieter than this at its loudest is not raised to full
BAND_FLOOR = 0.03  # of the loudness of all: a band with less than this is not raised to full
LOUDEST_RISES = 0.3  # seconds: a pop does not count as the loudest
LOUDEST_HALVES = 10.0  # seconds in which the loudest so far is half forgotten
LATE_SECONDS = 0.25  # without sound, after which all falls
BEYOND = 8.0  # times full scale; floats may be anything


class Levels:
    """Fed by whoever hears (`hear`), asked at any moment (`value`), from any thread."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._waiting = np.zeros(0, np.float32)
        self._now, self._heard = [0.0] * len(BANDS), -math.inf
        self._loudest = [FLOOR] * len(BANDS)

    def value(self, name: str) -> float:
        """One of BANDS at this moment, 0 to 1."""
        late = time.monotonic() - self._heard - LATE_SECONDS
        return self._now[BANDS.index(name)] * math.exp(-max(0.0, late) / RELEASE_SECONDS)

    def hear(self, samples: np.ndarray, rate: float) -> None:
        """The next samples, (n, channels) float32 of full scale 1, at `rate` a second; NaN and infinity do no harm."""
        if rate != self._rate:
            self._measure_at(rate)
        if samples.size and not -BEYOND < samples.min() <= samples.max() < BEYOND:
            samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -BEYOND, BEYOND)
        mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
        self._waiting = np.concatenate([self._waiting, mono])
        size = len(self._window)
        while len(self._waiting) >= size:
            self._follow(self._loudness(self._waiting[:size]))
            self._waiting = self._waiting[self._hop :]
        self._heard = time.monotonic()

    def _measure_at(self, rate: float) -> None:
        size = 2 ** round(math.log2(WINDOW_SECONDS * rate))
        self._rate, self._hop = rate, size // 2
        window = np.hanning(size + 1)[:-1]
        # So that the sum of squares over a band's half of the spectrum is the mean square of its sound.
        self._window = (window * math.sqrt(2 / (size * np.sum(window**2)))).astype(np.float32)
        self._edges = [math.ceil(edge * size / rate) for edge in EDGES]
        self._waiting = np.zeros(0, np.float32)
        seconds = self._hop / rate
        self._attack, self._release, self._rise = (
            1 - math.exp(-seconds / constant) for constant in (ATTACK_SECONDS, RELEASE_SECONDS, LOUDEST_RISES)
        )
        self._forget = 0.5 ** (seconds / LOUDEST_HALVES)

    def _loudness(self, samples: np.ndarray) -> list[float]:
        """RMS of all and of each band."""
        spectrum = np.fft.rfft(samples * self._window)
        power = spectrum.real**2 + spectrum.imag**2
        bands = np.add.reduceat(power, self._edges).tolist()
        return [math.sqrt(power) for power in (sum(bands), *bands)]

    def _follow(self, loudness: list[float]) -> None:
        """One hop on: plain numbers, which for four are quicker than arrays."""
        loudest, now = [], []
        for rms, before, level in zip(loudness, self._loudest, self._now, strict=True):
            before *= self._forget
            loudest.append(max(FLOOR, before + max(0.0, rms - before) * self._rise))
            reference = max(loudest[-1], BAND_FLOOR * loudest[0])
            share = min(1.0, max(0.0, (rms - GATE) / (reference - GATE)))
            now.append(level + (share - level) * (self._attack if share > level else self._release))
        self._loudest, self._now = loudest, now
