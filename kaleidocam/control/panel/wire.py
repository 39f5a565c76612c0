"""What the video's process and the panel's server send each other: messages over a pipe.

Invariant: a message is data and nothing else; reading one runs nothing.
"""

import json
import struct
from typing import Any, BinaryIO

_HEAD = struct.Struct(">II")  # bytes of the message, bytes of the data after it


def send(pipe: BinaryIO, message: dict[str, Any], data: bytes | memoryview = b"") -> None:
    """Writes `message` (what JSON can say) and `data`, a picture's bytes; waits until the pipe has taken them."""
    text = json.dumps(message).encode()
    pipe.write(_HEAD.pack(len(text), len(data)) + text)
    pipe.write(data)
    pipe.flush()


def receive(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message and its data; waits for it. None: the other side is gone."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    text_bytes, data_bytes = _HEAD.unpack(head)
    text, data = pipe.read(text_bytes), pipe.read(data_bytes)
    return (json.loads(text), data) if len(text) + len(data) == text_bytes + data_bytes else None
