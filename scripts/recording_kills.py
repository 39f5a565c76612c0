"""Kills performances at random moments and looks at what is left of their recordings:
python scripts/recording_kills.py [--kills 50] [--longest 8] [--most 2.0] [options of kaleidocam live]

Each performance shows a clock, as a camera would (a Motion-JPEG stream), and is recorded in every container at once,
with its score. It is killed (SIGKILL) up to --longest seconds after it began. Each picture tells when it was taken, so
the last one that can be decoded tells what was lost. Ends with an error where a recording or a score can't be read, or
where more than --most seconds are missing. A recording begins with the first change in its score.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import av
import cv2
import numpy as np
from mjpeg_server import MjpegServer

SIZE, FPS = (320, 180), 30.0
BITS, COLUMNS = 32, 8  # of the clock, in milliseconds; fields of it in a row
SHOWS, SOURCE = ("show.mp4", "show.mov", "show.m4v", "show.webm"), "source.mkv"
PLAIN = "--strength 0 --flashes allow --grid 96x96 --channel mixed0:3 --size 320x180 --tempo 120"
SLOW_SECONDS = 60.0
BEAT = "rate + 0.3*beat"  # so the score changes with every frame
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--kills", type=int, default=50)
parser.add_argument("--longest", type=float, default=8.0)
parser.add_argument("--most", type=float, default=2.0)
parser.add_argument("--seed", type=int, default=1)


class Clock:
    """Pictures of the moment at which they are asked for, as a server's list of JPEGs."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, number: int) -> bytes:
        bits = [round(time.monotonic() * 1000) >> bit & 1 for bit in range(BITS)]
        fields = np.array(bits, np.uint8).reshape(-1, COLUMNS) * 255
        picture = cv2.resize(fields, SIZE, interpolation=cv2.INTER_NEAREST)
        return cv2.imencode(".jpg", cv2.merge([picture] * 3))[1].tobytes()


class ClockServer(MjpegServer):
    """Sends the time."""

    def show(self, images):
        self._encoded = images


def told(picture: np.ndarray) -> float:
    """The seconds (time.monotonic) at which a picture (H, W, 3) of the clock was drawn."""
    fields = cv2.resize(picture, (COLUMNS, BITS // COLUMNS), interpolation=cv2.INTER_AREA).mean(-1) > 128
    return sum(1 << bit for bit, field in enumerate(fields.ravel()) if field) / 1000


def taken(path: Path, begun: float, ended: float, most: float) -> tuple[float, float]:
    """When the first and the last picture of a recording were taken; `begun` if there is none, or if it need not be
    playable since it took less than `most` seconds. Raises what FFmpeg raises, and ValueError where the pictures are
    not those that were taken, in order."""
    if not path.exists() or not path.stat().st_size:
        return begun, begun
    try:
        with av.open(str(path)) as film:
            times = [told(frame.to_ndarray(format="bgr24")) for frame in film.decode(video=0)]
    except av.FFmpegError:
        if ended - begun < most:
            return begun, begun
        raise
    if any(not begun - 5 < at <= ended for at in times) or times != sorted(times):
        raise ValueError("its pictures are not those that were taken")
    return (times[0], times[-1]) if times else (begun, begun)


def score_end(path: Path) -> float:
    """Seconds of the last change in a score. tomllib.TOMLDecodeError if it can't be read."""
    return tomllib.loads(path.read_text(encoding="utf-8"))["change"][-1]["at"]


def perform(address: str, folder: Path, seconds: float, more: list[str]) -> tuple[float, float]:
    """Kills a performance so many seconds after its first recorded picture; returns when that was, and the kill."""
    outs = [word for show in SHOWS for word in ("--to", show)]
    command = [sys.executable, "-m", "kaleidocam", "live", "--from", address, *outs, "--record", SOURCE]
    command += [*PLAIN.split(), "--modulate", BEAT, *more]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        line = ""
        while "live: " not in line:
            line = process.stderr.readline()
            if not line:
                sys.exit(f"the performance ended by itself with {process.wait()}")
        score, begun = folder / "source.toml", time.monotonic()
        while not (score.exists() and b"[[change]]" in score.read_bytes()):
            if time.monotonic() > begun + SLOW_SECONDS:
                sys.exit(f"no picture was recorded within {SLOW_SECONDS:g} s")
            time.sleep(0.01)
        begun = time.monotonic()
        time.sleep(seconds)
        if process.poll() is not None:
            sys.exit(f"the performance ended by itself with {process.returncode}: {process.stderr.read()}")
        killed = time.monotonic()
        process.kill()
    return begun, killed


def main() -> None:
    given, more = parser.parse_known_args()
    chance, server = random.Random(given.seed), ClockServer(Clock(), fps=FPS)
    lost: dict[str, list[float]] = {name: [] for name in (*SHOWS, SOURCE, "the score")}
    wrong = []
    for kill in range(given.kills):
        with tempfile.TemporaryDirectory() as name:
            folder, seconds = Path(name), chance.uniform(0.0, given.longest)
            begun, killed = perform(server.address, folder, seconds, more)
            first = begun
            for film in (*SHOWS, SOURCE):
                part = folder / f".{Path(film).stem}.part{Path(film).suffix}"
                try:
                    first, last = taken(part, begun, killed, given.most)
                    lost[film].append(killed - last)
                except (av.FFmpegError, ValueError) as error:
                    wrong.append(f"kill {kill + 1}, after {seconds:.2f} s: {film} can't be played: {error}")
            try:
                lost["the score"].append(killed - first - score_end(folder / "source.toml"))
            except (OSError, ValueError, KeyError) as error:
                wrong.append(f"kill {kill + 1}, after {seconds:.2f} s: the score can't be read: {error!r}")
            left = ", ".join(f"{what} {times[-1]:.2f} s" for what, times in lost.items() if times)
            print(f"kill {kill + 1} after {seconds:.2f} s; lost: {left}", flush=True)
    server.stop()
    for what, times in lost.items():
        print(
            f"{what:12s} {len(times)} read; lost {max(times, default=0):.2f} s at most, "
            f"{statistics.mean(times or [0]):.2f} s on average"
        )
        wrong += [f"{what}: {each:.2f} s are missing" for each in times if each > given.most]
    if wrong or not given.kills:
        sys.exit("\n".join(wrong) or "nothing was killed")


if __name__ == "__main__":
    main()
