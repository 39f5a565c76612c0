"""What comes in and what a film keeps of it, by container and feature: python scripts/formats.py [OUT.md].

Draws a small file of each kind, makes films of it by the command's own way, looks at them and writes docs/formats.md.
It fails where a film can't be made, or picture and sound are more than 40 ms apart, or a picture has other colors than
it should.
"""

import sys
import tempfile
from pathlib import Path

import av
import numpy as np
from proof.film_kinds import CLIP_SECONDS, KINDS, Kind
from proof.flashes import events
from proof.picture_kinds import PICTURES, PictureKind

import kaleidocam
from kaleidocam.film.dry_run import DryRun, dry_run
from kaleidocam.film.order import Order
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.photo import read_photo

OUT = Path(__file__).parents[1] / "docs/formats.md"
TOGETHER = 0.04  # seconds that picture and sound may be apart
ALIKE = 8  # levels that a color may differ
QUICK = {"channel": "mixed0:3", "grid": "96x96", "strength": 0.0, "cuts": "none"}
OUTS = ("dream.mkv", "dream.mp4")


def apart(path: Path, count: int) -> float | None:
    """How far picture and sound are apart at most, in seconds; None without sound."""
    flashes, beeps = events(path)
    if not count:
        return None
    if not len(flashes) == len(beeps) == count:
        raise SystemExit(f"{path.name}: flashes {flashes}, beeps {beeps}, where there should be {count}")
    return max(abs(a - b) for a, b in zip(flashes, beeps, strict=True))


def begins_and_lasts(path: Path) -> tuple[float, float]:
    with av.open(str(path)) as opened:
        shown = [packet for packet in opened.demux(video=0) if packet.size]
    unit = shown[0].time_base
    first = min(packet.pts for packet in shown)
    return float(first * unit), float((max(packet.pts + (packet.duration or 0) for packet in shown) - first) * unit)


def row(kind: Kind, folder: Path) -> str:
    """A row of the table. SystemExit if a film of it is not as it should be."""
    path = folder / kind.name
    kind.make(path)
    said: list[str] = []
    found: DryRun | None = None
    lost = {}
    for name in OUTS:
        found = dry_run(Order(str(path), str(folder / name), Look(), Machine(), overwrite=True))
        kaleidocam.film(path, folder / name, overwrite=True, **QUICK)
        off = apart(folder / name, kind.beeps)
        if off is not None and off > TOGETHER:
            raise SystemExit(f"{kind.name} to {name}: picture and sound are {1000 * off:.0f} ms apart")
        lost[name] = [line.replace(f" into '{folder / name}'", "") for line in found.leaves_out]
        said.append("" if off is None else f"{1000 * off:.0f} ms")
    assert found is not None
    begins, lasts = begins_and_lasts(folder / OUTS[0])
    kept = ", ".join(found.keeps) or "–"
    left = "; ".join(f"{name.rpartition('.')[2]}: {line}" for name, lines in lost.items() for line in lines) or "–"
    changes = "; ".join(found.changes) or "–"
    return (
        f"| `{kind.name}` | {kind.what} | {found.reads[0]} | {changes} | {begins:.2f} to {begins + lasts:.2f} s | "
        f"{' / '.join(filter(None, said)) or '–'} | {kept} | {left} |"
    )


def picture_row(kind: PictureKind, folder: Path) -> str:
    """A row of the second table. SystemExit if the picture is not as it should be."""
    path = folder / kind.name
    kind.make(path)
    photo = read_photo(path)
    height, width = photo.image.shape[:2]
    color = photo.image[height // 4, width * 3 // 4, ::-1].astype(int)
    if np.abs(color - kind.color).max() > ALIKE:
        raise SystemExit(f"{kind.name}: the color at the top right is {color}, where it should be {kind.color}")
    return f"| `{kind.name}` | {kind.what} | {width}x{height} | {'; '.join(photo.told) or '–'} |"


HEAD = """# What comes in, and what a film keeps of it

Made by `python scripts/formats.py`, which draws each file ({seconds} s of it), makes films of it (.mkv and .mp4) and
looks at both. *Film*: when its picture begins and ends. *Apart*: how far flash and beep are apart in the film, .mkv /
.mp4; the script fails above {apart} ms. *Keeps* and *leaves out* are what `kaleidocam film IN OUT --dry-run` says. It
tells the same of a file of yours.

| file | what it is | read as | changed | film | apart | keeps (.mp4) | leaves out |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
PICTURE_HEAD = """
## Pictures
As stills, guides, palettes, in sequences and in films. Each shows a color at its top right, which the script compares
with the one that it is in sRGB ({alike} levels at most).

| file | what it is | read as | changed |
| --- | --- | --- | --- |
"""


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    rows = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row(kind, Path(folder)))
        print(rows[-1], flush=True)
    rows.append(PICTURE_HEAD.format(alike=ALIKE).rstrip())
    for picture in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(picture_row(picture, Path(folder)))
        print(rows[-1], flush=True)
    head = HEAD.format(seconds=CLIP_SECONDS, apart=round(1000 * TOGETHER))
    out.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
