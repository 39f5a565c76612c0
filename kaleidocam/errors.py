"""The one error that a user's input can cause; its message is one line that says what was given and what is allowed."""

import difflib
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import category

from kaleidocam.address import without_secrets_in

UNSHOWN = {"Cc", "Cs", "Zl", "Zp"}  # categories of Unicode: control, surrogate, line and paragraph breaks
LONGEST_VALUE = 120  # characters of a value in a message; longer ones are cut


class UserError(Exception):
    """Bad input. The command line prints the message and exits with code 2, without a traceback. Secrets of an
    address in the message are left out."""

    def __init__(self, message: str = "") -> None:
        super().__init__(without_secrets_in(message))


class ReaderGone(UserError):
    """Whoever read what is written to a pipe has closed it. The command line says nothing then, as other programs do:
    it exits with 141, which is what a shell says of a program that was ended by it."""


def one_line(error: BaseException) -> str:
    """An error's message on one line; its type if it has no message."""
    return " ".join(str(error).split()) or type(error).__name__


def brief(value: object) -> str:
    """A value that somebody gave, on one line of at most LONGEST_VALUE characters."""
    text = " ".join(str(value)[: 4 * LONGEST_VALUE].split())
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def shown(text: str) -> str:
    """A name or a message on one line, as it can be written anywhere: control characters, line breaks, and bytes of a
    name that are no UTF-8 are escaped as in Python."""
    return "".join(c.encode("unicode_escape").decode() if category(c) in UNSHOWN else c for c in text)


def reason(error: BaseException) -> str:
    """Why the system or FFmpeg refused, on one line, in lower case for use within a sentence."""
    return (getattr(error, "strerror", None) or one_line(error)).lower()


def nearest(given: str, allowed: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` for the closest of `allowed`, or an empty string if none is close."""
    return _nearest(str(given), tuple(allowed))  # a program may give a list, which has no place in a cache


@lru_cache(256)  # a flood of one wrong name costs a millisecond once
def _nearest(given: str, allowed: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(given, allowed, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""
