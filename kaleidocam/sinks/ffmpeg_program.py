"""The program `ffmpeg`, for protocols that PyAV's FFmpeg was not built with.

Invariant: it is only looked for when such a protocol is asked for.
"""

import os
import shutil
import subprocess
from functools import cache

ASK_SECONDS = 10.0


@cache
def program_with(protocol: str) -> str | None:
    """The path of an ffmpeg that can send by `protocol`: the one that IMAGEIO_FFMPEG_EXE names, the one on the path, or
    the one that comes with imageio-ffmpeg. None: there is none."""
    for program in _there():
        if protocol in _protocols(program):
            return program
    return None


def _there() -> list[str]:
    found = [os.environ.get("IMAGEIO_FFMPEG_EXE"), shutil.which("ffmpeg")]
    try:
        import imageio_ffmpeg

        found.append(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        pass  # the package is not installed, or has none for this system
    return [program for program in found if program]


def _protocols(program: str) -> set[str]:
    """Those by which it can send."""
    try:
        said = subprocess.run(
            [program, "-hide_banner", "-protocols"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=ASK_SECONDS,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return set(said.partition("Output:")[2].split())
