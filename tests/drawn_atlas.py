"""An atlas whose motifs are plain colors that tell which channel each is."""

import json

import cv2
import numpy as np

CURATED = [
    {"name": "mixed5:74", "word": "spirals", "tags": ["spirals", "curls"]},
    {"name": "mixed4:245", "word": "cat eyes", "tags": ["eyes", "fur"]},
    {"name": "mixed5:9", "word": "wavy hair", "tags": ["fur"]},
]


def color(layer, number):
    """BGR of a channel's motif."""
    return (60 + 40 * int(layer[5:])) % 256, number * 101 % 256, number * 37 % 256


def draw_atlas(folder, counts, *, tile=16, columns=32, dead=None):
    """Writes an atlas of `counts` (layer -> channels) into `folder`; of two channels the one with the higher number has
    risen more, and alike are those whose numbers have the same last digit. `dead`: layer -> numbers."""
    layers = {}
    for layer, count in counts.items():
        rows = -(-count // columns)
        sheet = np.zeros((rows * tile, columns * tile, 3), np.uint8)
        for number in range(count):
            top, left = number // columns * tile, number % columns * tile
            sheet[top : top + tile, left : left + tile] = color(layer, number)
        cv2.imwrite(str(folder / f"{layer}.webp"), sheet, [cv2.IMWRITE_WEBP_QUALITY, 101])
        layers[layer] = {
            "count": count,
            "sheet": f"{layer}.webp",
            "rise": [5.0 + number for number in range(count)],
            "dead": list((dead or {}).get(layer, ())),
        }
    names = [(number % 10, layer, number) for layer, count in counts.items() for number in range(count)]
    order = [f"{layer}:{number}" for _, layer, number in sorted(names)]
    (folder / "atlas.json").write_text(json.dumps({"tile": tile, "columns": columns, "layers": layers, "order": order}))
    return folder
