"""InceptionV3 as a table of nodes.

Invariant: convolutions come in the order in which keras.applications creates them, so that position `i` of any weight
file belongs to the `i`-th `Conv` of the table.

Source: Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision" (arXiv:1512.00567),
in the shape that keras.applications.InceptionV3 gives it.
"""

from pathlib import Path

from kaleidocam.dream.network.architecture import Architecture, Download
from kaleidocam.dream.network.table import IMAGE, Norm, Table

NOTOP = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET = Download(
    NOTOP,
    f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{NOTOP}",
    md5="bcbd6486424b2319ff4ef7d526e38f63",
    megabytes=84,
)


def _pooled(t: Table, layer: str, source: str, channels: int) -> str:
    return t.conv(f"{layer}/pool.1", t.pool(f"{layer}/pool", source, "AVG", 1, "SAME"), channels)


def _stem(t: Table) -> str:
    x = t.chain("stem/a", IMAGE, (32, (3, 3), 2, "VALID"), (32, (3, 3), 1, "VALID"), (64, (3, 3)))
    x = t.pool("stem/a.pool", x, "MAX", 2, "VALID")
    x = t.chain("stem/b", x, (80, (1, 1), 1, "VALID"), (192, (3, 3), 1, "VALID"))
    return t.pool("stem/b.pool", x, "MAX", 2, "VALID")


def _five(t: Table, layer: str, x: str, pooled: int) -> str:
    """mixed0 to mixed2: 1×1, 5×5, twice 3×3, pooled."""
    one = t.chain(f"{layer}/1x1", x, (64,))
    five = t.chain(f"{layer}/5x5", x, (48,), (64, (5, 5)))
    double = t.chain(f"{layer}/3x3x2", x, (64,), (96, (3, 3)), (96, (3, 3)))
    return t.concat(layer, one, five, double, _pooled(t, layer, x, pooled))


def _seven(t: Table, layer: str, x: str, width: int) -> str:
    """mixed4 to mixed7: 1×1, 7×7 as two convolutions, 7×7 twice as four, pooled."""
    row, column = (1, 7), (7, 1)
    one = t.chain(f"{layer}/1x1", x, (192,))
    seven = t.chain(f"{layer}/7x7", x, (width,), (width, row), (192, column))
    double = t.chain(f"{layer}/7x7x2", x, (width,), (width, column), (width, row), (width, column), (192, row))
    return t.concat(layer, one, seven, double, _pooled(t, layer, x, 192))


def _halve(t: Table, layer: str, x: str, *branches: tuple[str, tuple]) -> str:
    """mixed3 and mixed8: branches that end on stride 2, and the input itself, max-pooled."""
    ends = [t.chain(f"{layer}/{name}", x, *steps) for name, steps in branches]
    return t.concat(layer, *ends, t.pool(f"{layer}/pool", x, "MAX", 2, "VALID"))


def _wide(t: Table, layer: str, x: str) -> str:
    """mixed9 and mixed10: 3×3 as a row and a column convolution side by side."""
    one = t.chain(f"{layer}/1x1", x, (320,))
    ends = []
    for name, steps in (("3x3", ((384,),)), ("3x3x2", ((448,), (384, (3, 3))))):
        end = t.chain(f"{layer}/{name}", x, *steps)
        ends += [t.conv(f"{layer}/{name}.row", end, 384, (1, 3)), t.conv(f"{layer}/{name}.column", end, 384, (3, 1))]
    return t.concat(layer, one, *ends, _pooled(t, layer, x, 192))


def _table() -> Table:
    t = Table(Norm(epsilon=1e-3))  # as in keras.applications: Keras's default epsilon, no gamma
    last = ((3, 3), 2, "VALID")
    x = _stem(t)
    for layer, pooled in (("mixed0", 32), ("mixed1", 64), ("mixed2", 64)):
        x = _five(t, layer, x, pooled)
    x = _halve(t, "mixed3", x, ("3x3", ((384, *last),)), ("3x3x2", ((64,), (96, (3, 3)), (96, *last))))
    for layer, width in (("mixed4", 128), ("mixed5", 160), ("mixed6", 160), ("mixed7", 192)):
        x = _seven(t, layer, x, width)
    seven = ((192,), (192, (1, 7)), (192, (7, 1)), (192, *last))
    x = _halve(t, "mixed8", x, ("3x3", ((192,), (320, *last))), ("7x7x3", seven))
    for layer in ("mixed9", "mixed10"):
        x = _wide(t, layer, x)
    return t


_TABLE = _table()

INCEPTION_V3 = Architecture(
    "InceptionV3",
    _TABLE.nodes,
    _TABLE.layers([f"mixed{number}" for number in range(11)]),
    bundled=Path(__file__).parent / "trunk" / "inceptionv3_mixed5.npz",
    download=IMAGENET,
    atlas="small",
)
