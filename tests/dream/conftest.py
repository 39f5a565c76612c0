"""The backends, each on the processor. Tests of those that are not installed are skipped, but fail in CI."""

import pytest

from kaleidocam.dream.compute.backends.registry import BACKENDS, DEFAULT, backend

OTHERS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in BACKENDS if name != DEFAULT]


@pytest.fixture(params=[DEFAULT, *OTHERS], scope="session")
def on(request):
    """Each backend in turn."""
    return backend(request.param, "cpu")


@pytest.fixture(params=OTHERS, scope="session")
def other(request):
    """Each backend in turn but the default one, which they are held against."""
    return backend(request.param, "cpu")


@pytest.fixture(scope="session")
def reference():
    return backend(DEFAULT, "cpu")
