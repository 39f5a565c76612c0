"""Animations of picture formats as films, whatever their ending; each picture at its own time; stills as stills."""

import struct
import zlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
from film_pieces import write_clip
from moving import texture
from PIL import Image

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.animated import Animated
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.opening import open_live, open_small, open_source
from kaleidocam.sources.signature import content_of

KINDS = ("webp", "png", "avif")
LASTING = [100, 40, 400, 2000]  # milliseconds
COLORS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30)]


def save(path, kind=None, lasting=LASTING, **more):
    kind = kind or path.suffix[1:]
    frames = [Image.new("RGBA", (64, 48), (*color, 255)) for color in COLORS[: len(lasting)]]
    more |= {"webp": {"lossless": True}, "avif": {"quality": 100}}.get(kind, {})
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=lasting, loop=3, **more)
    return str(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_at_its_own_time(tmp_path, kind):
    with Animated(save(tmp_path / f"a.{kind}")) as source:
        frames = list(iter(source.read, None))
        assert [frame.seconds for frame in frames] == [0.0, 0.1, 0.14, 0.54]
        assert (source.size, source.length, source.end, source.notice) == ((64, 48), 4, 2.54, None)
        assert source.fps == pytest.approx(4 / 2.54) and source.time_base == Fraction(1, 1000)
    for frame, color in zip(frames, COLORS, strict=True):
        np.testing.assert_allclose(frame.image[20, 20, ::-1].astype(int), color, atol=6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_skip_gives_what_reading_gives(tmp_path, kind):
    path = save(tmp_path / f"a.{kind}")
    with Animated(path) as source:
        through = list(iter(source.read, None))
    for goal in (-1.0, 0.0, 0.05, 0.1, 0.14, 0.15, 0.54, 0.6):
        with Animated(path) as source:
            first = source.skip_to(goal)
            given = [] if first is None else [first, *iter(source.read, None)]
        wanted = [frame for frame in through if frame.seconds >= goal]
        assert [(frame.seconds, frame.index) for frame in given] == [(frame.seconds, frame.index) for frame in wanted]
        for frame, other in zip(given, wanted, strict=True):
            np.testing.assert_array_equal(frame.image, other.image)


def test_a_time_of_zero_is_a_tenth_of_a_second_as_in_browsers(tmp_path):
    with Animated(save(tmp_path / "a.webp", lasting=[0, 50, 0])) as source:
        assert [frame.seconds for frame in iter(source.read, None)] == [0.0, 0.1, 0.15] and source.end == 0.25


def test_parts_that_change_are_laid_over_what_was_there(tmp_path):
    ball = []
    for i in range(5):
        image = Image.new("RGBA", (64, 48), (10, 20, 30, 255))
        image.paste((250, 250, 0, 255), (8 * i, 8, 8 * i + 8, 16))
        ball.append(image)
    for kind in ("webp", "png"):
        ball[0].save(tmp_path / f"b.{kind}", save_all=True, append_images=ball[1:], duration=50, lossless=True)
        with Animated(str(tmp_path / f"b.{kind}")) as source:
            for frame, image in zip(iter(source.read, None), ball, strict=True):
                np.testing.assert_array_equal(frame.image[..., ::-1], np.asarray(image)[..., :3])


def test_the_still_of_a_png_for_other_programs_is_no_frame(tmp_path):
    frames = [Image.new("RGB", (32, 32), color) for color in COLORS]
    frames[0].save(
        tmp_path / "a.png", save_all=True, append_images=frames[1:], default_image=True, duration=[100, 200, 300]
    )
    with Animated(str(tmp_path / "a.png")) as source:
        given = [(frame.seconds, tuple(frame.image[5, 5, ::-1])) for frame in iter(source.read, None)]
    assert given == [(0.0, COLORS[1]), (0.1, COLORS[2]), (0.3, COLORS[3])] and source.notice is None


@pytest.mark.parametrize("kind", ["webp", "png"])
def test_one_that_breaks_off_gives_its_good_part(tmp_path, kind):
    rng = np.random.default_rng(1)
    frames = [Image.fromarray(rng.integers(0, 255, (64, 64, 3), np.uint8)) for _ in range(6)]
    path = tmp_path / f"a.{kind}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.7)])
    with Animated(str(path)) as source:
        given = list(iter(source.read, None))
    assert len(given) == 4 and "breaks off after 4" in source.notice and source.end == pytest.approx(0.4)
    for frame, image in zip(given, frames, strict=False):
        np.testing.assert_array_equal(frame.image[..., ::-1], np.asarray(image))


def test_too_many_pixels_and_damage_are_the_users_error(tmp_path):
    path = save(tmp_path / "a.webp")
    with pytest.raises(UserError, match=r"has 64x48 pixels, 3072 in all; the limit is 3000; .*--max-pixels 3072"):
        Animated(path, most=3000)
    data = (tmp_path / "a.webp").read_bytes()
    (tmp_path / "a.webp").write_bytes(data.replace(b"VP8L", b"NONE"))
    with pytest.raises(UserError, match="a.webp' holds no picture that can be decoded; the file is damaged"):
        Animated(path)


def still(path, kind):
    Image.new("RGB", (64, 48), COLORS[0]).save(path, kind)
    return str(path)


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "webp", "mp4", "bin", ""])
@pytest.mark.parametrize("content", ["jpeg", "png", "gif", "webp", "avif", "bmp", "tiff", "ppm"])
def test_a_still_of_any_ending_is_a_picture(tmp_path, content, ending):
    path = still(tmp_path / f"p.{ending}".rstrip("."), content)
    assert (content_of(path), kind_of(path).name) == ("picture", "picture")
    with open_source(path, Machine()) as source:
        np.testing.assert_allclose(source.read().image[9, 9, ::-1].astype(int), COLORS[0], atol=8)


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "webp", "mp4", ""])
@pytest.mark.parametrize("content", ["gif", "webp", "png", "avif", "mp4", "mkv", "avi"])
def test_a_film_of_any_ending_is_a_film(tmp_path, content, ending):
    path = tmp_path / f"film.{ending}".rstrip(".")
    if content in ("mp4", "mkv", "avi"):
        write_clip(tmp_path / f"clip.{content}", map(texture, range(4))).rename(path)
    else:
        save(path, content)
    assert kind_of(str(path)).name == "video"
    with open_source(str(path), Machine()) as source, open_small(str(path), Machine()) as small:
        times = [frame.seconds for frame in iter(source.read, None)]
        assert len(times) == 4 and times == [frame.seconds for frame in iter(small.read, None)]


