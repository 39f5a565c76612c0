"""When each frame of a film is shown, and which of them begin a new shot.

Invariant: one pass through the source finds both. Frame 0 is never a cut. The result depends only on the pictures and
their times.

Source: PySceneDetect's AdaptiveDetector (a frame that changes far more than those around it) and the perceptual hash
of its HashDetector. A cut must pass both tests: fast pans and shaking hands fail the first, flashes the second.
"""

import json
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.picture.shrinking import shrunk
from kaleidocam.settings.clock import seconds_of
from kaleidocam.sources.base import Source

# Pixels of the longer side of the pictures that are compared. Few, because noise hides cuts: of 312 cuts in noisy
# trials, 7 were missed at 256 pixels and 2 at 128. With hue and saturation 121 were missed, so only luma is compared.
LOOKED_AT = 128
HELD = 0.5  # gray levels: up to this mean change, a frame is a repeat of the previous one
HELD_FRAMES = 3  # most repeats that are skipped in a row; or each picture of a slide show would seem to move
SHORTEST = 0.5  # seconds a shot lasts at least
TIMES_AROUND = 2.5  # a cut changes the picture this many times as much as the frames around it do
LEAST_CHANGE = 4.0  # gray levels on average; cuts in a dark film reach no more
LEAST_UNLIKE = 0.3  # share of the hash's bits in which every frame before a cut must differ from every frame after it
NEAR = 0.16  # seconds before and after a cut that are compared in this way: longer than a flash
NEAR_FRAMES = 4  # at least; the detector skips shorter flashes itself
HASH_SIDE, HASH_FACTOR = 8, 2  # bits per side, as in HashDetector
JUST = 1e-6  # seconds: a frame this little before a given time still counts as being at it
DETECTOR_FPS = 25.0  # any value will do: the detector counts frames only


@dataclass(frozen=True)
class Cuts:
    """Where shots begin: `found` by comparing frames, or at the seconds `given` by hand. With neither, the film is a
    single shot."""

    found: bool = False
    given: tuple[float, ...] = ()


