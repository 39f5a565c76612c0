"""Pictures as a film: in the order a person would put them in, over gaps, of one size, and a word on what is amiss."""

import cv2
import numpy as np
import pytest
from media import ffmpeg

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.opening import open_source
from kaleidocam.sources.sequence import Sequence, is_sequence


def write(folder, names, size=(16, 12)):
    """Pictures whose blue tells which they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        image = np.full((size[1], size[0], 3), (10 * i + 5, 60, 90), np.uint8)
        (folder / name).write_bytes(cv2.imencode("." + name.rpartition(".")[2], image)[1].tobytes())


def read(text, fps=25.0):
    """Which pictures, when, and what is said of them before and after."""
    with Sequence(str(text), fps=fps) as source:
        frames = list(iter(source.read, None))
    return [(round(frame.image[..., 0].mean()) // 10, frame.seconds) for frame in frames], source.told, source.notice


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("f%03d.png", ["f007.png", "f008.png", "f009.png", "f010.png"]),
        ("f%d.png", ["f7.png", "f8.png", "f9.png", "f10.png"]),
        ("f%02d_50%%.png", ["f98_50%.png", "f99_50%.png", "f100_50%.png", "f101_50%.png"]),
        ("*.png", ["a1.png", "a2.png", "a10.png", "B1.png"]),
        ("[ab]?.png", ["a1.png", "a2.png", "b1.png", "b3.png"]),
        ("", ["1.png", "2.bmp", "10.PNG", "x.jpg"]),
    ],
)
def test_they_come_in_their_order(tmp_path, pattern, names):
    folder = tmp_path / "one two"
    write(folder, names)
    for other in ("f7.txt", "f0007.png.old", "xf7.png", "._a3.png"):
        (folder / other).write_text("no picture")
    if pattern in ("*.png", ""):
        (folder / "xf7.png").unlink()
    assert is_sequence(str(folder / pattern))
    assert read(folder / pattern) == ([(0, 0.0), (1, 0.04), (2, 0.08), (3, 0.12)], (), None)


def test_padded_numbers_are_not_mixed_with_plain_ones(tmp_path):
    write(tmp_path, ["1.png", "001.png", "0002.png", "002.png"])
    assert [which for which, _ in read(tmp_path / "%03d.png")[0]] == [1, 3]
    assert [which for which, _ in read(tmp_path / "%d.png")[0]] == [0]


def test_a_film_goes_on_over_missing_numbers_and_says_so(tmp_path):
    write(tmp_path, ["0003.png", "0004.png", "0007.png"])
    given, told, notice = read(tmp_path / "%04d.png", fps=10.0)
    assert given == [(0, 0.0), (1, 0.1), (2, 0.2)] and notice is None
    assert told == ("2 of the numbers 3 to 7 have no picture; the film skips them",)


def test_other_sizes_are_cropped_to_the_first_and_noted(tmp_path):
    write(tmp_path, ["1.png", "2.png"])
    tall = np.zeros((48, 32, 3), np.uint8)
    tall[12:36] = 5, 60, 90  # its middle has the first one's shape
    cv2.imwrite(str(tmp_path / "3.png"), tall)
    with Sequence(str(tmp_path), fps=25.0) as source:
        frames = list(iter(source.read, None))
    assert source.size == (16, 12) and {frame.size for frame in frames} == {(16, 12)}
    assert frames[2].image[6, 8].tolist() == [5, 60, 90] and frames[2].image.min() == 5
    assert (
        source.notice == f"{tmp_path}: 1 of 3 pictures are not 16x12 as the first is, and were cropped and scaled to it"
    )


def test_one_that_can_not_be_read_leaves_its_time_to_the_one_before(tmp_path):
    write(tmp_path, ["1.png", "2.png", "3.png"])
    (tmp_path / "2.png").write_bytes(b"oh")
    given, _, notice = read(tmp_path)
    assert given == [(0, 0.0), (2, 0.08)]
    assert notice == f"{tmp_path}: 1 of 3 pictures can't be read and were skipped"


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_deep_gray_and_transparent_ones_are_seen_as_they_are_meant(tmp_path, suffix, kind):
    if (suffix, kind) == (".webp", np.uint16):
        return  # WebP has eight bits
    top = np.iinfo(kind).max
    image = np.zeros((8, 8, 4), kind)
    image[..., :3] = np.array([50, 100, 200]) * (top // 255)
    image[..., 3] = top
    image[4:, :, 3] = top // 5 if suffix == ".png" else top
    cv2.imwrite(str(tmp_path / f"1{suffix}"), image, [cv2.IMWRITE_WEBP_QUALITY, 101])
    gray = np.full((8, 8), 77 * (top // 255), kind)
    cv2.imwrite(str(tmp_path / f"2{suffix}"), gray, [cv2.IMWRITE_WEBP_QUALITY, 101])
    with Sequence(str(tmp_path), fps=25.0) as source:
        color, gray = (frame.image.astype(int) for frame in iter(source.read, None))
    np.testing.assert_allclose(color[1, 1], (50, 100, 200), atol=1)
    np.testing.assert_allclose(color[6, 1], (10, 20, 40) if suffix == ".png" else (50, 100, 200), atol=1)
    np.testing.assert_allclose(gray, 77, atol=1)


def test_a_transparent_webp_lies_over_black(tmp_path):
    image = np.full((16, 16, 4), (50, 100, 200, 255), np.uint8)
    image[8:, :, 3] = 51
    cv2.imwrite(str(tmp_path / "1.webp"), image, [cv2.IMWRITE_WEBP_QUALITY, 101])
    cv2.imwrite(str(tmp_path / "2.webp"), image, [cv2.IMWRITE_WEBP_QUALITY, 95])
    with Sequence(str(tmp_path), fps=25.0) as source:
        for frame in iter(source.read, None):
            np.testing.assert_allclose(frame.image[2, 2].astype(int), (50, 100, 200), atol=4)
            np.testing.assert_allclose(frame.image[13, 2].astype(int), (10, 20, 40), atol=4)


def test_a_palette_may_be_transparent(tmp_path):
    made = (
        "color=red:s=16x12:d=0.04,format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,8),255,0)',"
        "split[a][b];[a]palettegen[p];[b][p]paletteuse"
    )
    ffmpeg("-f", "lavfi", "-i", made, "-frames:v", "1", tmp_path / "1.png")
    with Sequence(str(tmp_path / "%d.png"), fps=25.0) as source:
        image = source.read().image
    assert image[5, 2].tolist() == [0, 0, 255] and image[5, 12].tolist() == [0, 0, 0]


def test_a_skip_looks_at_no_picture_before(tmp_path):
    write(tmp_path, [f"{i}.png" for i in range(20)])
    with Sequence(str(tmp_path), fps=25.0) as source:
        for i in range(1, 15):
            (tmp_path / f"{i}.png").unlink()
        frame = source.skip_to(0.6)
        assert (frame.seconds, frame.index, round(frame.image[..., 0].mean())) == (0.6, 15, 155)
        assert source.length == 20 and source.skip_to(9.0) is None and source.notice is None


@pytest.mark.parametrize("name", ["shots [take 2]", "50%d", "a*b?", "100% [x] %03d", "bytes\udcff"])
@pytest.mark.parametrize("pattern", ["", "*.png", "%d.png", "?.png", "[0-9].png"])
def test_a_folder_that_exists_is_taken_by_its_name(tmp_path, name, pattern):
    write(tmp_path / name, ["1.png", "2.png"])
    write(tmp_path / "shots 2", ["3.png"])
    assert is_sequence(str(tmp_path / name / pattern))
    assert [seconds for _, seconds in read(tmp_path / name / pattern)[0]] == [0.0, 0.04]


def test_a_pattern_may_be_in_a_folder_too(tmp_path):
    for folder in ("take 1", "take 2"):
        write(tmp_path / folder, ["1.png"])
    assert len(read(tmp_path / "take ?" / "*.png")[0]) == 2


def test_brackets_of_a_missing_file_are_no_pattern(tmp_path):
    (tmp_path / "Walk 1.mp4").write_bytes(b"film")
    for name in ("Wolk [1080p].mp4", "Walk [1].mp4", "nothing [here].png"):
        assert not is_sequence(str(tmp_path / name))
        with pytest.raises(UserError, match="no file|No such file"):
            open_source(str(tmp_path / name), Machine())
    write(tmp_path, ["a1.png", "a2.png"])
    assert is_sequence(str(tmp_path / "a[12].png"))


def test_how_others_were_converted_is_noted(tmp_path):
    write(tmp_path, ["1.png", "2.png"])
    cv2.imwrite(str(tmp_path / "3.png"), np.full((12, 16, 4), 99, np.uint8))
    _, told, notice = read(tmp_path)
    assert told == () and notice == f"{tmp_path}: of 1 of 3 pictures: transparent parts are laid over black"


def test_what_is_no_sequence(tmp_path):
    (tmp_path / "50%d[1].png").write_bytes(b"a file's own name")
    assert not is_sequence(str(tmp_path / "50%d[1].png"))
    assert not is_sequence(str(tmp_path / "film.mp4")) and not is_sequence("aisle") and not is_sequence("x" * 999)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no pictures in '.*'; give a pattern such as"),
        ("*.png", "no pictures in '.*png'; give a pattern such as"),
        ("f%03d.png", "no picture matches '.*f%03d.png'; give a pattern"),
        ("nowhere/f%03d.png", "no picture matches"),
        ("%d_%d.png", "has more than one number"),
    ],
)
def test_none_at_all_is_the_users_error(tmp_path, text, message):
    (tmp_path / "f1.png").mkdir()
    (tmp_path / "f.txt").write_text("hello")
    with pytest.raises(UserError, match=message):
        Sequence(str(tmp_path / text), fps=25.0)


def test_a_first_that_can_not_be_read_is_the_users_error(tmp_path):
    (tmp_path / "1.png").write_bytes(b"oh")
    with pytest.raises(UserError, match="1.png' is not a picture that can be read"):
        Sequence(str(tmp_path), fps=25.0)
