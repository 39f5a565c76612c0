"""The comparison as a page: what was measured, how, the figures, plots and film strips.

Invariant: every number and every picture on the page comes from the run that writes it.
"""

import html
import platform
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from proof.clips import BACKS, Clip
from proof.contest import Entry
from proof.metrics import SHADES, cut_frames, coverage
from proof.rivals import RIVALS

OURS, ALONE, WARPED = "ours", "each frame alone", "whole frame warped"
OTHERS = tuple(way.name for way in RIVALS if not way.name.startswith(OURS))
ONE_STEP = tuple(way.name for way in RIVALS if way.carries and way.name in OTHERS)  # a frame, as ours at most
STRIP = ("source", *OTHERS, OURS, "ours without mask")
STRIP_FRAMES, STRIP_WIDTH = 4, 300
COLUMNS = {
    "strength": ("strength", "mean activation of the objective on the output over the source's"),
    "flicker 1": ("flicker t-1", "warping error of the dream's contribution over its energy; 0 holds still, 2 random"),
    "flicker 10": ("flicker t-10", "the same against ten frames before"),
    "warping error 1": ("E_warp t-1", "Lai et al.'s warping error of the whole picture over the source's own"),
    "warping error 10": ("E_warp t-10", "the same against ten frames before"),
    "ghosting": ("ghosting", "energy of the contribution where something has just come into view, grey levels²"),
    "left over": ("left over", "share of the old picture still standing there, by least squares"),
    "after cuts": ("after cuts", "share of the last shot in the first frame of the next"),
    "SSIM": ("SSIM", "structural similarity of the luma to the source's"),
    "edges": ("edges", "cosine between the luma gradients of output and source"),
    "fineness": ("fine share", "of the contribution's energy under two pixels"),
    "rms": ("rms", "of the contribution, grey levels"),
}
STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:1300px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-size:13px;margin:1em 0}td,th{padding:3px 8px;text-align:right;border-bottom:1px
solid #ddd}td:first-child,th:first-child{text-align:left}tr.ours{background:#eef7ee;font-weight:600}tr.control{color:
#888}img{max-width:100%}.missed{color:#b00}.met{color:#070}"""


@dataclass(frozen=True)
class ClipResult:
    """A clip, its source in the network's range, and everyone's film of it."""

    clip: Clip
    source: list[np.ndarray]
    entries: list[Entry]


def figures(results: list[ClipResult], preset: str) -> dict:
    """All figures, for figures.json: the clips', and the aims held against them."""
    clips = {}
    for result in results:
        clip = result.clip
        clips[clip.name] = {
            "frames": len(clip.frames), "fps": round(clip.fps, 3), "grid": list(clip.grid),
            "cuts": cut_frames(clip), "coverage": {back: coverage(clip, back) for back in BACKS},
            "ways": {entry.name: _rounded(entry.figures) for entry in result.entries},
        }
    return {"machine": platform.processor() or platform.machine(), "preset": preset, "clips": clips,
            "aims": aims({name: clip["ways"] for name, clip in clips.items()})}


def aims(clips: dict[str, dict[str, dict]]) -> list[dict]:
    """What is aimed at: name, figure, limit, met. `clips`: clip -> way -> figures."""
    def over(other: str, figure: str) -> list[float]:
        return [ways[OURS][figure] / ways[other][figure] for ways in clips.values() if ways[other][figure]]

    def mean(way: str, figure: str) -> float:
        return float(np.mean([ways[way][figure] for ways in clips.values()]))

    def behind(figure: str, rivals: tuple[str, ...]) -> float:
        return float(np.mean([max(ways[rival][figure] for rival in rivals) - ways[OURS][figure]
                              for ways in clips.values()]))

    found = [
        ("flicker over that of each frame alone, mean of the clips", float(np.mean(over(ALONE, "flicker 1"))), 0.08),
        ("… on the worst clip", max(over(ALONE, "flicker 1")), 0.15),
        ("flicker over that of the whole frame warped, mean of the clips",
         float(np.mean(over(WARPED, "flicker 1"))), 0.6),
        ("… on the worst clip", max(over(WARPED, "flicker 1")), 0.6),
        ("the clips' mean flicker over that of the whole frame warped",
         mean(OURS, "flicker 1") / mean(WARPED, "flicker 1"), 0.6),
        ("ghosting over that of the whole frame warped, mean of the clips",
         float(np.mean(over(WARPED, "ghosting"))), 0.2),
        ("… on the worst clip", max(over(WARPED, "ghosting")), 0.2),
        ("SSIM of the best rival less ours, mean of the clips", behind("SSIM", OTHERS), 0.0),
        ("… of those that take one step a frame", behind("SSIM", ONE_STEP), 0.0),
        ("edge agreement of the best rival less ours, mean of the clips", behind("edges", OTHERS), 0.0),
        ("… of those that take one step a frame", behind("edges", ONE_STEP), 0.0),
    ]
    return [{"aim": name, "figure": round(value, 4), "at most": limit, "met": value <= limit}
            for name, value, limit in found]


def write(folder: Path, results: list[ClipResult], found: dict) -> None:
    """index.html, two plots and one film strip a clip into `folder`."""
    _plots(folder, found)
    parts = [_aims_table(found["aims"]),
             '<p><img src="flicker.svg" alt="flicker of every way"> <img src="shades.svg" alt="dream by shade"></p>']
    for result in results:
        name = result.clip.name.replace(" ", "-")
        cv2.imwrite(str(folder / f"{name}.jpg"), _strip(result), [cv2.IMWRITE_JPEG_QUALITY, 82])
        parts.append(_clip_part(result, found["clips"][result.clip.name], f"{name}.jpg"))
    ways = "".join(f"<li><b>{html.escape(e.name)}</b>: {html.escape(e.meaning)}</li>" for e in results[0].entries)
    columns = "".join(f"<li><b>{short}</b>: {html.escape(meaning)}</li>" for short, meaning in COLUMNS.values())
    page = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    filled = {"STYLE": STYLE, "WAYS": ways, "COLUMNS": columns, "PARTS": "\n".join(parts),
              "PRESET": html.escape(found["preset"])}
    for key, value in filled.items():
        page = page.replace(f"{{{{{key}}}}}", value)
    (folder / "index.html").write_text(page, encoding="utf-8")


def _aims_table(rows: list[dict]) -> str:
    cells = ""
    for row in rows:
        verdict = "met" if row["met"] else "missed"
        cells += (f"<tr><td>{html.escape(row['aim'])}</td><td>{row['figure']:.3f}</td><td>{row['at most']:g}</td>"
                  f"<td class='{verdict}'>{verdict}</td></tr>")
    return f"<h2>Aims</h2><table><tr><th>aim</th><th>figure</th><th>at most</th><th></th></tr>{cells}</table>"


def _clip_part(result: ClipResult, found: dict, strip: str) -> str:
    head = "".join(f"<th>{short}</th>" for short, _ in COLUMNS.values())
    rows = []
    for entry in result.entries:
        kind = "ours" if entry.name == OURS else "control" if "rate" not in entry.figures else ""
        cells = "".join(f"<td>{_number(found['ways'][entry.name].get(column))}</td>" for column in COLUMNS)
        rows.append(f"<tr class='{kind}'><td>{html.escape(entry.name)}</td>{cells}</tr>")
    seen = ", ".join(f"{share:.0%} of the picture judged at t-{back}" for back, share in found["coverage"].items())
    cuts = f"; cuts at {', '.join(map(str, found['cuts']))}" if found["cuts"] else ""
    return (f"<h2>{html.escape(result.clip.name)}</h2><p>{found['frames']} frames at {found['fps']:g} fps, grid "
            f"{found['grid'][0]}×{found['grid'][1]}; {seen}{cuts}.</p><table><tr><th></th>{head}</tr>"
            f"{''.join(rows)}</table><p><img src='{strip}' alt='film strips'></p>")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _strip(result: ClipResult) -> np.ndarray:
    """Rows of ways, columns of moments, as a BGR picture."""
    count = len(result.source)
    moments = [round(x) for x in np.linspace(count * 0.35, count - 1, STRIP_FRAMES)]
    cuts = [t for t in cut_frames(result.clip) if t > 5]
    if cuts:
        moments[:2] = [cuts[0] - 1, cuts[0]]
    films = {"source": result.source} | {entry.name: entry.outputs for entry in result.entries}
    rows = []
    for name in STRIP:
        cells = [_cell(films[name][t], f"{name}, frame {t}" if i == 0 else f"frame {t}") for i, t in enumerate(moments)]
        rows.append(np.hstack(cells))
    return np.vstack(rows)


def _cell(picture: np.ndarray, label: str) -> np.ndarray:
    height = round(STRIP_WIDTH * picture.shape[0] / picture.shape[1])
    image = np.clip((picture[..., ::-1] + 1) * 127.5, 0, 255).astype(np.uint8)
    image = cv2.resize(image, (STRIP_WIDTH, height), interpolation=cv2.INTER_AREA)
    for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(image, label, (6, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, width, cv2.LINE_AA)
    return image


def _plots(folder: Path, found: dict) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "kaleidocam", "font.size": 9})
    ways = [way.name for way in RIVALS]
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 3.6), sharey=True)
    plotted = ("flicker 1", "ghosting", "SSIM")
    for axis, column in zip(axes, plotted, strict=True):
        for i, (clip, of_clip) in enumerate(found["clips"].items()):
            at = np.arange(len(ways)) + 0.2 * i
            axis.barh(at, [of_clip["ways"][way][column] for way in ways], 0.2, label=clip)
        axis.set_yticks(np.arange(len(ways)) + 0.3, ways)
        axis.set_xlabel({"flicker 1": "flicker t-1 (0 holds still)", "ghosting": "ghosting, grey levels²",
                         "SSIM": "SSIM, content kept"}[column])
    axes[0].invert_yaxis()
    axes[1].set_xscale("log")
    axes[2].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(folder / "flicker.svg", metadata={"Date": None})
    figure, axis = pyplot.subplots(figsize=(6, 3.2))
    middle = [(a + b) / 2 for a, b in zip(SHADES, SHADES[1:], strict=False)]
    for clip, of_clip in found["clips"].items():
        axis.plot(middle, of_clip["ways"][OURS]["by shade"], "o-", label=clip)
    axis.axhline(1, color="#aaa", linewidth=0.8)
    axis.set(xlabel="luma of the source", ylabel="rms of ours over its mean", ylim=(0, None))
    axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / "shades.svg", metadata={"Date": None})


def _rounded(values: dict) -> dict:
    return {name: [round(x, 4) for x in value] if isinstance(value, list) else None if value is None
            else round(value, 4) for name, value in values.items()}
