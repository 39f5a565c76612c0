"""SMPTE timecodes: the hour, minute, second and frame at which a camera took a picture.

Invariant: a timecode is moved by whole frames, and counts as the original does, with or without dropped numbers.
Source: SMPTE ST 12-1; drop frame leaves out numbers 0 and 1 of each minute but every tenth, so that 29.97 frames a
second stay in step with the clock.
"""

import re

NAME = "timecode"  # of the tag in which a file has its timecode
FORM = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.])(\d\d)")
DROPPED = 2  # numbers a minute for each 30 frames a second


def moved(text: str, frames: int, fps: float, factor: int = 1) -> str | None:
    """The timecode `frames` frames after `text`, in a film of `fps`. `factor`: how many of the film's frames were one
    of the original's. None if `text` is no timecode, or does not fit this frame rate."""
    form, base = FORM.fullmatch(text.strip()), round(fps)
    if form is None or base < 1 or base % factor or min(abs(fps - base), abs(fps - base * 1000 / 1001)) > 0.01:
        return None
    hours, minutes, seconds, number = (int(form[k]) for k in (1, 2, 3, 5))
    drops = form[4] != ":"
    if number * factor >= base or (drops and base % 30):
        return None
    lost = DROPPED * base // 30 if drops else 0
    whole = hours * 60 + minutes
    count = (whole * 60 + seconds) * base + number * factor - lost * (whole - whole // 10) + frames
    ten, minute = 600 * base - 9 * lost, 60 * base - lost
    count %= 24 * 6 * ten
    tens, rest = divmod(count, ten)
    if drops and rest >= lost:
        count += 9 * lost * tens + lost * ((rest - lost) // minute)
    elif drops:
        count += 9 * lost * tens
    count, number = divmod(count, base)
    return f"{count // 3600:02d}:{count // 60 % 60:02d}:{count % 60:02d}{';' if drops else ':'}{number:02d}"
