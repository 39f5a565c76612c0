"""An order: what it refuses, what it takes for the same film, and the job that it becomes."""

import os
from pathlib import Path

import cv2
import pytest
from moving import Moving, texture

from kaleidocam.dream.compute.backends.registry import chosen
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError
from kaleidocam.film.job import guided_from_here
from kaleidocam.film.order import Order, _job, _pinned, _settings, check
from kaleidocam.film.pieces import note
from kaleidocam.film.shots import Scan
from kaleidocam.settings.parameters import Look, Machine


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder to work in, with a preset, a guide and some pictures; the films' own folder."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('strength = 0.5\nchannel = "mixed1@g.png"')
    for name in ("g.png", "h.png"):
        cv2.imwrite(name, texture(1))
    Path("frames").mkdir()
    for i in range(3):
        cv2.imwrite(f"frames/{i:05d}.png", texture(i))
    return tmp_path


def order(source="clip.mp4", look=Look(), score=None, **more):
    if score is not None:
        Path("score.toml").write_text(score)
        score = "score.toml"
    return Order(source, more.pop("out", "out.mp4"), look, more.pop("machine", Machine()), score=score, **more)


def job(wanted, frames=50, fps=25.0, size=(160, 96)):
    found = {
        "scan": Scan(tuple(i / fps for i in range(frames)), ()).as_json(),
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
    }
    return _job(wanted, Moving(frames, fps=fps, size=size), found, Path("out.mp4.pieces"))


SCORES = {
    "the preset it begins with": ('preset = "mine.toml"', "mine.toml"),
    "the preset of a change": ('[[change]]\nat = 1\npreset = "mine.toml"', "mine.toml"),
    "the preset that is laid over": ('layer = "mine.toml"', "mine.toml"),
    "the preset that a change lays over": ('[[change]]\nat = 1\nlayer = "mine.toml"', "mine.toml"),
    "the guide of a preset that is laid over": ('layer = "mine.toml"', "g.png"),
    "the guide of that preset": ('preset = "mine.toml"', "g.png"),
    "the guide of a change": ('[[change]]\nat = 0\nchannel = "mixed1@h.png"', "h.png"),
    "the guide of a journey": ('[journey]\nchannels = ["mixed1:3", "mixed1@h.png"]\nevery = 2', "h.png"),
    "the guide of a key": ('[keys]\nchannel = [[0, "mixed1:3"], [1, "mixed1@h.png"]]', "h.png"),
}


@pytest.mark.parametrize(("score", "file"), SCORES.values(), ids=SCORES)
def test_a_film_is_another_when_what_its_score_names_changes(score, file):
    before = _settings(order(score=score))
    assert _settings(order(score=score)) == before
    if file.endswith(".toml"):
        Path(file).write_text(Path(file).read_text().replace("0.5", "0.4"))
    else:
        cv2.imwrite(file, texture(9))
    assert _settings(order(score=score)) != before


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('preset = "no"', "score 'score.toml': no preset 'no'"),
        ('[[change]]\nat = 1\npreset = "no"', "no preset 'no'"),
        ('[journey]\nchannels = ["mixed99:1"]\nevery = 1', "score 'score.toml': no layer 'mixed99'"),
    ],
)
def test_what_a_score_names_and_is_not_there_is_one_line(text, what):
    with pytest.raises(UserError, match=what) as raised:
        _settings(order(score=text))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("source", ["frames", "frames/", "frames/%05d.png", "frames/*.png"])
