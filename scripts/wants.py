"""What some tests want that doesn't come with the rest by pip: whether it is there, and the one command that brings it.

Invariant: standard library only; nothing of the list is needed by any other test.
`python scripts/wants.py` prints that command for what comes by the system.
"""

import os
import platform
import shutil
from importlib.util import find_spec
from pathlib import Path

from environment import PYTHON, ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ALSA = Path("/usr/share/alsa/alsa.conf")
APT = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "Chromium": "chromium",
    "PortAudio": "libportaudio2",
    "ALSA": "libasound2-data",
    "ffmpeg": "ffmpeg",
    "mount": "mount",
}
EXTRAS = {"torch": "torch", "jax": "jax", "midi": "rtmidi"}  # of setup.cfg, and a module that each brings


def there(want: str) -> bool:
    if want in EXTRAS:
        return find_spec(EXTRAS[want]) is not None
    if want == "Chromium":
        return browser() is not None
    if want == "ALSA":
        return ALSA.exists()
    if want == "PortAudio":
        return _portaudio()
    return shutil.which(want) is not None


def browser() -> str | None:
    """The program that shows pages here."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _portaudio() -> bool:
    try:
        import sounddevice  # noqa: F401

        return True
    except (ImportError, OSError):  # the module; the library
        return False


def bringing(wants: list[str]) -> str:
    """The command that brings them."""
    system, extras = [want for want in wants if want in APT], [want for want in wants if want in EXTRAS]
    steps = [_by_the_system(system)] if system else []
    if extras:
        steps.append(f'{PYTHON.relative_to(ROOT)} -m pip install -e ".[{",".join(extras)}]"')
    return " && ".join(steps)


def _by_the_system(wants: list[str]) -> str:
    """By apt on Debian and what came of it; the names alone elsewhere, where nobody has tried it yet."""
    family = _family()
    if "debian" not in family:
        return f"install {', '.join(wants)}"
    packages = [APT[want] for want in wants]
    if "ubuntu" in family:
        packages = ["chromium-browser" if package == "chromium" else package for package in packages]
    root = "" if hasattr(os, "getuid") and os.getuid() == 0 else "sudo "
    return f"{root}apt-get install --yes --no-install-recommends {' '.join(packages)}"


def _family() -> list[str]:
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return []
    return [told["ID"], *told.get("ID_LIKE", "").split()]


if (
    __name__ == "__main__"
):  # the command that brings what comes by the system and is missing here; nothing where nothing is
    print(bringing([want for want in APT if not there(want)]))
