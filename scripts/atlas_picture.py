"""The curated channels of the shipped atlas as one picture: python scripts/atlas_picture.py OUT.jpg"""

import sys

import cv2
import numpy as np

from kaleidocam.atlas.book import INK, PAPER, SMALL, curated, read_index
from kaleidocam.picture.sheet import Layout, laid_out

LAYOUT = Layout(19, gap=(3, 0), caption=20, line=14, indent=3, scale=0.45, ink=INK, paper=PAPER)


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
        cells.append((sheets[layer][top : top + tile, left : left + tile], one["word"]))
    cv2.imwrite(sys.argv[1], laid_out(cells, LAYOUT), [cv2.IMWRITE_JPEG_QUALITY, 80])


main()
