"""Reads a weight file: arrays, keyed by convolution number and part.

Invariant: only arrays are read from a file. Nothing is unpickled, no model is built, and no link in the file is
followed.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kaleidocam.errors import UserError, one_line

OLD_PARTS = re.compile(r".*_([Wb])(?:_\d+)?")  # of a file by Keras 1, as "block1_conv1_W_1"
PARTS = {"W": "kernel", "b": "bias"}
Stored = Mapping[tuple[int, str], np.ndarray]
"""(position of the convolution, part) -> the numbers in a file."""


def npz(data: bytes, verified: str | None = None) -> Stored:
    """Arrays named `NN/part`; uint8 ones with their `NN/part/range` (scale, minimum) beside them."""
    if verified and hashlib.sha256(data).hexdigest() != verified:
        raise UserError("the bundled weights are damaged (SHA-256 differs): reinstall kaleidocam")
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
        raise UserError(f"the .npz weights can't be read: {in_a_line(error)}") from error
    return stored


def h5(data: bytes, names: Sequence[str] = ()) -> Stored:
    """Keras's named layout, as keras.applications downloads it: by the layers' numbers (`conv2d_3/kernel:0`), or where
    `names` of convolutions are given, in their order, by these (`block1_conv1/kernel:0`)."""
    import h5py

    found: dict[str, dict[int, dict[str, np.ndarray]]] = {"conv2d": {}, "batch_normalization": {}}
    numbers = {name: number for number, name in enumerate(names)}
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            for path, dataset in _datasets(file):
                *folders, last = path.split("/")
                part = OLD_PARTS.sub(lambda old: PARTS[old[1]], last.split(":")[0])
                if names:
                    kind, number = "conv2d", next((numbers[folder] for folder in folders if folder in numbers), None)
                else:
                    layer = re.search(r"(?:^|/)(conv2d|batch_normalization)(?:_(\d+))?/", path)
                    kind, number = (layer[1], int(layer[2] or 0)) if layer else ("", None)
                if number is None:
                    continue
                if part.isdigit():
                    raise ValueError("Keras 3's .weights.h5 does not keep the layers' names; use model.save('FILE.h5')")
                found[kind].setdefault(number, {})[part] = dataset[()].astype(np.float64)
    except (OSError, KeyError, IndexError, RuntimeError, ValueError, TypeError) as error:
        raise UserError(f"the .h5 weights can't be read: {in_a_line(error)}") from error
    return {
        (number if names else position, part): array
        for layers in found.values()
        for position, number in enumerate(sorted(layers))
        for part, array in layers[number].items()
    }


def _datasets(group, prefix: str = "") -> Iterator[tuple]:
    """Every dataset inside the file itself. An HDF5 file can reach other files by soft and external links, external
    storage and virtual datasets; all of these raise ValueError."""
    import h5py

    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"'{prefix}{name}' is a soft or external link")
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _datasets(item, f"{prefix}{name}/")
        elif item.external or item.is_virtual:
            raise ValueError(f"'{prefix}{name}' keeps its data in another file")
        else:
            yield prefix + name, item


def in_a_line(error: Exception) -> str:
    """A library's error message in one line, cut at 200 characters."""
    return one_line(error)[:200]
