"""A disk on which no file can grow beyond a size, for as long as a `with` lasts: the test report may be such a file."""

from contextlib import contextmanager

import pytest


@contextmanager
def small_disk(size):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
