"""Cameras and network streams, through OpenCV.

Invariant: every frame has the size of the first, and is stamped with time.monotonic() right after the grab.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")  # else opening takes half a minute on Windows

import cv2
import numpy as np

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError
from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # the UserErrors below say what matters in one line

OPEN_MILLISECONDS = 5000  # timeouts of an address: for its answer, and for more data
READ_MILLISECONDS = 5000
FAILURES = 5  # failed reads in a row that end the source: one or two happen with a loose plug
MOTION_JPEG = cv2.VideoWriter.fourcc(*"MJPG")
WITHOUT = "'kaleidocam live --from aisle' runs without a camera"


def camera_names() -> list[tuple[int, str]]:
    """(index, name) of every camera that the system lists, one entry per device; empty if there is none."""
    from cv2_enumerate_cameras import enumerate_cameras

    backend = {"win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_V4L2)
    return [(camera.index, camera.name) for camera in enumerate_cameras(backend)]


def described(cameras: list[tuple[int, str]]) -> str:
    """The list of cameras as text for a message."""
    names = ", ".join(f"{number} ({name})" for number, name in cameras)
    return f"there are: {names}" if names else "this machine has none"


class _Jpegs:
    """A Motion JPEG capture whose pictures are decoded here, each in its own size: OpenCV would squash them all to the
    size of the first (opencv#27116)."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        capture.set(cv2.CAP_PROP_FORMAT, -1)
        self.isOpened, self.release = capture.isOpened, capture.release

    def read(self) -> tuple[bool, np.ndarray | None]:
        ok, data = self._capture.read()
        try:
            image = cv2.imdecode(data, cv2.IMREAD_COLOR) if ok else None
        except cv2.error:  # a damaged picture, for which `imdecode` may also return None
            image = None
        return image is not None, image


class _Capture(Source):
    """What camera and stream have in common: an open cv2.VideoCapture that has given its first frame."""

    def __init__(self, capture: "cv2.VideoCapture | _Jpegs", fps: float, name: str) -> None:
        """If no frame comes, releases the capture and raises ValueError."""
        self._capture, self._name, self._index = capture, name, 0
        ok, image = capture.read() if capture.isOpened() else (False, None)
        if not ok or image is None:
            capture.release()
            raise ValueError("no picture")
        self._first: Frame | None = Frame(image, time.monotonic(), 0)
        self.size = self._first.size
        self.fps = fps if 1 <= fps <= 240 else 30.0  # some cameras report 0, some a time base

    def read(self) -> Frame | None:
        if self._first is not None:
            frame, self._first = self._first, None
            return frame
        for _ in range(FAILURES):
            ok, image = self._capture.read()
            if ok and image is not None:
                break
        else:
            self.notice = f"{self._name} gives no more pictures"
            return None
        seconds = time.monotonic()
        self._index += 1
        return Frame(fitted(image, self.size), seconds, self._index)

    def close(self) -> None:
        self._capture.release()


class Camera(_Capture):
    """A camera by its number. Asks for Motion JPEG, with which alone many reach 720p at 30 fps, and accepts whatever
    comes. UserError if there is no such camera, or it gives no picture, as when another program uses it."""

    def __init__(self, index: int, *, size: tuple[int, int], fps: float) -> None:
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_FOURCC, MOTION_JPEG)
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
            capture.set(cv2.CAP_PROP_FPS, fps)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        opened = capture.isOpened()
        try:
            super().__init__(capture, capture.get(cv2.CAP_PROP_FPS) or fps, f"camera {index}")
        except ValueError as error:
            raise UserError(_why_no_camera(index, opened)) from error


class Stream(_Capture):
    """A network stream or MJPEG address. UserError if it can't be reached or sends no video."""

    def __init__(self, address: str) -> None:
        name = without_secrets(address)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MILLISECONDS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MILLISECONDS]
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
        fps, jpegs = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FOURCC) == MOTION_JPEG
        try:
            super().__init__(_Jpegs(capture) if jpegs else capture, fps, name)
        except ValueError as error:
            raise UserError(f"no video comes from {name}; check the address, and that the stream is running") from error


def _why_no_camera(index: int, opened: bool) -> str:
    if opened or (sys.platform == "linux" and Path(f"/dev/video{index}").exists()):
        return f"camera {index} gives no picture: another program may be using it, close that program; {WITHOUT}"
    return f"no camera {index}; {described(camera_names())}; {WITHOUT}"
