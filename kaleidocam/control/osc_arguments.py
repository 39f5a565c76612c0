"""OSC's arguments: bytes and type tags in, Python's values out.

Invariant: whatever bytes come, reading them ends, and all that it raises is ValueError.
Source: Open Sound Control 1.0 (Wright 2002), with its optional types; 1.1 (Freed and Schmeder 2009) adds I.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NUMBERS = {"i": ">i", "h": ">q", "f": ">f", "d": ">d"}
PLAIN = {"T": True, "F": False, "N": None}
WORD = 4  # bytes; everything in OSC is padded to it


@dataclass(frozen=True)
class Other:
    """An argument that is neither a number nor a text: `kind` says for people what it is."""

    kind: str


IMPULSE = Other("an impulse (I)")
OTHERS = {"t": ("a time tag (t)", 8), "r": ("a color (r)", 4), "m": ("a MIDI message (m)", 4)}


@dataclass(frozen=True)
class Untyped:
    """Arguments without type tags, as senders from before OSC 1.0 have them: what they are for decides whether they
    are a number or a text."""

    data: bytes

    def number(self) -> float | None:
        """The one number that it holds: a float32, or an int32 where that would be no plausible float."""
        if len(self.data) != WORD:
            return None
        whole, broken = struct.unpack(">i", self.data)[0], struct.unpack(">f", self.data)[0]
        return broken if whole == 0 or 1e-9 < abs(broken) < 1e12 else float(whole)

    def text(self) -> str | None:
        """The one text that it holds."""
        try:
            text, end = read_string(self.data, 0)
        except ValueError:
            return None
        return text if end >= len(self.data) and text.isprintable() else None


def read_arguments(tags: str, data: bytes, at: int) -> list[Any]:
    """The values of `data` from `at` on, of the types that `tags` (without the comma) says: numbers, bool, str, None,
    Other, and lists of these. ValueError where they don't fit, with what is wrong."""
    values: list[Any] = []
    open_lists = [values]
    for tag in tags:
        if tag == "[":
            open_lists[-1].append([])
            open_lists.append(open_lists[-1][-1])
        elif tag == "]":
            open_lists.pop()
            if not open_lists:
                raise ValueError("an array that ends before it begins")
        else:
            value, at = _value(tag, data, at)
            open_lists[-1].append(value)
    if len(open_lists) > 1:
        raise ValueError("an array without an end")
    return values


def flat(values: Any) -> Iterator[Any]:
    """The values, and those in arrays in their place."""
    waiting = [iter(values)]
    while waiting:
        for value in waiting[-1]:
            if isinstance(value, list):
                waiting.append(iter(value))
                break
            yield value
        else:
            waiting.pop()


def read_string(data: bytes, at: int) -> tuple[str, int]:
    """A text that ends with a zero byte, and where what follows it begins. ValueError if it has no end, or is not in
    UTF-8."""
    end = data.find(b"\0", at)
    if end < 0:
        raise ValueError("a text without an end")
    try:
        return data[at:end].decode(), _padded(end + 1)
    except UnicodeDecodeError as error:
        raise ValueError("a text that is not in UTF-8") from error


def _value(tag: str, data: bytes, at: int) -> tuple[Any, int]:
    if tag in PLAIN:
        return PLAIN[tag], at
    if tag == "I":
        return IMPULSE, at
    if tag in "sS":
        return read_string(data, at)
    if tag == "b":
        (size,) = _unpacked(">i", data, at)
        end = at + WORD + size
        if size < 0 or end > len(data):
            raise ValueError(f"a blob of {size} bytes, where {max(0, len(data) - at - WORD)} follow")
        return Other("a blob (b)"), _padded(end)
    if tag in OTHERS:
        kind, size = OTHERS[tag]
        _unpacked(f">{size}s", data, at)
        return Other(kind), at + size
    if tag == "c":
        (code,) = _unpacked(">I", data, at)
        return chr(code) if code < 0x110000 else Other("no character (c)"), at + WORD
    if tag in NUMBERS:
        form = NUMBERS[tag]
        return _unpacked(form, data, at)[0], at + struct.calcsize(form)
    raise ValueError(f"the type tag {tag!r}, which OSC does not have")


def _unpacked(form: str, data: bytes, at: int) -> tuple:
    if at + struct.calcsize(form) > len(data):
        raise ValueError("an argument that is cut off")
    return struct.unpack_from(form, data, at)


def _padded(at: int) -> int:
    return -(-at // WORD) * WORD
