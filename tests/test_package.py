"""`import kaleidocam`: what it offers, and what it leaves alone until it is asked."""

import inspect
import subprocess
import sys

import pytest

import kaleidocam

HEAVY = ("tensorflow", "keras", "torch", "jax", "openvino", "cv2", "av", "scipy")


def fresh(code):
    """What a new process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_it_imports_nothing_heavy():
    loaded = fresh(f"import sys, kaleidocam; print(*{{*{HEAVY}, 'numpy', 'pydantic'}} & set(sys.modules))")
    assert loaded == []


def test_a_name_brings_no_framework_and_no_picture_library():
    names = [name for name in kaleidocam.__all__ if name != "__version__"]
    code = f"import sys, kaleidocam; [getattr(kaleidocam, name) for name in {names}]; "
    assert fresh(code + f"print(*set({HEAVY}) & set(sys.modules))") == []


def test_a_framework_comes_with_the_first_dream_alone():
    code = "import sys, kaleidocam; kaleidocam.Kaleidoscope().change(channel='mixed4:245'); "
    assert fresh(code + "print(*{'tensorflow', 'keras', 'torch', 'jax', 'openvino'} & set(sys.modules))") == []


def test_every_public_name_is_there_listed_and_says_what_it_is():
    for name in kaleidocam.__all__:
        assert name in dir(kaleidocam)
        assert name == "__version__" or inspect.getdoc(getattr(kaleidocam, name))


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'kaleidocam' has no attribute 'kaleidoskop'"):
        getattr(kaleidocam, "kaleidoskop")


@pytest.mark.parametrize("room", ["film", "still"])
def test_a_room_is_called_whatever_was_imported_before(room):
    code = f"import kaleidocam.{room}.{{}}; print(callable(kaleidocam.{room}), kaleidocam.{room}.{{}}.__name__)"
    inside = {"film": "score", "still": "octaves"}[room]
    assert fresh(code.format(inside, inside)) == ["True", f"kaleidocam.{room}.{inside}"]
    assert "overwrite" in inspect.signature(getattr(kaleidocam, room)).parameters


def test_it_tells_type_checkers_that_it_has_types():
    from importlib.resources import files

    assert files("kaleidocam").joinpath("py.typed").is_file()
