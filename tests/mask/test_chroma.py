"""The key of a color: what is not the screen is the subject."""

import cv2
import numpy as np
import pytest
from seeing import sight

from kaleidocam.errors import UserError
from kaleidocam.mask.assembly import check_mask, make_mask

SIZE = (160, 96)
SKIN, SHIRT, BLACK, WHITE, JEANS = (120, 150, 210), (60, 40, 160), (10, 10, 10), (245, 245, 245), (120, 80, 50)


def on_screen(color, subject, light=1.0, noise=0):
    picture = np.full((*SIZE[::-1], 3), np.float32(color) * light, np.float32)
    picture[24:72, 40:120] = subject
    return (picture + np.random.default_rng(3).normal(0, noise, picture.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("subject", [SKIN, SHIRT, BLACK, WHITE])
@pytest.mark.parametrize("light", [0.5, 1, 1.3])
@pytest.mark.parametrize(("name", "color"), [("green", (64, 177, 0)), ("blue", (187, 71, 0)), ("#00ff00", (0, 255, 0))])
def test_the_screen_is_not_the_subject_in_light_and_in_shadow(name, color, light, subject):
    mask = make_mask(name).of(sight(on_screen(color, subject, light, noise=4)))
    assert mask[30:66, 46:114].min() > 0.95 and mask[:20].max() < 0.05 and mask[:, 126:].max() < 0.05


def test_jeans_stay_before_a_green_screen():
    assert make_mask("green").of(sight(on_screen((64, 177, 0), JEANS)))[30:66, 46:114].min() > 0.95


def test_more_similarity_takes_more_away():
    pale = np.full((*SIZE[::-1], 3), (120, 175, 90), np.uint8)
    narrow, wide = (make_mask(f"key #00b140 {much} 0.1").of(sight(pale)).mean() for much in ("0.3", "0.9"))
    assert narrow == 1 and wide == 0


def test_an_edge_of_half_a_pixel_is_half_the_subject():
    half = np.full((*SIZE[::-1], 3), np.mean([(64, 177, 0), (40, 40, 40)], 0), np.uint8)
    assert 0.02 < make_mask("key #00b140 0.4 0.3").of(sight(half)).mean() < 0.98


def test_large_pictures_are_keyed_at_half_their_size():
    large = cv2.resize(on_screen((64, 177, 0), SKIN), (1280, 720), interpolation=cv2.INTER_NEAREST)
    assert make_mask("green").of(sight(large)).shape == (360, 640)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("#888888", "too gray"),
        ("#ffffff", "too gray"),
        ("key", "a color is green"),
        ("key red", "a color is green"),
        ("key #00b140 x", "no number from 0 to 1"),
        ("green 0.4 0.1 3", "a color is green"),
        ("#00b14", "no mask '#00b14'"),
    ],
)
def test_what_is_no_key_is_one_line(name, what):
    with pytest.raises(UserError, match=what) as refused:
        check_mask(name)
    assert "\n" not in str(refused.value)
