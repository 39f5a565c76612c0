"""An atlas on disk: motifs as rendered, contact sheets, and the small sheets for the page.

Invariant: every file in the folder is complete. A new run reuses the motifs of an interrupted run, but only those
rendered with the same weights and size.

    FOLDER/parts/mixed5-064.npz   motifs of some channels, as rendered, and the network's activations on them
    FOLDER/mixed5.png             the layer's contact sheet, numbered
    FOLDER/mixed5.webp            the layer's motifs, small, row by row without gaps
    FOLDER/atlas.json             counts, rises, dead channels, the order by similarity
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kaleidocam.atlas.motif import Motif
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.errors import UserError, one_line
from kaleidocam.picture.sheet import Layout, laid_out
from kaleidocam.text_file import read_toml
from kaleidocam.whole_file import write_whole

assert INCEPTION_V3.atlas is not None  # it comes with kaleidocam
SMALL = Path(__file__).parent / INCEPTION_V3.atlas
"""The atlas that comes with kaleidocam."""

CURATED = Path(__file__).parent / "curated.toml"
COLUMNS = 32
TILE, QUALITY = 128, 50  # pixels per side of a small motif, and its WebP quality
CAPTION, PAPER, INK = 14, 20, (200, 200, 200)  # pixels, gray level, BGR
NUMBERED = Layout(
    COLUMNS, gap=(2, 0), caption=CAPTION, line=CAPTION - 3, indent=2, scale=0.4, ink=INK, paper=PAPER
)  # the contact sheet
UNNUMBERED = Layout(COLUMNS, paper=PAPER)  # the small sheet


class UnfinishedAtlas:
    """The motifs of an atlas that is being rendered. `made_by`: all settings that they depend on, as a text; motifs of
    other settings are ignored."""

    def __init__(self, folder: Path, made_by: str) -> None:
        self._folder, self._made_by = folder / "parts", made_by
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"folder '{folder}' can't be created: {error.strerror}") from error

    def add(self, layer: str, motifs: Sequence[Motif]) -> None:
        """Writes motifs to disk. UserError where that fails."""
        data = io.BytesIO()
        np.savez_compressed(
            data,
            made_by=self._made_by,
            channels=[m.channel for m in motifs],
            noise=[m.noise for m in motifs],
            value=[m.value for m in motifs],
            images=np.stack([m.image for m in motifs]),
            seen=np.stack([m.seen for m in motifs]).astype(np.float16),
        )
        path = self._folder / f"{layer}-{motifs[0].channel:03d}.npz"
        try:
            write_whole(path, data.getvalue())
        except OSError as error:
            raise UserError(
                f"{path} can't be written: {error.strerror}; finished motifs are kept, and the same command continues"
            ) from error

    def of(self, layer: str) -> dict[int, Motif]:
        """Channel -> motif, for all motifs of a layer on disk. Files that can't be read or are of other settings are
        ignored."""
        motifs = {}
        for path in sorted(self._folder.glob(f"{layer}-*.npz")):
            try:
                with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as part:
                    if str(part["made_by"]) != self._made_by:
                        continue
                    fields = [part[name] for name in ("channels", "images", "noise", "value", "seen")]
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                continue
            for channel, image, noise, value, features in zip(*fields, strict=True):
                motifs[int(channel)] = Motif(int(channel), image, float(noise), float(value), features)
        return motifs


def write_sheets(folder: Path, layer: str, motifs: Mapping[int, Motif]) -> None:
    """The contact sheet of a layer, and its small sheet."""
    in_order = [motifs[channel] for channel in sorted(motifs)]
    _write(folder / f"{layer}.png", contact_sheet(in_order))
    small = [(cv2.resize(motif.image, (TILE, TILE), interpolation=cv2.INTER_AREA), "") for motif in in_order]
    _write(folder / f"{layer}.webp", laid_out(small, UNNUMBERED), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


def contact_sheet(motifs: Sequence[Motif]) -> np.ndarray:
    """The motifs in rows, each with its number below it, dead channels with a star: (H, W, 3) uint8 BGR."""
    return laid_out([(motif.image, f"{motif.channel}{'' if motif.alive else ' *'}") for motif in motifs], NUMBERED)


def write_index(folder: Path, layers: Mapping[str, Mapping[int, Motif]], order: Sequence[str]) -> None:
    """Writes `atlas.json`. `layers`: layer -> its motifs; `order`: the names of all channels, sorted by similarity."""
    entries = {
        layer: {
            "count": len(motifs),
            "sheet": f"{layer}.webp",
            "rise": [round(motifs[n].rise, 1) for n in sorted(motifs)],
            "dead": [n for n in sorted(motifs) if not motifs[n].alive],
        }
        for layer, motifs in layers.items()
    }
    index = {"tile": TILE, "columns": COLUMNS, "layers": entries, "order": list(order)}
    _keep(folder / "atlas.json", json.dumps(index, separators=(",", ":")).encode())


def read_index(folder: Path = SMALL) -> dict[str, Any]:
    """Reads `atlas.json`. UserError where it is missing or damaged."""
    try:
        return json.loads((folder / "atlas.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"'{folder}' holds no atlas: {one_line(error)}") from error


def curated() -> list[dict[str, Any]]:
    """The channels worth playing, chosen by eye: for each its `name` ("mixed5:74"), `word` and `tags`."""
    return read_toml(CURATED, "the list of curated channels")["channel"]


def _write(path: Path, picture: np.ndarray, how: Sequence[int] = ()) -> None:
    _, data = cv2.imencode(path.suffix, picture, list(how))
    _keep(path, data.tobytes())


def _keep(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}") from error
