"""How an address is told from a file's path, and how it is shown.

Invariant: nothing is opened here. What is shown holds no user, no password, no value of a query and no fragment,
whatever characters they have: where it is not certain which part is which, that part is not shown. A secret in the path
that looks like any other folder can't be told from one; it is shown.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote

WEB = ("http://", "https://")
HIDDEN = "…"  # stands for what is not shown
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}")
# An address also where one slash was typed instead of two; it can't be opened, but it is shown in a message.
TYPED = r"(?i:https?|rtsps?|rtmp[a-z]{0,3}|srt|udp|rtp|tcp|tls|mms|s?ftps?|wss?):/"
# In a message: in quotes to the quote that ends a word, else to the next space.
WITHIN = re.compile(rf"(?<=')(?:[^\s']*://|{TYPED})[^\n]*?(?='(?:[\s;,.:)]|$))|(?:[^\s'\"(]*://|\b{TYPED})\S*")
HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d{0,5})?")
ARGUMENT = re.compile(r"[=;&?#@:\s\x00-\x1f…]")  # a part of a path with one of these may hold anything
ARGUMENTS = re.compile(r"[=;&]")  # before a host: a password, or the host is the value of an argument
KEYED = "rtmp"  # its addresses have the stream's key after the first part of the path


def is_address(text: str) -> bool:
    """Whether a text is a network address, not a path."""
    return "://" in text


def is_web(text: str) -> bool:
    """Whether a text is an http or https address: only these can be a file."""
    return text.lower().startswith(WEB)


def without_secrets(text: str) -> str:
    """An address as it may be shown; anything else, such as a path, unchanged.

    The host stands after the last @ before the first of / ? # (RFC 3986). A password may hold these too, though it
    should not. So where another @ follows, or where what stands before it might be arguments, only a host that is a
    number is believed.
    """
    found = re.search(":/{1,2}", text) if is_address(text) or re.match(TYPED, text.lstrip()) else None
    if not found:
        return text
    scheme, rest = text[: found.start()].strip(), text[found.end() :]
    start = (scheme if SCHEME.fullmatch(scheme) else HIDDEN) + found[0]
    authority = rest[: (end := len(re.split("[/?#]", rest, maxsplit=1)[0]))]
    host = authority.rpartition("@")[2]
    parted = HOST.fullmatch(host)
    certain = parted and not ARGUMENT.search(unquote(parted[1].strip("[]")).replace(":", ""))
    again = "@" in unquote(unquote(rest[end:]))
    doubtful = again or ARGUMENTS.search(authority[: -len(host) or None])
    if not (parted and certain) or (doubtful and not is_number(parted[1])):
        return start + HIDDEN
    if again:
        return f"{start}{host}/{HIDDEN}"
    return start + host + _path(rest[end:], most=1 if scheme.lower().startswith(KEYED) else None)


def without_secrets_in(text: str) -> str:
    """A message, with every address in it as it may be shown. The end of one with spaces is known only in quotes, so
    who puts an address into a message passes it through `without_secrets` first."""
    return WITHIN.sub(_shown, text) if ":/" in text else text


def without_parts_of(message: str, address: str) -> str:
    """A message of another program about an address: without whatever of it may not be shown, in any order."""
    may = without_secrets(address)
    parts = {part for text in (address, unquote(address)) for part in re.split(r"[/?&=#@:;,\s]", text)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 1 and part not in may:
            message = message.replace(part, HIDDEN)
    return without_secrets_in(message)


def name_of(text: str) -> str:
    """The last part of a path, or of an address as it may be shown: a name for files and messages."""
    if not is_address(text):
        return Path(text).name
    path = without_secrets(text).partition("://")[2].removesuffix(f"?{HIDDEN}").removesuffix(f"#{HIDDEN}")
    parts = [part for part in path.split("/") if part.strip(HIDDEN)]
    return parts[-1].replace(":", "-") if parts else "stream"


def _shown(found: re.Match) -> str:
    end = len(found[0].rstrip("'\")],;:"))
    return without_secrets(found[0][:end]) + found[0][end:]


def _path(after: str, *, most: int | None) -> str:
    """What follows the host, to the first part that may hold a secret; `most`: not more parts than these."""
    path = re.split("[?#]", after, maxsplit=1)[0]
    parts = path.split("/")
    for at, part in enumerate(parts):
        if ARGUMENT.search(part) or ARGUMENT.search(unquote(unquote(part)).replace(" ", "")) or (most and at > most):
            return "/".join([*parts[:at], HIDDEN])
    return path + (after[len(path)] + HIDDEN if after[len(path) :] else "")


def is_number(host: str) -> bool:
    """Whether a host is given by its IP number, with or without brackets and a zone, and not by a name."""
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True
