"""The nodes of a network, and the builder of its table.

Invariant: a node comes after its sources, and convolutions are numbered in the order of the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

IMAGE = "image"  # the source of the first node


@dataclass(frozen=True)
class Norm:
    """The batch norm after a convolution; it is folded into the convolution. `scaled`: whether it has a gamma."""

    epsilon: float
    scaled: bool = False


@dataclass(frozen=True)
class Conv:
    """A convolution, then its batch norm (or, without one, its own bias), then a ReLU."""

    name: str
    source: str
    channels: int
    kernel: tuple[int, int]  # rows, columns
    stride: int
    padding: str  # "VALID", or with a stride of 1 "SAME"
    position: int  # its number among the network's convolutions, from 0
    norm: Norm | None = None


@dataclass(frozen=True)
class Pool:
    """Pooling of `size` by `size`; `kind` is "MAX" or "AVG"."""

    name: str
    source: str
    channels: int
    kind: str
    stride: int
    padding: str  # "VALID", or for "AVG" with a stride of 1 and an odd size "SAME"
    size: int = 3


@dataclass(frozen=True)
class Concat:
    """Branches side by side along the channels."""

    name: str
    sources: tuple[str, ...]
    channels: int


Node = Conv | Pool | Concat


class Table:
    """Collects nodes. Each method that adds nodes returns the name of the last, as a source for the next."""

    def __init__(self, norm: Norm | None = None) -> None:
        """`norm`: the batch norm of every convolution."""
        self.nodes: dict[str, Node] = {}
        self._norm, self._convolutions = norm, 0

    def conv(
        self,
        name: str,
        source: str,
        channels: int,
        kernel: tuple[int, int] = (1, 1),
        stride: int = 1,
        padding: str = "SAME",
    ) -> str:
        self.nodes[name] = Conv(name, source, channels, kernel, stride, padding, self._convolutions, self._norm)
        self._convolutions += 1
        return name

    def chain(self, name: str, source: str, *steps: tuple) -> str:
        """Convolutions one after another, each (channels, kernel, and stride and padding if not 1, SAME)."""
        for i, step in enumerate(steps, 1):
            source = self.conv(f"{name}.{i}", source, *step)
        return source

    def pool(self, name: str, source: str, kind: str, stride: int, padding: str, size: int = 3) -> str:
        self.nodes[name] = Pool(name, source, self.nodes[source].channels, kind, stride, padding, size)
        return name

    def concat(self, name: str, *sources: str) -> str:
        self.nodes[name] = Concat(name, sources, sum(self.nodes[source].channels for source in sources))
        return name

    def layers(self, names: Sequence[str]) -> dict[str, int]:
        """Node -> number of channels, for the nodes in `names`."""
        return {name: self.nodes[name].channels for name in names}
