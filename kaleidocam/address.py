"""How an address is told from a file's path, and how it is shown.

Invariant: nothing is opened here, and a password is never shown.
"""

import re

WEB = ("http://", "https://")


def is_address(text: str) -> bool:
    """Whether a text is a network address, not a path."""
    return "://" in text


def is_web(text: str) -> bool:
    """Whether a text is an http or https address: only these can be a file."""
    return text.lower().startswith(WEB)


def without_password(address: str) -> str:
    """The address as it may be shown: without user name and password."""
    return re.sub(r"//[^/@]*@", "//", address)
