"""The network that finds people, as it came, run by OpenCV.

Invariant: the bundled file is used only if its SHA-256 matches; nothing is read before somebody is looked for.

Source: MediaPipe's selfie segmentation, `selfie/README.md`.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from kaleidocam.errors import UserError, one_line

FILE = Path(__file__).parent / "selfie" / "selfie_segmentation_landscape.tflite"
SIZE = (256, 144)  # width, height of the pictures that it takes; one of another shape is squeezed, which it bears
# The network was made for lit rooms: in the dark it sees nobody. So a dark picture is brightened until a quarter of
# its cells are at least this bright, but no more than so many times, where there is only noise.
LIT, BRIGHTENED = 90.0, 12.0
CELLS = (32, 18)
FAR = 30.0  # beyond it, a confidence is 0 or 1
# The last layer is computed here: OpenCV 5 spends more than half of the network's time on it. Each of its inputs, 16
# numbers, becomes 2×2 pixels. So the file is read as one that ends before it: at these bytes are how many operations
# there are, and which value is the result; and the layer's own numbers, in half precision.
OPERATIONS_AT, OPERATIONS, OUTPUT_AT, OUTPUT = 216136, 243, 227308, 255
BEFORE_LAST, BIAS_AT, KERNEL_AT, INPUTS = "add_13__xeno_compat__1", 1008, 1024, 16


class Person:
    """The confidence that each place of a picture is part of a person. No state."""

    size = SIZE

    def __init__(self) -> None:
        """UserError where the network can't be had."""
        data = weights()
        self._network = _network(_cut(data))
        self._bias, self._kernel = _half(data, BIAS_AT, 1), _half(data, KERNEL_AT, 4 * INPUTS).reshape(4, INPUTS)

    def __call__(self, small: np.ndarray) -> np.ndarray:
        """`small` (144, 256, 3) uint8 BGR -> (144, 256) float32, 0 to 1."""
        self._network.setInput(cv2.dnn.blobFromImage(small, gain_of(small) / 255, SIZE, swapRB=True))
        inputs = self._network.forward(BEFORE_LAST)[0].reshape(INPUTS, -1)
        # By OpenCV: NumPy's product waits for threads of its own, 5 ms where others have the cores.
        blocks = (cv2.gemm(self._kernel, inputs, 1, None, 0) + self._bias).reshape(2, 2, SIZE[1] // 2, SIZE[0] // 2)
        return 1 / (1 + np.exp(-np.clip(blocks.transpose(2, 0, 3, 1).reshape(SIZE[::-1]), -FAR, FAR)))


def gain_of(small: np.ndarray) -> float:
    """How many times as bright a dark picture, (h, w, 3) uint8, is shown to the network; 1 for a lit one."""
    cells = np.sort(cv2.resize(small, CELLS, interpolation=cv2.INTER_AREA).max(2), None)
    return float(np.clip(LIT / max(1, cells[cells.size * 3 // 4]), 1, BRIGHTENED))


@lru_cache(maxsize=1)
def weights() -> np.ndarray:
    """The bytes of the bundled file, as OpenCV takes them. UserError where they are damaged."""
    try:
        data, digest = FILE.read_bytes(), (FILE.parent / "SHA256SUMS").read_text().split()[0]
    except (OSError, IndexError) as error:
        raise UserError(
            f"the network that finds people can't be read ({one_line(error)}): reinstall kaleidocam"
        ) from None
    if hashlib.sha256(data).hexdigest() != digest:
        raise UserError("the network that finds people is damaged (SHA-256 differs): reinstall kaleidocam")
    return np.frombuffer(data, np.uint8)


def _cut(data: np.ndarray) -> np.ndarray:
    """The file's bytes, as of one that ends before the last layer."""
    cut = data.copy()
    for at, number in ((OPERATIONS_AT, OPERATIONS), (OUTPUT_AT, OUTPUT)):
        cut[at : at + 4] = np.frombuffer(number.to_bytes(4, "little"), np.uint8)
    return cut


def _half(data: np.ndarray, at: int, count: int) -> np.ndarray:
    """Numbers in half precision that begin at a byte, as float32."""
    return data[at : at + 2 * count].view("<f2").astype(np.float32)


def _network(data: np.ndarray) -> cv2.dnn.Net:
    try:
        return cv2.dnn.readNetFromTFLite(data)
    except (AttributeError, cv2.error) as error:
        raise UserError(f"this OpenCV can't run the network that finds people: {one_line(error)}") from error