def test_animations_of_one_picture_are_stills(tmp_path):
    for kind in ("webp", "png", "gif"):
        path = save(tmp_path / f"a.{kind}", lasting=[100])
        assert content_of(path) == "picture"
    chunks = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)),
            (b"acTL", struct.pack(">II", 1, 0)),
            (b"IDAT", zlib.compress(b"\0" * 72)),
            (b"IEND", b""),
        )
    )
    (tmp_path / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    assert content_of(tmp_path / "one.png") == "picture"


def test_what_is_no_picture_keeps_the_kind_of_its_ending(tmp_path):
    (tmp_path / "p.png").write_bytes(b"garbage")
    (tmp_path / "v.mp4").write_bytes(b"garbage")
    assert kind_of(str(tmp_path / "p.png")).name == "picture" and kind_of(str(tmp_path / "v.mp4")).name == "video"
    jpegs = b"".join(cv2.imencode(".jpg", texture(i))[1].tobytes() for i in range(3))
    (tmp_path / "film.mjpeg").write_bytes(jpegs)
    assert kind_of(str(tmp_path / "film.mjpeg")).name == "video"


def test_live_it_loops(tmp_path):
    with open_live(save(tmp_path / "a.webp", lasting=[20, 20, 20]), Machine()) as source:
        shown = set()
        for _ in range(7):
            shown.add(tuple(int(value) for value in source.read().image[5, 5, ::-1]))
    assert len(shown) >= 2
