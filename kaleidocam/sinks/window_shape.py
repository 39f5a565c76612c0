"""How large a window opens, and where the picture stands in it.

Invariant: the picture keeps its shape, and no window opens larger than its screen.
"""

USEFUL = 0.6  # of the screen's width or height: a smaller picture is enlarged to it
FITS = 0.92  # of them: a larger picture is made smaller; the rest is for the window's frame

Size = tuple[int, int]  # (width, height), pixels


def opening_size(picture: Size, screen: Size) -> Size:
    """The size of a window for such a picture on a screen of which `screen` is free."""
    across = [free / side for free, side in zip(screen, picture, strict=True)]
    scale = min(max(1.0, USEFUL * min(across)), FITS * min(across))
    return max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))


def inside(picture: Size, window: Size) -> tuple[int, int, int, int]:
    """(x, y, width, height) of the picture in a window, as large as its shape allows, in the middle."""
    scale = min(window[0] / picture[0], window[1] / picture[1])
    width, height = (max(1, min(full, round(side * scale))) for side, full in zip(picture, window, strict=True))
    return (window[0] - width) // 2, (window[1] - height) // 2, width, height
