"""What tells an address from the path of a file, and how it is shown.

Invariant: nothing is opened here, and a password is never shown.
"""

import re

WEB = ("http://", "https://")


def is_address(text: str) -> bool:
    """Whether a text names something in the network, not on a disk."""
    return "://" in text


def is_web(text: str) -> bool:
    """Whether it is an address by http or https: the ones that can be a file."""
    return text.lower().startswith(WEB)


def without_password(address: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"//[^/@]*@", "//", address)
