"""Kills a film at random moments, resumes it until it is done, and compares it with an uninterrupted one:
python scripts/kills.py CLIP [--kills 100] [--most 60] [options of kaleidocam film]

Each round makes one film: the same command is started again after each kill (SIGKILL, SIGINT or SIGTERM, a third each).
Rounds go on until --kills is reached; a signal counts as a kill only if it ended the run. Prints the number of kills,
how many finished frames each kill cost, and whether the decoded frames are the same. Finished frames are reported twice
a second, so a kill can cost half a second of rendering more than is printed. Ends with an error if a film differs, if a
signal is ignored, if a run fails by itself, if a kill cost more than --most frames, or if no cost was measured.
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
from dataclasses import dataclass, field
from pathlib import Path

import av

GRACE_SECONDS = 60.0  # for a run to end after a signal
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clip")
parser.add_argument("--kills", type=int, default=100)
parser.add_argument("--most", type=int, default=60, help="frames that a kill may cost")
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
    """A run of the command. `first`, `last`: the finished frames of the film at its first and its last report; None:
    it ended before it had one."""

    def __init__(self, clip: str, out: Path, more: list[str]) -> None:
        command = [sys.executable, "-m", "kaleidocam", "film", clip, str(out), "--json", *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.first: int | None = None
        self.last: int | None = None
        self._said = ""
        self._threads = [threading.Thread(target=listen) for listen in (self._listen, self._listen_to_errors)]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        with self.process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                if event["event"] == "progress":  # while it is scanned, frames of the source are counted
                    self.last = event["frames"]
                    self.first = self.last if self.first is None else self.first

    def _listen_to_errors(self) -> None:
        with self.process.stderr as said:
            self._said = said.read()

    def end(self, sent: signal.Signals | None = None) -> bool:
        """Waits for the end; whether `sent` ended it. The script ends where the run fails, or goes on all the same."""
        try:
            code = self.process.wait(GRACE_SECONDS if sent else None)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            sys.exit(f"{sent.name} was ignored for {GRACE_SECONDS:.0f} s")
        finally:
            for thread in self._threads:
                thread.join()
        ended = [-sent, 130] if sent else []
        early = sent == signal.SIGINT and "kaleidocam" not in self._said  # while Python itself starts
        if code and code not in ended and not early:
            sys.exit(f"the film ended with {code} after {sent.name if sent else 'no signal'}: {self._said}")
        return code != 0


@dataclass
class Tally:
    """What the kills have cost: finished frames that the next run did not find."""

    kills: int = 0
    lost: list[int] = field(default_factory=list)


def make(clip: str, out: Path, more: list[str], tally: Tally, wanted: int, chance: random.Random, takes: float) -> None:
    """One film, killed again and again until `tally` has `wanted` kills, and then left in peace."""
    reached, killed = 0, False
    while True:
        run, sent = Run(clip, out, more), None
        if tally.kills < wanted:
            try:
                run.process.wait(chance.uniform(0, takes))
            except subprocess.TimeoutExpired:
                sent = chance.choice(SIGNALS)
                run.process.send_signal(sent)
        ended = run.end(sent)
        if run.first is not None:
            if killed:
                tally.lost.append(reached - run.first)
            reached = run.last
            killed = False
        tally.kills += ended
        killed = killed or ended
        begun = (out.parent / f"{out.name}.pieces" / "plan.json").exists()
        if not ended or (out.exists() and not begun):  # finished, or killed during its cleanup
            return


def main() -> None:
    given, more = parser.parse_known_args()
    chance, tally, rounds, same = random.Random(given.seed), Tally(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.mp4"
        before = time.monotonic()
        Run(given.clip, whole, more).end()
        takes = given.longest or time.monotonic() - before
        wanted = frames(whole)
        while tally.kills < given.kills:
            out, rounds = Path(folder) / f"round-{rounds}.mp4", rounds + 1
            make(given.clip, out, more, tally, given.kills, chance, takes)
            alike = frames(out) == wanted
            same += alike
            print(f"round {rounds}: {tally.kills} kills so far, {'identical' if alike else 'DIFFERENT'}", flush=True)
            out.unlink()
    if not tally.lost:
        sys.exit(f"what {tally.kills} kills cost was not measured: no run after one came to a report")
    print(
        f"{tally.kills} kills in {rounds} films of {len(wanted)} frames; {same} of {rounds} identical to the whole one "
        f"({takes:.0f} s); {len(tally.lost)} costs measured: {max(tally.lost)} frames at most, "
        f"{sum(tally.lost) / len(tally.lost):.0f} on average"
    )
    if same != rounds or max(tally.lost) > given.most:
        sys.exit(f"{rounds - same} films differ; a kill cost {max(tally.lost)} frames, {given.most} are allowed")


if __name__ == "__main__":
    main()
