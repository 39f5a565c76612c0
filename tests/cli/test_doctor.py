"""What doctor says of the backend that the commands take."""

import pytest

from kaleidocam.cli.doctor import _choice
from kaleidocam.dream.compute.backends.registry import chosen
from kaleidocam.settings.parameters import Machine


@pytest.mark.parametrize(
    "given, variable, said",
    [
        ("torch", "jax", "PyTorch: --backend names it"),
        ("auto", "jax", "JAX: KERAS_BACKEND names it"),
        ("auto", "", "OpenVINO: it is installed, and the fastest on processors"),
    ],
)
def test_it_says_which_is_taken_and_why(monkeypatch, given, variable, said):
    monkeypatch.setenv("KERAS_BACKEND", variable)
    monkeypatch.setattr("kaleidocam.dream.compute.backends.registry.installed", lambda name: True)
    monkeypatch.setattr("kaleidocam.dream.compute.backends.gpu_builds.reaching", lambda names: None)
    assert _choice(Machine(backend=given), chosen(given)) == said
