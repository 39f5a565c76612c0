"""A whole look with where it comes from: what is played, kept, recalled and undone.

Invariant: a scene is whole and valid by itself; it never changes, another one takes its place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kaleidocam.settings.parameters import Look
from kaleidocam.settings.values import settle

# Once set by hand, these stay when another preset is played, unless it names them.
KEPT = (
    *("grid", "detail", "morph", "modulate"),
    *("trigger", "trigger_come", "trigger_go", "trigger_level"),
    *("wander", "wander_seconds"),
)


@dataclass(frozen=True)
class Scene:
    """A look, the name of the preset that it comes from, and which of KEPT were set by hand."""

    look: Look
    preset: str
    by_hand: frozenset[str] = frozenset()

    def with_values(self, values: Mapping[str, object], by: str) -> "Scene":
        """Some parameters set by hand; UserError where one can't be so. `by`: who set them, for the message."""
        look = settle({**dict(self.look), **values}, by)[0]
        return Scene(look, self.preset, self.by_hand | (set(values) & set(KEPT)))

    def with_preset(self, name: str, values: Mapping[str, object], by: str) -> "Scene":
        """The preset of that name, whose `values` these are: all else at its default, but for what stays."""
        kept = self.look.model_dump(include=set(self.by_hand))
        return Scene(settle({**kept, **values}, by)[0], name, self.by_hand)

    def taking(self, names: Iterable[str], other: "Scene") -> "Scene":
        """The parameters `names` as in `other`, also whether they were set by hand."""
        names = frozenset(names)
        look = self.look.model_copy(update={name: getattr(other.look, name) for name in names})
        return Scene(look, self.preset, (self.by_hand - names) | (other.by_hand & names))

    def renamed(self, before: str, after: str) -> "Scene":
        """The same, where its preset was called `before`, under that name `after`."""
        return replace(self, preset=after) if self.preset == before else self

    def differing(self, other: "Scene") -> frozenset[str]:
        """The parameters that are not the same in `other`."""
        return frozenset(name for name, value in self.look if getattr(other.look, name) != value)

    def about(self) -> dict[str, Any]:
        """What a surface shows of it."""
        return {"preset": self.preset, "channel": self.look.channel}
