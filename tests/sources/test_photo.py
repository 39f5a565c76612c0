"""THE decoder of pictures: what a file says of its orientation, colors, depth and opacity is heeded in every format."""

import io
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
from moving import texture
from PIL import Image, ImageCms
from profiles import ADOBE_RGB, DISPLAY_P3, SRGB, profile

from kaleidocam.errors import UserError
from kaleidocam.sources.photo import read_photo
from kaleidocam.sources.picture import read_picture

GREEN = (60, 200, 90)  # BGR of it in sRGB is another than in a wide color space
P3 = profile("Display P3", 2.2, *DISPLAY_P3)
FORMATS = {
    "png": {},
    "webp": {"lossless": True},
    "tiff": {},
    "jpg": {"quality": 100, "subsampling": 0},
    "avif": {"quality": 100},
}


def plain(color=GREEN, mode="RGB", size=(32, 24)):
    return Image.new("RGB", size, color).convert(mode)


def save(path, image, **more):
    image.save(path, **more)
    return path


def middle(path):
    """R, G, B in the middle of the picture, and what was told."""
    photo = read_photo(path)
    assert photo.image.dtype == np.uint8 and photo.image.flags.c_contiguous
    return photo.image[photo.image.shape[0] // 2, photo.image.shape[1] // 2, ::-1].astype(int), photo.told


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("kind", FORMATS)
def test_every_orientation_stands_upright_with_and_without_opacity(tmp_path, kind, clear, orientation):
    if kind == "jpg" and clear:
        return
    upright = np.zeros((24, 32, 3), np.uint8)
    upright[:8, :8], upright[:8, -8:] = (250, 0, 0), (0, 0, 250)
    lying = {2: np.fliplr, 3: lambda i: i[::-1, ::-1], 4: np.flipud, 5: lambda i: i.transpose(1, 0, 2)}
    lying |= {6: np.rot90, 7: lambda i: i[::-1, ::-1].transpose(1, 0, 2), 8: lambda i: np.rot90(i, -1)}
    given = Image.fromarray(np.ascontiguousarray(lying.get(orientation, lambda i: i)(upright)))
    if clear:
        given.putalpha(Image.new("L", given.size, 254))
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = read_photo(save(tmp_path / f"p.{kind}", given, exif=exif, **FORMATS[kind])).image[..., ::-1]
    assert shown.shape == (24, 32, 3)
    np.testing.assert_allclose(shown[4, 4], (250, 0, 0), atol=12)
    np.testing.assert_allclose(shown[4, -4], (0, 0, 250), atol=12)
    np.testing.assert_allclose(shown[20, 16], 0, atol=12)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("space", [P3, profile("Adobe RGB", 2.2, *ADOBE_RGB)], ids=["P3", "Adobe"])
def test_a_profile_is_heeded_in_every_format(tmp_path, kind, space):
    path = save(tmp_path / f"p.{kind}", plain(), icc_profile=space, **FORMATS[kind])
    wanted = ImageCms.profileToProfile(
        plain(), ImageCms.ImageCmsProfile(io.BytesIO(space)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    ).getpixel((9, 9))
    shown, told = middle(path)
    np.testing.assert_allclose(shown, wanted, atol=3)
    assert np.abs(shown - GREEN).max() > 20
    assert told[0].startswith("its ") and told[0].endswith(" colors are converted to sRGB")


def test_a_camera_may_say_adobe_rgb_without_a_profile(tmp_path):
    shown = []
    for index in ("R98", "R03"):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0xA001] = 0xFFFF
        exif.get_ifd(0x8769)[0xA005] = {1: index}
        shown.append(middle(save(tmp_path / f"{index}.jpg", plain(), exif=exif, quality=100, subsampling=0)))
    by_profile = middle(save(tmp_path / "p.png", plain(), icc_profile=profile("Adobe RGB", 563 / 256, *ADOBE_RGB)))
    assert shown[0][1] == [] and shown[1][1] == by_profile[1] == ["its Adobe RGB colors are converted to sRGB"]
    np.testing.assert_allclose(shown[0][0], GREEN, atol=2)
    np.testing.assert_allclose(shown[1][0], by_profile[0], atol=3)


@pytest.mark.parametrize("mode", ["RGBA", "L", "LA", "P"])
def test_a_profile_is_heeded_in_every_mode(tmp_path, mode):
    given = plain((120, 120, 120)).quantize(4) if mode == "P" else plain((120, 120, 120), mode)
    space = profile("gray", 1.0) if mode in ("L", "LA") else profile("linear", 1.0, *SRGB)
    shown, told = middle(save(tmp_path / "p.png", given, icc_profile=space))
    np.testing.assert_allclose(shown, 182, atol=2)  # light of 120 / 255 in sRGB's curve
    assert len(told) == 1


def test_srgb_under_any_name_stays_as_it_is(tmp_path):
    image = texture(3)
    for number, space in enumerate((ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"", None)):
        photo = read_photo(save(tmp_path / f"{number}.png", Image.fromarray(image[..., ::-1]), icc_profile=space))
        np.testing.assert_array_equal(photo.image, image)
        assert photo.told == []


@pytest.mark.parametrize(
    "space", [b"no profile", profile("gray", 2.2), P3[:200]], ids=["text", "of another kind", "cut"]
)
def test_a_profile_that_does_not_fit_is_told_and_passed_over(tmp_path, space):
    shown, told = middle(save(tmp_path / "p.png", plain(), icc_profile=space))
    assert tuple(shown) == GREEN and told == ["its color profile can't be used and is passed over"]


def png(path, depth, kind, rows, *chunks):
    """A PNG of `rows` (bytes, without filters), with more chunks before the pixels."""
    width = len(rows[0]) * 8 // (depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind])
    head = struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))
    return path


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


