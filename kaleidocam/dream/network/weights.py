"""The sources of the network's weights: the bundled trunk, keras.applications, or a local file.

Invariant: the bundled file is used only if its SHA-256 matches, and a file of another network is never accepted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from kaleidocam.dream.network.architecture import Architecture, Download
from kaleidocam.dream.network.known import NETWORKS
from kaleidocam.dream.network.table import Conv
from kaleidocam.dream.network.weight_file import Stored, h5, in_a_line, npz
from kaleidocam.errors import UserError


@dataclass(frozen=True)
class Folded:
    """One convolution with its batch norm folded in: kernel (rows, columns, in, out) and bias (out,), float32."""

    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, eq=False)
class Weights(Mapping[str, Folded]):
    """The weights of a network, or of its lower part: the name of each convolution -> its folded weights."""

    of: Architecture
    folded: Mapping[str, Folded] = field(repr=False)

    def __getitem__(self, name: str) -> Folded:
        return self.folded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.folded)

    def __len__(self) -> int:
        return len(self.folded)


def is_named(choice: str) -> bool:
    """Whether `load` knows this choice by name, so that it is no path."""
    return choice in _choices(NETWORKS)


@lru_cache(maxsize=1)
def load(choice: str, of: Architecture | None = None) -> Weights:
    """`"bundled"`, the name of a download (`"imagenet"`, `"vgg16"`), or the path of an .npz or .h5 file: of the network
    `of`, or of any there is. UserError where it can't be had or read.

    The last result stays in memory: each new channel needs it again.
    """
    networks = NETWORKS if of is None else (of,)
    for network in networks:
        if choice == "bundled" and network.bundled:
            data = npz(network.bundled.read_bytes(), verified=_digest(network.bundled))
            return fold(data, network, "the bundled weights")
        if network.download and choice == network.download.choice:
            data = _read_h5(_fetched(network.download).read_bytes(), network)
            return fold(data, network, f"the {network.name} weights")
    return _of_file(Path(choice), networks)


def _of_file(path: Path, networks: Sequence[Architecture]) -> Weights:
    """The numbers in a file, of the first of the networks that they fit."""
    if not path.is_file():
        raise UserError(f"no weights '{path}'; give {_named(networks)}the path of an .npz or .h5 file")
    readers = {".npz": lambda data, network: npz(data), ".h5": _read_h5, ".hdf5": _read_h5}
    if path.suffix.lower() not in readers:
        raise UserError(f"weights '{path}' end in '{path.suffix}'; allowed is .npz, .h5 and .hdf5")
    data, refused = path.read_bytes(), []
    for network in networks:
        try:
            return fold(readers[path.suffix.lower()](data, network), network, f"weights '{path}'")
        except UserError as error:
            refused.append(error)
    raise refused[0]  # what the default network has to say


def _read_h5(data: bytes, network: Architecture) -> Stored:
    return h5(data, [conv.name for conv in network.convolutions] if network.named else ())


def _choices(networks: Sequence[Architecture]) -> list[str]:
    """The names by which `load` knows weights of these networks."""
    bundled = ["bundled"] if any(network.bundled for network in networks) else []
    return bundled + [network.download.choice for network in networks if network.download]


def _named(networks: Sequence[Architecture]) -> str:
    names = [f"'{choice}'" for choice in _choices(networks)]
    return "".join(f"{name}, " for name in names[:-1]) + "".join(f"{name} or " for name in names[-1:])


def _digest(file: Path) -> str:
    return (file.parent / "SHA256SUMS").read_text().split()[0]


def _fetched(file: Download) -> Path:
    """The file that keras.applications uses, from Keras's own cache or downloaded, with Keras's progress bar."""
    from keras.utils import get_file

    try:
        return Path(get_file(file.name, file.url, cache_subdir="models", file_hash=file.md5))
    except Exception as error:  # Keras raises a plain Exception for every network error
        raise UserError(
            f"the weights could not be downloaded ({in_a_line(error)}); "
            f"put {file.name} into ~/.keras/models by hand, or use --weights bundled"
        ) from error


def parts_of(conv: Conv) -> tuple[str, ...]:
    """The names of a convolution's arrays in a file."""
    if conv.norm is None:
        return "kernel", "bias"
    return ("kernel", *(("gamma",) if conv.norm.scaled else ()), "beta", "moving_mean", "moving_variance")


def fold(stored: Stored, of: Architecture, what: str) -> Weights:
    """The weights of a network that a file holds, each batch norm folded into its convolution. UserError where there
    are none, or where they belong to another network; `what` names the file in it."""
    folded = {}
    for conv in of.convolutions:
        wanted = parts_of(conv)
        parts = {part: stored[conv.position, part] for part in wanted if (conv.position, part) in stored}
        if len(parts) < len(wanted):
            break  # a lower part is enough for the layers that it reaches
        _check(conv, parts, of, what)
        kernel, bias = _folded(conv, **parts)
        if conv.position == 0 and of.order == "BGR":
            kernel = kernel[:, :, ::-1]  # here images are RGB
        folded[conv.name] = Folded(kernel.astype(np.float32), bias.astype(np.float32))
    if not folded:
        raise UserError(f"{what} hold no {of.name}: convolution 0 is missing or incomplete")
    return Weights(of, folded)


def _folded(conv: Conv, kernel: np.ndarray, **more: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias, float64."""
    if conv.norm is None:
        return kernel, more["bias"]
    scale = more.get("gamma", 1) / np.sqrt(more["moving_variance"] + conv.norm.epsilon)
    return kernel * scale, more["beta"] - more["moving_mean"] * scale


def _check(conv: Conv, parts: Mapping[str, np.ndarray], of: Architecture, what: str) -> None:
    kernel, *others = (part.shape for part in parts.values())
    if kernel[:2] != conv.kernel or kernel[3:] != (conv.channels,) or any(o != (conv.channels,) for o in others):
        raise UserError(
            f"{what} are not {of.name}'s: convolution {conv.position} has shape {kernel}, "
            f"expected {conv.kernel[0]}×{conv.kernel[1]} with {conv.channels} filters"
        )
