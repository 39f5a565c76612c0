"""A network as a value: its nodes, the layers that can be dreamed, the places of its weights, and the cut to the part
that an objective needs. No framework here.

Invariant: the values here never change; a second network is a second value.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kaleidocam.dream.network.table import IMAGE, Concat, Conv, Node, Pool
from kaleidocam.errors import UserError


@dataclass(frozen=True)
class Filters:
    """The channels `channels` of convolution `node`, an output of the cut network. Only these filters are computed."""

    node: str
    channels: tuple[int, ...]


End = tuple[Filters, tuple[str, ...]]
"""The filters, and the max-pools (innermost first) between them and the requested layer."""


@dataclass(frozen=True)
class Cut:
    """A network cut to an objective: the `whole` nodes run with all channels, in order; the `ends` with only some."""

    whole: tuple[str, ...]
    ends: tuple[End, ...]


@dataclass(frozen=True)
class Download:
    """The file that keras.applications fetches: its name in Keras's cache, its address, MD5 and size in MB. `choice`:
    what --weights calls it."""

    name: str
    url: str
    md5: str  # as keras.applications checks it; it publishes no SHA-256
    megabytes: int
    choice: str = "imagenet"


@dataclass(frozen=True, eq=False)
class Architecture:
    """A network without its weights.

    `layers`: those that an objective may name, and how many channels each has; each ends in convolutions and max-pools
    of them. `black`, `white`: what these colors are to the network, of R, G and B; `order`: "RGB" or "BGR", in which
    its weight files have the colors. `named`: such a file has convolutions by their names, not numbered. `bundled`: an
    .npz with the weights of its lower part or of all of it, its SHA-256 in SHA256SUMS beside it. `atlas`: the folder in
    `kaleidocam/atlas` with the motifs of its channels that ship.
    """

    name: str
    nodes: Mapping[str, Node] = field(repr=False)
    layers: Mapping[str, int] = field(repr=False)
    black: tuple[float, float, float] = (-1.0, -1.0, -1.0)
    white: tuple[float, float, float] = (1.0, 1.0, 1.0)
    order: str = "RGB"
    named: bool = False
    bundled: Path | None = None
    download: Download | None = None
    atlas: str | None = None

    @cached_property
    def convolutions(self) -> tuple[Conv, ...]:
        return tuple(node for node in self.nodes.values() if isinstance(node, Conv))

    def conv(self, name: str) -> Conv:
        """The convolution of that name."""
        node = self.nodes[name]
        assert isinstance(node, Conv), name
        return node

    def pool(self, name: str) -> Pool:
        """The pooling of that name."""
        node = self.nodes[name]
        assert isinstance(node, Pool), name
        return node

    def stride(self, layer: str) -> int:
        """Pixels of the image from one position of the layer to the next."""
        return self._grids[layer][0]

    def smallest(self, layer: str) -> int:
        """Pixels per side of the smallest image for which the layer has a position."""
        return sum(self._grids[layer])

    @cached_property
    def exact(self) -> int:
        """A layer of stride s sees all of an image whose sides exceed a multiple of s by this number of pixels. Of
        other images it does not see up to s - 1 pixels at the right and the bottom."""
        stride, more = max(self._grids[layer] for layer in self.layers)
        return more % stride

    @cached_property
    def _grids(self) -> Mapping[str, tuple[int, int]]:
        """Node -> (s, more): a row of n positions sees s·n + `more` pixels."""
        grids = {IMAGE: (1, 0)}
        for name, node in self.nodes.items():
            if isinstance(node, Concat):
                grids[name] = max(grids[source] for source in node.sources)
                continue
            stride, more = grids[node.source]
            size = max(node.kernel) if isinstance(node, Conv) else node.size
            beyond = size - node.stride if node.padding == "VALID" else 0
            grids[name] = stride * node.stride, more + stride * beyond
        return grids

    def resolve(self, name: str, channels: Iterable[int]) -> list[End]:
        """The convolutions that make these channels of a node, in the order of the channels.

        A max-pool keeps the channels apart, so the search continues below it: channel 480 of InceptionV3's mixed3 is
        channel 0 of mixed2, pooled. ValueError where an average pool is in the way.
        """
        node, wanted = self.nodes[name], tuple(sorted(set(channels)))
        if isinstance(node, Conv):
            return [(Filters(name, wanted), ())]
        if isinstance(node, Pool):
            if node.kind != "MAX":
                raise ValueError(f"{name} averages, so no layer of {self.name} can end in it")
            return [(piece, (*pools, name)) for piece, pools in self.resolve(node.source, wanted)]
        ends, first = [], 0
        for source in node.sources:
            count = self.nodes[source].channels
            if mine := [channel - first for channel in wanted if first <= channel < first + count]:
                ends += self.resolve(source, mine)
            first += count
        return ends

    def branches(self, layer: str) -> list[range]:
        """The channels of a layer in runs, each made by a single convolution."""
        runs, first = [], 0
        for piece, _ in self.resolve(layer, range(self.layers[layer])):
            runs.append(range(first, first + len(piece.channels)))
            first += len(piece.channels)
        return runs

    def cut(self, wanted: Mapping[str, Iterable[int]]) -> Cut:
        """The smallest part of the network that computes `wanted` (layer -> channel numbers)."""
        ends = [end for layer, channels in wanted.items() for end in self.resolve(layer, channels)]
        whole: set[str] = set()
        open_ends = [self.conv(piece.node).source for piece, _ in ends]
        while open_ends:
            name = open_ends.pop()
            if name == IMAGE or name in whole:
                continue
            whole.add(name)
            node = self.nodes[name]
            open_ends += node.sources if isinstance(node, Concat) else [node.source]
        return Cut(tuple(name for name in self.nodes if name in whole), tuple(ends))

    def reaches(self, wanted: Mapping[str, Iterable[int]], available: Container[str]) -> bool:
        """Whether the convolutions named in `available`, those with weights, are enough for `wanted`."""
        least = self.cut(wanted)
        needed = {*least.whole, *(piece.node for piece, _ in least.ends)}
        return all(name in available for name in needed if isinstance(self.nodes[name], Conv))

    def require(self, wanted: Mapping[str, Iterable[int]], available: Container[str]) -> None:
        """UserError where `available` is not enough for `wanted` (see `reaches`)."""
        for layer, channels in wanted.items():
            if not self.reaches({layer: channels}, available):
                top = [conv.name for conv in self.convolutions if conv.name in available][-1].split("/")[0]
                file = self.download
                fetch = f"--weights {file.choice} (a download of {file.megabytes} MB) or " if file else ""
                raise UserError(
                    f"{layer} can't be dreamed with these weights, which end at {top}; use {fetch}a lower layer"
                )
