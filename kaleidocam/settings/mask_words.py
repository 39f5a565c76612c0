"""THE list of what a mask can be, in words: for help, errors, the page and the documentation.

Invariant: a kind of mask is one line here, and one line in mask/kinds.KINDS, under the same name.
"""

from typing import NamedTuple

NOT = "not "  # before a mask: all but that


class Word(NamedTuple):
    """`known`: whole masks to choose from; `example`: with all its numbers, for a person; `meaning`: what is white."""

    name: str
    known: tuple[str, ...]
    example: str
    meaning: str


WORDS = (
    Word("people", ("people",), "people", "the people"),
    Word("motion", ("motion",), "motion", "what moves, apart from the camera"),
    Word("luma", ("luma",), "luma 0.6", "what is bright, or with 'luma 0.6' brighter than that"),
    Word("key", ("green", "blue"), "key #00b140 0.4", "all but a screen of that color, or with '#00b140' of another"),
    Word("depth", (), "depth map.png 0.5", "what is nearer than that on a depth map"),
    Word("matte", (), "matte.mov", "what is white, or opaque, in that picture or film"),
)
KNOWN = tuple(word for each in WORDS for word in each.known)
MEANING = "; ".join(f"{' or '.join(word.known) or repr(word.example)}, {word.meaning}" for word in WORDS)
ALLOWED = (
    f"{', '.join(KNOWN)}, a threshold such as 'luma 0.6', a color such as '#00b140', the path of a picture or film, or "
    "'depth' and such a path; 'not' before it turns it round"
)
