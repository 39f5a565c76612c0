"""All graphs that OpenVINO has compiled, so that they hold no more memory together than they may.

Invariant: a graph is dropped by its owner alone, which makes it again when it is asked for; the newest always stays.
"""

import threading
import weakref
from collections import OrderedDict
from typing import Protocol

MOST = 1200 * 2**20  # bytes of all graphs together: 16 of mixed5:74's, where a grid needs four
# What a graph takes, as it was seen: 70 to 83 MiB for mixed5:74, whose constants are 26 MiB, and 23 to 43 for mixed3:74
# with 7.6, from 96x96 to 256x256 pixels.
BY_CONSTANTS, BY_NUMBER = 2.7, 115  # times its constants, and bytes for each number that it is given


def size_of(constants: int, given: int) -> int:
    """Bytes that a graph takes: of its constants' bytes, and of how many numbers it is given."""
    return round(BY_CONSTANTS * constants + BY_NUMBER * given)


class Owner(Protocol):
    """Makes graphs, one for each number of threads."""

    def drop(self, threads: int) -> None:
        """Forgets one of its graphs, if it is still there."""


Key = tuple[weakref.ref, int]


class Shelf:
    """Knows the graphs by their owners and numbers of threads, the longest unused first."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._held: OrderedDict[Key, int] = OrderedDict()

    @property
    def held(self) -> int:
        """Bytes."""
        with self._lock:
            return sum(self._held.values())

    def used(self, owner: Owner, threads: int, size: int) -> None:
        """A graph of `size` bytes is used. Others may be dropped for it."""
        key, drop = (weakref.ref(owner), threads), []
        with self._lock:
            new = key not in self._held
            self._held[key] = size
            self._held.move_to_end(key)
            if new:
                for gone in [one for one in self._held if one[0]() is None]:
                    del self._held[gone]
                while len(self._held) > 1 and sum(self._held.values()) > self._most:
                    drop.append(self._held.popitem(last=False)[0])
        for of, by in drop:
            if (its := of()) is not None:
                its.drop(by)

    def gone(self, owner: Owner, threads: int) -> None:
        """A graph is no longer there."""
        with self._lock:
            self._held.pop((weakref.ref(owner), threads), None)
