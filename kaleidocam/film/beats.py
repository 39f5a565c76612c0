"""The beats of a film, found in its sound.

Invariant: the same file gives the same beats. Their times are by the file's own clock, so they line up with its frames.
Source: Ellis 2007, "Beat Tracking by Dynamic Programming", as implemented in librosa.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError
from kaleidocam.film.film_sound import RATE, samples_of

WINDOW, HOP = 1024, 256  # samples: 46 and 12 ms
BLOCK_FRAMES = 4096  # windows in one block, 48 s; so an hour takes no more memory than a minute
QUIET = 1e-5  # power in a Mel band; below it is silence
STRETCH_SECONDS = 60.0  # with one tempo and one loudness; so a second song can have its own
EARLY_SECONDS = HOP / RATE  # a window hears a beat this long before its center reaches it; measured on clicks and drums
LIKELY_BPM = 120.0  # the assumed tempo where nothing in the sound decides
NEAR = 4  # windows, 46 ms: a beat is heard if an onset is this close to it
WEAK = 0.4  # share of the median onset at a beat; anything weaker is not a beat
NO_ONSET = 1e-3  # dB: lower bound of the deviation that onsets are divided by


def find_beats(path: str) -> list[float]:
    """Times of the beats in a media file: seconds by its own clock, rising. UserError if it has no sound or no beat."""
    try:
        import librosa
    except ImportError as error:
        raise UserError("finding beats needs librosa: pip install 'kaleidocam[beats]'") from error
    start, samples = samples_of(path)
    onsets = np.concatenate([np.zeros(0, np.float32), *_onsets(samples)])
    stretches = np.array_split(onsets, max(1, round(len(onsets) * HOP / RATE / STRETCH_SECONDS)))
    onsets = np.concatenate([stretch / max(stretch.std(), NO_ONSET) for stretch in stretches])
    places = (
        librosa.beat.beat_track(
            onset_envelope=onsets, sr=RATE, hop_length=HOP, units="frames", trim=False, bpm=_tempo(stretches)
        )[1]
        if onsets.any()
        else np.zeros(0, int)
    )
    if len(places) < 2:
        raise UserError(
            f"no beat was found in the sound of '{without_secrets(path)}'; give seconds, frames or shots instead"
        )
    return [float(start + place * HOP / RATE + EARLY_SECONDS) for place in _from_first_to_last(places, onsets)]


def _from_first_to_last(places: np.ndarray, onsets: np.ndarray) -> np.ndarray:
    """Drops the beats that the tracker adds before the first and after the last beat that is heard. (librosa's own
    `trim` cuts off a complete song if it is a little softer than the other.)"""
    heard = np.array([onsets[max(0, place - NEAR) : place + NEAR + 1].max() for place in places])
    strong = np.flatnonzero(heard >= WEAK * np.median(heard))
    return places[strong[0] : strong[-1] + 1]


def _onsets(samples: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """How much louder each window is than the previous one, averaged over all bands: (n,) float32, block by block."""
    import librosa

    waiting, before = [np.zeros(WINDOW // 2, np.float32)], None  # centers the first window on the start
    ended = False
    while not ended:
        while sum(map(len, waiting)) < BLOCK_FRAMES * HOP + WINDOW and not ended:
            more = next(samples, None)
            ended = more is None
            waiting.append(np.zeros(WINDOW // 2, np.float32) if more is None else more)
        sound = np.concatenate(waiting)
        count = (len(sound) - WINDOW) // HOP + 1
        if count < 1:
            return
        power = librosa.feature.melspectrogram(
            y=sound[: (count - 1) * HOP + WINDOW], sr=RATE, n_fft=WINDOW, hop_length=HOP, center=False
        )
        loud = 10 * np.log10(np.maximum(power, QUIET))
        before = loud[:, :1] if before is None else before
        yield np.maximum(0, np.diff(loud, axis=1, prepend=before)).mean(axis=0)
        waiting, before = [sound[count * HOP :]], loud[:, -1:]


def _tempo(stretches: Sequence[np.ndarray]) -> np.ndarray:
    """Beats per minute at each onset, constant within a stretch. Where two tempos fit, such as one and its double, the
    film's median tempo decides."""
    import librosa

    def tempo(onsets: np.ndarray, likely: float) -> float:
        return float(librosa.feature.tempo(onset_envelope=onsets, sr=RATE, hop_length=HOP, start_bpm=likely)[0])

    usual = float(np.median([tempo(stretch, LIKELY_BPM) for stretch in stretches]))
    return np.concatenate([np.full(len(stretch), tempo(stretch, usual)) for stretch in stretches])
