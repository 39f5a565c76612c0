"""OSC's address patterns: which addresses of ours one means.

Invariant: a pattern presses a command only where no parameter fits it, so that none meant for knobs ends a show.
Source: OSC 1.0: ? * [a-z] [!x] {a,b} within a part; OSC 1.1: // for any parts.
"""

import re
from functools import lru_cache
from itertools import product

from kaleidocam.errors import UserError

SPECIAL = re.compile(r"[?*\[\]{}]|//")
MOST_FORMS = 64  # of a pattern with choices in braces
MOST_STARS = 4  # more would take long to try
IN_A_SET = re.compile(r"[^A-Za-z0-9-]|(?<![A-Za-z0-9])-|-(?![A-Za-z0-9])")  # what may mean more there
KEPT = 256  # patterns whose meaning is remembered
TOKEN = re.compile(r"\*+|/{2,}|\[!?[^\]/]+\]|.", re.DOTALL)


def is_pattern(address: str) -> bool:
    return SPECIAL.search(address) is not None


@lru_cache(KEPT)
def matching(pattern: str, knobs: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses among `knobs` that `pattern` means; or else those among `others`. UserError where it means more
    than can be looked through."""
    try:
        forms = [re.compile(_expression(form)) for form in _forms(pattern)]
    except re.error as error:
        raise UserError(f"OSC: '{pattern}' is no pattern: {error}") from error
    for addresses in (knobs, others):
        if found := tuple(address for address in addresses if any(form.fullmatch(address) for form in forms)):
            return found
    return ()


def _forms(pattern: str) -> list[str]:
    """The pattern once for each choice of its braces."""
    parts = re.split(r"\{([^{}]*)\}", pattern)
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    count = 1
    for each in choices:
        count *= len(each)
        if count > MOST_FORMS:
            raise UserError(f"OSC: '{pattern}' has more than {MOST_FORMS} meanings; send it in parts")
    return ["".join(form) for form in product(*choices)]


def _expression(form: str) -> str:
    if len(re.findall(r"\*+|/{2,}", form)) > MOST_STARS:
        raise UserError(f"OSC: '{form}' has more than {MOST_STARS} stars and double slashes; send it in parts")
    return "".join(map(_token, TOKEN.findall(form)))


def _token(token: str) -> str:
    """A regular expression for `*`, `?`, `//`, a set in square brackets, or any other character."""
    if token[0] == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token.startswith("//"):
        return "/(?:[^/]*/)*"
    if token[0] == "[" and len(token) > 1:
        inner = token[1:-1]
        unlike = "^/" if inner.startswith("!") else ""
        return f"[{unlike}{IN_A_SET.sub(_escaped, inner.removeprefix('!'))}]"
    return re.escape(token)


def _escaped(found: re.Match) -> str:
    return re.escape(found[0])
