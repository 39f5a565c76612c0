"""What is shown while nobody is there: it comes slowly, goes at once, and hides no camera longer than a second."""

import numpy as np
import pytest
from PIL import Image
from seeing import sight

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.attract import IN, OUT, Attract, open_attract, told
from kaleidocam.live.memories import Memories
from kaleidocam.picture.eye import Seen
from kaleidocam.settings.parameters import Look, Machine

FPS, AFTER = 20, 3.0
ROOM, MEMORY, OTHER = (np.full((18, 32, 3), level, np.uint8) for level in (40, 200, 120))


class Sentry:
    """A watch that is told whether somebody is there."""

    told = None

    def __init__(self):
        self.somebody, self.seconds_alone = True, 0.0

    @property
    def meets(self):
        return self.somebody

    def close(self):
        self.seconds_alone = -1.0

    def see(self, seen, level):
        self.seconds_alone = 0.0 if self.somebody else self.seconds_alone + seen.elapsed


class Loop:
    """Shows one picture, and from its second second on another moment."""

    def __init__(self):
        self.kept, self.begun, self.calls, self.empty = 0, None, [], False

    def keep(self, picture, seconds):
        self.kept += 1

    def forget(self):
        self.calls.append("forget")

    def line(self):
        return "a line"

    def begin(self, size):
        self.begun = None
        self.calls.append(("begin", size))

    def picture(self, now):
        self.begun = now if self.begun is None else self.begun
        if self.empty:
            return None
        return (MEMORY, 0) if now - self.begun < 6 else (OTHER, 1)

    def end(self):
        self.calls.append("end")

    def close(self):
        self.calls.append("close")


@pytest.fixture
def parts():
    sentry, loop = Sentry(), Loop()
    return Attract(loop, AFTER, sentry), sentry, loop


def shown(attract, seconds):
    """The mean level of each picture that is shown."""
    motion = sight(ROOM).motion
    frames = (Seen(Frame(ROOM, i / FPS, i), ROOM, ROOM, 1 / FPS, motion) for i in range(round(seconds * FPS)))
    return [float(attract(seen, Look(), ROOM).mean()) for seen in frames]


def test_while_somebody_is_there_it_is_the_camera_and_it_is_remembered(parts):
    attract, _, loop = parts
    assert set(shown(attract, 2)) == {40.0} and loop.kept == 2 * FPS and not attract.plays and not loop.calls


def test_it_comes_slowly_when_nobody_is_there(parts):
    attract, sentry, loop = parts
    sentry.somebody = False
    levels = shown(attract, AFTER + IN + 0.5)
    assert set(levels[: round((AFTER - 0.1) * FPS)]) == {40.0} and levels[-1] == 200 and attract.plays
    assert np.abs(np.diff(levels)).max() < 1.6 * 160 / IN / FPS
    assert loop.calls == [("begin", (32, 18))] and not loop.kept


def test_the_camera_is_back_within_a_second(parts):
    attract, sentry, loop = parts
    sentry.somebody = False
    shown(attract, AFTER + IN + 0.5)
    sentry.somebody = True
    levels = shown(attract, 1)
    assert levels[round(OUT * FPS) + 1] == 40 and set(levels[-5:]) == {40.0} and not attract.plays
    assert np.abs(np.diff(levels)).max() < 2 * 160 / OUT / FPS  # no jump
    assert loop.calls[-1] == "end"


def test_one_moment_fades_into_the_next(parts):
    attract, sentry, _ = parts
    sentry.somebody = False
    levels = shown(attract, AFTER + 9)
    assert levels[-1] == 120 and np.abs(np.diff(levels)).max() < 10


def test_where_there_is_nothing_to_show_it_stays_the_camera(parts):
    attract, sentry, loop = parts
    sentry.somebody, loop.empty = False, True
    assert set(shown(attract, AFTER + 3)) == {40.0} and not attract.plays


def test_a_memory_of_another_shape_is_not_squashed(parts, monkeypatch):
    """The source may have become another meanwhile, such as a phone that stands."""
    attract, sentry, loop = parts
    tall = np.zeros((48, 24, 3), np.uint8)
    tall[12:36] = 200  # a square
    monkeypatch.setattr(loop, "picture", lambda now: (tall, 0))
    sentry.somebody = False
    motion = sight(ROOM).motion
    frames = (Seen(Frame(ROOM, i / FPS, i), ROOM, ROOM, 1 / FPS, motion) for i in range(round(8 * FPS)))
    *_, last = (attract(seen, Look(), ROOM) for seen in frames)
    assert last.shape == ROOM.shape and (last == 200).all()  # the middle of it


def test_what_is_forgotten_is_gone_with_the_next_frame(parts):
    attract, sentry, loop = parts
    sentry.somebody = False
    shown(attract, AFTER + IN + 0.5)
    attract.forget()
    loop.empty = True
    assert shown(attract, 0.1)[0] == 40 and loop.calls[-1] == "forget"


def test_it_says_and_closes(parts):
    attract, sentry, loop = parts
    sentry.told = "no people"
    assert attract.lines() == ["a line", "no people"]
    with attract:
        pass
    assert loop.calls == ["close"] and sentry.seconds_alone == -1


def test_memory_is_said(tmp_path):
    with open_attract("memory", 5, Machine()) as attract:
        assert isinstance(attract._loop, Memories) and "in memory" in attract.lines()[0]
    assert "never on a disk" in told("memory") and "'forget'" in told("memory")
    assert told("some/folder").endswith("some/folder is shown")


def test_bad_input_is_said_in_a_line(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    for text in (str(tmp_path), str(tmp_path / "notes.txt"), str(tmp_path / "absent"), "", "a\nb"):
        with pytest.raises(UserError, match="--attract") as error:
            open_attract(text, 5, Machine())
        assert "memory, a folder of films and pictures" in str(error.value) and "\n" not in str(error.value)


def test_a_folder_of_which_nothing_can_be_played_is_said(tmp_path):
    (tmp_path / "a.mp4").write_text("no film")
    (tmp_path / "b.png").touch()
    for text in (tmp_path, tmp_path / "a.mp4", tmp_path / "b.png"):
        with pytest.raises(UserError, match=r"--attract.*memory, a folder of films and pictures"):
            open_attract(str(text), 5, Machine())
    Image.new("RGB", (120, 100)).save(tmp_path / "c.png")
    with open_attract(str(tmp_path), 5, Machine()) as attract:  # one is enough
        assert not attract.plays
