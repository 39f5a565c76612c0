"""The names of senders: which one is meant, and which one is free.

Invariant: nothing is opened here; a name that could mean two senders means none.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import count

from kaleidocam.errors import UserError, brief, shown

OWN = "kaleidocam"  # the name of what is sent, where none is given
LISTED = 8  # names in a message


def short(name: str) -> str:
    """What a program calls its sender: "camera" of "MACHINE (camera)"; the whole name where it has no such part."""
    machine, found, rest = name.partition(" (")
    return rest[:-1] if machine and found and rest.endswith(")") else name


def meant(wanted: str, there: Sequence[str], title: str, advice: str = "start one") -> str:
    """The sender that `wanted` means: its name or the program's part of it, in upper or lower case, or a part of only
    one name; empty: the only one. `title`: of the system; `advice`: where there is none.
    UserError lists what there is."""
    folded = wanted.casefold()
    ways = (
        lambda name: name == wanted,
        lambda name: name.casefold() == folded,
        lambda name: short(name).casefold() == folded,
        lambda name: folded in name.casefold(),
    )
    found = next(filter(None, ([name for name in there if way(name)] for way in ways)), [])
    if len(found) == 1:
        return found[0]
    if not there:
        what = f"no {title} sender '{brief(shown(wanted))}'" if wanted else f"no {title} sender"
        raise UserError(f"{what}; there is none: {advice}")
    if not wanted:
        raise UserError(f"there is more than one {title} sender; give the name of one: {listed(there)}")
    what = (
        f"'{brief(shown(wanted))}' can mean more than one" if found else f"no {title} sender '{brief(shown(wanted))}'"
    )
    raise UserError(f"{what}; there are: {listed(found or there)}")


def listed(names: Sequence[str]) -> str:
    """Names as text for a message."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(brief(shown(name)) for name in names[:LISTED]) + more


def free(name: str, taken: Collection[str]) -> str:
    """`name`, or where that is taken the first of "name 2", "name 3", … that is not."""
    return next(tried for tried in numbered(name) if tried not in taken)


def numbered(name: str) -> Iterator[str]:
    """`name`, "name 2", "name 3", …"""
    yield name
    yield from (f"{name} {number}" for number in count(2))
