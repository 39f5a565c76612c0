"""A matte beside the film: luma or opacity, by the film's time, in its shape."""

from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from film_pieces import write_clip
from PIL import Image
from seeing import sight

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.mask import matte_file
from kaleidocam.mask.assembly import check_mask, check_mask_shape, make_mask
from kaleidocam.mask.base import Showing
from kaleidocam.mask.matte_file import MatteFile
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look
from kaleidocam.sources.base import Source

SIZE, FPS, COUNT = (160, 96), 25, 12
LIVE = Showing(every=0.1)


def gray(level, size=SIZE):
    return np.full((*size[::-1], 3), level, np.uint8)


@pytest.fixture
def film(tmp_path):
    """Frame i is as bright as 20 * i."""
    return str(write_clip(tmp_path / "matte.mp4", [gray(20 * i) for i in range(COUNT)]))


def seen(at, size=SIZE, played=None):
    return replace(sight(gray(0, size), at=at), frame=Frame(gray(0, size), 100 + at, 0, played))


def level(mask, at, **how):
    return mask.of(seen(at, **how)).mean() * 255 / 20


@pytest.mark.parametrize(("suffix", "how"), [("png", {}), ("jpg", {}), ("webp", {"lossless": True})])
def test_of_an_opaque_picture_its_luma_counts(tmp_path, suffix, how):
    Image.fromarray(gray(200)).save(tmp_path / f"m.{suffix}", **how)
    mask = make_mask(str(tmp_path / f"m.{suffix}")).of(seen(0))
    assert mask.shape == SIZE[::-1] and mask.mean() == pytest.approx(200 / 255, abs=0.01)


def clear(level, size=SIZE):
    """Red, and opaque on the left half alone."""
    alpha = np.zeros(size[::-1], np.uint8)
    alpha[:, : size[0] // 2] = level
    return np.dstack([np.full(alpha.shape, 200, np.uint8), *(np.zeros_like(alpha),) * 2, alpha])


def test_of_a_transparent_picture_its_opacity_counts(tmp_path):
    Image.fromarray(clear(255)).save(tmp_path / "m.png")
    mask = make_mask(str(tmp_path / "m.png")).of(seen(0))
    assert (mask[:, :80] == 1).all() and (mask[:, 80:] == 0).all()


def test_an_opacity_that_hides_nothing_is_none(tmp_path):
    Image.fromarray(np.dstack([gray(128), np.full(SIZE[::-1], 255, np.uint8)])).save(tmp_path / "m.png")
    assert make_mask(str(tmp_path / "m.png")).of(seen(0)).mean() == pytest.approx(0.5, abs=0.01)


def test_of_a_transparent_film_its_opacity_counts(tmp_path):
    path = str(tmp_path / "m.mov")
    with av.open(path, "w") as out:
        stream = out.add_stream("qtrle", rate=FPS)
        (stream.width, stream.height), stream.pix_fmt = SIZE, "argb"
        for i in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(clear(100 * i), format="rgba").reformat(format="argb")))
        out.mux(stream.encode(None))
    mask = make_mask(path)
    assert [round(float(mask.of(seen(i / FPS))[:, :80].mean() * 255)) for i in range(3)] == [0, 100, 200]
    assert mask.of(seen(2 / FPS))[:, 80:].max() == 0


def test_a_transparent_animation_and_a_folder_of_pictures(tmp_path):
    (tmp_path / "frames").mkdir()
    pictures = [Image.fromarray(clear(100 * i)) for i in range(1, 3)]
    pictures[0].save(tmp_path / "m.webp", save_all=True, append_images=pictures[1:], duration=40, lossless=True)
    for i, picture in enumerate(pictures):
        picture.save(tmp_path / "frames" / f"{i}.png")
    for path in (tmp_path / "m.webp", tmp_path / "frames", tmp_path / "frames" / "%d.png"):
        mask = make_mask(str(path), Showing(fps=25))
        assert [round(float(mask.of(seen(i / 25))[:, :80].mean() * 255)) for i in range(2)] == [100, 200], path


def test_each_frame_has_the_matte_of_its_own_time(film):
    mask = make_mask(film)
    assert [level(mask, i / FPS) for i in range(COUNT)] == pytest.approx(range(COUNT), abs=0.2)


@pytest.mark.parametrize("order", [(7, 2, 11, 0), (0, 9, 1, 30, 3)])
def test_it_is_read_from_anywhere(film, order):
    mask = make_mask(film)
    for i in order:
        assert level(mask, i / FPS) == pytest.approx(min(i, COUNT - 1), abs=0.2)


def test_another_frame_rate_takes_the_last_one_that_has_begun(film):
    mask = make_mask(film)
    assert [level(mask, i / 60) for i in range(6)] == pytest.approx([0, 0, 0, 1, 1, 2], abs=0.2)


def test_after_its_end_its_last_picture_stays_in_a_film_and_over_a_clip(film):
    for mask, played in ((make_mask(film), None), (make_mask(film, LIVE), 9.0)):
        assert level(mask, 9.0, played=played) == pytest.approx(COUNT - 1, abs=0.2)


def test_over_a_camera_it_begins_again(film):
    mask = make_mask(film, LIVE)
    for i in (0, 5, COUNT - 1, COUNT, COUNT + 3, 5 * COUNT + 7, 5 * COUNT + 8):
        assert level(mask, i / FPS) == pytest.approx(i % COUNT, abs=0.2)


