"""Which framework was built for the GPU that is here, told from the files of both, without an import."""

import sys

import pytest

from kaleidocam.dream.compute.backends import gpu_builds
from kaleidocam.dream.compute.backends.gpu_builds import reaching

ALL = ("tensorflow", "torch", "jax")
TORCH = {
    "cuda": "cuda: Optional[str] = '12.8'\nhip: Optional[str] = None\n",
    "older cuda": "cuda = '11.3'\nhip = None\n",
    "hip": "cuda: Optional[str] = None\nhip: Optional[str] = '6.2.1'\n",
    "neither": "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n",
}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of another system, with these devices, and packages with these files."""

    def be(system, processor="x86_64", devices=(), packages=None):
        monkeypatch.setattr("platform.system", lambda: system)
        monkeypatch.setattr("platform.machine", lambda: processor)
        monkeypatch.setattr(gpu_builds, "find_library", lambda name: None)
        monkeypatch.setattr("shutil.which", lambda name: name if name in devices else None)
        dev, site = tmp_path / "dev", tmp_path / "site"
        dev.mkdir()
        for name in devices:
            (dev / name).touch()
        monkeypatch.setattr(gpu_builds, "DEVICES", dev)
        for path, text in (packages or {}).items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)
        found = {".".join(path.relative_to(site).parts): [str(path)] for path in site.rglob("*") if path.is_dir()}
        monkeypatch.setattr(gpu_builds, "_folders", lambda package: found.get(package, []))

    return be


@pytest.mark.parametrize(
    "devices, build, found",
    [
        (["nvidia0", "nvidiactl"], "cuda", "torch"),
        (["nvidia0"], "older cuda", "torch"),
        (["dxg"], "cuda", "torch"),
        (["kfd"], "hip", "torch"),
        (["kfd"], "cuda", None),
        (["nvidia0"], "hip", None),
        (["nvidia0"], "neither", None),
        (["nvidiactl"], "cuda", None),
        ([], "cuda", None),
    ],
)
def test_pytorch_says_for_what_it_was_built(machine, devices, build, found):
    machine("Linux", devices=devices, packages={"torch/version.py": TORCH[build], "torch/__init__.py": ""})
    assert reaching(ALL) == found


def test_tensorflow_needs_cudnn_and_comes_first(machine, monkeypatch):
    packages = {"nvidia/cudnn/__init__.py": "", "torch/version.py": TORCH["cuda"]}
    machine("Linux", devices=["nvidia0"], packages=packages)
    assert reaching(ALL) == "tensorflow" and reaching(ALL[1:]) == "torch"


def test_tensorflow_by_the_system_s_cudnn(machine, monkeypatch):
    machine("Linux", devices=["nvidia0"])
    assert reaching(ALL) is None
    monkeypatch.setattr(gpu_builds, "find_library", lambda name: f"lib{name}.so.9")
    assert reaching(ALL) == "tensorflow"


@pytest.mark.parametrize("plugin, found", [("xla_cuda12", "jax"), ("xla_cuda13", "jax"), ("xla_rocm7", None)])
def test_jax_has_a_package_for_each_kind(machine, plugin, found):
    machine("Linux", devices=["nvidia0"], packages={f"jax_plugins/{plugin}/__init__.py": ""})
    assert reaching(ALL) == found


def test_windows_and_macs(machine):
    machine("Windows", devices=["nvidia-smi"], packages={"torch/version.py": TORCH["cuda"], "nvidia/cudnn/x.dll": ""})
    assert reaching(ALL) == "torch"  # TensorFlow has no GPU there


@pytest.mark.parametrize("processor, found", [("arm64", "torch"), ("x86_64", None)])
def test_a_mac_has_one_where_it_is_apple_s(machine, processor, found):
    machine("Darwin", processor)
    assert reaching(ALL) == found


def test_nothing_is_imported_and_what_can_t_be_read_counts_as_missing(machine, monkeypatch, tmp_path):
    machine("Linux", devices=["nvidia0"])
    before = set(sys.modules)
    gone = {name: [str(tmp_path / "gone")] for name in ("torch", "jax_plugins")}
    monkeypatch.setattr(gpu_builds, "_folders", lambda package: gone.get(package, []))
    assert reaching(ALL) is None and set(sys.modules) == before
