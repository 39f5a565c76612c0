"""The state of a dream as bytes, so that another process can go on exactly where one stopped.

Invariant: what is read back equals what was written, bit for bit; and reading runs nothing, whatever the bytes are.
"""

import io
import json
from typing import Any

import numpy as np

LAYOUT = "layout"  # the file's name for everything that is no array
ARRAY = "array"  # stands for the array of that number in the layout

State = dict[str, Any]
"""Names to numpy arrays, numbers, texts, None, or further such."""


def to_bytes(state: State) -> bytes:
    """`state` as the bytes of an .npz file. TypeError for what can't be kept."""
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
    """The inverse of `to_bytes`; a number that was one of NumPy's comes back as an array of no dimension. ValueError
    or KeyError where the bytes are something else."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:

        def whole(value: Any) -> Any:
            if isinstance(value, dict):
                if ARRAY in value:
                    return file[str(value[ARRAY])]
                return {name: whole(inner) for name, inner in value["of"].items()}
            return value

        return whole(json.loads(file[LAYOUT].tobytes()))