RGB8 = [bytes(GREEN) * 8] * 8


@pytest.mark.parametrize(
    ("chunks", "told", "differs"),
    [
        ([(b"cICP", bytes([12, 13, 0, 1]))], ["its Display P3 colors are converted to sRGB"], True),
        ([(b"cICP", bytes([9, 13, 0, 1]))], ["its BT.2020 colors are converted to sRGB"], True),
        ([(b"cICP", bytes([1, 13, 0, 1])), (b"iCCP", b"x\0\0" + zlib.compress(P3))], [], False),
        ([(b"gAMA", struct.pack(">I", 45455))], [], False),
        ([(b"gAMA", struct.pack(">I", 0))], [], False),
        ([(b"gAMA", struct.pack(">I", 100000))], ["its own colors are converted to sRGB"], True),
        ([(b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100000))], [], False),
    ],
)
def test_a_png_may_name_its_colors_by_numbers(tmp_path, chunks, told, differs):
    shown, said = middle(png(tmp_path / "p.png", 8, 2, RGB8, *chunks))
    assert said == told
    assert (np.abs(shown - GREEN).max() > 8) == differs


def test_the_primaries_of_numbers_and_of_a_profile_agree(tmp_path):
    by_number, _ = middle(png(tmp_path / "n.png", 8, 2, RGB8, (b"cICP", bytes([12, 4, 0, 1]))))
    by_profile, _ = middle(save(tmp_path / "p.png", plain(), icc_profile=P3))
    np.testing.assert_allclose(by_number, by_profile, atol=2)


@pytest.mark.parametrize("depth", [8, 16])
def test_hdr_is_tone_mapped(tmp_path, depth):
    white = 0.58  # of PQ: 203 cd/m², which is the white of SDR
    row = struct.pack(">H", round(white * 65535)) * 24 if depth == 16 else bytes([round(white * 255)]) * 24
    shown, told = middle(png(tmp_path / "p.png", depth, 2, [row] * 8, (b"cICP", bytes([9, 16, 0, 1]))))
    assert told == ["HDR (PQ, BT.2020) is tone-mapped to sRGB"]
    assert 150 < shown.min() <= shown.max() < 250  # the mastering peak is not known, so white leaves room above it


