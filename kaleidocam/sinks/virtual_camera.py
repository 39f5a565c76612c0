"""A camera that other programs see, through pyvirtualcam.

Invariant: `write` never waits for the device; pyvirtualcam (GPL 2) is optional and imported only here.
"""

import sys
import threading

import numpy as np

from kaleidocam.errors import UserError, one_line
from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink

CLOSE_SECONDS = 2.0
ADVICE = {
    "linux": "install v4l2loopback-dkms, then: sudo modprobe v4l2loopback exclusive_caps=1 card_label=kaleidocam",
    "darwin": "install OBS 30 or later and start its virtual camera once",
    "win32": "install OBS, which includes a virtual camera",
}


def how_to_get_one() -> str:
    """How to install a virtual camera on this system, for a message."""
    return ADVICE.get(sys.platform, ADVICE["linux"])


class VirtualCamera(Sink):
    """Sends the newest frame at `fps`, repeated until there is a newer one; nothing before the first.

    Its size (width, height) is fixed at the start, as other programs expect; frames of another size are cropped to its
    shape and scaled. `device` and `backend` as in pyvirtualcam. UserError if there is no virtual camera. If the device
    fails later, the performance goes on without it, and `notice` says so.
    """

    fixed = True

    def __init__(self, *, size: tuple[int, int], fps: float, device: str | None = None, backend: str | None = None):
        try:
            import pyvirtualcam
        except ImportError as error:
            raise UserError("the virtual camera needs pyvirtualcam: pip install 'kaleidocam[virtualcam]'") from error
        try:
            self._camera = pyvirtualcam.Camera(
                width=size[0], height=size[1], fps=fps, device=device, backend=backend, fmt=pyvirtualcam.PixelFormat.BGR
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise UserError(f"no virtual camera {device or ''}".rstrip() + f"; {how_to_get_one()}") from error
        self._size = size
        self._newest: Frame | None = None
        self._ended, self._begun = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual camera", daemon=True)
        self._thread.start()

    @property
    def device(self) -> str:
        """The name under which other programs see it."""
        return self._camera.device

    @property
    def name(self) -> str:
        return "the virtual camera"

    def write(self, frame: Frame) -> None:
        self._newest = frame
        self._begun.set()

    def close(self) -> None:
        self._ended.set()
        self._begun.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            with self._camera as camera:
                self._begun.wait()
                sent: Frame | None = None
                while not self._ended.is_set():
                    if (newest := self._newest) is not sent and newest is not None:
                        sent, image = newest, np.ascontiguousarray(fitted(newest.image, self._size))
                    camera.send(image)
                    camera.sleep_until_next_frame()
        except Exception as error:  # a backend may raise anything; the show goes on
            self.notice = f"the virtual camera failed: {one_line(error)}"