@dataclass(frozen=True)
class Scan:
    """`seconds`: the time of every frame, rising. `cuts`: the indexes of the frames that begin a new shot, rising,
    never 0. `end`: when the last frame ends; None: after the film's usual time for a frame."""

    seconds: tuple[float, ...]
    cuts: tuple[int, ...]
    end: float | None = None

    def as_json(self) -> str:
        """Text for `from_json`, which gives back exactly the same seconds."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Scan":
        """The inverse of `as_json`. ValueError if `text` is not a scan."""
        try:
            values = json.loads(text)
            end = values.get("end")  # scans of earlier versions have none
            scan = Scan(
                tuple(map(float, values["seconds"])),
                tuple(map(int, values["cuts"])),
                None if end is None else float(end),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a scan of a film: {text[:40]!r}") from error
        if sorted(set(scan.cuts)) != list(scan.cuts) or any(not 0 < cut < len(scan.seconds) for cut in scan.cuts):
            raise ValueError(f"cuts {scan.cuts} don't fit a scan of {len(scan.seconds)} frames")
        return scan


def parse_cuts(text: str) -> Cuts:
    """`"auto"`, `"none"`, or times separated by commas, as `seconds_of` reads them. UserError for anything else."""
    if text.strip() in ("auto", "none"):
        return Cuts(found=text.strip() == "auto")
    try:
        return Cuts(given=tuple(sorted({seconds_of(part) for part in text.split(",")})))
    except UserError as error:
        raise UserError(f"--cuts: {error}; or give auto or none") from error


def scan(
    source: Source,
    cuts: Cuts = Cuts(found=True),
    *,
    until: float | None = None,
    each: Callable[[float], None] = lambda seconds: None,
) -> Scan:
    """Reads `source` to its end, or only its first `until` seconds. Returns the time of each frame, and which frames
    begin a shot. Cuts given by hand are seconds from the first frame. Each stands for the first frame at or after it;
    cuts at or after `until` are ignored.

    Pictures can have any size; small ones are faster. `each` is called with the seconds of every frame. UserError if
    there is no frame, or a given cut is after the last frame.
    """
    times: list[float] = []
    finder = CutFinder(source.fps) if cuts.found else None
    while (frame := source.read()) is not None and (until is None or not times or frame.seconds - times[0] < until):
        times.append(frame.seconds)
        if finder:
            finder.see(frame.image)
        each(frame.seconds)
    if not times:
        raise UserError("the film has no frame that can be read")
    end = source.end if frame is None else _cut_off(times[-1], frame.seconds, times[0] + (until or 0.0), source.fps)
    given = [at for at in cuts.given if until is None or at < until]
    found = _apart(finder.found(), times) if finder else {_first_at(times, at) for at in given} - {0}
    return Scan(tuple(times), tuple(sorted(found)), end)


def _cut_off(last: float, following: float, until: float, fps: float) -> float:
    """When the last frame ends if the film is cut at `until`, before the frame `following` begins."""
    return min(following, max(until, last + 1 / fps))


def _first_at(times: Sequence[float], at: float) -> int:
    index = bisect_left(times, times[0] + at - JUST)
    if index == len(times):
        raise UserError(f"a cut at {at:g} s is after the film's last frame, which is at {times[-1] - times[0]:.3f} s")
    return index


def _apart(cuts: Sequence[int], times: Sequence[float]) -> list[int]:
    """`cuts` without those that come too soon after the previous cut or the beginning."""
    kept: list[int] = []
    for cut in cuts:
        if times[cut] - times[kept[-1] if kept else 0] >= SHORTEST:
            kept.append(cut)
    return kept


class CutFinder:
    """Finds the hard cuts in frames that it gets one by one. Dissolves and fades are not cuts: the dream continues
    through them."""

    def __init__(self, fps: float) -> None:
        from scenedetect.common import FrameTimecode  # takes half a second to import, so only films do it
        from scenedetect.detectors import AdaptiveDetector, HashDetector

        self._number, self._hash = FrameTimecode, HashDetector.hash_frame
        self._detector = AdaptiveDetector(TIMES_AROUND, min_scene_len=1, min_content_val=LEAST_CHANGE, luma_only=True)
        self._near = max(NEAR_FRAMES, math.ceil(NEAR * fps))
        self._hashes: list[bytes] = []  # 8 bytes a frame
        self._likely: list[int] = []
        self._before: np.ndarray | None = None
        self._held = 0

    def see(self, image: np.ndarray) -> None:
        """Takes the next frame, (H, W, 3) uint8 BGR."""
        height, width = image.shape[:2]
        scale = LOOKED_AT / max(height, width)
        small = shrunk(image, (max(1, round(width * scale)), max(1, round(height * scale))))
        number = self._number(len(self._hashes), DETECTOR_FPS)
        self._hashes.append(np.packbits(self._hash(small, HASH_SIDE, HASH_FACTOR)).tobytes())
        if not self._is_held(small):
            self._likely += [cut.frame_num for cut in self._detector.process_frame(number, small)]

    def _is_held(self, image: np.ndarray) -> bool:
        """Whether this repeats the previous frame, as in a drawn film of 8 pictures a second. Among repeats, every new
        picture would look like a cut, because it changes far more than the frames around it."""
        alike = self._before is not None and cv2.norm(image, self._before, cv2.NORM_L1) <= HELD * image.size
        self._before, self._held = image, (self._held + 1) % (HELD_FRAMES + 1) if alike else 0
        return alike and self._held > 0

    def found(self) -> list[int]:
        """The indexes of the frames so far that begin a shot."""
        return [cut for cut in self._likely if self._unlike(cut) >= LEAST_UNLIKE]

    def _unlike(self, cut: int) -> float:
        """How much the frames before `cut` differ from those after it, 0 to 1, by the most similar pair. Around a flash
        that pair is equal."""
        before, after = (
            np.frombuffer(b"".join(self._hashes[part]), np.uint8).reshape(-1, HASH_SIDE)
            for part in (slice(max(0, cut - self._near), cut), slice(cut, cut + self._near))
        )
        return int(np.bitwise_count(before[:, None] ^ after).sum(-1).min()) / HASH_SIDE**2
