"""The flash limiter, judged by a count of its own: whole pictures, one cell at a time, second by second."""

import cv2
import numpy as np
import pytest

from kaleidocam.live.flash import FlashLimiter
from kaleidocam.planes import PixelFormat, Planes, bgr_of
from kaleidocam.settings.parameters import Look

SIZE = (256, 144)


def luminance(image):
    """Mean relative luminance of a plain picture, by WCAG's formula."""
    bgr = image.reshape(-1, 3).mean(0) / 255
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in bgr]
    return 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]


def most_flashes(values, times, least=0.1):
    """The largest number of pairs of opposing changes by `least` in any second."""
    changes, high, low, way = [], values[0], values[0], 0
    for value, at in zip(values, times, strict=True):
        high, low = max(high, value), min(low, value)
        if way >= 0 and high - value >= least and value < 0.8:
            way, low, high = -1, value, value
            changes.append(at)
        elif way <= 0 and value - low >= least and low < 0.8:
            way, low, high = 1, value, value
            changes.append(at)
    return max((sum(start <= at < start + 1 for at in changes) // 2 for start in changes), default=0)


def run(pictures, fps):
    limiter, shown = FlashLimiter(), []
    for i, image in enumerate(pictures):
        shown.append(limiter(image, 50 + i / fps))
    return limiter, shown


def plain(gray):
    return np.full((SIZE[1], SIZE[0], 3), gray, np.uint8)


def strobe(hz, fps, seconds=4, low=0, high=255):
    return [plain(high if int(2 * hz * i / fps) % 2 else low) for i in range(int(seconds * fps))]


@pytest.mark.slow
@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("hz", [4, 7, 15, 30])
def test_a_strobe_is_damped_to_three_flashes_a_second(hz, fps):
    pictures = strobe(hz, fps)
    times = [50 + i / fps for i in range(len(pictures))]
    bare = most_flashes([luminance(p) for p in pictures], times)
    limiter, shown = run(pictures, fps)
    assert most_flashes([luminance(p) for p in shown], times) <= 3
    if hz <= fps / 2:
        assert bare > 3 and limiter.damped > 50


@pytest.mark.parametrize(("low", "high"), [(0, 100), (100, 180), (180, 235)])
def test_pale_and_dark_strobes_too(low, high):
    pictures = strobe(10, 30, low=low, high=high)
    times = [50 + i / 30 for i in range(len(pictures))]
    assert most_flashes([luminance(p) for p in pictures], times) > 3
    assert most_flashes([luminance(p) for p in run(pictures, 30)[1]], times) <= 3


@pytest.mark.parametrize(("darker", "damped"), [(228, True), (234, False)])
def test_what_stays_bright_may_flash(darker, damped):
    """WCAG: it is a flash if the darker picture's relative luminance is below 0.80, 231 of 255 levels."""
    assert (luminance(plain(darker)) < 0.8) == damped and luminance(plain(255)) - luminance(plain(darker)) > 0.15
    assert (run(strobe(10, 30, low=darker), 30)[0].damped > 50) == damped


@pytest.mark.parametrize(
    "pictures",
    [
        strobe(2.5, 30),  # three flashes a second are allowed
        strobe(10, 30, low=100, high=115),  # less than a tenth of the luminance
        strobe(10, 30, low=245, high=255),  # the darker one is above 0.8
        [plain(int(127 + 100 * np.sin(i / 12))) for i in range(120)],  # a slow swell
    ],
    ids=["slow", "faint", "bright", "swell"],
)
def test_what_is_allowed_passes_untouched(pictures):
    limiter, shown = run(pictures, 30)
    assert all(a is b for a, b in zip(pictures, shown, strict=True)) and limiter.damped == float("-inf")


def test_a_saturated_red_flash_is_damped_although_it_is_dark():
    """Pure red against black: 8 % of the luminance at this level, yet a red flash."""
    red = plain(0)
    red[..., 2] = 150
    pictures = [red if i // 2 % 2 else plain(0) for i in range(120)]
    times = [50 + i / 30 for i in range(120)]
    assert most_flashes([luminance(p) for p in pictures], times) == 0
    redness = [((p[0, 0, 2] / 255 + 0.055) / 1.055) ** 2.4 for p in run(pictures, 30)[1]]
    assert most_flashes(redness, times, least=20 / 320) <= 3


def test_a_small_spot_may_blink_and_a_large_one_may_not():
    def blinking(side):
        pictures = []
        for i in range(90):
            image = plain(40)
            if i % 4 < 2:
                cv2.rectangle(image, (60, 40), (60 + side, 40 + side), (255, 255, 255), -1)
            pictures.append(image)
        return pictures

    assert run(blinking(20), 30)[0].damped == float("-inf")
    assert run(blinking(70), 30)[0].damped > 50  # over a quarter of a field, far under one of the picture


def test_when_the_flashing_ends_the_picture_is_back_within_a_second():
    end = [cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 16, 3), dtype=np.uint8), SIZE)] * 40
    limiter, shown = run(strobe(15, 30) + end, 30)
    assert shown[-1] is end[-1]


