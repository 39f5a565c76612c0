"""The wheel holds all that it needs and runs outside the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


def built(folder, **environment):
    """Built from a copy, so that nothing stale from an earlier build gets in."""
    for name in ("kaleidocam", "configs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(folder / "out"),
            str(folder),
        ],
        check=True,
        capture_output=True,
        env=os.environ | environment,
    )
    return next((folder / "out").glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("wheel"))


def wants(wheel):
    """What it is called, what it requires, and what its extras do."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        told = message_from_bytes(file.read(name))
    required = [line.split(";") for line in told.get_all("Requires-Dist")]
    return told["Name"], {each[0] for each in required if len(each) == 1}, {each[0] for each in required if each[1:]}


def test_the_core_is_the_same_without_tensorflow(wheel, tmp_path):
    core = built(tmp_path, KALEIDOCAM_BUILD="core")
    (name, required, extra), (_, here, there) = wants(wheel), wants(core)
    assert name == "kaleidocam" and wants(core)[0] == "kaleidocam-core"
    (tensorflow,) = required - here
    assert tensorflow.startswith("tensorflow") and here < required
    assert {each.replace("kaleidocam[", "kaleidocam-core[") for each in extra} == there != extra
    modules = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("kaleidocam-")}
    assert modules == {name for name in zipfile.ZipFile(core).namelist() if not name.startswith("kaleidocam_core-")}


def test_it_holds_the_presets_the_weights_and_their_license(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for preset in (ROOT / "configs").glob("*.toml"):
        assert f"kaleidocam/configs/{preset.name}" in names
    for part in ("inceptionv3_mixed5.npz", "SHA256SUMS", "LICENSE", "README.md"):
        assert f"kaleidocam/dream/network/trunk/{part}" in names
    for part in ("selfie_segmentation_landscape.tflite", "SHA256SUMS", "LICENSE", "README.md"):
        assert f"kaleidocam/mask/selfie/{part}" in names
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "kaleidocam").rglob("*.py")}
    assert modules <= names
    assert {f"kaleidocam/atlas/page/{name}" for name in ("atlas.html", "atlas.js", "atlas.css")} <= names
    small = sum(path.stat().st_size for path in (ROOT / "kaleidocam" / "atlas" / "small").iterdir())
    assert small < 8_000_000 and wheel.stat().st_size < small + 6_000_000


def test_it_runs_outside_the_checkout(wheel, tmp_path):
    """Installed by pip into a folder of its own (its dependencies are the ones here), and run from elsewhere."""
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)],
        check=True,
        capture_output=True,
    )
    environment = os.environ | {"PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-c", "import kaleidocam; print(kaleidocam.__file__)"],
        env=environment,
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site))
    command = [
        sys.executable,
        "-m",
        "kaleidocam",
        "film",
        "aisle",
        "out.mp4",
        "-t",
        "0.3",
        "--preset",
        "eyes",
        "--grid",
        "96x96",
        "--burst",
        "0",
    ]
    done = subprocess.run(command, env=environment, cwd=elsewhere, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (elsewhere / "out.mp4").stat().st_size > 10_000
