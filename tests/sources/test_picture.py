"""Pictures: any file name, upright, shown again and again, and a word on what can't be read."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.sources.picture import Picture, read_picture

ON_ITS_SIDE = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"  # EXIF orientation 6


def write(path, image, data=None):
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes() if data is None else data)
    return str(path)


def test_it_shows_the_same_picture_at_its_pace(tmp_path):
    image = texture(1)
    with Picture(write(tmp_path / "ünïcödé.png", image), fps=25.0, frames=3) as picture:
        assert (picture.size, picture.fps, picture.length) == ((160, 96), 25.0, 3)
        frames = list(iter(picture.read, None))
    assert [(frame.seconds, frame.index) for frame in frames] == [(0.0, 0), (0.04, 1), (0.08, 2)]
    for frame in frames:
        np.testing.assert_array_equal(frame.image, image)


def test_without_a_number_of_frames_it_has_no_end(tmp_path):
    with Picture(write(tmp_path / "p.png", texture(1)), fps=30.0) as picture:
        assert picture.length is None
        assert [picture.read().index for _ in range(500)][-1] == 499
        assert picture.read().seconds == pytest.approx(500 / 30)


def test_a_photo_taken_on_its_side_stands_upright(tmp_path):
    image = np.zeros((96, 160, 3), np.uint8)
    image[:, :80] = 0, 0, 255  # red at the left, which comes to lie above
    plain = cv2.imencode(".jpg", image)[1].tobytes()
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(ON_ITS_SIDE) + 2) + ON_ITS_SIDE + plain[2:]
    with Picture(write(tmp_path / "p.jpg", None, data), fps=30.0, frames=1) as picture:
        shown = picture.read().image
    assert picture.size == (96, 160)
    assert shown[20, 48, 2] > 240 and shown[140, 48].max() < 15


def test_gray_and_transparent_pictures_become_color(tmp_path):
    for name, image in (("gray.png", texture(1)[..., 0]), ("clear.png", np.dstack([texture(1), texture(2)[..., 0]]))):
        with Picture(write(tmp_path / name, image), fps=30.0, frames=1) as picture:
            assert picture.read().image.shape == (96, 160, 3)


def huge():
    """The head of a picture of 3.6 gigapixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_a_small_file_of_a_huge_picture_is_refused_by_its_head(tmp_path):
    path = write(tmp_path / "p.png", None, huge())
    with pytest.raises(UserError, match=r"p.png' has 60000x60000 pixels, 3600000000 in all; .*--max-pixels 3600000000"):
        Picture(path, fps=30.0)
    with pytest.raises(UserError, match="the limit is 536870912; give a smaller one$"):  # a guide: no flag raises it
        read_picture(path)


@pytest.mark.parametrize("data", [b"", b"not a picture"], ids=["empty", "text"])
def test_what_is_no_picture_is_named(tmp_path, data):
    with pytest.raises(UserError, match="p.png' is not a picture that can be read; JPEG, PNG"):
        Picture(write(tmp_path / "p.png", None, data), fps=30.0)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(UserError, match="nope.png' can't be read: No such file or directory; give the path"):
        Picture(str(tmp_path / "nope.png"), fps=30.0)
    with pytest.raises(UserError, match="can't be read: Is a directory"):
        Picture(str(tmp_path), fps=30.0)
