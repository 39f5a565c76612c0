"""A small file that claims huge pictures is refused by its header, in every way that pictures come in."""

import resource
import struct

import pytest
from film_pieces import write_clip
from moving import texture
from PIL import Image

from kaleidocam.errors import UserError
from kaleidocam.picture.assembly import guide_picture, palette_picture
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.opening import open_small, open_source
from kaleidocam.sources.pixel_limit import STILL_PIXELS
from kaleidocam.sources.video import Video


def gif(path, side, pictures=2):
    """A GIF of empty pictures of `side` by `side`, some dozen bytes each."""
    picture = b"!\xf9\x04\0\x14\0\0\0," + struct.pack("<4HB", 0, 0, side, side, 0) + b"\x02\x02\x44\x05\0"
    path.write_bytes(
        b"GIF89a" + struct.pack("<2H", side, side) + b"\x80\0\0\0\0\0\xff\xff\xff" + picture * pictures + b";"
    )
    return str(path)


@pytest.mark.parametrize("pictures", [1, 2])
def test_a_gif_of_many_pixels(tmp_path, pictures):
    path, before = gif(tmp_path / "a.gif", 16000, pictures), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for opened in (open_source, open_small):
        with pytest.raises(UserError, match=r"16000x16000 pixels, 256000000 in all; .* --max-pixels 256000000 "):
            opened(path, Machine())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "a.gif", "a.png", "a.webp", "p.png", "folder"])
def test_every_source_takes_the_limit_of_the_machine(tmp_path, name):
    path = tmp_path / name
    if name.startswith("clip"):
        write_clip(path, map(texture, range(2)))
    elif name == "folder":
        path.mkdir()
        Image.new("RGB", (160, 96)).save(path / "1.png")
    else:
        frames = [Image.new("RGB", (160, 96), (i, 0, 0)) for i in range(3)]
        frames[0].save(path, **({"save_all": True, "append_images": frames[1:]} if name[0] == "a" else {}))
    with open_source(str(path), Machine(max_pixels=160 * 96)) as source:
        assert source.read().size == (160, 96)
    with pytest.raises(
        UserError, match="160x96 pixels, 15360 in all; the limit is 15359; give a smaller one, or --max-pix"
    ):
        open_source(str(path), Machine(max_pixels=160 * 96 - 1))


def test_a_frame_that_grows_in_the_middle_counts_as_damaged(tmp_path):
    small, large = (
        write_clip(tmp_path / f"{n}.ts", [texture(1, size)] * 3, size) for n, size in enumerate([(160, 96), (640, 384)])
    )
    joined = tmp_path / "joined.ts"
    joined.write_bytes(small.read_bytes() + large.read_bytes())
    with Video(str(joined), most=160 * 96) as source:
        frames = list(iter(source.read, None))  # the decoder may drop those that it was still at
        assert 1 <= len(frames) <= 3 and "the good part was kept" in source.notice


def test_guides_and_palettes_have_a_limit_that_no_flag_raises(tmp_path):
    side = 1 + int(STILL_PIXELS**0.5)
    for look_at in (guide_picture, palette_picture):
        with pytest.raises(UserError, match=f"{side}x{side} pixels, {side**2} in all; .*; give a smaller one$"):
            look_at(gif(tmp_path / "g.gif", side, 1))
