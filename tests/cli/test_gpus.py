"""What doctor advises on a machine with a GPU, without one, and with frameworks that don't find it."""

import re

import pytest

from kaleidocam.cli import gpus
from kaleidocam.cli.gpus import Gpu, advice

NVIDIA, AMD, APPLE = (Gpu(make, f"{make} X1") for make in (gpus.NVIDIA, gpus.AMD, gpus.APPLE))
PLAIN = {"tensorflow": 20.0, "torch": 21.0, "jax": 10.0}


@pytest.fixture
def machine(monkeypatch):
    """A machine of another system, with frameworks of one's choice."""

    def be(system, *installed):
        monkeypatch.setattr("platform.system", lambda: system)
        monkeypatch.setattr(gpus, "installed", lambda name: name in installed)

    return be


@pytest.mark.parametrize(
    "gpu, system, said",
    [
        (NVIDIA, "Linux", r"PyTorch on the NVIDIA X1 would be the fastest: pip install 'kaleidocam\[torch\]'"),
        (NVIDIA, "Windows", "would be the fastest: PyTorch for CUDA .*TensorFlow has no GPU on Windows"),
        (AMD, "Linux", "would be the fastest: PyTorch for ROCm"),
        (APPLE, "Darwin", r"would be the fastest: pip install 'kaleidocam\[torch\]'"),
    ],
)
def test_a_gpu_that_nothing_installed_reaches_is_named_with_the_way_to_it(machine, gpu, system, said):
    machine(system, "tensorflow")
    said_here = advice([gpu], {"tensorflow": 20.0}, set(), "tensorflow")
    assert re.search(said, said_here)
    assert said_here.endswith("--backend torch")


def test_one_that_is_installed_and_fails_is_not_sent_for_again(machine):
    machine("Linux", "tensorflow", "torch")
    assert advice([NVIDIA], {"tensorflow": 20.0}, set(), "tensorflow").startswith("TensorFlow is the fastest on ")


def test_what_is_used_is_where_it_is(machine):
    """PyTorch on a poor GPU, TensorFlow on the processor as quick."""
    machine("Linux", "tensorflow", "torch")
    assert advice([NVIDIA], {"tensorflow": 20.0, "torch": 21.0}, {"torch"}, "tensorflow") == (
        "TensorFlow is the fastest on this processor, and is used"
    )


def test_a_framework_that_does_not_find_the_gpu_is_to_be_installed_anew(machine):
    machine("Windows", "tensorflow", "torch")
    assert "but it finds no GPU: install PyTorch for CUDA" in advice([NVIDIA], PLAIN, set(), "tensorflow")


def test_one_that_reaches_the_gpu_is_advised_where_it_is_the_fastest(machine):
    machine("Linux", "tensorflow", "torch")
    assert advice([NVIDIA], PLAIN | {"torch": 400.0}, {"torch"}, "tensorflow") == (
        "PyTorch is the fastest on the GPU, 20.0 times as fast as TensorFlow: --backend torch, or set "
        "KERAS_BACKEND=torch"
    )
    assert advice([NVIDIA], PLAIN | {"torch": 400.0}, {"torch"}, "torch") == (
        "PyTorch is the fastest on the GPU, and is used"
    )


def test_on_a_processor_a_lead_that_is_noise_moves_nobody(machine):
    machine("Linux", "tensorflow", "torch", "jax")
    assert advice([], PLAIN, set(), "tensorflow") == "TensorFlow is the fastest on this processor, and is used"
    assert advice([], PLAIN, set(), "jax").startswith("PyTorch is the fastest on this processor, 2.1 times as fast as")


def test_a_gpu_that_no_backend_is_known_to_reach_changes_nothing(machine):
    machine("Windows", "tensorflow")
    assert advice([AMD], {"tensorflow": 20.0}, set(), "tensorflow").startswith("TensorFlow is the fastest on ")


def test_where_none_dreams_the_reasons_stand_above(machine):
    machine("Linux")
    assert advice([], {}, set(), "tensorflow") == "none works here; the lines above say why"


def test_nvidia_s_own_tool_is_asked(machine, monkeypatch, tmp_path):
    machine("Linux")
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho NVIDIA H1000\necho NVIDIA T40\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert [gpu.name for gpu in gpus.find() if gpu.make == gpus.NVIDIA] == ["NVIDIA H1000", "NVIDIA T40"]
    tool.write_text("#!/bin/sh\nexit 9\n")
    assert [gpu for gpu in gpus.find() if gpu.make == gpus.NVIDIA] == []


def test_a_mac_has_apple_s(machine, monkeypatch):
    machine("Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert [gpu.make for gpu in gpus.find()] == [gpus.APPLE]
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert gpus.find() == []
