"""What the drawn aisle is made of: shelves full of goods, a floor, a ceiling, and the people in it.

Invariant: everything is drawn from one seed; the textures repeat along the aisle without a seam.
"""

from functools import lru_cache

import cv2
import numpy as np

DETAIL = 128  # texture pixels per meter
PERIOD = 16.0  # meters after which the shop repeats
WIDTH, FLOOR, CEILING = 1.7, 1.5, -1.6  # meters from the eye: sideways to a shelf, down to the floor, up to the ceiling
LENGTH = int(PERIOD * DETAIL)
WALL = round((FLOOR - CEILING) * DETAIL)
GROUND = round(2 * WIDTH * DETAIL)
SHELVES = 6
SEED = 74
PERSON_DETAIL = 220  # pixels per meter of a person's picture
PERSON = (0.62, 1.74)  # meters, wide and tall
Color = tuple[int, int, int]


def _color(rng: np.random.Generator, low=30, high=245) -> Color:
    """A saturated BGR color, like that of a package."""
    hsv = np.array([[[rng.integers(0, 180), rng.integers(130, 256), rng.integers(low + 80, high)]]], np.uint8)
    blue, green, red = map(int, cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0])
    return blue, green, red


def _goods(rng: np.random.Generator, height: int) -> np.ndarray:
    """One product, (height, width, 3): a box, a bottle or a can, with its label. The rest is dark."""
    width = int(rng.integers(18, 44))
    tall = int(height * rng.uniform(0.6, 0.95))
    body, label, kind = _color(rng), _color(rng), rng.integers(0, 3)
    tile = np.full((height, width, 3), 24, np.uint8)
    top = height - tall
    if kind == 0:
        cv2.rectangle(tile, (1, top), (width - 2, height), body, -1)
    else:
        neck = width // 4 if kind == 1 else 1
        shoulder = top + (tall // 3 if kind == 1 else 2)
        cv2.rectangle(tile, (neck, top), (width - 1 - neck, height), body, -1)
        cv2.rectangle(tile, (2, shoulder), (width - 3, height), body, -1)
    middle = top + int(tall * rng.uniform(0.45, 0.6))
    cv2.rectangle(tile, (3, middle), (width - 4, min(height - 3, middle + tall // 3)), label, -1)
    mark = (255, 255, 255) if sum(label) < 380 else (20, 20, 20)
    if rng.random() < 0.5:
        cv2.circle(tile, (width // 2, middle + tall // 6), max(2, tall // 9), mark, -1, cv2.LINE_AA)
    else:
        for line in range(3, tall // 4, 5):
            cv2.line(tile, (6, middle + line), (int(rng.integers(9, max(10, width - 6))), middle + line), mark, 1)
    shade = 1 - 0.45 * np.abs(np.linspace(-1, 1, width)) ** 2.5  # darker at the sides, so that it looks round
    return (tile * shade[None, :, None]).astype(np.uint8)


def _wall(rng: np.random.Generator) -> np.ndarray:
    """One side of the aisle, (WALL, LENGTH, 3): shelves above one another, each product several times in a row."""
    wall = np.full((WALL, LENGTH, 3), (60, 66, 70), np.uint8)
    base, board = round(0.12 * DETAIL), 7
    step = (WALL - base - round(0.35 * DETAIL)) // SHELVES
    for shelf in range(SHELVES):
        bottom = WALL - base - shelf * step
        at = 0
        while at < LENGTH:
            tile = _goods(rng, step - board - 4)
            for _ in range(int(rng.integers(2, 7))):
                part = tile[:, : LENGTH - at]
                wall[bottom - board - part.shape[0] : bottom - board, at : at + part.shape[1]] = part
                at = min(LENGTH, at + tile.shape[1] + 1)
        cv2.rectangle(wall, (0, bottom - board), (LENGTH, bottom), (196, 204, 208), -1)
        for tag in range(10, LENGTH, 46):
            cv2.rectangle(wall, (tag, bottom - board + 1), (tag + 16, bottom - 1), (240, 250, 255), -1)
            cv2.line(wall, (tag + 3, bottom - 4), (tag + 11, bottom - 4), (40, 40, 200), 2)
    for post in range(0, LENGTH, 2 * DETAIL):
        cv2.rectangle(wall, (post, 0), (post + 5, WALL), (120, 128, 132), -1)
    return wall


def _ground(rng: np.random.Generator) -> np.ndarray:
    ground = np.full((GROUND, LENGTH, 3), (176, 192, 200), np.int16)
    tile = DETAIL // 2
    for x in range(0, LENGTH, tile):
        for y in range(0, GROUND, tile):
            ground[y : y + tile, x : x + tile] += rng.integers(-14, 15)
    ground += rng.integers(-5, 6, ground.shape[:2])[..., None].astype(np.int16)
    ground[:, ::tile] -= 46
    ground[::tile] -= 46
    return np.clip(ground, 0, 255).astype(np.uint8)


def _roof() -> np.ndarray:
    roof = np.full((GROUND, LENGTH, 3), (150, 154, 156), np.uint8)
    roof[:, :: DETAIL // 2] = roof[:: DETAIL // 2] = (118, 122, 124)
    for lamp in range(0, LENGTH, 2 * DETAIL):
        cv2.rectangle(roof, (lamp + 40, GROUND // 2 - 40), (lamp + 40 + DETAIL, GROUND // 2 + 40), (250, 255, 255), -1)
    return roof


ROWS = {"left": 0, "right": WALL, "floor": 2 * WALL, "roof": 2 * WALL + GROUND}
"""First row of each surface in the textures."""


@lru_cache(maxsize=1)
def textures() -> tuple[np.ndarray, ...]:
    """All surfaces stacked vertically, (rows, LENGTH, 3) uint8, in three levels of detail from near to far."""
    rng = np.random.default_rng(SEED)
    near = np.vstack([_wall(rng), _wall(rng), _ground(rng), _roof()])
    wide = np.hstack([near[:, -64:], near, near[:, :64]])  # so that the blur shows no seam where the shop repeats
    return near, *(cv2.blur(wide, (along, across))[:, 64:-64].copy() for along, across in ((9, 3), (45, 9)))


@lru_cache(maxsize=1)
def people() -> tuple[tuple[np.ndarray, ...], ...]:
    """For each person, pictures (H, W, 4) float32, 0 to 255 with premultiplied alpha 0 to 1, each half the size of the
    previous."""
    dressed = (
        ((38, 30, 26), (70, 50, 40), (30, 34, 60)),
        ((60, 60, 190), (40, 36, 34), (40, 80, 110)),
        ((150, 110, 30), (110, 120, 130), (20, 22, 24)),
    )
    return tuple(_levels(_person(*clothes)) for clothes in dressed)


def _person(jacket: Color, trousers: Color, hair: Color) -> np.ndarray:
    width, height = (round(side * PERSON_DETAIL) for side in PERSON)
    picture = np.zeros((height, width, 4), np.uint8)

    def draw(shape, color, *where):
        shape(picture, *where, (*color, 255), -1, cv2.LINE_AA)

    m, skin = width // 2, (150, 178, 214)
    for side in (-1, 1):
        leg = np.array([(m + side * 4, 196), (m + side * 36, 196), (m + side * 32, 366), (m + side * 10, 366)])
        draw(_polygon, trousers, leg)
        draw(cv2.ellipse, (24, 24, 28), (m + side * 22, 370), (18, 10), 0, 0, 360)
        arm = np.array([(m + side * 40, 78), (m + side * 56, 96), (m + side * 54, 210), (m + side * 38, 206)])
        draw(_polygon, tuple(int(c * 0.8) for c in jacket), arm)
        draw(cv2.circle, skin, (m + side * 46, 216), 11)
    torso = np.array([(m - 44, 76), (m + 44, 76), (m + 40, 214), (m - 40, 214)])
    draw(_polygon, jacket, torso)
    draw(cv2.ellipse, jacket, (m, 80), (44, 16), 0, 0, 360)
    cv2.line(picture, (m, 76), (m, 212), (*(int(c * 0.5) for c in jacket), 255), 2, cv2.LINE_AA)
    draw(cv2.rectangle, skin, (m - 9, 54), (m + 9, 76))
    draw(cv2.ellipse, hair, (m, 32), (27, 31), 0, 0, 360)
    draw(cv2.ellipse, skin, (m, 38), (21, 25), 0, 0, 360)
    for side in (-1, 1):
        draw(cv2.circle, (40, 40, 40), (m + side * 8, 36), 3)
    cv2.ellipse(picture, (m, 48), (8, 4), 0, 20, 160, (70, 70, 150, 255), 2, cv2.LINE_AA)
    return picture


def _polygon(picture, points, color, _, line) -> None:
    cv2.fillPoly(picture, [points.astype(np.int32)], color, line)


def _levels(picture: np.ndarray) -> tuple[np.ndarray, ...]:
    level = picture.astype(np.float32)
    level[..., 3] /= 255
    level[..., :3] *= level[..., 3:]
    levels = [level]
    while min(levels[-1].shape[:2]) > 8:
        levels.append(cv2.pyrDown(levels[-1]))
    return tuple(levels)
