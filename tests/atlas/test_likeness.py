"""Like motifs come to lie beside each other."""

import itertools

import numpy as np
import pytest

from kaleidocam.atlas.book import SMALL, read_index
from kaleidocam.atlas.likeness import alike


def test_groups_stay_together():
    rng = np.random.default_rng(4)
    kinds = rng.uniform(0, 1, (5, 200))
    seen = np.concatenate([kind + rng.uniform(0, 0.15, (12, 200)) for kind in kinds])
    names = [f"{kind}" for kind in range(5) for _ in range(12)]
    mixed = rng.permutation(60)
    order = alike([f"{names[i]}/{i}" for i in mixed], seen[mixed])
    assert sorted(order) == sorted(f"{names[i]}/{i}" for i in range(60))
    changes = sum(a.split("/")[0] != b.split("/")[0] for a, b in itertools.pairwise(order))
    assert changes == 4


def test_few_are_left_as_they_are():
    assert alike(["a", "b"], np.ones((2, 3))) == ["a", "b"]


@pytest.mark.slow
def test_neighbors_in_the_shipped_order_look_more_alike_than_others():
    """By their pictures, which the order was not made from: fineness and colors."""
    import cv2

    index = read_index(SMALL)
    looks = {}
    for layer, of in index["layers"].items():
        sheet = cv2.imdecode(np.frombuffer((SMALL / of["sheet"]).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        for n in range(of["count"]):
            top, left = n // index["columns"] * index["tile"], n % index["columns"] * index["tile"]
            tile = sheet[top : top + index["tile"], left : left + index["tile"]].astype(np.float32)
            looks[f"{layer}:{n}"] = np.r_[
                tile.mean((0, 1)) / 20, tile.std((0, 1)) / 10, np.abs(np.diff(tile, axis=1)).mean() / 3
            ]
    points = np.array([looks[name] for name in index["order"]])
    near = np.linalg.norm(np.diff(points, axis=0), axis=1).mean()
    far = np.linalg.norm(points - np.random.default_rng(0).permutation(points), axis=1).mean()
    assert near < 0.75 * far
