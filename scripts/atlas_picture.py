"""The curated channels of the shipped atlas as one picture: python scripts/atlas_picture.py OUT.jpg"""

import sys

import cv2
import numpy as np

from kaleidocam.atlas.book import FONT, INK, PAPER, SMALL, curated, read_index

COLUMNS, CAPTION, GAP = 19, 20, 3


def main() -> None:
    index, cells = read_index(), []
    tile, columns = index["tile"], index["columns"]
    sheets = {
        layer: cv2.imdecode(np.fromfile(SMALL / of["sheet"], np.uint8), cv2.IMREAD_COLOR)
        for layer, of in index["layers"].items()
    }
    for one in curated():
        layer, channel = one["name"].split(":")
        top, left = (int(channel) // columns) * tile, (int(channel) % columns) * tile
        cell = cv2.copyMakeBorder(
            sheets[layer][top : top + tile, left : left + tile],
            0,
            CAPTION,
            0,
            GAP,
            cv2.BORDER_CONSTANT,
            value=(PAPER,) * 3,
        )
        cv2.putText(cell, one["word"], (3, tile + CAPTION - 6), FONT, 0.45, INK, 1, cv2.LINE_AA)
        cells.append(cell)
    cells += [np.full_like(cells[0], PAPER)] * (-len(cells) % COLUMNS)
    sheet = np.vstack([np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)])
    cv2.imwrite(sys.argv[1], sheet, [cv2.IMWRITE_JPEG_QUALITY, 80])


main()
