"""Channels whose motifs are like a channel's own.

Invariant: only channels that were chosen by eye, and none that takes longer to dream.
"""

import re
from functools import lru_cache

from kaleidocam.atlas.book import curated, read_index

KIN = 3  # of each channel: with it, as many as a `Morph` keeps ready
SHALLOWER = 1  # layers at most that they lie before it: what is much shallower has no such motifs
NAME = re.compile(r"(?P<layer>[a-zA-Z]\w*):(?P<number>\d+)", re.ASCII)


@lru_cache(maxsize=256)
def kin(channel: str) -> tuple[str, ...]:
    """The `KIN` curated channels that are most like a channel ("mixed5:74"), the most alike first: those that share the
    most tags with it, the striking ones before others; where it has no tags, those that lie near it in the atlas. None
    for a channel that no atlas has."""
    at = _places()
    if channel not in at:
        return ()
    tags = {each["name"]: set(each["tags"]) for each in curated()}
    depth, mine = _depth(channel), tags.get(channel, set())
    others = [name for name in tags if name != channel and name in at and 0 <= depth - _depth(name) <= SHALLOWER]

    def likeness(name: str) -> tuple[int, bool, int]:
        near = others.index(name) if mine else abs(at[name] - at[channel])  # of curated ones, the striking come first
        return -len(mine & tags[name]), _depth(name) != depth, near

    return tuple(sorted(others, key=likeness)[:KIN])


def with_kin(objective: str, number: int) -> str:
    """An objective ("0.7*mixed3:10 + 0.3*mixed5:74") in which each channel has become its kin of that number; 0 is the
    channel itself."""

    def other(found: re.Match) -> str:
        choice = (found[0], *kin(found[0]))
        return choice[number % len(choice)]

    return NAME.sub(other, objective) if number else objective


@lru_cache(maxsize=1)
def _places() -> dict[str, int]:
    """Where each channel stands in the order in which neighbors look alike."""
    return {name: i for i, name in enumerate(read_index()["order"])}


def _depth(channel: str) -> int:
    """How deep a channel's layer lies: the deeper, the longer it takes."""
    return _layers().index(channel.partition(":")[0])


@lru_cache(maxsize=1)
def _layers() -> tuple[str, ...]:
    """The layers of the atlas, the first one first."""
    return tuple(read_index()["layers"])
