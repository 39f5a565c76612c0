"""DMX packets, written byte by byte as Art-Net 4 and E1.31 lay them down."""

CID = bytes(range(16))


def art_dmx(levels: bytes, universe=0, *, sequence=0, version=14, length=None):
    length = len(levels) if length is None else length
    return (
        b"Art-Net\x00"
        + b"\x00\x50"  # OpDmx, low byte first
        + version.to_bytes(2, "big")
        + bytes([sequence, 0])
        + bytes([universe & 0xFF, universe >> 8])
        + length.to_bytes(2, "big")
        + levels
    )


ART_POLL = b"Art-Net\x00" + b"\x00\x20" + b"\x00\x0e" + b"\x00\x00"
ART_SYNC = b"Art-Net\x00" + b"\x00\x52" + b"\x00\x0e" + b"\x00\x00"


def e131(levels: bytes, universe=1, *, sequence=1, priority=100, cid=CID, name=b"a desk", options=0, start_code=0):
    dmp = b"\x02\xa1\x00\x00\x00\x01" + (len(levels) + 1).to_bytes(2, "big") + bytes([start_code]) + levels
    dmp = _flags(len(dmp) + 2) + dmp
    framing = b"\x00\x00\x00\x02" + name.ljust(64, b"\x00") + bytes([priority]) + b"\x00\x00"
    framing += bytes([sequence, options]) + universe.to_bytes(2, "big") + dmp
    framing = _flags(len(framing) + 2) + framing
    root = b"\x00\x00\x00\x04" + cid + framing
    return b"\x00\x10\x00\x00ASC-E1.17\x00\x00\x00" + _flags(len(root) + 2) + root


def _flags(length: int) -> bytes:
    return (0x7000 | length).to_bytes(2, "big")