@pytest.mark.parametrize(
    ("depth", "kind", "row", "more", "wanted"),
    [
        (16, 2, struct.pack(">3H", 60 * 257, 200 * 257, 90 * 257) * 8, [], GREEN),
        (16, 6, struct.pack(">4H", 60 * 257, 200 * 257, 90 * 257, 65535) * 8, [], GREEN),
        (16, 0, struct.pack(">H", 77 * 257 + 120) * 8, [], (77, 77, 77)),
        (16, 4, struct.pack(">2H", 100 * 257, 51 * 257) * 8, [], (20, 20, 20)),
        (8, 4, bytes([100, 51]) * 8, [], (20, 20, 20)),
        (1, 0, b"\xff", [], (255, 255, 255)),
        (8, 0, bytes([77]) * 8, [(b"tRNS", b"\0\x4d")], (0, 0, 0)),
        (16, 0, struct.pack(">H", 20000) * 8, [(b"tRNS", struct.pack(">H", 20000))], (0, 0, 0)),
        (8, 2, bytes(GREEN) * 8, [(b"tRNS", struct.pack(">3H", *GREEN))], (0, 0, 0)),
        (16, 2, struct.pack(">3H", 5000, 6000, 7000) * 8, [(b"tRNS", struct.pack(">3H", 5000, 6000, 7000))], (0, 0, 0)),
        (8, 3, b"\1" * 8, [(b"PLTE", b"\0\0\0" + bytes(GREEN)), (b"tRNS", b"\xff\x33")], (12, 40, 18)),
        (2, 3, b"\x55\x55", [(b"PLTE", b"\0\0\0" + bytes(GREEN))], GREEN),
    ],
)  # fmt: skip
def test_every_depth_and_kind_of_png(tmp_path, depth, kind, row, more, wanted):
    shown, _ = middle(png(tmp_path / "p.png", depth, kind, [row] * 8, *more))
    np.testing.assert_allclose(shown, wanted, atol=1)


def test_deep_and_unusual_tiff(tmp_path):
    deep = np.full((8, 8, 3), np.array(GREEN[::-1]) * 257, np.uint16)
    cv2.imwrite(str(tmp_path / "deep.tiff"), deep)
    cv2.imwrite(str(tmp_path / "floats.tiff"), np.full((8, 8, 3), 0.5, np.float32))
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(tmp_path / "gray-floats.tiff")
    lab = Image.frombytes("LAB", (8, 8), bytes([137, 0, 0]) * 64)  # a middle gray
    lab.save(tmp_path / "lab.tiff")
    plain(mode="CMYK").save(tmp_path / "cmyk.tiff")
    plain(mode="YCbCr").save(tmp_path / "y.tiff")
    for name, wanted in (
        ("deep", GREEN),
        ("floats", 128),
        ("gray-floats", 128),
        ("lab", 128),
        ("cmyk", GREEN),
        ("y", GREEN),
    ):
        np.testing.assert_allclose(middle(tmp_path / f"{name}.tiff")[0], wanted, atol=3, err_msg=name)
    pages = [plain(), plain((0, 0, 0))]
    pages[0].save(tmp_path / "pages.tiff", save_all=True, append_images=pages[1:])
    assert middle(tmp_path / "pages.tiff")[1] == ["the first of its 2 pages is taken"]


def test_a_jpeg_of_inks_and_one_with_a_second_picture(tmp_path):
    np.testing.assert_allclose(middle(save(tmp_path / "c.jpg", plain(mode="CMYK"), quality=100))[0], GREEN, atol=4)
    save(tmp_path / "m.mpo", plain(), format="MPO", save_all=True, append_images=[plain((0, 0, 0))], quality=100)
    (tmp_path / "m.mpo").rename(tmp_path / "m.jpg")
    shown, told = middle(tmp_path / "m.jpg")
    np.testing.assert_allclose(shown, GREEN, atol=4)
    assert told == []


