"""HEIC: tiles are put together, the main picture is taken, and what it says of itself is heeded."""

import struct

import numpy as np
import pytest
from heic_files import heic
from moving import texture
from PIL import Image
from profiles import DISPLAY_P3, profile

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.opening import open_source
from kaleidocam.sources.photo import read_photo

WHOLE = np.ascontiguousarray(texture(5, (256, 128))[..., ::-1])
TILES = [np.ascontiguousarray(WHOLE[top : top + 64, left : left + 64]) for top in (0, 64) for left in range(0, 256, 64)]
SIZE = (230, 100)
SEEN = WHOLE[:100, :230]


def near(image, wanted):
    assert image.shape == wanted.shape
    assert np.abs(image[..., ::-1].astype(int) - wanted).mean() < 4


def test_tiles_are_put_together(tmp_path):
    path = heic(tmp_path / "p.heic", TILES, 4, SIZE)
    photo = read_photo(path)
    near(photo.image, SEEN)
    assert photo.told == []
    path.rename(tmp_path / "named.jpg")  # its content decides
    with open_source(str(tmp_path / "named.jpg"), Machine()) as source:
        near(source.read().image, SEEN)


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ([(b"irot", b"\1")], lambda seen: np.rot90(seen)),
        ([(b"irot", b"\3")], lambda seen: np.rot90(seen, 3)),
        ([(b"imir", b"\1")], lambda seen: seen[:, ::-1]),
        ([(b"imir", b"\0")], lambda seen: seen[::-1]),
        ([(b"irot", b"\1"), (b"imir", b"\1")], lambda seen: np.rot90(seen)[:, ::-1]),
        ([(b"clap", struct.pack(">8i", 200, 1, 80, 1, 0, 1, 0, 1))], lambda seen: seen[10:90, 15:215]),
    ],
)
def test_it_stands_upright(tmp_path, said, turned):
    near(read_photo(heic(tmp_path / "p.heic", TILES, 4, SIZE, said=said)).image, turned(SEEN))


def test_its_profile_and_its_numbers_are_heeded(tmp_path):
    p3 = heic(tmp_path / "p.heic", TILES, 4, SIZE, said=[(b"colr", b"prof" + profile("Display P3", 2.2, *DISPLAY_P3))])
    Image.fromarray(SEEN).save(tmp_path / "p.png", icc_profile=profile("Display P3", 2.2, *DISPLAY_P3))
    photo, wanted = read_photo(p3), read_photo(tmp_path / "p.png")
    near(photo.image, wanted.image[..., ::-1])
    assert photo.told == wanted.told == ["its Display P3 colors are converted to sRGB"]
    numbers = b"nclx" + struct.pack(">3HB", 12, 4, 6, 0x80)
    photo = read_photo(heic(tmp_path / "n.heic", TILES, 4, SIZE, said=[(b"colr", numbers)]))
    near(photo.image, wanted.image[..., ::-1])
    hdr = b"nclx" + struct.pack(">3HB", 9, 16, 9, 0x80)
    photo = read_photo(heic(tmp_path / "h.heic", TILES, 4, SIZE, said=[(b"colr", hdr)]))
    assert photo.told == ["HDR (PQ, BT.2020) is tone-mapped to sRGB"] and photo.image.dtype == np.uint8


def test_its_opacity_is_heeded(tmp_path):
    alpha = np.full((100, 230, 3), 255, np.uint8)
    alpha[:, 115:] = 51
    photo = read_photo(heic(tmp_path / "p.heic", TILES, 4, SIZE, alpha=alpha[:, :230]))
    assert photo.told == ["transparent parts are laid over black"]
    near(photo.image[:, :110], SEEN[:, :110])
    assert np.abs(photo.image[:, 120:, ::-1] - SEEN[:, 120:] / 5).mean() < 4


def test_damage_and_size_are_the_users_error(tmp_path):
    path = heic(tmp_path / "p.heic", TILES, 4, SIZE)
    with pytest.raises(UserError, match="has 230x100 pixels, 23000 in all; the limit is 22999"):
        read_photo(path, 22999)
    data = path.read_bytes()
    for cut in (20, 60, 200, 600, len(data) - 9000, len(data) // 2):
        path.write_bytes(data[:cut])
        with pytest.raises(UserError, match="is a HEIC that can't be read here; save it as a JPEG"):
            read_photo(path)


def test_an_index_that_claims_more_than_is_there_is_damage(tmp_path):
    path = heic(tmp_path / "p.heic", TILES, 4, SIZE)
    data = path.read_bytes()
    at = data.index(b"iloc") + 4
    many = data[:at] + b"\2\0\0\0\x44\0" + b"\xff" * 4 + data[at + 10 :]
    endless = data[:at] + b"\0\0\0\0\0\0" + b"\xff" * 2 + data[at + 8 :]
    for damaged in (many, endless):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match="is a HEIC that can't be read here"):
            read_photo(path)


def test_an_opacity_of_another_size_is_passed_over(tmp_path):
    photo = read_photo(heic(tmp_path / "p.heic", TILES, 4, SIZE, alpha=np.zeros((64, 64, 3), np.uint8)))
    assert photo.told == []
    near(photo.image, SEEN)
