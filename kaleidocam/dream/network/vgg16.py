"""VGG16 as a table of nodes.

Invariant: nodes have the names that keras.applications gives its layers, by which a weight file is read.

Source: Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition"
(arXiv:1409.1556), in the shape that keras.applications.VGG16 gives it; its weights are Oxford's, under CC BY 4.0.
"""

from kaleidocam.dream.network.architecture import Architecture, Download
from kaleidocam.dream.network.table import IMAGE, Table

NOTOP = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET = Download(
    NOTOP,
    f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{NOTOP}",
    md5="6d6bbae143d832006294945121d1f1fc",
    megabytes=59,
    choice="vgg16",
)
BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # convolutions, and the channels of each
# Less the mean of ImageNet's pictures (R, G, B), which is taken out; a level stays a level.
BLACK = (-123.68, -116.779, -103.939)
WHITE = (131.32, 138.221, 151.061)


def _table() -> Table:
    t, x = Table(), IMAGE
    for block, (count, channels) in enumerate(BLOCKS, 1):
        for number in range(1, count + 1):
            x = t.conv(f"block{block}_conv{number}", x, channels, (3, 3))
        x = t.pool(f"block{block}_pool", x, "MAX", 2, "VALID", size=2)
    return t


_TABLE = _table()

VGG16 = Architecture(
    "VGG16",
    _TABLE.nodes,
    _TABLE.layers([name for name in _TABLE.nodes if "conv" in name]),
    black=BLACK,
    white=WHITE,
    order="BGR",
    named=True,
    download=IMAGENET,
)
