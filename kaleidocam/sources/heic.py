"""HEIC."""

from pathlib import Path

import numpy as np

from kaleidocam.errors import UserError


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"heim", b"heis")


def read(path: str | Path, most: int | None) -> tuple[np.ndarray, list[str]]:
    raise UserError(f"'{path}' is a HEIC")


def named_colors(head: bytes) -> tuple[int, int] | None:
    at = head.find(b"colrnclx")
    return (
        (int.from_bytes(head[at + 8 : at + 10], "big"), int.from_bytes(head[at + 10 : at + 12], "big"))
        if at >= 0
        else None
    )
