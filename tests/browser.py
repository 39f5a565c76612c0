"""A real headless Chromium, for the tests of pages."""

import os
import shutil
import time
from contextlib import contextmanager

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium():
    """Yields playwright's browser. Where it or Chromium is missing the test is skipped, but fails in CI."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("playwright or Chromium is not installed")
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium's own sandbox can't be had; the pages here are ours.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def eventually(page, what, seconds=20):
    """Waits until `what()` is so, while the page lives on."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        page.wait_for_timeout(20)
