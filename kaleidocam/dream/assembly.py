"""The parts of the dream that a machine chooses: what computes, and what its weights reach.

Invariant: nothing here has a default of its own; no framework is imported before a backend is asked for.
"""

from kaleidocam.dream.compute.backends.base import Backend
from kaleidocam.dream.compute.backends.registry import backend
from kaleidocam.dream.compute.backends.registry import require as require_backend
from kaleidocam.dream.compute.device import device_of
from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging
from kaleidocam.dream.network.architecture import Architecture
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse
from kaleidocam.settings.parameters import Machine


def network_of(machine: Machine) -> Architecture:
    """The network that the machine's weights belong to. UserError where they can't be found or read."""
    return load(machine.weights).of


def reachable(machine: Machine) -> dict[str, int]:
    """Layer -> number of channels, for the layers that the machine's weights can dream."""
    weights = load(machine.weights)
    return {
        layer: count for layer, count in weights.of.layers.items() if weights.of.reaches({layer: range(count)}, weights)
    }


def backend_of(machine: Machine) -> Backend:
    """The backend that computes the network; slow the first time. UserError where it is not available here."""
    return backend(machine.backend, machine.device)


def imaging_of(machine: Machine) -> Imaging:
    """What processes the dream's pictures: the processor, or the GPU that computes the network, if they can stay."""
    on = backend_of(machine)
    return device_of(on) if on.holds else PROCESSOR


def check_reach(channel: str, machine: Machine) -> None:
    """UserError where the weights can't dream `channel`, or where the backend is not installed; fast."""
    require_backend(machine.backend, machine.device)
    weights = load(machine.weights)
    weights.of.require(parse(channel, weights.of).wanted, weights)
