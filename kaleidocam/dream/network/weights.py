"""Where the network's numbers come from: the bundled trunk, keras.applications, or a local file.

Invariant: a file gives arrays and nothing else. Nothing is unpickled, no model is built from it, no link in it is
followed, and the bundled file is read only after its SHA-256 matched.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from kaleidocam.dream.network.inception import CONVOLUTIONS, Conv
from kaleidocam.errors import UserError, one_line

TRUNK_FILE = Path(__file__).parent / "trunk" / "inceptionv3_mixed5.npz"
BATCH_NORM_EPSILON = 1e-3  # keras.applications builds InceptionV3 with Keras's default
PARTS = ("kernel", "beta", "moving_mean", "moving_variance")
IMAGENET_NAME = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET_URL = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{IMAGENET_NAME}"
IMAGENET_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"  # as keras.applications checks it; it publishes no SHA-256


@dataclass(frozen=True)
class Folded:
    """One convolution with its batch norm folded in: kernel (rows, columns, in, out) and bias (out,), float32."""

    kernel: np.ndarray
    bias: np.ndarray


Weights = Mapping[str, Folded]
"""Convolution name (as in `network.TRUNK`) -> its folded numbers. A file may hold only the lower part."""

Stored = Mapping[tuple[int, str], np.ndarray]
"""(position of the convolution, part) -> the numbers as a file has them."""


@lru_cache(maxsize=1)
def load(choice: str) -> Weights:
    """`"bundled"`, `"imagenet"`, or the path of an .npz or .h5 file. UserError where it can't be had or read.

    The last one stays in memory: each channel that is played needs it again.
    """
    if choice == "bundled":
        return _fold(_npz(TRUNK_FILE.read_bytes(), verified=_digest()), "the bundled weights")
    if choice == "imagenet":
        return _fold(_h5(_download().read_bytes()), "the ImageNet weights")
    path = Path(choice)
    if not path.is_file():
        raise UserError(f"no weights '{choice}'; give 'bundled', 'imagenet' or the path of an .npz or .h5 file")
    readers = {".npz": _npz, ".h5": _h5, ".hdf5": _h5}
    if path.suffix.lower() not in readers:
        raise UserError(f"weights '{choice}' end in '{path.suffix}'; what can be read is .npz, .h5 and .hdf5")
    return _fold(readers[path.suffix.lower()](path.read_bytes()), f"weights '{choice}'")


def _digest() -> str:
    return (TRUNK_FILE.parent / "SHA256SUMS").read_text().split()[0]


def _npz(data: bytes, verified: str | None = None) -> Stored:
    """Arrays named `NN/part`; uint8 ones with their `NN/part/range` (scale, minimum) beside them."""
    if verified and hashlib.sha256(data).hexdigest() != verified:
        raise UserError("the bundled weights are damaged (SHA-256 differs): install kaleidocam anew")
    stored = {}
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            for name in arrays.files:
                position, part, *is_range = name.split("/")
                if is_range or not position.isdigit():
                    continue
                array = arrays[name]
                if array.dtype == np.uint8:
                    scale, minimum = arrays[f"{name}/range"]
                    array = array * scale + minimum
                stored[int(position), part] = array.astype(np.float64)
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"the .npz weights can't be read: {_line(error)}") from error
    return stored


def _h5(data: bytes) -> Stored:
    """Keras's named layout (`conv2d_3/kernel:0`), as keras.applications downloads it, by the layers' numbers."""
    import h5py

    found: dict[str, dict[int, dict[str, np.ndarray]]] = {"conv2d": {}, "batch_normalization": {}}
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            for path, dataset in _datasets(file):
                layer = re.search(r"(?:^|/)(conv2d|batch_normalization)(?:_(\d+))?/", path)
                if not layer:
                    continue
                kind, number = layer[1], int(layer[2] or 0)
                part = path.rsplit("/", 1)[1].split(":")[0]
                if part.isdigit():
                    raise ValueError("Keras 3's .weights.h5 does not keep the layers' names; use model.save('FILE.h5')")
                found[kind].setdefault(number, {})[part] = dataset[()].astype(np.float64)
    except (OSError, KeyError, IndexError, RuntimeError, ValueError, TypeError) as error:
        raise UserError(f"the .h5 weights can't be read: {_line(error)}") from error
    return {
        (position, part): array
        for layers in found.values()
        for position, number in enumerate(sorted(layers))
        for part, array in layers[number].items()
    }


def _datasets(group, prefix: str = "") -> Iterator[tuple]:
    """Every dataset that lies in the file itself: soft and external links, external storage and virtual
    datasets, by which an HDF5 file can reach other files, are refused."""
    import h5py

    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"'{prefix}{name}' is a link to elsewhere")
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _datasets(item, f"{prefix}{name}/")
        elif item.external or item.is_virtual:
            raise ValueError(f"'{prefix}{name}' keeps its data in another file")
        else:
            yield prefix + name, item


def _download() -> Path:
    """The file that keras.applications would use, from Keras's own cache or the network, with Keras's progress bar."""
    from keras.utils import get_file

    try:
        return Path(get_file(IMAGENET_NAME, IMAGENET_URL, cache_subdir="models", file_hash=IMAGENET_MD5))
    except Exception as error:  # Keras raises plain Exception for every network fault
        raise UserError(
            f"the ImageNet weights could not be downloaded ({_line(error)}); "
            f"put {IMAGENET_NAME} into ~/.keras/models by hand, or use --weights bundled"
        ) from error


def _fold(stored: Stored, what: str) -> Weights:
    folded = {}
    for conv in CONVOLUTIONS:
        parts = [stored[conv.position, part] for part in PARTS if (conv.position, part) in stored]
        if len(parts) < len(PARTS):
            break  # a lower part of the network is a whole one for the layers it reaches
        _check(conv, parts, what)
        kernel, beta, mean, variance = parts
        scale = 1 / np.sqrt(variance + BATCH_NORM_EPSILON)
        folded[conv.name] = Folded((kernel * scale).astype(np.float32), (beta - mean * scale).astype(np.float32))
    if not folded:
        raise UserError(f"{what} hold no InceptionV3: convolution 0 is missing or incomplete")
    return folded


def _check(conv: Conv, parts: list, what: str) -> None:
    kernel, *norms = (part.shape for part in parts)
    if kernel[:2] != conv.kernel or kernel[3:] != (conv.channels,) or any(n != (conv.channels,) for n in norms):
        raise UserError(
            f"{what} are not InceptionV3's: convolution {conv.position} has shape {kernel}, "
            f"expected {conv.kernel[0]}×{conv.kernel[1]} with {conv.channels} filters"
        )


def _line(error: Exception) -> str:
    return one_line(error)[:200]
