"""An address as a picture for phones, drawn in a terminal.

Invariant: it can be read on a dark terminal as on a light one; without the library there is none, and nothing is said.
"""

import io

WHITE_ON_BLACK, AS_BEFORE = "\x1b[97;40m", "\x1b[0m"


def drawn(address: str) -> str | None:
    """Lines for a terminal that shows ANSI colors, ISO/IEC 18004."""
    try:
        import segno
    except ImportError:
        return None
    lines = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(out=lines, border=2, compact=True)
    return "".join(f"{WHITE_ON_BLACK}{line}{AS_BEFORE}\n" for line in lines.getvalue().splitlines())
