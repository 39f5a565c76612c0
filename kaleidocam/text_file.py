"""Text files, as any editor on any system writes them, and TOML in them.

Invariant: only a regular file of limited size is read, and whatever is in it, the answer is its text or a UserError.
"""

import codecs
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError, one_line, reason

MOST_BYTES = 1 << 20  # of a text that people write
RECORDED_BYTES = 1 << 26  # of one that a performance wrote: six hours at 30 fps, every frame with some changes
# A byte order mark tells the encoding. UTF-32's come first, as UTF-16's little one is the beginning of UTF-32's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
INTEGERS = range(-(1 << 63), 1 << 63)  # TOML 1.0: 64 bits; Python can't even write all larger ones


def read_text(path: Path, called: str, *, most: int = MOST_BYTES) -> str:
    """The text of a file of at most `most` bytes: UTF-8, or UTF-16 or UTF-32 with a byte order mark; lines end with LF,
    CRLF or CR in the file, and with LF in what is returned. FileNotFoundError if there is none; else UserError, which
    begins with `called`, such as "preset 'name'"."""
    try:
        data = _data(path, most)
        encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
        text = data.decode(encoding)
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{called} can't be read: line {line} is not in UTF-8; save it as a UTF-8 text") from error
    except OSError as error:
        raise UserError(f"{called} can't be read: {reason(error)}") from error
    except ValueError as error:
        raise UserError(f"{called} can't be read: {one_line(error)}") from error
    if "\0" in text:
        raise UserError(f"{called} can't be read: it is no text, or not in UTF-8; save it as a UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml(path: Path, called: str, *, most: int = MOST_BYTES) -> dict[str, Any]:
    """The tables of a TOML file, which is read as by `read_text`, and with the same errors."""
    text = read_text(path, called, most=most)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{called} can't be read: {one_line(error)}") from error
    except RecursionError as error:
        raise UserError(f"{called} can't be read: its lists or tables are nested too deeply") from error
    except ValueError as error:  # of Python's own limit on the digits of a number
        raise UserError(f"{called} can't be read: {_too_large(text)}") from error
    if any(isinstance(value, int) and value not in INTEGERS for value in _values(tables)):
        raise UserError(f"{called} can't be read: {_too_large(text)}")
    return tables


def _data(path: Path, most: int) -> bytes:
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "a pipe" if stat.S_ISFIFO(kind) else "a device"
        raise ValueError(f"it is {what}; give a file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it has more than {most >> 20} MiB, the most that is read")
    return data


def _values(tables: dict[str, Any]) -> Iterator[Any]:
    """All values in tables and lists, however deep."""
    waiting: list[Any] = [tables]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        else:
            yield value


def _too_large(text: str) -> str:
    """Names the line that has the longest row of digits."""
    longest = max(enumerate(text.split("\n"), 1), key=lambda line: len(line[1]))[0]
    return f"a whole number of more than 64 bits, probably in line {longest}"
