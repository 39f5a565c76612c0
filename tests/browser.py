"""A real headless Chromium, for the tests of pages."""

import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright
from wants import browser


def in_a_browser(test):
    """For every test that has the browser below."""
    return pytest.mark.needs("Chromium")(pytest.mark.timed(test))


@contextmanager
def chromium(*more):
    """Yields playwright's browser. `more`: arguments of Chromium."""
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium's own sandbox can't be had; the pages here are ours.
        opened = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu", *more])
        try:
            yield opened
        finally:
            opened.close()


def eventually(page, what, seconds=20):
    """Waits until `what()` is so, while the page lives on."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        page.wait_for_timeout(20)
