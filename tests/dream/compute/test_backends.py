"""Every backend keeps the contract: the same gradient, the same film, whatever computes it."""

import os
import subprocess
import sys
import threading
from functools import partial, reduce

import cv2
import numpy as np
import pytest

from kaleidocam.cli import gpus
from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.compute.backends import gpu_builds
from kaleidocam.dream.compute.backends.base import Spec, windows
from kaleidocam.dream.compute.backends.registry import BACKENDS, backend, chosen, require, too_large
from kaleidocam.dream.compute.device import OnDevice
from kaleidocam.dream.compute.imaging import PROCESSOR, to_network
from kaleidocam.dream.network.gradient import Activations, Gradient, MotifGradients
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.settings.parameters import Look
from kaleidocam.sources.aisle import Aisle

GRID, FRAMES = (160, 96), 100
REACHED = [layer for layer in INCEPTION_V3.layers if layer <= "mixed5" and len(layer) == 6]
OBJECTIVES = [
    "mixed5:74",
    "mixed0:3",
    "mixed3:480",
    "mixed2",
    "0.7*mixed3:10 + 0.3*mixed5:9",
    "mixed1@guide.png",
    "0.5*mixed2@guide.png + mixed3:10",
    "mixed4^2",
    "0.5*mixed3:10^2 + mixed5^2 - mixed4:7",
]


@pytest.fixture(scope="module")
def weights():
    return load("bundled")


@pytest.fixture(scope="module")
def pictures():
    """Four places of the drawn aisle, with a grain, so that none is plain."""
    with Aisle(size=(256, 224), fps=30) as aisle:
        image = to_network([aisle.read() for _ in range(30)][-1].image) * 0.7
    image += np.random.default_rng(0).uniform(-0.2, 0.2, image.shape).astype(np.float32)
    return [np.ascontiguousarray(image[y : y + 112, x : x + 128]) for y in (0, 112) for x in (0, 128)]


@pytest.fixture(scope="module")
def picture(pictures):
    return pictures[0]


def guides(picture):
    return {"guide.png": np.ascontiguousarray(picture[:, ::-1])}


def check(ours, theirs):
    """Within 1e-4 of the largest number, and by their lengths. Of two neighbors that are equal up to the last digit,
    that digit decides to which max-pooling gives its gradient; so one picture of four may differ, and only a little."""
    off = []
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype == np.float32 and np.abs(other).max() > 0
        off.append(
            max(np.abs(one - other).max() / np.abs(other).max(), np.linalg.norm(one - other) / np.linalg.norm(other))
        )
    assert sorted(off)[-2] < 1e-4 and max(off) < 0.05, off


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_agree(other, reference, weights, pictures, objective):
    gradients = [
        Gradient(parse(objective), weights, "float32", guides=guides(pictures[1]), on=by) for by in (other, reference)
    ]
    (ours, our_values), (theirs, their_values) = (zip(*map(gradient, pictures), strict=True) for gradient in gradients)
    check(ours, theirs)
    np.testing.assert_allclose(our_values, their_values, rtol=1e-4, atol=1e-7)


def test_without_a_leak_they_agree_too(other, reference, weights, pictures):
    check(
        *(
            [Gradient(parse("mixed4:20"), weights, "float32", leak=0, on=by)(one)[0] for one in pictures]
            for by in (other, reference)
        )
    )


