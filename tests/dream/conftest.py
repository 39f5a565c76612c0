"""The backends that are installed here. In CI that has to be all of them."""

import os

import pytest

from kaleidocam.dream.backends.registry import BACKENDS, DEFAULT, backend, installed


def on_processor(name):
    if not os.environ.get("CI") and not installed(name):
        pytest.skip(f"{name} is not installed")
    return backend(name, "cpu")


@pytest.fixture(params=BACKENDS, scope="session")
def on(request):
    """Each backend in turn, on the processor."""
    return on_processor(request.param)


@pytest.fixture(params=[name for name in BACKENDS if name != DEFAULT], scope="session")
def other(request):
    """Each backend in turn but the default one, which they are held against."""
    return on_processor(request.param)


@pytest.fixture(scope="session")
def reference():
    return on_processor(DEFAULT)