def test_as_much_as_does_not_flash_is_let_through_and_never_more_than_was_there():
    """Changes a little over a tenth of the luminance: most of each one may stay."""
    low, high = 120, 148
    assert 0.1 < luminance(plain(high)) - luminance(plain(low)) < 0.13
    pictures = strobe(10, 30, low=low, high=high)
    limiter, shown = run(pictures, 30)
    levels = np.array([image[0, 0, 0] for image in shown], int)
    assert limiter.damped > 50 and low <= levels.min() and levels.max() <= high
    assert (np.abs(np.diff(levels)[np.diff([p[0, 0, 0] for p in pictures]) != 0]) > 0.6 * (high - low)).all()


def test_the_performer_is_told_while_it_is_damped_and_a_moment_longer():
    limiter, _ = run(strobe(10, 30), 30)
    still, end = plain(0), limiter.damped
    assert "flashing is damped" in limiter.notice()
    for later, told in ((1.0, True), (3.0, False)):
        limiter(still, end + later)
        assert bool(limiter.notice()) == told
    assert FlashLimiter().notice() is None


def test_moving_things_are_no_flashes():
    """A texture that slides by half the picture's width a second: its details change everywhere."""
    rng = np.random.default_rng(2)
    wide = cv2.resize(rng.integers(0, 256, (9, 64, 3), dtype=np.uint8), (2048, 144), interpolation=cv2.INTER_CUBIC)
    pictures = [np.ascontiguousarray(wide[:, 4 * i : 4 * i + 256]) for i in range(120)]
    assert run(pictures, 30)[0].damped == float("-inf")


