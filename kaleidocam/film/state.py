"""The state of a dream as bytes, so that another process can continue exactly where the first one stopped.

Invariant: what is read back equals what was written, bit for bit. Reading never runs code, whatever the bytes are.
"""

import io
import json
from typing import Any

import numpy as np

LAYOUT = "layout"  # name of the entry in the file that holds everything except the arrays
ARRAY = "array"  # key in the layout; its value is the number of an array

State = dict[str, Any]
"""A dictionary of NumPy arrays, numbers, texts, None, and further such dictionaries."""


def to_bytes(state: State) -> bytes:
    """`state` as the bytes of an .npz file. TypeError for a value of another type."""
    arrays: list[np.ndarray] = []

    def flat(value: object) -> object:
        if isinstance(value, dict):
            return {"of": {name: flat(inner) for name, inner in value.items()}}
        if isinstance(value, (np.ndarray, np.generic)):
            arrays.append(np.asarray(value))
            return {ARRAY: len(arrays) - 1}
        return value

    layout = np.frombuffer(json.dumps(flat(state)).encode(), np.uint8)
    out = io.BytesIO()
    named: dict[str, Any] = {LAYOUT: layout} | {str(i): array for i, array in enumerate(arrays)}
    np.savez(out, **named)
    return out.getvalue()


def from_bytes(data: bytes) -> State:
    """The inverse of `to_bytes`; a NumPy scalar comes back as an array of zero dimensions. ValueError or KeyError if
    the bytes are something else."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:

        def nested(value: Any) -> Any:
            if isinstance(value, dict):
                if ARRAY in value:
                    return file[str(value[ARRAY])]
                return {name: nested(inner) for name, inner in value["of"].items()}
            return value

        return nested(json.loads(file[LAYOUT].tobytes()))
