"""The backends that are installed here. In CI that has to be all of them."""

import os

import pytest

from kaleidocam.dream.backends.registry import BACKENDS, backend, installed


@pytest.fixture(params=BACKENDS, scope="session")
def on(request):
    """Each backend in turn, on the processor."""
    if not os.environ.get("CI") and not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return backend(request.param, "cpu")
