"""Compares the dream's richness and steadiness with other methods: python scripts/compare.py CLIP... [--out FOLDER]

Dreams each clip, the drawn aisle and a drawn pan with every known method at equal strength, judges the finished frames,
and writes FOLDER/index.html with plots and film strips, and FOLDER/figures.json. Motion is measured once per clip (some
minutes) and kept in .cache. For drift over 10,000 frames of a still picture: scripts/endurance.py CLIP --still.

For tuning: python scripts/compare.py --ours [CLIP...] [--set NAME=VALUE ...] dreams only with our method and prints one
line of figures per clip. "drawn", "pan" and "shapes" are built-in clips; without CLIP, all three are used.
"""

import argparse
import json
from pathlib import Path

from proof import clips, quick, report
from proof.contest import Contest, controls
from proof.pan import pan
from proof.rivals import RIVALS
from proof.shapes import by_shape

from kaleidocam.dream.ascent import Ascent
from kaleidocam.errors import UserError
from kaleidocam.picture.assembly import make_dreamer
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.values import settle

FRAMES = 60


def compare(clip: clips.Clip, look: Look, ascent: Ascent) -> report.ClipResult:
    """The films of a clip by every method and every control, with their figures."""
    contest = Contest(clip, look, ascent)
    ours = contest.enter(next(rival for rival in RIVALS if rival.name == "ours"))
    entries = []
    for make in [
        lambda rival=rival: ours if rival.name == ours.name else contest.enter(rival, ours) for rival in RIVALS
    ] + [lambda c=c: contest.control(*c) for c in controls(contest, ours)]:
        entries.append(make())
        named = {name: value for name, value in entries[-1].figures.items() if isinstance(value, float)}
        print(f"{clip.name:12s} {entries[-1].name:30s}", *(f"{n} {v:.3g}" for n, v in named.items()), flush=True)
    return report.ClipResult(clip, contest.grid, entries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", metavar="CLIP")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "compare")
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument(
        "--ours", action="store_true", help="only our method, one line of figures per clip; writes nothing"
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the look")
    given = parser.parse_intermixed_args()
    try:
        wanted = read_preset(given.preset) | dict(pair.partition("=")[::2] for pair in given.set)
        look, machine = settle({"precision": "float32"} | wanted, "--set")  # the same on every machine
    except UserError as error:
        parser.error(str(error))
    ascent = make_dreamer(look, machine)
    if given.ours:
        for line in quick.lines(given.clips, look, ascent, given.frames):
            print(line, flush=True)
        return
    every = [clips.drawn(given.frames), pan(given.frames), *(clips.filmed(Path(c), given.frames) for c in given.clips)]
    results = [compare(clip, look, ascent) for clip in every]
    given.out.mkdir(parents=True, exist_ok=True)
    figures = report.figures(results, by_shape(look, ascent), given.preset)
    (given.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    report.write(given.out, results, figures)
    print(f"{given.out / 'index.html'}")


if __name__ == "__main__":
    main()
