"""Writes the comparison as a page: the method, the figures, plots and film strips.

Invariant: every number and every picture on the page comes from the run that writes it.
"""

import html
import platform
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from proof.aims import ALONE, OTHERS, OURS, aims
from proof.clips import BACKS, Clip
from proof.contest import Entry
from proof.metrics import coverage, cut_frames
from proof.plots import draw

STRIP = ("source", *OTHERS, OURS, "ours without mask")
STRIP_FRAMES, STRIP_WIDTH = 4, 300
COLUMNS = {
    "strength": ("strength", "mean activation of the objective on the output over the source's"),
    "luma": ("luma", "share of the contribution's variance that is light and dark; natural pictures have over 0.9"),
    "contrast": ("contrast", "deviation of its luma, 1 being half the way from black to white"),
    "fine": ("fine", "share of its luma's energy in detail of 2 to 8 px at 640 wide"),
    "middle": ("middle", "… of 8 to 32 px"),
    "coarse": ("coarse", "… of 32 to 128 px"),
    "white": ("white", "contrast of its detail where the source is above 215 over that of the whole frame"),
    "dark": ("dark", "… where the source is under 40"),
    "recovery": (
        "recovery",
        "seconds until a place that has come into view has 0.7 of the contrast of what is as "
        "bright round it, moves alike and was in view all along; it is watched for 1.5 s",
    ),
    "carried": (
        "carried",
        "contrast of its fine and middle detail where the picture moves by 1 % of the width a "
        "frame, over that where the same picture stands",
    ),
    "flicker 1": (
        "flicker t-1",
        "warping error of the dream's contribution over its own energy; 0 holds still, 2 "
        "random; a faint dream gains nothing",
    ),
    "of alone": ("of frame by frame", "the same over what each frame alone has"),
    "shimmer": ("shimmer", "root of the warping error of the contribution, in gray levels: what is seen to flicker"),
    "flicker 10": ("flicker t-10", "flicker against ten frames before"),
    "warping error 1": ("E_warp t-1", "Lai et al.'s warping error of the whole picture over the source's own"),
    "warping error 10": ("E_warp t-10", "the same against ten frames before"),
    "ghosting": ("ghosting", "energy of the contribution where something has just come into view, gray levels²"),
    "left over": ("left over", "share of the old picture still standing there, by least squares"),
    "after cuts": ("after cuts", "share of the last shot in the first frame of the next"),
    "SSIM": ("SSIM", "structural similarity of the luma to the source's"),
    "edges": ("edges", "cosine between the luma gradients of output and source"),
    "fineness": ("fine share", "of the contribution's energy under two pixels"),
    "rms": ("rms", "of the contribution, gray levels"),
}
STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:1300px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-size:13px;margin:1em 0}td,th{padding:3px 8px;text-align:right;border-bottom:1px
solid #ddd}td:first-child,th:first-child{text-align:left}tr.ours{background:#eef7ee;font-weight:600}tr.control{color:
#888}img{max-width:100%}.missed{color:#b00}.met{color:#070}"""


@dataclass(frozen=True)
class ClipResult:
    """A clip, the grid (width, height) on which it was dreamed, and its film by every method."""

    clip: Clip
    grid: tuple[int, int]
    entries: list[Entry]


def figures(results: list[ClipResult], shapes: dict[str, float], preset: str) -> dict:
    """All figures, for figures.json: of the clips, the anisotropy by `shapes`, and the aims."""
    clips = {}
    for result in results:
        clip = result.clip
        clips[clip.name] = {
            "frames": len(clip.frames),
            "fps": round(clip.fps, 3),
            "size": list(clip.size),
            "grid": list(result.grid),
            "cuts": cut_frames(clip),
            "coverage": {back: coverage(clip, back) for back in BACKS},
            "ways": {entry.name: _rounded(entry.figures) for entry in result.entries},
        }
        alone = clips[clip.name]["ways"][ALONE]["flicker 1"]
        for way in clips[clip.name]["ways"].values():
            way["of alone"] = round(way["flicker 1"] / alone, 4) if alone else None
    return {
        "machine": platform.processor() or platform.machine(),
        "preset": preset,
        "clips": clips,
        "anisotropy": _rounded(shapes),
        "aims": aims({name: clip["ways"] for name, clip in clips.items()}, shapes),
    }


def write(folder: Path, results: list[ClipResult], found: dict) -> None:
    """Writes index.html, two plots and one film strip per clip to `folder`."""
    draw(folder, found)
    parts = [
        _aims_table(found["aims"]),
        _shapes_table(found["anisotropy"]),
        '<p><img src="flicker.svg" alt="flicker of every way"> <img src="shades.svg" alt="dream by shade"></p>',
    ]
    for result in results:
        name = result.clip.name.replace(" ", "-")
        cv2.imwrite(str(folder / f"{name}.jpg"), _strip(result), [cv2.IMWRITE_JPEG_QUALITY, 82])
        parts.append(_clip_part(result, found["clips"][result.clip.name], f"{name}.jpg"))
    ways = "".join(f"<li><b>{html.escape(e.name)}</b>: {html.escape(e.meaning)}</li>" for e in results[0].entries)
    columns = "".join(f"<li><b>{short}</b>: {html.escape(meaning)}</li>" for short, meaning in COLUMNS.values())
    page = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    filled = {
        "STYLE": STYLE,
        "WAYS": ways,
        "COLUMNS": columns,
        "PARTS": "\n".join(parts),
        "PRESET": html.escape(found["preset"]),
    }
    for key, value in filled.items():
        page = page.replace(f"{{{{{key}}}}}", value)
    (folder / "index.html").write_text(page, encoding="utf-8")


def _aims_table(rows: list[dict]) -> str:
    cells = ""
    for row in rows:
        verdict = "met" if row["met"] else "missed"
        wanted = next(f"{bound} {row[bound]:g}" for bound in ("at most", "at least") if bound in row)
        cells += (
            f"<tr><td>{html.escape(row['aim'])}</td><td>{_number(row['figure'])}</td><td>{wanted}</td>"
            f"<td class='{verdict}'>{verdict}</td></tr>"
        )
    return f"<h2>Aims</h2><table><tr><th>aim</th><th>figure</th><th>wanted</th><th></th></tr>{cells}</table>"


def _shapes_table(found: dict[str, float]) -> str:
    cells = "".join(f"<tr><td>{html.escape(name)}</td><td>{_number(value)}</td></tr>" for name, value in found.items())
    return f"<h2>Width over height</h2><table><tr><th>picture</th><th>anisotropy</th></tr>{cells}</table>"


def _clip_part(result: ClipResult, found: dict, strip: str) -> str:
    head = "".join(f"<th>{short}</th>" for short, _ in COLUMNS.values())
    rows = []
    for entry in result.entries:
        kind = "ours" if entry.name == OURS else "control" if "rate" not in entry.figures else ""
        cells = "".join(f"<td>{_number(found['ways'][entry.name].get(column))}</td>" for column in COLUMNS)
        rows.append(f"<tr class='{kind}'><td>{html.escape(entry.name)}</td>{cells}</tr>")
    seen = ", ".join(f"{share:.0%} of the picture judged at t-{back}" for back, share in found["coverage"].items())
    cuts = f"; cuts at {', '.join(map(str, found['cuts']))}" if found["cuts"] else ""
    return (
        f"<h2>{html.escape(result.clip.name)}</h2><p>{found['frames']} frames at {found['fps']:g} fps, grid "
        f"{found['grid'][0]}×{found['grid'][1]}; {seen}{cuts}.</p><table><tr><th></th>{head}</tr>"
        f"{''.join(rows)}</table><p><img src='{strip}' alt='film strips'></p>"
    )


def _number(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "–"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _strip(result: ClipResult) -> np.ndarray:
    """A BGR picture with a row per method and a column per moment."""
    count = len(result.clip.frames)
    moments = [round(x) for x in np.linspace(count * 0.35, count - 1, STRIP_FRAMES)]
    cuts = [t for t in cut_frames(result.clip) if t > 5]
    if cuts:
        moments[:2] = [cuts[0] - 1, cuts[0]]
    films = {"source": result.clip.frames} | {entry.name: entry.outputs for entry in result.entries}
    rows = []
    for name in STRIP:
        cells = [_cell(films[name][t], f"{name}, frame {t}" if i == 0 else f"frame {t}") for i, t in enumerate(moments)]
        rows.append(np.hstack(cells))
    return np.vstack(rows)


def _cell(picture: np.ndarray, label: str) -> np.ndarray:
    height = round(STRIP_WIDTH * picture.shape[0] / picture.shape[1])
    image = cv2.resize(picture, (STRIP_WIDTH, height), interpolation=cv2.INTER_AREA)
    for color, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(image, label, (6, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, color, width, cv2.LINE_AA)
    return image


def _rounded(values: dict) -> dict:
    """Figures for JSON, which has no infinity: that becomes "never"."""
    return {
        name: [round(x, 4) for x in value]
        if isinstance(value, list)
        else None
        if value is None
        else "never"
        if np.isinf(value)
        else round(value, 4)
        for name, value in values.items()
    }
