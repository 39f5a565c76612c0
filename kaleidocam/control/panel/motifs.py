"""The atlas for the panel's pages: its own page, each layer's sheet, and one small sheet of the curated channels.

Invariant: without a whole atlas there are no pictures; all else stays as it is.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kaleidocam.atlas import page
from kaleidocam.errors import UserError

UNDER = "atlas"
ABOUT, CHOSEN = f"/{UNDER}/motifs.json", f"/{UNDER}/curated.webp"
HEAD = '<link rel="icon" href="icon.svg">\n  <script type="module" src="atlas-line.js"></script>'
COLUMNS = 16  # of the curated sheet
QUALITY = 80


class Motifs:
    """`folder`: where an atlas lies, or None. `curated`: [{"name": "mixed5:74", "word": …, "tags": […]}, …]."""

    def __init__(self, folder: Path | None, curated: Sequence[Mapping[str, Any]]) -> None:
        self._curated, self._lock, self._chosen = list(curated), threading.Lock(), b""
        self._atlas: dict[str, Any] = {}
        self._sheets: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}  # path -> what is served there
        try:
            if folder is not None:
                self._atlas, self._sheets = page.read(folder)
        except UserError:  # a panel without pictures is better than none
            pass
        if self._atlas:
            parts = page.parts(self._atlas, self._sheets, self._curated, under=UNDER, head=HEAD)
            self.files = {f"/{UNDER}/{name}" if name else f"/{UNDER}.html": data for name, data in parts.items()}
        self.files[ABOUT] = json.dumps(self._about()).encode()

    def chosen(self) -> bytes | None:
        """The curated channels' motifs, WebP, COLUMNS in a row, in their order; made when first asked for."""
        if not self._atlas or not self._curated:
            return None
        with self._lock:
            self._chosen = self._chosen or self._sheet()
            return self._chosen

    def _about(self) -> dict[str, Any]:
        """What the picker is made from."""
        columns = self._atlas.get("columns", 1)
        return {
            "tile": self._atlas.get("tile", 0),
            "curated": self._curated,
            "chosen": {"sheet": CHOSEN.lstrip("/"), "columns": COLUMNS, "count": len(self._curated)},
            "layers": {
                name: {
                    "sheet": f"{UNDER}/{name}.webp",
                    "columns": columns,
                    "count": about["count"],
                    "dead": about["dead"],
                }
                for name, about in self._atlas.get("layers", {}).items()
            },
        }

    def _sheet(self) -> bytes:
        tile, rows = self._atlas["tile"], -(-len(self._curated) // COLUMNS)
        paper = np.zeros((rows * tile, COLUMNS * tile, 3), np.uint8)
        for layer, sheet in self._sheets.items():  # one at a time: decoded they are large
            mine = [
                (at, int(each["name"].split(":")[1]))
                for at, each in enumerate(self._curated)
                if each["name"].split(":")[0] == layer
            ]
            image: np.ndarray | None = cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR) if mine else None
            if image is None:
                continue
            for at, number in mine:
                motif = _cell(image, number, tile, self._atlas["columns"])
                place = _cell(paper, at, tile, COLUMNS)
                place[: motif.shape[0], : motif.shape[1]] = motif
        return cv2.imencode(".webp", paper, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()


def _cell(sheet: np.ndarray, at: int, tile: int, columns: int) -> np.ndarray:
    """The place of the `at`-th motif on a sheet, empty where it lies outside."""
    top, left = at // columns * tile, at % columns * tile
    return sheet[top : top + tile, left : left + tile]
