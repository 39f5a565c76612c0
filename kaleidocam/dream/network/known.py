"""The networks there are.

Invariant: no two have a layer of the same name, so an objective's text says which one it is of.
"""

from kaleidocam.dream.network.architecture import Architecture
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.vgg16 import VGG16

NETWORKS = (INCEPTION_V3, VGG16)  # the first is the default


def with_layer(name: str) -> Architecture | None:
    """The network that has a layer of that name; None where none has."""
    return next((network for network in NETWORKS if name in network.layers), None)
