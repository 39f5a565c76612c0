"""The kaleidoscope in a program's hands: the film's own frames, one by one."""

from dataclasses import replace

import numpy as np
import pytest
from film_pieces import picture, write_clip
from moving import Moving
from PIL import Image

import kaleidocam
from kaleidocam import Kaleidoscope, Look, Machine, UserError

QUICK = {"grid": "96x96", "channel": "mixed0:3", "burst": 2}
PRESET = 'grid = "96x96"\nchannel = "mixed0:3"\nburst = 2\n'


def dreamed(source=None, **more):
    """The finished pictures of a source."""
    with Kaleidoscope(**QUICK | more) as kaleidoscope:
        return [frame.image for frame in kaleidoscope.frames(source or Moving(6))]


def same(*films):
    first, *others = (list(film) for film in films)
    for other in others:
        np.testing.assert_array_equal(np.stack(first), np.stack(other))
    return True


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """16 frames of one shot."""
    return str(write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", map(picture, range(16))))


@pytest.fixture
def film(said, clip, tmp_path):
    """The frames of what `kaleidocam film` makes of the clip, with nothing lost by its codec: (seconds, picture)."""

    preset = tmp_path / "quick.toml"
    preset.write_text(PRESET)

    def made(*flags):
        code, _, told = said("film", clip, tmp_path / "film.mkv", "-c:v", "ffv1", "-y", "--preset", preset, *flags)
        assert code == 0, told
        with kaleidocam.open_source(str(tmp_path / "film.mkv")) as opened:
            return [(frame.seconds, frame.image) for frame in iter(opened.read, None)]

    return made


def test_it_has_the_frames_of_the_film(film, clip):
    times, wanted = zip(*film("--mirrors", "5", "--spin", "0.5", "--palette", "scene"), strict=True)
    look = Kaleidoscope(**QUICK, mirrors=5, spin=0.5, palette="scene")
    with kaleidocam.open_source(clip) as source:
        frames = list(look.frames(source))
    assert same(wanted, [frame.image for frame in frames])
    assert [frame.seconds for frame in frames] == pytest.approx(times, abs=1e-3)
    undreamed = picture(8)
    assert np.abs(wanted[8].astype(int) - undreamed).mean() > 2


def test_at_another_size_too(film, clip):
    wanted = [image for _, image in film("-s", "128x128")]
    with kaleidocam.open_source(clip) as source:
        assert same(wanted, dreamed(source, size=(128, 128)))
    with kaleidocam.open_source(clip, size="128x128") as source:
        assert same(wanted, dreamed(source))


def test_a_change_is_that_of_a_score(film, clip, tmp_path):
    score = tmp_path / "score.toml"
    score.write_text('[[change]]\nat = 0.2\nchannel = "mixed1:3"\nstrength = 0.6\nmorph = 0.2\n')
    wanted = [image for _, image in film("--score", score)]
    kaleidoscope, got = Kaleidoscope(**QUICK), []
    with kaleidocam.open_source(clip) as source:
        for frame in iter(source.read, None):
            if frame.seconds == pytest.approx(0.2):
                kaleidoscope.change(channel="mixed1:3", strength=0.6, morph=0.2)
            got += [dreamed.image for dreamed in kaleidoscope.frames([frame])]
    assert same(wanted, got)
    one_channel = [image for _, image in film("--score", score, "--channel", QUICK["channel"])]
    assert not np.array_equal(got[-1], one_channel[-1])


def test_a_shot_begins_with_a_reset(film, clip):
    wanted = [image for _, image in film("--cuts", "0.32")]
    kaleidoscope, got = Kaleidoscope(**QUICK), []
    with kaleidocam.open_source(clip) as source:
        for frame in iter(source.read, None):
            if frame.seconds == pytest.approx(0.32):
                kaleidoscope.reset()
            got += [dreamed.image for dreamed in kaleidoscope.frames([frame])]
    assert same(wanted, got)


def test_one_by_one_it_is_the_same_and_pictures_may_lie_in_one_buffer():
    frames = list(iter(Moving(6).read, None))
    buffer, kaleidoscope, got = np.empty_like(frames[0].image), Kaleidoscope(**QUICK), []
    for frame in frames:
        buffer[:] = frame.image
        got.append(kaleidoscope.frame(buffer, frame.seconds))
    assert same(dreamed(), got, dreamed(frames))


def test_without_times_they_come_at_a_steady_pace():
    frames = list(iter(Moving(6).read, None))
    for fps, more in ((30, {}), (12, {"fps": 12})):
        steady = [replace(frame, seconds=frame.index / fps) for frame in frames]
        kaleidoscope = Kaleidoscope(**QUICK | more)
        assert same(dreamed(steady), [kaleidoscope.frame(frame.image) for frame in frames])


def test_after_a_reset_it_is_as_new():
    kaleidoscope = Kaleidoscope(**QUICK, spin=1, mirrors=4)
    first = [frame.image for frame in kaleidoscope.frames(Moving(6))]
    kaleidoscope.reset()
    assert same(first, [frame.image for frame in kaleidoscope.frames(Moving(6))])


def test_with_nothing_of_the_dream_it_gives_a_picture_of_its_own():
    image = picture(0)
    shown = Kaleidoscope(**QUICK, wet=0).frame(image)
    assert shown is not image and np.array_equal(shown, image)


def test_parameters_overrule_the_look_and_the_machine():
    mine = Look(strength=0.3, rate=2.0, channel="mixed0:3")
    one = Kaleidoscope(mine, rate=3.0, machine=Machine(fps=12, precision="float32"), fps=15)
    assert (one.look.strength, one.look.rate, one.look.color) == (0.3, 3.0, Look().color)
    assert (one.machine.fps, one.machine.precision) == (15, "float32")
    one.change("mandala", strength=0.4)
    assert one.look == Kaleidoscope("mandala", strength=0.4).look


def test_a_look_from_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("strength = 0.25\n")
    assert Kaleidoscope(path).look.strength == Kaleidoscope(str(path)).look.strength == 0.25


def test_it_reads_a_source_no_further_than_it_was_asked():
    source, kaleidoscope = Moving(6), Kaleidoscope(**QUICK)
    frames = kaleidoscope.frames(source)
    next(frames)
    assert source.read().index == 1 and not source.closed


WRONG = {
    "no preset": (lambda k: Kaleidoscope("eyez"), "no preset 'eyez'.*did you mean 'eyes'"),
    "no look": (lambda k: Kaleidoscope(3), "look is 3; give a preset's name"),
    "no machine": (lambda k: Kaleidoscope(machine="here"), "machine is 'here'; give a Machine"),
    "no parameter": (lambda k: Kaleidoscope(strenght=1), "no parameter 'strenght'; did you mean 'strength'"),
    "out of range": (lambda k: Kaleidoscope(strength=9), "strength is '9'; allowed is 0 to 2"),
    "no channel": (lambda k: Kaleidoscope(channel="mixed5:9999"), "no channel 9999"),
    "no palette": (lambda k: Kaleidoscope(palette="sceen"), "no palette 'sceen'"),
    "no backend": (lambda k: Kaleidoscope(backend="tf"), "backend is 'tf'"),
    "changed machine": (lambda k: k.change(fps=25), "fps belongs to a machine"),
    "changed to nothing": (lambda k: k.change(channel="mixed5:9999"), "no channel 9999"),
    "no array": (lambda k: k.frame([1]), "a picture is a list; give a NumPy array"),
    "gray": (lambda k: k.frame(np.zeros((96, 96), np.uint8)), r"a picture is \(96, 96\) uint8; give"),
    "floats": (lambda k: k.frame(np.zeros((96, 96, 3))), "float64; give"),
    "empty": (lambda k: k.frame(np.zeros((0, 96, 3), np.uint8)), "give"),
    "no time": (lambda k: k.frame(picture(0), float("nan")), "the time of frame 0 is nan"),
    "no frames": (lambda k: list(k.frames([picture(0)])), "got a ndarray instead of a Frame"),
}


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_and_changes_nothing(wrong, message):
    kaleidoscope = Kaleidoscope(**QUICK)
    before = kaleidoscope.look
    with pytest.raises(UserError, match=message) as error:
        wrong(kaleidoscope)
    assert "\n" not in str(error.value) and kaleidoscope.look == before


def test_a_mask_of_another_shape_changes_nothing(tmp_path):
    square = str(tmp_path / "square.png")
    Image.new("L", (200, 200), 255).save(square)
    kaleidoscope = Kaleidoscope(**QUICK)
    kaleidoscope.frame(picture(0))
    before = kaleidoscope.look
    with pytest.raises(UserError, match=r"square\.png' is 200x200, the picture .*: another shape"):
        kaleidoscope.change(mask=square)
    assert kaleidoscope.look == before
    kaleidoscope.frame(picture(1))


def test_times_never_fall():
    kaleidoscope = Kaleidoscope(**QUICK)
    kaleidoscope.frame(picture(0), 2.0)
    with pytest.raises(UserError, match="frame 1 is at 1 s, before the previous one at 2 s"):
        kaleidoscope.frame(picture(1), 1.0)
    kaleidoscope.reset()
    kaleidoscope.frame(picture(1), 1.0)


def test_once_closed_it_dreams_no_more():
    with Kaleidoscope(**QUICK) as kaleidoscope:
        kaleidoscope.frame(picture(0))
    kaleidoscope.close()
    with pytest.raises(UserError, match="closed; make another"):
        kaleidoscope.frame(picture(1))


def test_a_gpu_without_room_is_said_in_one_line(monkeypatch):
    class ResourceExhaustedError(Exception):
        pass

    kaleidoscope = Kaleidoscope(**QUICK)
    kaleidoscope.frame(picture(0))

    def full(*given):
        raise ResourceExhaustedError("OOM when allocating\na tensor")

    monkeypatch.setattr("kaleidocam.picture.dream.Dream.advance", full)
    with pytest.raises(UserError, match="does not fit into the GPU's memory"):
        kaleidoscope.frame(picture(1))
