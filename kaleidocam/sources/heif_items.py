"""The items of a HEIF file (HEIC, AVIF): pictures, tiles and what is said of them.

Invariant: only the index is read, until an item's data is asked for.
Source: ISO/IEC 14496-12 (boxes, meta, iloc, iinf, iref) and 23008-12 (pitm, iprp, grid).
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MOST_INDEX = 1 << 26  # bytes: a larger index is an attack
IN_FILE, IN_INDEX = 0, 1  # where iloc says that data lies


@dataclass
class Item:
    """`kind`: four letters, such as hvc1 or grid. `said`: its properties, each a kind and its bytes, in their order."""

    kind: bytes = b""
    said: list[tuple[bytes, bytes]] = field(default_factory=list)
    extents: list[tuple[int, int]] = field(default_factory=list)  # where its data lies: offset and bytes
    place: int = IN_FILE

    def property(self, kind: bytes) -> bytes | None:
        return next((data for name, data in self.said if name == kind), None)


class Items:
    """The items in the open `file`, by number. `primary`: the number of the picture that is meant to be shown; `ties`:
    kind of reference -> number of an item -> the numbers that it refers to. ValueError if the file has no such index;
    struct.error or another of `pillow.BROKEN` if it is damaged."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._idat = file, b""
        self.items: dict[int, Item] = {}
        self.ties: dict[bytes, dict[int, list[int]]] = {}
        self.primary = 0
        readers = {b"pitm": self._pitm, b"iinf": self._iinf, b"iloc": self._iloc, b"iref": self._iref}
        readers |= {b"iprp": self._iprp, b"idat": self._take_idat}
        for kind, data in _boxes(_index(file)[4:]):
            if kind in readers:
                readers[kind](data)

    def data(self, number: int) -> bytes:
        """The bytes of an item."""
        item, parts = self.items[number], []
        if sum(length for _, length in item.extents) > self._file.seek(0, io.SEEK_END):
            raise ValueError("an item that is larger than its file")
        for offset, length in item.extents:
            if item.place == IN_INDEX:
                parts.append(self._idat[offset : offset + length])
            else:
                self._file.seek(offset)
                parts.append(self._file.read(length))
        return b"".join(parts)

    def _item(self, number: int) -> Item:
        return self.items.setdefault(number, Item())

    def _pitm(self, data: bytes) -> None:
        self.primary = int.from_bytes(data[4 : 8 if data[0] else 6], "big")

    def _take_idat(self, data: bytes) -> None:
        self._idat = data

    def _iinf(self, data: bytes) -> None:
        for kind, entry in _boxes(data[8 if data[0] else 6 :]):
            if kind == b"infe" and entry[0] >= 2:
                wide = 4 if entry[0] >= 3 else 2
                self._item(int.from_bytes(entry[4 : 4 + wide], "big")).kind = entry[6 + wide : 10 + wide]

    def _iloc(self, data: bytes) -> None:
        version, sizes, read = data[0], data[4:6], io.BytesIO(data[6:]).read
        offset_size, length_size, base_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
        index_size = sizes[1] & 15 if version else 0

        def number(size: int) -> int:
            if len(data := read(size)) < size:
                raise ValueError("an index that is cut off")
            return int.from_bytes(data, "big")

        wide = 4 if version == 2 else 2
        for _ in range(number(wide)):
            item = self._item(number(wide))
            item.place = number(2) & 15 if version else IN_FILE
            number(2)  # which file; 0 is this one
            base, count = number(base_size), number(2)
            if count > 1 and not length_size:
                raise ValueError("several parts without a length")
            for _ in range(count):
                number(index_size)
                offset = base + number(offset_size)
                item.extents.append((offset, number(length_size)))

    def _iref(self, data: bytes) -> None:
        form = ">I" if data[0] else ">H"
        step = struct.calcsize(form)
        for kind, entry in _boxes(data[4:]):
            count = int.from_bytes(entry[step : step + 2], "big")
            numbers = [
                struct.unpack_from(form, entry, at)[0] for at in (0, *range(step + 2, step + 2 + count * step, step))
            ]
            self.ties.setdefault(kind, {})[numbers[0]] = numbers[1:]

    def _iprp(self, data: bytes) -> None:
        known: list[tuple[bytes, bytes]] = []
        for kind, inner in _boxes(data):
            if kind == b"ipco":
                known = list(_boxes(inner))
            elif kind == b"ipma":
                self._associate(inner, known)

    def _associate(self, data: bytes, known: list[tuple[bytes, bytes]]) -> None:
        read = io.BytesIO(data[8:]).read
        step = 2 if data[3] & 1 else 1
        for _ in range(int.from_bytes(data[4:8], "big")):
            item = self._item(int.from_bytes(read(4 if data[0] else 2), "big"))
            for _ in range(read(1)[0]):
                index = int.from_bytes(read(step), "big") & (0x7FFF if step == 2 else 0x7F)  # the first bit: essential
                item.said += [known[index - 1]] if 0 < index <= len(known) else []


def _index(file: BinaryIO) -> bytes:
    """What is in the meta box at the top of a file."""
    at = 0
    while len(head := (file.seek(at), file.read(16))[1]) >= 8:
        size, start = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        if head[4:8] == b"meta":
            file.seek(at + start)
            return file.read(min(size - start, MOST_INDEX))
        if size < start:
            break
        at += size
    raise ValueError("no index of items")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the content of each box."""
    at = 0
    while at + 8 <= len(data):
        size, kind, start = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        size = size or len(data) - at
        if size < start:
            return
        yield kind, data[at + start : at + size]
        at += size
