"""How much of a picture moves: things and cameras do; noise, exposure and lamps don't."""

import cv2
import numpy as np
import pytest
from moving import texture
from seeing import sight

from kaleidocam.mask.stir import SIZE, Stir, stirred
from kaleidocam.settings.parameters import Look

FPS, MOVED = 20, Look().trigger_level
ROOM = cv2.resize(texture(3, (320, 180)), (320, 180)).astype(np.float32) * 0.6 + 30
RANDOM = np.random.default_rng(7)


def lamp(i):
    """A lamp in a corner that flickers."""
    across, down = np.meshgrid(np.linspace(0, 1, 320), np.linspace(0, 1, 180))
    return 1 + 0.4 * (i % 3 - 1) * np.exp(-((across - 0.3) ** 2 + (down - 0.3) ** 2) * 8)[..., None]


def room(i, *, light=1.0, shift=0.0, noise=4.0):
    """The room at frame i, as a camera gives it."""
    moved = cv2.warpAffine(ROOM, np.float32([[1, 0, shift], [0, 1, 0]]), (320, 180), borderMode=cv2.BORDER_REFLECT)
    return np.clip(moved * light + RANDOM.normal(0, noise, ROOM.shape), 0, 255).astype(np.uint8)


def hand(i):
    picture = room(i)
    cv2.ellipse(picture, (160 + round(60 * np.sin(i / 4)), 110), (12, 16), 0, 0, 360, (130, 150, 200), -1)
    return picture


def seen(picture, **more):
    small = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    return sight(small, elapsed=1 / FPS, **more)


def shares(picture_of, frames=20):
    stir = Stir()
    answers = [stir.of(seen(picture_of(i))) for i in range(frames)]
    return [answer for answer in answers if answer is not None]


@pytest.mark.parametrize(
    "picture_of",
    [
        room,
        lambda i: room(i, noise=15),
        lambda i: room(i, light=0.15, noise=8),
        lambda i: room(i, light=1 + 0.25 * np.sin(i / 6)),
        lambda i: room(i, light=1.0 if i % 8 < 4 else 0.7),
        lambda i: room(i, light=lamp(i)),
        lambda i: room(i, shift=0.1 * (i % 2)),
    ],
    ids=["noise", "much noise", "the dark", "slow exposure", "exposure that jumps", "a lamp", "a trembling camera"],
)
def test_what_is_no_motion(picture_of):
    assert max(shares(picture_of)) < MOVED / 2


@pytest.mark.parametrize(
    "picture_of",
    [hand, lambda i: room(i, shift=1.2 * np.sin(i / 3) * 4), lambda i: room(i, shift=0.5 * i)],
    ids=["a hand", "a camera in a hand", "a slow pan"],
)
def test_what_is_motion(picture_of):
    assert np.median(shares(picture_of)) > 2 * MOVED


def test_the_frame_rate_makes_no_difference():
    """A thing that goes on through the picture, seen 10, 20 and 40 times a second."""

    def share(fps):
        stir, answer = Stir(), None
        for i in range(fps + 1):
            picture = ROOM.astype(np.uint8)
            cv2.circle(picture, (round(100 + 80 * i / fps), 90), 14, (20, 220, 20), -1)
            small = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
            answer = stir.of(sight(small, elapsed=1 / fps))
        return answer

    assert share(20) == share(40) == share(10) > MOVED


def test_a_cut_is_no_motion_and_what_follows_is_known_after_a_moment():
    stir = Stir()
    for i in range(10):
        stir.of(seen(room(i)))
    other = texture(9, (320, 180))
    assert stir.of(seen(other, cut=True)) is None
    assert [stir.of(seen(other)) for _ in range(5)][-1] == 0


def test_a_picture_that_did_not_change_has_not_moved():
    gray = cv2.cvtColor(cv2.resize(ROOM.astype(np.uint8), SIZE), cv2.COLOR_BGR2GRAY)
    assert stirred(gray, gray) == 0
    assert stirred(np.zeros_like(gray), np.zeros_like(gray)) == 0
