"""What tests need of the machine, and how many were not run for want of it, for scripts/test.py to tell."""

import json
import os

import pytest
import wants

FOR_WANT_OF = "for want of "


def need(*names):
    """Ends the test where one of these (`wants.APT`, `wants.EXTRAS`) is missing: skipped, but in CI failed."""
    if missing := [name for name in names if not wants.there(name)]:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(FOR_WANT_OF + ", ".join(missing))


class Tally:
    """Adds a line of JSON to the file that KALEIDOCAM_TALLY names: the tests skipped for want of something, what they
    wanted, and the tests that were deselected, which the workers of xdist tell the process that started them."""

    def __init__(self, config):
        self._config, self._skipped, self._wants, self._deselected = config, 0, set(), 0

    def pytest_deselected(self, items):
        self._deselected += len(items)

    def pytest_runtest_logreport(self, report):
        reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
        if (named := reason.removeprefix("Skipped: " + FOR_WANT_OF)) != reason:
            self._skipped += 1
            self._wants.update(named.split(", "))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        self._deselected = getattr(node, "workeroutput", {}).get("deselected", 0)

    def pytest_sessionfinish(self):
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["deselected"] = self._deselected
        elif path := os.environ.get("KALEIDOCAM_TALLY"):
            told = {"skipped": self._skipped, "wants": sorted(self._wants), "deselected": self._deselected}
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(told) + "\n")
