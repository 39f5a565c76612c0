"""The picture to dream on until a camera gives its first picture: slow clouds of color.

Invariant: it changes smoothly and hardly in brightness, so it never looks like a cut or a flash; and it costs little.
"""

import cv2
import numpy as np

CELLS = (48, 27)  # (width, height) at which it is computed, then enlarged
PACES = (0.031, 0.023, 0.017)  # turns a second of blue, green and red; no multiples of each other, so it never repeats
WAVES = ((1.1, 0.6), (0.7, 1.3), (1.6, 0.9))  # across and down the picture
MIDDLE, SWING = 96.0, 56.0  # gray levels


def idle_picture(size: tuple[int, int], seconds: float) -> np.ndarray:
    """(H, W, 3) uint8 BGR of `size` (width, height) at the time `seconds`."""
    x, y = np.meshgrid(np.linspace(-1, 1, CELLS[0], dtype=np.float32), np.linspace(-1, 1, CELLS[1], dtype=np.float32))
    planes = []
    for i, (pace, (across, down)) in enumerate(zip(PACES, WAVES, strict=True)):
        phase = 2 * np.pi * (pace * seconds + i / 3)
        bent = x * across + 0.5 * np.sin(2 * y + phase) + 1j * (y * down + 0.5 * np.sin(1.7 * x - 0.7 * phase))
        planes.append(MIDDLE + SWING * np.sin(np.pi * bent.real + phase) * np.cos(np.pi * bent.imag - phase))
    clouds = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    return cv2.resize(clouds, size, interpolation=cv2.INTER_CUBIC)
