"""The one display of an X server, unplugged and plugged in again: its output is switched off and on by RandR.

Invariant: what was there before is there again.
"""

import ctypes
from contextlib import contextmanager

Number, Pointer = ctypes.c_ulong, ctypes.c_void_p


class _Resources(ctypes.Structure):
    """XRRScreenResources, as far as it is read."""

    _fields_ = [
        ("times", Number * 2),
        ("crtc_count", ctypes.c_int),
        ("crtcs", ctypes.POINTER(Number)),
        ("output_count", ctypes.c_int),
        ("outputs", ctypes.POINTER(Number)),
    ]


class _Crtc(ctypes.Structure):
    """XRRCrtcInfo, as far as it is read."""

    _fields_ = [("time", Number), ("place", ctypes.c_int * 2), ("size", ctypes.c_uint * 2), ("mode", Number)]


class Plug:
    """Of the display of the X server `name`."""

    def __init__(self, name):
        self._x11, self._randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
        self._x11.XOpenDisplay.restype, self._x11.XDefaultRootWindow.restype = Pointer, Number
        self._randr.XRRGetScreenResources.restype = ctypes.POINTER(_Resources)
        self._randr.XRRGetCrtcInfo.restype = ctypes.POINTER(_Crtc)
        self._line = Pointer(self._x11.XOpenDisplay(name.encode()))
        root = Number(self._x11.XDefaultRootWindow(self._line))
        self._found = self._randr.XRRGetScreenResources(self._line, root)
        self._crtc = Number(self._found.contents.crtcs[0])
        self._mode = self._randr.XRRGetCrtcInfo(self._line, self._found, self._crtc).contents.mode

    def out(self):
        self._set(0, None, 0)

    def back(self):
        self._set(self._mode, (Number * 1)(self._found.contents.outputs[0]), 1)

    def close(self):
        self._x11.XCloseDisplay(self._line)

    def _set(self, mode, outputs, count):
        now, upright = Number(0), ctypes.c_ushort(1)
        refused = self._randr.XRRSetCrtcConfig(
            self._line, self._found, self._crtc, now, 0, 0, Number(mode), upright, outputs, count
        )
        self._x11.XSync(self._line, 0)
        assert not refused


@contextmanager
def plugged(name):
    plug = Plug(name)
    try:
        yield plug
    finally:
        plug.close()