KINDS = {
    "a wide kernel": ("conv", (1, 7), 1, "SAME"),
    "a stride of 2": ("conv", (5, 3), 2, "VALID"),
    "a stride of 3 beyond its kernel": ("conv", (2, 1), 3, "VALID"),
    "maxima of 2 by 2": ("MAX", 2, 2, "VALID"),
    "maxima that overlap": ("MAX", 3, 1, "VALID"),
    "means beside the border": ("AVG", 5, 1, "SAME"),
    "means with a stride": ("AVG", 3, 2, "VALID"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_any_kind_have_the_reference_s_gradient(other, reference, kind):
    """Those that no network here has, too: the contract allows them."""
    what, size, stride, padding = KINDS[kind]
    random = np.random.default_rng(0)
    image, found = random.normal(size=(1, 13, 16, 5)).astype(np.float32), []
    for on in (other, reference):
        channels = 6 if what == "conv" else 5
        weights = np.random.default_rng(1).normal(size=(*np.broadcast_to(size, 2), 5, channels)).astype(np.float32)
        kernel = on.kernel(weights, np.zeros(channels, np.float32), "float32")

        def score(x, on=on, kernel=kernel):
            planes = on.planes(x, "float32")
            made = (
                on.conv(planes, kernel, stride, padding)
                if what == "conv"
                else on.pool(planes, what, stride, padding, size)
            )
            made = on.unplaned(made)
            return on.mean(made * made, (0, 1, 2, 3)), on.sum(made, (0,))

        gradient, made = on.rising(score, [Spec((1, 13, 16, 5))])(on.array(image))
        found.append((on.numpy(gradient), on.numpy(made)))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())


def test_motifs_agree(other, reference, weights, pictures):
    run = INCEPTION_V3.branches("mixed4")[1]
    (ours, our_values), (theirs, their_values) = (
        MotifGradients("mixed4", run, weights, "float32", on=by)(np.stack(pictures), [run[7], run[0], run[-1], run[50]])
        for by in (other, reference)
    )
    check(ours, theirs)
    np.testing.assert_allclose(our_values, their_values, rtol=1e-4, atol=1e-7)


def test_activations_agree(other, reference, weights, picture):
    ours, theirs = (Activations(REACHED, weights, "float32", on=by)(picture[None]) for by in (other, reference))
    for layer in REACHED:
        np.testing.assert_allclose(ours[layer], theirs[layer], rtol=1e-4, atol=1e-5 * theirs[layer].max())


def test_half_the_precision_points_the_same_way(on, weights, picture):
    exact, rough = (
        Gradient(parse("mixed3:10"), weights, precision, on=on)(picture)[0] for precision in ("float32", "bfloat16")
    )
    if on.precision_for("bfloat16") == "float32":
        pytest.skip(f"{on.name} has no bfloat16 on this processor")
    assert rough.dtype == np.float32 and 0.9 < np.corrcoef(exact.ravel(), rough.ravel())[0, 1] < 1


def test_another_size_is_another_picture_and_no_other_gradient(on, weights, picture):
    gradient = Gradient(parse("mixed2:3"), weights, "float32", on=on)
    first = gradient(picture)[0]
    assert gradient(picture[:100, :97])[0].shape == (100, 97, 3)
    np.testing.assert_array_equal(gradient(picture)[0], first)


def test_what_is_given_stays_and_what_comes_can_be_written_into(on, weights, picture):
    given = picture.copy()
    given.flags.writeable = False
    gradient, value = Gradient(parse("mixed0:3"), weights, "float32", on=on)(given)
    gradient += 1
    np.testing.assert_array_equal(given, picture)
    assert isinstance(value, float)


def test_two_threads_at_once_get_what_one_gets(on, weights, picture):
    gradient = Gradient(parse("mixed1:3"), weights, "float32", on=on)
    pictures = [picture, np.ascontiguousarray(picture[::-1])]
    alone, together = [gradient(one)[0] for one in pictures], [[], []]
    threads = [
        threading.Thread(target=lambda i=i: together[i].extend(gradient(pictures[i])[0] for _ in range(5)))
        for i in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, several in zip(alone, together, strict=True):
        assert len(several) == 5
        for of in several:
            np.testing.assert_allclose(of, one, rtol=0, atol=1e-5 * np.abs(one).max())


# Faint, for a strong dream makes much of every last digit; and laid over as it is, for making it crisp, which is the
# same code for all, would double what one rounds up and the other down.
LOOK = Look(grid=GRID, rate=0.4, limit=1, onset=0, half_life=1, burst=2, outline=0, sharpness=0)


@pytest.fixture(scope="module")
def walk():
    """The frames of a film, seen."""
    eye = Eye(GRID, Tracker())
    with Aisle(size=(320, 192), fps=30) as aisle:
        return [eye.see(aisle.read(), LOOK) for _ in range(FRAMES)]


def a_dream(weights, on, imaging=PROCESSOR):
    gradient = Gradient(parse(LOOK.channel), weights, "float32", on=on)
    measure = gradient if imaging is PROCESSOR else gradient.rising
    return Dream(GRID, Ascent(measure, 16, imaging, exact=INCEPTION_V3.exact), imaging)


def shown(seen, layer):
    return Glass().show(seen, layer, LOOK).image


@pytest.fixture(scope="module")
def film(weights, reference, walk):
    """The film by the reference: its pictures, and the dream's memory before each."""
    dream, pictures, memories = a_dream(weights, reference), [], []
    for seen in walk:
        memories.append(dream.state())
        pictures.append(shown(seen, dream.advance(seen, LOOK)))
    assert cv2.absdiff(pictures[-1], walk[-1].picture).mean() > 8, "it is dreamed"
    return pictures, memories


def alike(ours, theirs):
    """The share of pixels that are within a gray level in every color."""
    return (cv2.absdiff(np.reshape(ours, (-1, 3)), np.reshape(theirs, (-1, 3))).max(1) <= 1).mean()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["processor", "device"])
def test_a_film_s_frames_agree(on, weights, walk, film, place):
    """Each from the memory that the reference has of the frame before: a dream amplifies every last digit, so that two
    films part after some seconds, as two of one backend by other numbers of threads do."""
    dream, ours = a_dream(weights, on, OnDevice(on) if place == "device" else PROCESSOR), []
    for seen, memory in zip(walk, film[1], strict=True):
        dream.restore(memory)
        ours.append(shown(seen, dream.advance(seen, LOOK)))
    assert alike(ours, film[0]) >= 0.999


def test_a_film_begins_alike(other, weights, walk, film):
    dream = a_dream(weights, other)
    ours = [shown(seen, dream.advance(seen, LOOK)) for seen in walk[:10]]
    assert alike(ours, film[0][:10]) >= 0.999


ONCE = """
import numpy as np
from kaleidocam.dream.compute.backends.registry import backend
from kaleidocam.dream.network.gradient import Gradient
from kaleidocam.dream.objective import parse
from kaleidocam.dream.network.weights import load
on = backend({name!r}, "cpu")
on.fix_threads({threads})
gradient = Gradient(parse("mixed2:3"), load("bundled"), "float32", on=on)
image = np.random.default_rng(0).uniform(-1, 1, (96, 128, 3)).astype(np.float32)
print(gradient(image)[0].tobytes().hex()[:20000])
on.fix_threads({threads})
try:
    on.fix_threads({threads} + 1)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_a_number_of_threads_holds_and_repeats(on, threads):
    """Two processes get the same bytes; and a film that was begun by another number is refused or heeded."""
    code = ONCE.format(name=on.name, threads=threads)
    (first, *said), (second, *_) = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert first == second
    assert (
        said == []
        if on.name == "torch"
        else said
        == [
            f"UserError this process computes with {threads} threads, but the film needs {threads + 1}; "
            "use a new process"
        ]
    )


def test_the_backend_is_chosen_by_name_or_by_the_environment(monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert chosen("jax") == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert chosen() == "torch" and chosen("jax") == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "jaxx")
    with pytest.raises(
        UserError, match="KERAS_BACKEND is 'jaxx'; allowed is tensorflow, torch, jax, openvino; .*'jax'"
    ):
        chosen()


ALL = ("tensorflow", "torch", "jax", "openvino")


@pytest.mark.parametrize(
    "here, for_the_gpu, device, taken",
    [
        (ALL, (), "auto", "openvino"),
        (ALL, (), "cpu", "openvino"),
        (ALL, (), "gpu", "tensorflow"),
        (ALL, ("torch",), "auto", "torch"),
        (ALL, ("torch", "tensorflow"), "auto", "tensorflow"),
        (ALL, ("torch",), "cpu", "openvino"),
        (ALL[:3], (), "auto", "tensorflow"),
        (ALL[:3], ("torch",), "auto", "tensorflow"),
        (ALL[3:], (), "auto", "openvino"),
        (ALL[1:2], (), "auto", "torch"),
        ((), (), "auto", "tensorflow"),
    ],
)
def test_without_a_name_openvino_is_taken_on_a_processor_and_no_gpu_is_given_up(
    monkeypatch, here, for_the_gpu, device, taken
):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr("kaleidocam.dream.compute.backends.registry.installed", lambda name: name in here)
    monkeypatch.setattr(gpu_builds, "_makes", lambda: {gpu_builds.NVIDIA} if for_the_gpu else set())
    built = {name: {gpu_builds.NVIDIA} if name in for_the_gpu else set() for name in ALL}
    monkeypatch.setattr(gpu_builds, "BUILT_FOR", {name: partial(set, makes) for name, makes in built.items()})
    assert chosen("auto", device) == taken
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert chosen("auto", device) == "jax" and chosen("torch", device) == "torch"


def test_a_backend_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("kaleidocam.dream.compute.backends.registry.installed", lambda name: False)
    with pytest.raises(UserError, match=r"needs PyTorch, which is not installed: pip install 'kaleidocam\[torch\]'"):
        require("torch")


def test_without_a_gpu_one_that_is_asked_for_is_refused(on):
    if gpus.find():
        pytest.skip("there is a GPU here")
    with pytest.raises(UserError, match=f"--device gpu: {BACKENDS[on.name]} finds no GPU here; .*doctor"):
        backend(on.name, "gpu")


def test_a_backend_runs_once_a_device(on):
    assert backend(on.name, "cpu") is on and backend(on.name) is on


def test_motifs_are_compiled_for_few_numbers_of_pictures(on, weights, pictures):
    """Where each shape is compiled anew, 3 pictures are as 4; what is added changes nothing."""
    run, counted = INCEPTION_V3.branches("mixed0")[0], []

    class Counting:
        def __getattr__(self, name):
            return getattr(on, name)

        def rising(self, f, specs):
            compiled = on.rising(f, specs)
            return lambda *given: (counted.append(given[0].shape[0]), compiled(*given))[1]

    motifs = MotifGradients("mixed0", run, weights, "float32", on=Counting())
    whole, values = motifs(np.stack(pictures), [run[i] for i in range(4)])
    three, some = motifs(np.stack(pictures[1:]), [run[i] for i in range(1, 4)])
    assert counted == ([4, 4] if on.fixed else [4, 3])
    np.testing.assert_allclose(three, whole[1:], rtol=0, atol=1e-6 * np.abs(whole).max())
    np.testing.assert_allclose(some, values[1:], rtol=1e-5)


def test_what_a_device_has_no_memory_for_is_said_in_a_line():
    class OutOfMemoryError(RuntimeError):
        pass

    assert "a smaller --grid" in str(too_large(OutOfMemoryError("CUDA out of memory. Tried to allocate ...")))
    assert too_large(RuntimeError("another")) is None


def test_a_framework_that_can_t_begin_is_told_in_a_line(tmp_path):
    (tmp_path / "torch.py").write_text("raise AttributeError('module numpy\\nhas no attribute')")
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((128, 128, 3), np.uint8))
    done = subprocess.run(
        [sys.executable, "-m", "kaleidocam", "still", "a.png", "b.png", "--backend", "torch"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stderr.splitlines()[-1] == (
        "kaleidocam: PyTorch does not start here: module numpy has no attribute; reinstall it, or choose another "
        "with --backend"
    )


@pytest.mark.parametrize("size", [(15, 17), (16, 18), (3, 4)])
def test_the_maximum_of_windows_is_max_pooling(on, size):
    planes = np.random.default_rng(0).normal(size=(2, *size, 3)).astype(np.float32)
    pooled = on.numpy(on.unplaned(on.pool(on.planes(on.array(planes), "float32"), "MAX", 2, "VALID", 3)))
    np.testing.assert_array_equal(reduce(np.maximum, windows(planes, 2, 3)), pooled)
