"""Tone mapping of high dynamic range, and wide colors, to what a film of eight bits can show.

Invariant: grays up to the knee of the curve keep their brightness, hues stay, and nothing is clipped up to the film's
peak; without high dynamic range all grays stay. A table is computed once; FFmpeg's `lut3d` looks the colors up in it.
Source: ITU-R BT.2100-2 (PQ, HLG), BT.2390-10 5.4.1 (the curve), BT.2408 (white at 203 cd/m²), BT.1886 (display).
"""

import os
import struct
import tempfile
from fractions import Fraction

import av
import numpy as np
from av.sidedata.sidedata import Type

PQ, HLG = 16, 18  # ffmpeg's numbers of the transfer curves
NAMES = {PQ: "PQ", HLG: "HLG"}
LINEAR = 8
BT2020, DCI_P3, DISPLAY_P3 = 9, 11, 12  # ffmpeg's numbers of primaries
WIDE_COLORS = {BT2020: "BT.2020", DCI_P3: "DCI-P3", DISPLAY_P3: "Display P3"}
WHITE, HLG_PEAK, LIMIT = 203.0, 1000.0, 10_000.0  # cd/m²
DEFAULT_PEAK = 4000.0  # of a PQ film that does not give its peak: the brightest common mastering display
NODES = 49  # along each side of the table: grays are at most half a level off
DISPLAY_GAMMA = 2.4
LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])
P3_TO_709 = np.array(
    [  # the same for P3's primaries with the white D65 (SMPTE EG 432-1)
        [1.224940, -0.224940, 0.0],
        [-0.042057, 1.042057, 0.0],
        [-0.019638, -0.078636, 1.098274],
    ]
)
TO_709 = np.array(
    [  # linear BT.2020 -> linear BT.709 (ITU-R BT.2087), rows and columns R, G, B
        [1.660491, -0.587641, -0.072850],
        [-0.124550, 1.132900, -0.008350],
        [-0.018151, -0.100579, 1.118730],
    ]
)
M1, M2, C1, C2, C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128  # PQ's constants
A, B, C = 0.17883277, 0.28466892, 0.55991073  # HLG's
WIDE = "gbrp16le"  # the format with which `lut3d` is fastest


class Tone:
    """Tone-maps frames with the transfer curve and the primaries of the first one, `frame`, for which `needed`."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self._table = _cube(table(frame.color_trc, peak_of(frame), primaries=frame.color_primaries))
        self._graph: av.filter.Graph | None = None
        self._size: tuple[int, int] | None = None
        self._count = 0

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """`frame`: format `WIDE`, full range, any size. Returns a frame of the same format for a display with
        BT.709 colors and gamma 2.4."""
        if (frame.width, frame.height) != self._size:
            self._begin(frame.width, frame.height)
        frame.pts, frame.time_base = self._count, Fraction(1)
        self._count += 1
        assert self._graph is not None  # `_begin` made it
        self._graph.push(frame)
        return self._graph.pull()

    def _begin(self, width: int, height: int) -> None:
        self._size, self._graph = (width, height), (graph := av.filter.Graph())
        begin = graph.add(
            "buffer", video_size=f"{width}x{height}", pix_fmt=WIDE, time_base="1/1", colorspace="gbr", range="pc"
        )
        handle, path = tempfile.mkstemp(suffix=".cube")  # `lut3d` reads only files
        try:
            with os.fdopen(handle, "w") as out:
                out.write(self._table)
            look_up = graph.add("lut3d", file=path, interp="tetrahedral")
        finally:
            os.unlink(path)
        end = graph.add("buffersink")
        begin.link_to(look_up)
        look_up.link_to(end)
        graph.configure()


def needed(frame: av.VideoFrame) -> bool:
    """Whether a frame's colors are other than those of a film of eight bits, by its marks."""
    return frame.color_trc in (PQ, HLG, LINEAR) or frame.color_primaries in WIDE_COLORS


def conversion(frame: av.VideoFrame) -> str:
    """What is done with such a frame, for a person."""
    colors = WIDE_COLORS.get(frame.color_primaries, "BT.2020" if frame.color_trc in NAMES else "BT.709")
    if frame.color_trc in NAMES:
        return f"HDR ({NAMES[frame.color_trc]}, {colors}) is tone-mapped to BT.709"
    if frame.color_trc == LINEAR:
        return f"its colors ({colors}, linear light) are converted to BT.709"
    return f"its colors ({colors}) are converted to BT.709"