@pytest.mark.slow
def test_a_strobing_preset_is_damped():
    """The look that does it: wet and dry ten times a second, mirrors on a half white, half black picture."""
    from kaleidocam.frame import Frame
    from kaleidocam.motion.flow import Tracker
    from kaleidocam.picture.eye import Eye
    from kaleidocam.picture.glass import Glass

    half = plain(0)
    half[:, 128:] = 255
    eye, limiter, bare, shown, times = Eye((160, 96), Tracker()), FlashLimiter(), [], [], []
    for i in range(90):
        look = Look(geometry="left" if i // 2 % 2 else "right")
        seen = eye.see(Frame(half, 50 + i / 30, i), look)
        image = Glass().show(seen, np.zeros((96, 160, 3), np.float32), look).image
        times.append(50 + i / 30)
        bare.append(luminance(image))
        shown.append(luminance(limiter(image, times[-1])))
    assert most_flashes(bare, times) > 6 and most_flashes(shown, times) <= 3


def halves(hz_left, hz_right, fps=30):
    """The left half flashes in the first half of each second, the right one in the other."""
    pictures = []
    for i in range(3 * fps):
        image, at = plain(40), i / fps % 1
        if int(2 * (hz_left if at < 0.5 else hz_right) * at) % 2:
            image[:, :128] = 255 if at < 0.5 else 40
            image[:, 128:] = 40 if at < 0.5 else 255
        pictures.append(image)
    return pictures


def test_halves_that_flash_by_turns_flash_together():
    """Each half flashes three times a second, a field over both of them six times."""
    limiter, shown = run(halves(6, 6), 30)
    assert limiter.damped > 50
    field = [image[:, 86:171] for image in shown]
    rising = [
        i / 30
        for i in range(1, 90)
        if max(
            luminance(field[i][:, side]) - luminance(field[i - 1][:, side]) for side in (slice(0, 42), slice(42, 85))
        )
        >= 0.1
    ]
    assert max(sum(start <= at < start + 0.999 for at in rising) for start in rising) <= 4


def patches(later, hz=5, fps=60, size=28):
    """Two patches, each under a quarter of a field and both together over it, the second `later` frames."""
    pictures = []
    for i in range(2 * fps):
        image = plain(40)
        for at, left in ((i, 100), (i - later, 100 + size)):
            if int(2 * hz * at / fps) % 2:
                image[60 : 60 + size, left : left + size] = 255
        pictures.append(image)
    return pictures


@pytest.mark.parametrize(("later", "damped"), [(0, True), (1, True), (3, False), (6, False)])
def test_patches_that_flash_together_are_one_area(later, damped):
    """At 60 frames a second the eye takes two neighboring frames for one moment, and 50 ms apart for two."""
    assert (run(patches(later), 60)[0].damped > 50) == damped
    assert run(patches(later, size=12), 60)[0].damped == float("-inf")  # both together are small


def test_an_area_that_flashes_bit_by_bit_flashes_once():
    """Three flashes a second are allowed, and none is counted twice because one half of it comes a frame later."""
    pictures = []
    for i in range(120):
        image = plain(40)
        for at, half in ((i, np.s_[:, :128]), (i - 1, np.s_[:, 128:])):
            if int(6 * at / 60) % 2:
                image[half] = 255
        pictures.append(image)
    assert run(pictures, 60)[0].damped == float("-inf")


@pytest.mark.slow
def test_shops_passing_by_are_no_flashes():
    from kaleidocam.sources.aisle import Aisle

    limiter = FlashLimiter()
    with Aisle(size=(640, 360), fps=30) as aisle:
        damped = 0
        for _ in range(450):
            frame = aisle.read()
            damped += limiter(frame.image, 50 + frame.seconds) is not frame.image
    assert damped == 0


def gray_planes(gray, form):
    """A plain picture as a film stores it."""
    levels = [round(level) for level in form.black + form.from_rgb.sum(1) * gray]
    sizes = (form.plane_size(SIZE, plane) for plane in range(3))
    kind = np.uint8 if form.bits == 8 else np.uint16
    return Planes(*(np.full(size[::-1], level, kind) for size, level in zip(sizes, levels, strict=True)), form)


@pytest.mark.parametrize(
    "form", [PixelFormat("yuv420p"), PixelFormat("yuv422p", 6, True), PixelFormat("yuv420p10le")], ids=lambda f: f.name
)
def test_planes_are_damped_as_bgr_is(form):
    grays = [40 if i // 3 % 2 else 255 for i in range(90)]
    _, expected = run([plain(gray) for gray in grays], 30)
    limiter, shown = run([gray_planes(gray, form) for gray in grays], 30)
    assert limiter.damped > 50 and all(isinstance(picture, Planes) and picture.format == form for picture in shown)
    assert max(abs(one.bgr().mean() - other.mean()) for one, other in zip(shown, expected, strict=True)) < 3
    assert most_flashes([luminance(picture.bgr()) for picture in shown], [i / 30 for i in range(90)]) <= 3


def test_what_flashes_between_planes_and_bgr_is_damped_too():
    pictures = [gray_planes(40, PixelFormat("yuv420p")) if i // 3 % 2 else plain(255) for i in range(90)]
    limiter, shown = run(pictures, 30)
    values = [luminance(bgr_of(picture)) for picture in shown]
    assert limiter.damped > 50 and most_flashes(values, [i / 30 for i in range(90)]) <= 3


def test_planes_that_do_not_flash_pass_untouched():
    still = gray_planes(90, PixelFormat("yuv420p"))
    assert all(picture is still for picture in run([still] * 9, 30)[1])