def test_an_avif_names_its_colors_by_numbers_too(tmp_path):
    path = save(tmp_path / "p.avif", plain(), quality=100)
    data = path.read_bytes()
    at = data.index(b"colrnclx") + 8
    path.write_bytes(data[:at] + struct.pack(">2H", 12, 13) + data[at + 4 :])
    shown, told = middle(path)
    assert told == ["its Display P3 colors are converted to sRGB"] and np.abs(shown - GREEN).max() > 20


def test_a_deep_avif_in_hdr_is_tone_mapped_without_steps(tmp_path):
    ramp = np.repeat(np.arange(1024, dtype=np.uint16)[None, :, None], 16, 0).repeat(3, 2)
    how = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_SPEED, 9]
    data = cv2.imencode(".avif", ramp, how)[1].tobytes()
    at = data.index(b"colrnclx") + 8
    (tmp_path / "p.avif").write_bytes(data[:at] + struct.pack(">2H", 9, 16) + data[at + 4 :])
    photo = read_photo(tmp_path / "p.avif")
    assert photo.told == ["HDR (PQ, BT.2020) is tone-mapped to sRGB"]
    line = photo.image[8, :, 1].astype(int)
    assert len(set(line)) > 200 and line.max() > 245 and line.min() < 3  # with eight bits of PQ there are 140 levels


def test_of_an_animation_the_first_picture_is_taken(tmp_path):
    frames = [plain(), plain((0, 0, 0)), plain((9, 9, 9))]
    for kind in ("gif", "png", "webp", "avif"):
        frames[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:], duration=100)
        shown, told = middle(tmp_path / f"a.{kind}")
        np.testing.assert_allclose(shown, GREEN, atol=8)
        assert told == ["it is an animation of 3 pictures; its first one is taken"]


def test_one_that_breaks_off_gives_its_good_part(tmp_path):
    rng = np.random.default_rng(1)
    whole = Image.fromarray(rng.integers(0, 255, (64, 64, 3), np.uint8))
    for kind in ("jpg", "png"):
        data = save(tmp_path / f"w.{kind}", whole).read_bytes()
        (tmp_path / f"cut.{kind}").write_bytes(data[: len(data) * 2 // 3])
        photo = read_photo(tmp_path / f"cut.{kind}")
        assert photo.told == ["it is damaged or breaks off; the good part was kept"]
        np.testing.assert_allclose(photo.image[:16], read_photo(tmp_path / f"w.{kind}").image[:16], atol=1)


@pytest.mark.parametrize("kind", ["png", "gif", "bmp", "tiff", "jp2"])
def test_a_limit_on_pixels_is_checked_before_they_are_decoded(tmp_path, kind, monkeypatch):
    path = save(tmp_path / f"p.{kind}", plain(size=(100, 50)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow's own limit, which would warn and refuse
    with warnings.catch_warnings(action="error"):
        assert read_photo(path, 5000).image.shape == (50, 100, 3)
        assert Image.MAX_IMAGE_PIXELS == 100
        with pytest.raises(
            UserError, match=r"has 100x50 pixels, 5000 in all; the limit is 4999; .* --max-pixels 5000 "
        ):
            read_photo(path, 4999)


def test_a_text_that_unpacks_to_much_is_the_users_error(tmp_path):
    bomb = (b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * (1 << 27)))
    with pytest.raises(UserError, match="is not a picture that can be read"):
        read_photo(png(tmp_path / "p.png", 8, 2, RGB8, bomb))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("p.jxl", b"\xff\x0a....", "is a JPEG XL, which can't be read here; save it as"),
        ("p.dng", b"II*\0....", "is a camera's raw picture; develop it first"),
        ("p.exr", b"v/1\x01....", "is not a picture that can be read"),
        ("p.png", b"\x89PNG\r\n\x1a\n\0\0", "is not a picture that can be read"),
    ],
)
def test_what_can_not_be_read_says_what_to_do(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=message):
        read_photo(tmp_path / name)


def test_what_is_no_regular_file_is_never_opened(tmp_path):
    import os

    for path in ("/dev/zero", tmp_path / "pipe"):
        if not os.path.exists(path):
            os.mkfifo(path)
        with pytest.raises(UserError, match="is a pipe or a device; give the path of a picture"):
            read_picture(path)
