"""InceptionV3 as a table of nodes, and the cut that leaves only what one objective needs. No framework here.

Invariant: `TRUNK` lists every convolution in the order in which keras.applications creates it, so that position
`i` of any weight file belongs to the `i`-th `Conv` of the table.

Source: Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision" (arXiv:1512.00567),
in the shape that keras.applications.InceptionV3 gives it.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from kaleidocam.errors import UserError


@dataclass(frozen=True)
class Conv:
    """Convolution, batch norm (folded) and ReLU."""

    name: str
    source: str
    channels: int
    kernel: tuple[int, int]  # rows, columns
    stride: int
    padding: str  # "SAME" or "VALID"
    position: int  # which of the 94 convolutions this is, in creation order


@dataclass(frozen=True)
class Pool:
    """3×3 pooling; `kind` is "MAX" or "AVG"."""

    name: str
    source: str
    channels: int
    kind: str
    stride: int
    padding: str


@dataclass(frozen=True)
class Concat:
    """Branches side by side along the channels: what Keras calls a mixed layer."""

    name: str
    sources: tuple[str, ...]
    channels: int


Node = Conv | Pool | Concat
IMAGE = "image"


class _Table:
    """Collects the nodes while the architecture below is spelled out."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.convolutions = 0

    def conv(self, name: str, source: str, channels: int, kernel=(1, 1), stride=1, padding="SAME") -> str:
        self.nodes[name] = Conv(name, source, channels, kernel, stride, padding, self.convolutions)
        self.convolutions += 1
        return name

    def chain(self, name: str, source: str, *steps: tuple) -> str:
        """A branch: convolutions one after another, each (channels, kernel, and stride and padding if not 1, SAME)."""
        for i, step in enumerate(steps, 1):
            source = self.conv(f"{name}.{i}", source, *step)
        return source

    def pool(self, name: str, source: str, kind: str, stride: int, padding: str) -> str:
        self.nodes[name] = Pool(name, source, self.nodes[source].channels, kind, stride, padding)
        return name

    def concat(self, name: str, *sources: str) -> str:
        self.nodes[name] = Concat(name, sources, sum(self.nodes[s].channels for s in sources))
        return name


def _pooled(t: _Table, layer: str, source: str, channels: int) -> str:
    return t.conv(f"{layer}/pool.1", t.pool(f"{layer}/pool", source, "AVG", 1, "SAME"), channels)


def _stem(t: _Table) -> str:
    x = t.chain("stem/a", IMAGE, (32, (3, 3), 2, "VALID"), (32, (3, 3), 1, "VALID"), (64, (3, 3)))
    x = t.pool("stem/a.pool", x, "MAX", 2, "VALID")
    x = t.chain("stem/b", x, (80, (1, 1), 1, "VALID"), (192, (3, 3), 1, "VALID"))
    return t.pool("stem/b.pool", x, "MAX", 2, "VALID")


def _five(t: _Table, layer: str, x: str, pooled: int) -> str:
    """mixed0 to mixed2: 1×1, 5×5, twice 3×3, pooled."""
    one = t.chain(f"{layer}/1x1", x, (64,))
    five = t.chain(f"{layer}/5x5", x, (48,), (64, (5, 5)))
    double = t.chain(f"{layer}/3x3x2", x, (64,), (96, (3, 3)), (96, (3, 3)))
    return t.concat(layer, one, five, double, _pooled(t, layer, x, pooled))


def _seven(t: _Table, layer: str, x: str, width: int) -> str:
    """mixed4 to mixed7: 1×1, 7×7 in two strokes, 7×7 in four, pooled."""
    row, column = (1, 7), (7, 1)
    one = t.chain(f"{layer}/1x1", x, (192,))
    seven = t.chain(f"{layer}/7x7", x, (width,), (width, row), (192, column))
    double = t.chain(f"{layer}/7x7x2", x, (width,), (width, column), (width, row), (width, column), (192, row))
    return t.concat(layer, one, seven, double, _pooled(t, layer, x, 192))


def _halve(t: _Table, layer: str, x: str, *branches: tuple[str, tuple]) -> str:
    """mixed3 and mixed8: branches that end on stride 2, and the input itself, max-pooled."""
    ends = [t.chain(f"{layer}/{name}", x, *steps) for name, steps in branches]
    return t.concat(layer, *ends, t.pool(f"{layer}/pool", x, "MAX", 2, "VALID"))


