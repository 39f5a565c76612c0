"""The panel's address as a QR code, read from what a terminal would show."""

import sys

import cv2
import numpy as np

from kaleidocam.control.panel.qr import drawn

ADDRESS = "https://192.168.100.200:8765/?token=abcdefghijklmnopqrstuvwxyz-_0123456789ABCDE"
CELL = 8  # pixels of one module


def seen(lines):
    """The picture of half blocks, white on black."""
    rows = []
    for line in lines.splitlines():
        assert line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m")
        signs = line.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m")
        rows += [[255 * (sign in both) for sign in signs] for both in ("\u2580\u2588", "\u2584\u2588")]
    return np.kron(np.array(rows, np.uint8), np.ones((CELL, CELL), np.uint8))


def test_it_holds_the_address():
    lines = drawn(ADDRESS)
    picture = seen(lines)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == ADDRESS
    assert picture.shape[1] <= 60 * CELL


def test_without_the_library_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "segno", None)
    assert drawn(ADDRESS) is None
