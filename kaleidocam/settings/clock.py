"""Times as people write them: seconds, m:ss, h:mm:ss.

Invariant: the same text is read, or refused, in the same way everywhere.
"""

import re

from kaleidocam.errors import UserError

HOW = "seconds, m:ss or h:mm:ss, with minutes and seconds below 60 unless they come first"
MOST = 60  # every field but the first must be below it
_SECONDS = r"(\d+(?:\.\d*)?|\.\d+)"
_FIELDS = re.compile(rf"(?:(?:(\d+):)?(\d+):)?{_SECONDS}", re.ASCII)


def seconds_of(text: str) -> float:
    """`"90"`, `"1:30"`, `"90:00"` or `"0:01:30.5"` in seconds, 0 or more. UserError if it is not such a time."""
    text = text.strip()
    found = _FIELDS.fullmatch(text)
    fields = [float(field) for field in found.groups() if field is not None] if found else []
    if not found or any(field >= MOST for field in fields[1:]):
        raise UserError(f"'{text}' is no time; write {HOW}")
    return sum(field * 60**place for place, field in enumerate(reversed(fields)))


def clock_of(seconds: float) -> str:
    """Seconds as m:ss.t, to a tenth: `"1:02.5"`."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def running_clock(seconds: float) -> str:
    """Seconds as a clock that runs, without fractions: `"1:02"`, `"2:03:04"`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
