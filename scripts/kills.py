"""Kills a film at random moments, resumes it until it is done, and compares it with an uninterrupted one:
python scripts/kills.py CLIP [--kills 100] [options of kaleidocam film]

Each round makes one film: the same command is started again after each kill (SIGKILL, SIGINT or SIGTERM, a third each).
Rounds go on until --kills is reached. Prints the number of kills, how many rendered frames each kill cost at most, and
whether the decoded frames are the same.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import av

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clip")
parser.add_argument("--kills", type=int, default=100)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument(
    "--longest",
    type=float,
    default=None,
    help="latest kill of a run, in seconds; default: the time of the whole film",
)


def frames(path: Path) -> list[tuple[float, bytes]]:
    """Time and pixels of each frame."""
    with av.open(str(path)) as film:
        return [(float(frame.time), frame.to_ndarray(format="yuv420p").tobytes()) for frame in film.decode(video=0)]


class Run:
    """A run of the command, with the first and last frame counts that it has reported."""

    def __init__(self, clip: str, out: Path, more: list[str]) -> None:
        command = [sys.executable, "-m", "kaleidocam", "film", clip, str(out), "--json", *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.first = self.last = None
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.last = json.loads(line)["frames"]
            self.first = self.last if self.first is None else self.first

    def end(self) -> int:
        error = self.process.stderr.read()
        code = self.process.wait()
        self._thread.join()
        if code not in (0, 130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
            sys.exit(f"the film ended with {code}: {error}")
        return code


def main() -> None:
    given, more = parser.parse_known_args()
    chance, kills, rounds, same, lost = random.Random(given.seed), 0, 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.mp4"
        before = time.monotonic()
        if Run(given.clip, whole, more).end() != 0:
            sys.exit("the film could not be made")
        takes = given.longest or time.monotonic() - before
        wanted = frames(whole)
        while kills < given.kills:
            out, rounds, reached = Path(folder) / f"round-{rounds}.mp4", rounds + 1, 0
            while True:
                run = Run(given.clip, out, more)
                if kills < given.kills:
                    try:
                        run.process.wait(chance.uniform(0, takes))
                    except subprocess.TimeoutExpired:
                        kills += 1
                        run.process.send_signal(chance.choice((signal.SIGKILL, signal.SIGINT, signal.SIGTERM)))
                code = run.end()
                if run.first is not None:
                    lost.append(reached - run.first)
                    reached = run.last
                begun = (Path(folder) / f"{out.name}.pieces" / "plan.json").exists()
                if code == 0 or (out.exists() and not begun):  # finished, or killed during its cleanup
                    break
            same += frames(out) == wanted
            print(
                f"round {rounds}: {kills} kills so far, {'identical' if frames(out) == wanted else 'DIFFERENT'}",
                flush=True,
            )
            out.unlink()
    print(
        f"{kills} kills in {rounds} films of {len(wanted)} frames; {same} of {rounds} identical to "
        f"the whole one ({takes:.0f} s); a kill cost {max(lost)} frames at most, {sum(lost) / len(lost):.0f} on average"
    )
    sys.exit(same != rounds)


if __name__ == "__main__":
    main()
