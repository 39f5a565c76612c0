"""Programs and libraries that some tests need beyond the pip packages: whether they are installed, and how to get them.

Invariant: standard library only; no other test needs anything on this list.
`python scripts/wants.py` prints the command that installs the missing system packages.
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
EXTRAS = {
    "torch": "torch",
    "jax": "jax",
    "openvino": "openvino",
    "midi": "rtmidi",
    "link": "link",
    "ndi": "cyndilib",
}  # extras of setup.cfg, each with a module that it installs


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
    """The browser that is installed here."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _portaudio() -> bool:
    try:
        import sounddevice  # noqa: F401

        return True
    except (ImportError, OSError):  # without the module; without the library
        return False


def bringing(wants: list[str]) -> str:
    """The command that installs them."""
    system, extras = [want for want in wants if want in APT], [want for want in wants if want in EXTRAS]
    steps = [_by_the_system(system)] if system else []
    if extras:
        steps.append(f'{PYTHON.relative_to(ROOT)} -m pip install -e ".[{",".join(extras)}]"')
    return " && ".join(steps)


def _by_the_system(wants: list[str]) -> str:
    """The apt command on Debian and its derivatives; only the names on other systems, which are untested."""
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


if __name__ == "__main__":
    print(bringing([want for want in APT if not there(want)]))
