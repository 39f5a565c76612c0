"""NDI: pictures shared over the network, through cyndilib, whose wheels bring the NDI library itself.

Invariant: cyndilib (MIT; the NDI library has its maker's own license) is optional and imported only here.

Sources: the headers of the NDI SDK 6, and cyndilib's own code.
"""

from contextlib import redirect_stdout
from fractions import Fraction
from functools import cached_property
from itertools import islice

import cv2
import cyndilib
import numpy as np

from kaleidocam.errors import UserError, brief
from kaleidocam.planes import BT709, PixelFormat, turned_to_bgr
from kaleidocam.sharing.base import Library, Receiver, Sender, comes
from kaleidocam.sharing.names import OWN, numbered

POLL_SECONDS = 0.002
UYVY = PixelFormat("yuv422p", BT709)
MOST_NUMBER = 99  # of senders of one name
MOST_DENOMINATOR = 1001  # of a frame rate: 30000/1001 is the smallest step in use


class Ndi(Library):
    def version(self) -> str:
        return str(cyndilib.ndi_version)

    @cached_property
    def _finder(self) -> cyndilib.Finder:
        """A new one asks at once all that it was told to ask; an old one only every seven seconds or so."""
        return cyndilib.Finder()

    def names(self) -> list[str]:
        return list(self._finder.update_sources())

    def send(self, name: str, size: tuple[int, int], fps: float) -> Sender:
        return _Sender(name, size, fps)

    def receive(self, name: str) -> Receiver:
        source = self._finder.get_source(name)
        if source is None or not source.update():
            raise UserError(f"no NDI sender '{name}'")
        return _Receiver(source)


class _Sender(Sender):
    def __init__(self, name: str, size: tuple[int, int], fps: float) -> None:
        self._fps = Fraction(fps).limit_denominator(MOST_DENOMINATOR)
        size = size[0] + size[0] % 2, size[1] + size[1] % 2
        for self._own in islice(numbered(name), MOST_NUMBER):
            if sender := self._opened(size):
                break
        else:
            raise UserError(f"NDI takes no sender of the name '{brief(name)}'; give a shorter one, or one of letters")
        self._sender, self.name, self.numbered = sender, sender.name, self._own != name

    def send(self, image: np.ndarray) -> None:
        image = even(image)
        size = image.shape[1], image.shape[0]
        if size != self._size:  # cyndilib can't change the size of a sender
            self._sender.close()
            if not (sender := self._opened(size)):
                raise UserError(f"NDI takes no sender of {size[0]}x{size[1]}")
            self._sender = sender
        # Four bytes, which the library turns into YUV beside us in less time than OpenCV takes (docs/benchmarks.md)
        self._sender.write_video_async(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA).reshape(-1))

    def receivers(self) -> int:
        return self._sender.get_num_connections(0)

    def close(self) -> None:
        self._sender.close()

    def _opened(self, size: tuple[int, int]) -> cyndilib.Sender | None:
        """None where the name is taken, or can't be one."""
        self._size = size
        frame = cyndilib.VideoSendFrame()
        frame.set_resolution(*size)
        frame.set_frame_rate(self._fps)
        frame.set_fourcc(cyndilib.FourCC.BGRX)
        # The show has its own clock: the library's would hold up the thread
        sender = cyndilib.Sender(self._own, clock_video=False, clock_audio=False)
        sender.set_video_frame(frame)
        # No sound is sent; but where it can't be opened, cyndilib frees the frames for sound, and ends the program if
        # there are none
        sender.set_audio_frame(cyndilib.AudioSendFrame(1))
        try:
            with redirect_stdout(None):  # where it would write that too
                sender.open()
        except MemoryError:
            return None
        return sender


class _Receiver(Receiver):
    def __init__(self, source: cyndilib.Source) -> None:
        # As it is sent, for the library's own way to BGR takes up to nine levels from a saturated blue, and two from
        # white; of two fields, both in one picture
        self._receiver = cyndilib.Receiver(
            color_format=cyndilib.RecvColorFormat.UYVY_BGRA,
            bandwidth=cyndilib.RecvBandwidth.highest,
            allow_video_fields=False,
            recv_name=OWN,
        )
        # cyndilib gives every receiver a frame synchronizer, which takes nearly all frames from its other calls
        self._frame = cyndilib.VideoFrameSync()
        self._receiver.frame_sync.set_video_frame(self._frame)
        self._stamp = 0.0  # of the frame that was given last
        self._receiver.set_source(source)

    @property
    def connected(self) -> bool:
        return self._receiver.is_connected()

    def newest(self, seconds: float) -> np.ndarray | None:
        if not comes(self._came, seconds, POLL_SECONDS):
            return None
        self.fps = float(self._frame.get_frame_rate()) or self.fps
        width, height = self._frame.get_resolution()
        rows = self._frame.get_array().reshape(height, self._frame.get_line_stride())
        if self._frame.get_fourcc() == cyndilib.FourCC.UYVY:
            return bgr_of_uyvy(rows[:, : 2 * width].reshape(height, width, 2))
        return over_black(rows[:, : 4 * width].reshape(height, width, 4))

    def close(self) -> None:
        self._receiver.set_source(None)

    def _came(self) -> bool:
        """Whether the synchronizer has another frame than before; it gives the last one again and again."""
        self._receiver.frame_sync.capture_video()
        before, self._stamp = self._stamp, self._frame.get_timestamp_posix()
        return self._stamp != before and min(self._frame.get_resolution()) > 0


def even(image: np.ndarray) -> np.ndarray:
    """The picture with an even width and height, by repeating its last column and row; NDI would drop them."""
    height, width = image.shape[:2]
    if not (width % 2 or height % 2):
        return image
    return cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)


def bgr_of_uyvy(samples: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 BGR of (H, W, 2): Cb and Cr by turns, and Y. By BT.709 in the limited range, as the library has
    it at any size (tried from 320x180 to 3840x2160). Both pixels of a pair get the pair's color, as the library takes
    it: 3 dB nearer to a drawn picture than what lies between the pairs."""
    colors, luma = cv2.split(samples)
    pairs = colors.reshape(luma.shape[0], -1, 2)
    wide = cv2.resize(pairs, luma.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return turned_to_bgr(cv2.merge([luma, *cv2.split(wide)]), UYVY)


def over_black(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) BGR of (H, W, 4) BGRA, where the colors are not multiplied by alpha yet, as NDI has them."""
    if pixels[..., 3].min() == 255:
        return cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR)
    alpha = cv2.cvtColor(pixels[..., 3], cv2.COLOR_GRAY2BGR)
    return cv2.multiply(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), alpha, scale=1 / 255)
