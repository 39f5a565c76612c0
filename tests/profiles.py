"""For the tests: ICC profiles made by hand, of three primaries and one power, or of gray alone."""

import struct

DISPLAY_P3 = (0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)
ADOBE_RGB = (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)
SRGB = (0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)
D50 = 0.9642, 1.0, 0.8249


def profile(name, gamma, *primaries):
    """The bytes of a profile; `primaries`: the XYZ of red, green and blue under D50, or none for a gray one."""
    said = name.encode() + b"\0"
    described = _tag(b"desc", struct.pack(">I", len(said)) + said + b"\0" * 78)
    curve = _tag(b"curv", struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0")
    tags = [(b"desc", described), (b"cprt", _tag(b"text", b"made for a test\0")), (b"wtpt", _xyz(D50))]
    tags += [(kind, _xyz(point)) for kind, point in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=False)]
    tags += [(kind, curve) for kind in ((b"rTRC", b"gTRC", b"bTRC") if primaries else (b"kTRC",))]
    at, table, data = 132 + 12 * len(tags), b"", b""
    for kind, body in tags:
        body += b"\0" * (-len(body) % 4)
        table += kind + struct.pack(">II", at + len(data), len(body))
        data += body
    space = b"RGB " if primaries else b"GRAY"
    head = struct.pack(">I4sI4s4s4s", at + len(data), b"\0\0\0\0", 0x02100000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _numbers(*D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def _tag(kind, body):
    return kind + b"\0\0\0\0" + body


def _xyz(point):
    return _tag(b"XYZ ", _numbers(*point))


def _numbers(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)