@pytest.mark.parametrize("change", ["edited", "touched", "added", "removed", "renamed"])
def test_a_film_of_pictures_is_another_when_they_change(source, change):
    before = _settings(order(source))
    assert _settings(order(source)) == before
    first, other = Path("frames/00000.png"), Path("frames/00007.png")
    if change == "edited":
        first.write_bytes(first.read_bytes() + b"more")
    elif change == "touched":
        stat = first.stat()
        os.utime(first, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
    elif change == "added":
        cv2.imwrite(str(other), texture(3))
    elif change == "removed":
        first.unlink()
    else:
        first.rename(other)
    assert _settings(order(source)) != before


@pytest.mark.parametrize("source", ["frames", "frames/%05d.png", "frames/0*.png"])
def test_other_files_beside_the_pictures_do_not_count(source):
    before = _settings(order(source))
    Path("frames/film.mp4").write_bytes(b"film")
    Path("frames/film.mp4.pieces").mkdir()
    assert _settings(order(source)) == before


def test_weights_that_were_trained_on_are_others():
    Path("w.npz").write_bytes(b"one")
    before = _settings(order(machine=Machine(weights="w.npz")))
    Path("w.npz").write_bytes(b"two")
    assert _settings(order(machine=Machine(weights="w.npz"))) != before


@pytest.mark.parametrize(
    ("start", "end", "what"),
    [
        (3.0, 2.0, "there is no film from 3 s to 2 s; --to must be later than --from"),
        (None, 0.0, "from 0 s to 0 s"),
        (1.5, 1.5, "from 1.5 s to 1.5 s"),
    ],
)
def test_a_part_that_ends_before_it_begins_is_refused_before_anything_is_read(start, end, what):
    """The clip is not there, so whoever reads it says something else."""
    with pytest.raises(UserError) as raised:
        check(order(start=start, end=end), Path("out.mp4.pieces"))
    assert what in str(raised.value) and "\n" not in str(raised.value)
    check(order(start=1.0, end=1.5), Path("out.mp4.pieces"))


@pytest.mark.parametrize(
    ("end", "what"),
    [
        (None, "'clip.mp4' has no frame from 9 s on; it lasts 2 s"),
        (9.01, "'clip.mp4' has no frame from 9 s to 9.01 s"),
    ],
)
def test_a_part_without_frames_is_said(end, what):
    with pytest.raises(UserError) as raised:
        job(order(start=9.0, end=end))
    assert str(raised.value) == what


HEAVY = {
    "at once": '[[change]]\nat = 0\nsteps = 16\ngrid = "480x270"\ncadence = 60',
    "later": '[[change]]\nat = 1\nsteps = 16\ngrid = "480x270"\ncadence = 60\n[[change]]\nat = 1.2\nsteps = 1',
    "on the way": '[[change]]\nat = 0\ngrid = "480x270"\ncadence = 60\n[keys]\nsteps = [[0, 16], [1, 1], [2, 16]]',
    "from the start down": 'preset = "heavy.toml"\n[[change]]\nat = 0\nsteps = 1\nover = 2',
}


@pytest.mark.parametrize("score", HEAVY.values(), ids=HEAVY)
def test_pieces_are_sized_by_the_costliest_look_of_the_score(score):
    """Just as long as with that look all the time."""
    Path("heavy.toml").write_text('steps = 16\ngrid = "480x270"\ncadence = 60')
    usual = job(order())
    always = job(order(look=Look(steps=16, grid=(480, 270), cadence=60)))
    pieces = [[(piece.first, piece.end) for piece in made.plan.pieces] for made in (job(order(score=score)), always)]
    assert pieces[0] == pieces[1] and len(pieces[0]) > len(usual.plan.pieces) == 1


def test_pieces_are_shorter_for_a_slow_codec_and_two_pictures_at_once():
    look = Look(grid=(320, 180))
    counts = [
        len(
            job(order(out=out, look=look, machine=Machine(codec=codec), shown=shown), 200, size=(1280, 720)).plan.pieces
        )
        for out, codec, shown in (
            ("a.mov", "h264", "dreamed"),
            ("a.mov", "prores", "dreamed"),
            ("a.mov", "prores", "side-by-side"),
        )
    ]
    assert counts[0] == 1 and counts[0] < counts[1] < counts[2]


def test_pieces_go_by_the_grid_of_the_sources_pictures():
    """Whatever of them is shown: two side by side are dreamed as one is, of their shape."""

    def pieces(grid, size, **more):
        return [
            (piece.first, piece.end)
            for piece in job(order(look=Look(grid=grid, cadence=60), **more), 200, size=size).plan.pieces
        ]

    for size, grid in (((1280, 720), (576, 324)), ((720, 1280), (324, 576)), ((640, 160), (720, 180))):
        for shown in ("dreamed", "side-by-side"):
            assert pieces(None, size, shown=shown) == pieces(grid, size, shown=shown)
    assert len(pieces(None, (1280, 720))) > len(pieces((320, 180), (1280, 720)))


OBJECTIVES = {
    "mixed5:74": (),
    "mixed4": (),
    "mixed1@g.png": ("g.png",),
    'mixed1@"my own.png"': ("my own.png",),
    '0.123456789*mixed3:10 - 0.5 * mixed1@g.png+2*mixed2@"a+b@c.png"': ("g.png", "a+b@c.png"),
    "mixed1@sub/../g.png": ("g.png",),
    "mixed4:7^2 + mixed1@odd^2.png - mixed3^2": ("odd^2.png",),
}


@pytest.mark.parametrize(("text", "guides"), OBJECTIVES.items())
def test_guides_are_absolute_and_nothing_else_changes(here, text, guides):
    absolute = guided_from_here(text)
    before, after = parse(text), parse(absolute)
    assert after.guides == tuple(os.path.join(os.getcwd(), guide) for guide in guides)
    assert [(term.weight, term.layer, term.channel, term.squared) for term in after.terms] == [
        (term.weight, term.layer, term.channel, term.squared) for term in before.terms
    ]
    assert guided_from_here(absolute) == absolute and (guides or absolute == text)


def test_a_folder_that_no_objective_can_name_changes_nothing(here, monkeypatch):
    Path('say "x"').mkdir()
    monkeypatch.chdir('say "x"')
    assert guided_from_here("mixed1@g.png") == "mixed1@g.png"


def test_a_job_is_rendered_alike_in_any_folder(here, monkeypatch):
    """Every guide of look, preset, change and journey, and the weights, are found from elsewhere."""
    weights = Machine(weights=str(Path("w.npz")))
    monkeypatch.setattr("kaleidocam.film.order.check_reach", lambda channel, machine: None)
    text = (
        'preset = "mine.toml"\n[[change]]\nat = 1\nchannel = "0.5*mixed1@h.png + mixed1:3"\n'
        '[journey]\nchannels = ["mixed1@g.png", "mixed1:3"]\nevery = 0.4\nuntil = 0.9'
    )
    made = [job(order(look=Look(channel="mixed1@h.png"), machine=weights)), job(order(score=text))]
    assert made[0].machine.weights == str(here / "w.npz") and made[1].machine.weights == "bundled"
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    channels = [made[0].look_at(0).channel, *(made[1].look_at(i / 10).channel for i in range(20))]
    guides = {guide for channel in channels for guide in parse(channel).guides}
    assert guides == {str(here / "g.png"), str(here / "h.png")} and all(map(os.path.isfile, guides))
    assert [made[1].look_at(at).channel.rpartition("/")[2] for at in (0, 0.5, 0.85, 1.5)] == [
        'g.png"',
        "mixed1:3",
        'g.png"',
        'h.png" + mixed1:3',
    ]


def test_a_job_says_what_computes_it(monkeypatch):
    """Whoever renders a piece, elsewhere and later, does it as the one that began."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    machine = job(order()).machine
    assert (machine.backend, machine.device, machine.precision) == ("torch", "cpu", "float32")


def test_another_backend_is_another_film(monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    before = _settings(order())
    assert _settings(order(machine=Machine(backend=chosen()))) == before
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert _settings(order()) != before


@pytest.fixture
def taken(monkeypatch):
    """A machine with these frameworks, where the first is the one that is taken without a name."""

    def be(*names):
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        for room in ("film.order", "dream.compute.backends.registry"):
            monkeypatch.setattr(f"kaleidocam.{room}.installed", lambda name: name in names)
        monkeypatch.setattr("kaleidocam.dream.compute.backends.registry.automatic", lambda device: (names[0], "it is"))

    return be


@pytest.fixture
def begun(taken, here):
    """The folder of a film that was begun while TensorFlow was taken, and its settings."""
    taken("tensorflow")
    folder = here / "out.mp4.pieces"
    folder.mkdir()
    assert _pinned(order(), folder) == order()  # nothing is begun yet
    settings = _settings(order())
    note(folder, settings, {})
    return folder, settings


def test_a_film_goes_on_with_the_backend_it_was_begun_with(begun, taken, logged):
    """Whatever is installed since, and without a word where nothing differs."""
    folder, settings = begun
    assert _settings(_pinned(order(), folder)) == settings and not logged.messages
    taken("openvino", "tensorflow")
    assert _settings(_pinned(order(), folder)) == settings != _settings(order())
    assert logged.messages == ["the film was begun with TensorFlow, and goes on with it"]
    assert job(_pinned(order(), folder)).machine.backend == "tensorflow"


def test_one_that_asks_for_another_backend_or_for_a_new_film_gets_it(begun, taken, monkeypatch):
    taken("openvino", "tensorflow")
    for other in (order(machine=Machine(backend="openvino")), order(overwrite=True)):
        assert _pinned(other, begun[0]) == other and _settings(other)["backend"] == "openvino"
    monkeypatch.setenv("KERAS_BACKEND", "openvino")
    assert _pinned(order(), begun[0]) == order()


def test_a_film_whose_backend_is_gone_is_refused(begun, taken):
    taken("openvino")
    with pytest.raises(UserError, match="begun with TensorFlow, which is no longer installed: .* -y to delete it"):
        _pinned(order(), begun[0])


def matte(name, size=(160, 96)):
    cv2.imwrite(name, texture(3, size))


def test_a_mask_that_is_a_file_goes_with_the_job_from_any_folder(here):
    matte("matte.png")
    for mask, path in (("matte.png", "{}/matte.png"), ("not depth matte.png 0.4", "not depth {}/matte.png 0.4")):
        assert job(order(look=Look(mask=mask))).score.base.mask == path.format(os.getcwd())
    assert job(order(look=Look(mask="luma 0.3"))).score.base.mask == "luma 0.3"
    scored = order(score='[[change]]\nat = 1\nmask = "matte.png"')
    assert job(scored).score.look(1.5).mask == f"{os.getcwd()}/matte.png"


@pytest.mark.parametrize(
    "how", [{"look": Look(mask="not matte.png")}, {"score": '[keys]\nmask = [[0, "luma"], [1, "depth matte.png 0.4"]]'}]
)
def test_a_film_is_another_when_its_matte_changes(how):
    matte("matte.png")
    before = _settings(order(**how))
    assert _settings(order(**how)) == before
    matte("matte.png", (80, 48))
    assert _settings(order(**how)) != before


@pytest.mark.parametrize(
    "how", [{"look": Look(mask="matte.png")}, {"score": '[[change]]\nat = 1\nmask = "not matte.png"'}]
)
def test_a_matte_of_another_shape_is_refused_before_anything_is_rendered(how):
    matte("matte.png", (96, 96))
    with pytest.raises(UserError, match="'matte.png' is 96x96, the picture 160x96"):
        job(order(**how))


def test_a_mask_that_is_not_there_is_refused_also_where_it_comes_later():
    for how in ({"look": Look(mask="gone.png", subject="off")}, {"look": Look(mask="gone.png")}):
        with pytest.raises(UserError, match="no mask 'gone.png'"):
            check(order(**how), Path("out.mp4.pieces"))
    with pytest.raises(UserError, match="no mask 'gone.png'"):
        job(order(score='[[change]]\nat = 1\nmask = "gone.png"'))


SUBJECTS = {
    "from a score's first mask on": ('[[change]]\nat = 1\nmask = "luma"', {}, ["off", "dream"]),
    "from the first key on": ('[keys]\nmask = [[0, "luma"], [1, "motion"]]', {}, ["dream", "dream"]),
    "as the score says": ('[[change]]\nat = 1\nmask = "luma"\nsubject = "keep"', {}, ["off", "keep"]),
    "as a flag says": ('[[change]]\nat = 1\nmask = "luma"', {"subject": "keep"}, ["keep", "keep"]),
    "a flag over a preset": ('preset = "mine.toml"', {"mask": "luma"}, ["dream", "dream"]),
    "as it was played": ('film = "take.mp4"\n[[change]]\nat = 1\nmask = "luma"', {}, ["off", "off"]),
}


@pytest.mark.parametrize(("score", "given", "subjects"), SUBJECTS.values(), ids=SUBJECTS)
def test_where_a_mask_is_given_alone_only_that_dreams(score, given, subjects):
    cv2.imwrite("g.png", texture(1))
    found = job(order(score=score, look=Look(**given), given=given)).score
    assert [found.look(at).subject for at in (0.5, 1.5)] == subjects