def test_a_long_film_is_skipped_not_read(tmp_path, monkeypatch):
    path = str(write_clip(tmp_path / "long.mp4", (gray(i % 256) for i in range(400)), g="25"))
    clip = MatteFile(path, 25)
    read = []
    inner = clip._source.read
    monkeypatch.setattr(clip._source, "read", lambda: read.append(1) or inner())
    assert clip.at(390 / 25).seconds == pytest.approx(390 / 25) and len(read) < 10
    assert clip.at(2 / 25).seconds == pytest.approx(2 / 25)


@pytest.mark.parametrize("begins", [None, 5.0])
def test_a_file_that_became_another_while_it_plays_holds_nobody_up(monkeypatch, begins):
    """`begins`: the seconds of the other's first picture; None: it has none."""

    class Clip(Source):
        size, fps, length = SIZE, FPS, None

        def __init__(self, times):
            self.left = [Frame(gray(0), at, i) for i, at in enumerate(times)]

        def read(self):
            return self.left.pop(0) if self.left else None

        def close(self):
            pass

    files = [[0.0, 0.04, 0.08], [] if begins is None else [begins, begins + 0.04]]
    monkeypatch.setattr(matte_file, "open_matte", lambda path, fps: Clip(files.pop(0)))
    clip = MatteFile("matte.mov", FPS)
    clip.at(0.08)
    if begins is None:
        with pytest.raises(UserError, match=r"the mask 'matte\.mov' is another file now"):
            clip.at(0.0)
    else:
        assert clip.at(0.0).seconds == begins and clip.at(0.04).seconds == begins + 0.04


def test_a_film_of_ten_bits_and_another_range_is_the_same(tmp_path):
    path = str(tmp_path / "deep.mkv")
    with av.open(path, "w") as out:
        stream = out.add_stream("ffv1", rate=FPS)
        (stream.width, stream.height), stream.pix_fmt = SIZE, "yuv420p10le"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(gray(255), format="bgr24")))
        out.mux(stream.encode(None))
    assert make_mask(path).of(seen(0)).mean() > 0.99


def test_a_larger_one_is_shrunk_and_a_smaller_one_stays(tmp_path):
    for width, height in ((320, 192), (80, 48)):
        cv2.imwrite(str(tmp_path / "m.png"), gray(255, (width, height)))
        mask = make_mask(str(tmp_path / "m.png")).of(seen(0))
        assert mask.shape == (min(height, 96), min(width, 160)) and mask.min() == 1


@pytest.mark.parametrize(
    ("size", "fits"), [((320, 192), True), ((159, 96), True), ((96, 160), False), ((160, 90), False)]
)
def test_another_shape_is_one_line_with_both_sizes(tmp_path, size, fits):
    path = str(tmp_path / "m.png")
    cv2.imwrite(path, gray(255, size))
    if fits:
        return check_mask_shape(path, SIZE)
    for ask in (lambda: check_mask_shape(f"not {path}", SIZE), lambda: make_mask(path).of(seen(0))):
        with pytest.raises(UserError, match=f"is {size[0]}x{size[1]}, the picture 160x96"):
            ask()
    mask = make_mask(path, LIVE).of(seen(0))
    assert mask.min() == 1 and mask.shape == SIZE[::-1]  # where the source has changed while it plays


@pytest.mark.parametrize("fold", ["before", "inside", "after"])
def test_one_of_a_single_pixel_goes_under_mirrors_too(tmp_path, fold):
    path = str(tmp_path / "m.png")
    cv2.imwrite(path, gray(255, (1, 1)))
    look = Look(subject="dream", mask=path, mirrors=1, geometry="left", fold=fold)
    seen = Eye((96, 96), Tracker()).see(Frame(gray(9), 0.0, 0), look)
    assert seen.shown.level() == 1


def test_of_a_depth_map_what_is_near_counts(tmp_path):
    path = str(tmp_path / "depth map.png")
    cv2.imwrite(path, np.dstack([np.tile(np.linspace(0, 255, 160).astype(np.uint8), (96, 1))] * 3))
    mask = make_mask(f"depth {path}").of(seen(0))[0]
    assert mask[:60].max() == 0 and mask[100:].min() == 1
    middle = make_mask(f"depth {path} 0.4-0.6 0.01").of(seen(0))[0]
    assert middle[70:90].min() == 1 and middle[:60].max() == middle[100:].max() == 0


def test_what_can_t_be_read_of_a_matte_is_told_once(tmp_path, caplog):
    caplog.set_level("INFO", "kaleidocam")
    for number in range(4):
        Image.fromarray(gray(20 * number)).save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_text("no picture")
    for _ in range(2):  # as two segments of a film do
        mask = make_mask(str(tmp_path / "%d.png"), Showing(fps=FPS))
        assert level(mask, 3 / FPS) == pytest.approx(3, abs=0.1)
    assert [line for line in caplog.messages if "1 of 4 pictures can't be read" in line] == caplog.messages
    assert len(caplog.messages) == 1 and caplog.messages[0].startswith("the mask ")


def test_what_can_be_no_matte_is_one_line(tmp_path):
    (tmp_path / "text.txt").write_text("a matte\n")
    with av.open(str(tmp_path / "sound.wav"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    named = [tmp_path / name for name in ("text.txt", "sound.wav", "empty.mp4", "folder", "missing.mov", "no/such.png")]
    for text in [
        *map(str, named),
        "depth",
        "depth nothing.png",
        "http://10.0.0.5/matte.mp4",
        "-",
        "",
        "not ",
        "0",
        "peopel",
    ]:
        with pytest.raises(UserError) as refused:
            check_mask(text)
        assert "\n" not in str(refused.value) and len(str(refused.value)) > 20
        absent = next((name for name in ("missing.mov", "such.png", "nothing.png") if text.endswith(name)), None)
        assert ("there is no file '" in str(refused.value)) == bool(absent)