def peak_of(frame: av.VideoFrame) -> float:
    """The film's peak brightness, cd/m², from its metadata: its brightest pixel (MaxCLL), or else the peak of the
    mastering display."""
    if frame.color_trc == HLG:
        return HLG_PEAK
    light, display = (frame.side_data.get(kind) for kind in (Type.CONTENT_LIGHT_LEVEL, Type.MASTERING_DISPLAY_METADATA))
    peak = 0.0
    if light is not None:
        peak = float(struct.unpack_from("=I", bytes(light))[0])
    if not peak and display is not None:
        high, scale, _, has_luminance = struct.unpack_from("=2i2i", bytes(display), 72)  # FFmpeg's own structure
        peak = high / scale if has_luminance and scale else 0.0
    return min(LIMIT, max(WHITE, peak)) if peak else DEFAULT_PEAK


def table(transfer: int, peak: float, nodes: int = NODES, primaries: int = BT2020) -> np.ndarray:
    """(nodes, nodes, nodes, 3) float: the mapped R, G, B for each blue, green and red signal (0 to 1, evenly)."""
    axis = np.linspace(0, 1, nodes)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return tone_mapped(np.stack([red, green, blue], -1), transfer, peak, primaries)


def tone_mapped(signal: np.ndarray, transfer: int, peak: float, primaries: int = BT2020) -> np.ndarray:
    """(…, 3) float R, G, B: a signal 0 to 1 in PQ or HLG, or in linear or SDR light -> a BT.709 signal 0 to 1 for gamma
    2.4. `primaries`: of the signal, ffmpeg's number; unmarked HDR is BT.2020.

    The curve acts on the strongest of the three, and the others keep their ratio to it, so hues stay. A color outside
    BT.709 becomes the nearest one inside."""
    hdr = transfer in NAMES
    if hdr:
        light = _from_pq(signal) if transfer == PQ else _from_hlg(signal)
        strongest = np.maximum(light.max(-1, keepdims=True), 1e-6)
        light = light * (_curve(strongest, peak) / strongest / WHITE)
    else:
        light = signal if transfer == LINEAR else signal**DISPLAY_GAMMA
    if primaries in (DCI_P3, DISPLAY_P3):
        light = np.maximum(light @ P3_TO_709.T, 0)
    elif primaries == BT2020 or hdr:
        light = np.maximum(light @ TO_709.T, 0)
    return (light / np.maximum(light.max(-1, keepdims=True), 1)) ** (1 / DISPLAY_GAMMA)


def _curve(light: np.ndarray, peak: float) -> np.ndarray:
    """BT.2390's curve from 0 … `peak` to 0 … WHITE, cd/m²: straight up to the knee, then bent."""
    top = _to_pq(np.asarray(peak, np.float64))
    most = _to_pq(np.asarray(WHITE, np.float64)) / top
    knee = 1.5 * most - 0.5
    given = np.minimum(_to_pq(light) / top, 1)
    if knee >= 1:
        return light
    way = np.maximum(given - knee, 0) / (1 - knee)
    bent = (
        (2 * way**3 - 3 * way**2 + 1) * knee
        + (way**3 - 2 * way**2 + way) * (1 - knee)
        + (3 * way**2 - 2 * way**3) * most
    )
    return _from_pq(np.where(given < knee, given, bent) * top)


def _from_pq(signal: np.ndarray) -> np.ndarray:
    root = signal ** (1 / M2)
    return LIMIT * (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1)


def _to_pq(light: np.ndarray) -> np.ndarray:
    part = (light / LIMIT) ** M1
    return ((C1 + C2 * part) / (1 + C3 * part)) ** M2


def _from_hlg(signal: np.ndarray) -> np.ndarray:
    """As on a display with the peak HLG_PEAK, where the system gamma is 1.2."""
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - C) / A) + B) / 12)
    return HLG_PEAK * scene * np.maximum(scene @ LUMA_2020, 1e-9)[..., None] ** 0.2


def _cube(nodes: np.ndarray) -> str:
    """The table as the text of a .cube file, in which red changes fastest."""
    lines = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in nodes.reshape(-1, 3).tolist())
    return f"LUT_3D_SIZE {len(nodes)}\n{lines}\n"
