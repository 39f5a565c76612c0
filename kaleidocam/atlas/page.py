"""The atlas as a page: a single HTML file, or the same page in parts for a server.

Invariant: the file loads nothing from elsewhere, and no text of an atlas can become part of its program.
"""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError, one_line, reason
from kaleidocam.whole_file import write_whole

PAGE = Path(__file__).parent / "page"
# In the order of their imports. The single file joins them into one program, so top-level names must be unique.
SCRIPTS = ("find.js", "channels.js", "remembered.js", "motif.js", "grid.js", "detail.js", "acts.js", "atlas.js")
ALONE = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'\">"
)
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export ", re.MULTILINE)

Curated = Sequence[Mapping[str, Any]]
"""[{"name": "mixed5:74", "word": "spirals", "tags": ["spirals", "curls"]}, ...]"""


def write_page(folder: Path, out: Path, curated: Curated = ()) -> None:
    """Writes the page of the atlas in `folder` to `out`, and overwrites it. UserError where either fails."""
    text = build(folder, curated)
    try:
        write_whole(out, text.encode())
    except OSError as error:
        raise UserError(f"'{out}' can't be written: {reason(error)}") from error


def build(folder: Path, curated: Curated = ()) -> str:
    """The page as a single HTML text, with its pictures. UserError where `folder` holds no complete atlas."""
    atlas, sheets = read(folder)
    uris = {layer: f"data:image/webp;base64,{base64.b64encode(sheet).decode()}" for layer, sheet in sheets.items()}
    program = "".join(EXPORT.sub("", IMPORT.sub("", _part(name))) for name in SCRIPTS)
    page = _page(atlas, uris, curated, ALONE)
    page = page.replace('<link rel="stylesheet" href="atlas.css">', f"<style>\n{_part('atlas.css')}</style>")
    return page.replace('<script type="module" src="atlas.js"></script>', f'<script type="module">\n{program}</script>')


def parts(
    atlas: Mapping[str, Any], sheets: Mapping[str, bytes], curated: Curated = (), *, under: str, head: str = ""
) -> dict[str, bytes]:
    """The page of an atlas (see `read`) in parts for a server: {"": the page, "atlas.css": …, "mixed0.webp": …}. The
    page requests the other parts as `under`/name. `head`: additional HTML for its head."""
    page = _page(atlas, {layer: f"{under}/{layer}.webp" for layer in sheets}, curated, head)
    for name in ("atlas.css", "atlas.js"):
        page = page.replace(f'"{name}"', f'"{under}/{name}"')
    return (
        {"": page.encode()}
        | {name: _part(name).encode() for name in ("atlas.css", *SCRIPTS)}
        | {f"{layer}.webp": sheet for layer, sheet in sheets.items()}
    )


def read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The content of atlas.json in `folder`, and each layer's sheet, WebP. UserError where the atlas is incomplete."""
    try:
        atlas = json.loads((folder / "atlas.json").read_bytes())
        layers = {name: _layer(name, about) for name, about in atlas["layers"].items()}
        sheets = {name: (folder / Path(about["sheet"]).name).read_bytes() for name, about in atlas["layers"].items()}
        known = {f"{name}:{number}" for name, about in layers.items() for number in range(about["count"])}
        order = [name for name in dict.fromkeys(atlas["order"]) if name in known]
        kept: dict[str, Any] = {
            "tile": int(atlas["tile"]),
            "columns": int(atlas["columns"]),
            "layers": layers,
            "order": order,
        }
        if not layers or kept["tile"] < 1 or kept["columns"] < 1:
            raise ValueError("no layer, tile or column")
    except OSError as error:
        raise UserError(
            f"no atlas in '{folder}': {Path(error.filename or folder).name}: {error.strerror}; "
            "make one with kaleidocam atlas"
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"the atlas in '{folder}' can't be read: {one_line(error)}; make it again") from error
    return kept, sheets


def _layer(name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    if not NAME.fullmatch(name):
        raise ValueError(f"'{name}' is not the name of a layer")
    count, rise = int(about["count"]), [_figure(value) for value in about["rise"]]
    if count < 1 or len(rise) != count:
        raise ValueError(f"{name} has {count} channels and {len(rise)} figures")
    return {"count": count, "rise": rise, "dead": [int(number) for number in about["dead"]]}


def _figure(value: float | None) -> float | None:
    """A number rounded for the page; None for infinity, which JSON does not have."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")


def _page(atlas: Mapping[str, Any], sheets: Mapping[str, str], curated: Curated, head: str) -> str:
    known = {name: about | {"sheet": sheets[name]} for name, about in atlas["layers"].items()}
    data = json.dumps({**atlas, "layers": known, "curated": list(curated)}, separators=(",", ":"))
    page = _part("atlas.html").replace("</head>", f"  {head}\n</head>", 1)
    return page.replace("{}", data.replace("<", "\\u003c"), 1)  # so no text can end the script element


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
