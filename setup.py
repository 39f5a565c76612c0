"""Builds `kaleidocam`; or, where KALEIDOCAM_BUILD is "core", `kaleidocam-core`: all the same, without TensorFlow.

Invariant: what both stand on is listed once, in setup.cfg; pip knows no way to leave out what a package requires.
"""

import os

import setuptools

CORE = os.environ.get("KALEIDOCAM_BUILD") == "core"


class Core(setuptools.Distribution):
    """setup.cfg under the other name, which the extras that name others take on too."""

    def parse_config_files(self, *args, **more):
        super().parse_config_files(*args, **more)
        self.metadata.name = "kaleidocam-core"
        self.install_requires = [each for each in self.install_requires if not each.startswith("tensorflow")]
        self.extras_require = {
            extra: [each.replace("kaleidocam[", "kaleidocam-core[") for each in wanted]
            for extra, wanted in self.extras_require.items()
        }
        self._finalize_requires()


setuptools.setup(**({"distclass": Core} if CORE else {}))
