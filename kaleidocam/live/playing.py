"""What is played by its name from the page and by OSC, besides the look: a source, a quality, a size.

Invariant: a name opens nothing but what the repertoire has; what can't be played is a UserError, and changes nothing.
"""

from collections.abc import Callable
from typing import Any

from kaleidocam.live.limits import size_of
from kaleidocam.live.repertoire import Repertoire
from kaleidocam.live.stage import Stage
from kaleidocam.sources.changeable import Changeable

Size = tuple[int, int]  # (width, height), pixels


def plays_of(stage: Stage, source: Changeable, repertoire: Repertoire, begun: Size) -> dict[str, Callable[[str], Any]]:
    """What plays each by its name, and "sources", which lists them. `begun`: the size that the performance began with.
    All are for any thread but the stage's, for they may take a moment."""

    def sources(name: str = "") -> dict[str, Any]:
        return {"sources": repertoire.listed(), "source": repertoire.name_of(source.text)}

    return {
        "source": lambda name: stage.play(repertoire.find(name)),
        "quality": stage.ask_quality,
        "size": lambda name: stage.ask_size(size_of(name, begun)),
        "sources": sources,
    }