def _wide(t: _Table, layer: str, x: str) -> str:
    """mixed9 and mixed10: the 3×3 strokes stand side by side."""
    one = t.chain(f"{layer}/1x1", x, (320,))
    ends = []
    for name, steps in (("3x3", ((384,),)), ("3x3x2", ((448,), (384, (3, 3))))):
        end = t.chain(f"{layer}/{name}", x, *steps)
        ends += [t.conv(f"{layer}/{name}.row", end, 384, (1, 3)), t.conv(f"{layer}/{name}.column", end, 384, (3, 1))]
    return t.concat(layer, one, *ends, _pooled(t, layer, x, 192))


def _trunk() -> dict[str, Node]:
    t = _Table()
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
    return t.nodes


TRUNK: Mapping[str, Node] = _trunk()
CONVOLUTIONS: tuple[Conv, ...] = tuple(n for n in TRUNK.values() if isinstance(n, Conv))
LAYERS: Mapping[str, int] = {n.name: n.channels for n in TRUNK.values() if isinstance(n, Concat)}
"""The layers that an objective may name, and how many channels each has."""

STRIDES: Mapping[str, int] = {name: 8 if int(name[5:]) < 3 else 16 if int(name[5:]) < 8 else 32 for name in LAYERS}
"""Pixels of the image from one position of the layer to the next."""


@dataclass(frozen=True)
class Piece:
    """Channels `channels` of node `node`: an end of the cut network. For a Conv, only these filters are computed."""

    node: str
    channels: tuple[int, ...]


@dataclass(frozen=True)
class Cut:
    """What is left of the trunk: `whole` nodes run with all channels, in order; `ends` with just their own.

    `pooled` maps an end to the max-pools (innermost first) that lie between it and the layer that was asked for.
    """

    whole: tuple[str, ...]
    ends: tuple[tuple[Piece, tuple[str, ...]], ...]


def conv_of(name: str) -> Conv:
    """The convolution of that name."""
    node = TRUNK[name]
    assert isinstance(node, Conv), name
    return node


def pool_of(name: str) -> Pool:
    """The pooling of that name."""
    node = TRUNK[name]
    assert isinstance(node, Pool), name
    return node


def resolve(layer: str, channels: Iterable[int]) -> list[tuple[Piece, tuple[str, ...]]]:
    """The branches that make these channels of a mixed layer, in the order of the channels' branches.

    A max-pool passes channels through untouched, so the search goes on beneath it: channel 480 of mixed3 is
    channel 0 of mixed2, pooled.
    """
    wanted, pieces, first = sorted(set(channels)), [], 0
    whole = TRUNK[layer]
    assert isinstance(whole, Concat), layer
    for source in whole.sources:
        node = TRUNK[source]
        mine = tuple(c - first for c in wanted if first <= c < first + node.channels)
        first += node.channels
        if mine and isinstance(node, Pool):
            pieces += [(piece, (*pools, source)) for piece, pools in resolve(node.source, mine)]
        elif mine:
            pieces.append((Piece(source, mine), ()))
    return pieces


def branches(layer: str) -> list[range]:
    """The channels of a layer, run by run: those that one convolution makes."""
    runs, first = [], 0
    for piece, _ in resolve(layer, range(LAYERS[layer])):
        runs.append(range(first, first + len(piece.channels)))
        first += len(piece.channels)
    return runs


def cut(wanted: Mapping[str, Iterable[int]]) -> Cut:
    """The least part of the trunk that computes `wanted` (layer -> channel numbers)."""
    ends = [end for layer, channels in wanted.items() for end in resolve(layer, channels)]
    whole: set[str] = set()
    open_ends = [conv_of(piece.node).source for piece, _ in ends]
    while open_ends:
        name = open_ends.pop()
        if name == IMAGE or name in whole:
            continue
        whole.add(name)
        node = TRUNK[name]
        open_ends += node.sources if isinstance(node, Concat) else [node.source]
    return Cut(tuple(name for name in TRUNK if name in whole), tuple(ends))


def reaches(wanted: Mapping[str, Iterable[int]], available: Container[str]) -> bool:
    """Whether `available`, the names of the convolutions that there are weights of, is enough for `wanted`."""
    least = cut(wanted)
    needed = {*least.whole, *(piece.node for piece, _ in least.ends)}
    return all(name in available for name in needed if isinstance(TRUNK[name], Conv))


def require(wanted: Mapping[str, Iterable[int]], available: Container[str]) -> None:
    """UserError where `available` is not enough for `wanted` (see `reaches`)."""
    for layer, channels in wanted.items():
        if not reaches({layer: channels}, available):
            top = [conv.name for conv in CONVOLUTIONS if conv.name in available][-1].split("/")[0]
            raise UserError(
                f"{layer} can't be dreamed with these weights, which end at {top}; "
                "use --weights imagenet (a download of 84 MB) or a lower layer"
            )
