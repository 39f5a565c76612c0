"""How well the dream holds still, beside every other way: python scripts/compare.py CLIP... [--out FOLDER]

Dreams each clip and the drawn aisle in every known way at equal strength, judges them, and writes FOLDER/index.html
with plots and film strips, and FOLDER/figures.json. Motion is measured once a clip (some minutes) and kept in .cache.
"""

import argparse
import json
from pathlib import Path

from proof import clips, report
from proof.contest import Contest, controls
from proof.rivals import RIVALS

from kaleidocam import build
from kaleidocam.settings import DEFAULT_PRESET, read_preset, settle

FRAMES = 60

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("clips", nargs="*", type=Path, metavar="CLIP")
parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "compare")
parser.add_argument("--preset", default=DEFAULT_PRESET)
parser.add_argument("--frames", type=int, default=FRAMES)
given = parser.parse_args()

look, machine = settle(read_preset(given.preset) | {"precision": "float32"}, given.preset)  # alike on every machine
ascent = build.make_dreamer(look, machine)
results = []
for clip in [clips.drawn(given.frames), *(clips.filmed(path, given.frames) for path in given.clips)]:
    contest = Contest(clip, look, ascent)
    ours = contest.enter(next(rival for rival in RIVALS if rival.name == "ours"))
    entries = []
    for make in [lambda rival=rival: ours if rival.name == ours.name else contest.enter(rival, ours)
                 for rival in RIVALS] + [lambda c=c: contest.control(*c) for c in controls(contest, ours)]:
        entries.append(make())
        named = {name: value for name, value in entries[-1].figures.items() if isinstance(value, float)}
        print(f"{clip.name:12s} {entries[-1].name:30s}", *(f"{n} {v:.3g}" for n, v in named.items()), flush=True)
    results.append(report.ClipResult(clip, contest.source, entries))
given.out.mkdir(parents=True, exist_ok=True)
figures = report.figures(results, given.preset)
(given.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
report.write(given.out, results, figures)
print(f"{given.out / 'index.html'}")
