"""For the tests: a HEIC made by hand, of tiles that PyAV encodes."""

import re
import struct
from fractions import Fraction

import av

PARAMETER_SETS = (32, 33, 34)  # kinds of unit: VPS, SPS, PPS


def heic(path, tiles, columns, size, *, said=(), alpha=None):
    """Writes `tiles` ((h, w, 3) uint8 RGB, all of one size, row by row) as a grid in `columns` cut to `size` (width,
    height). `said`: more properties of the grid, each a kind and its bytes. `alpha`: a picture as its opacity. A small
    thumbnail stands before it."""
    items = [(b"hvc1", *_encoded(tile), [_extents(tile.shape[1::-1])]) for tile in (tiles[0][:64, :64], *tiles)]
    rows = len(tiles) // columns
    grid = struct.pack(">4B2H", 0, 0, rows - 1, columns - 1, *size)
    items.append((b"grid", None, grid, [_extents(size), *said]))
    main, ties = len(items), []
    ties.append(_box(b"dimg", struct.pack(f">HH{len(tiles)}H", main, len(tiles), *range(2, len(tiles) + 2))))
    ties.append(_box(b"thmb", struct.pack(">3H", 1, 1, main)))
    if alpha is not None:
        kind = (b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:1\0")
        items.append((b"hvc1", *_encoded(alpha), [_extents(alpha.shape[1::-1]), kind]))
        ties.append(_box(b"auxl", struct.pack(">3H", len(items), 1, main)))
    known, tied = [], []
    for _, config, _, properties in items:
        mine = [*properties, *([(b"hvcC", config)] if config else [])]
        tied.append([len(known) + 1 + k for k in range(len(mine))])
        known += mine
    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    long = len(_index(items, main, ties, known, tied, 0))
    index = _index(items, main, ties, known, tied, len(head) + long + 8)
    path.write_bytes(head + index + _box(b"mdat", b"".join(item[2] for item in items)))
    return path


def _index(items, main, ties, known, tied, at):
    places = b""
    for number, item in enumerate(items, 1):
        places += struct.pack(">HHHII", number, 0, 1, at, len(item[2]))
        at += len(item[2])
    entries = b"".join(
        _box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + item[0] + b"\0")
        for number, item in enumerate(items, 1)
    )
    assigned = b"".join(struct.pack(">HB", number, len(each)) + bytes(each) for number, each in enumerate(tied, 1))
    parts = [
        _box(b"hdlr", b"\0" * 8 + b"pict" + b"\0" * 13),
        _box(b"pitm", b"\0\0\0\0" + struct.pack(">H", main)),
        _box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", len(items)) + places),
        _box(b"iinf", b"\0\0\0\0" + struct.pack(">H", len(items)) + entries),
        _box(b"iref", b"\0\0\0\0" + b"".join(ties)),
        _box(
            b"iprp",
            _box(b"ipco", b"".join(_box(*each) for each in known))
            + _box(b"ipma", b"\0\0\0\0" + struct.pack(">I", len(items)) + assigned),
        ),
    ]
    return _box(b"meta", b"\0\0\0\0" + b"".join(parts))


def _extents(size):
    return b"ispe", b"\0\0\0\0" + struct.pack(">II", *size)


def _box(kind, data):
    return struct.pack(">I", len(data) + 8) + kind + data


def _encoded(tile):
    """The configuration (hvcC) and the data of a picture in HEVC, of full range."""
    encoder = av.CodecContext.create("libx265", "w")
    (encoder.width, encoder.height), encoder.pix_fmt = tile.shape[1::-1], "yuv444p"
    encoder.time_base, encoder.options = Fraction(1, 25), {"crf": "4", "x265-params": "log-level=none:range=full"}
    planes = av.VideoFrame.from_ndarray(tile, format="rgb24").reformat(
        format="yuv444p", dst_colorspace="SMPTE170M", dst_color_range="JPEG"
    )
    planes.pts = 0
    stream = b"".join(bytes(packet) for packet in [*encoder.encode(planes), *encoder.encode(None)])
    units = [unit for unit in re.split(b"\0*\0\0\x01", stream) if unit]
    sets = [unit for unit in units if unit[0] >> 1 in PARAMETER_SETS]
    config = b"\1".ljust(21, b"\0") + b"\3" + bytes([len(sets)])  # lengths of four bytes; so many arrays of one each
    for unit in sets:
        config += bytes([unit[0] >> 1]) + struct.pack(">HH", 1, len(unit)) + unit
    return config, b"".join(struct.pack(">I", len(unit)) + unit for unit in units if unit not in sets)
