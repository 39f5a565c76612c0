"""Weights: from the package, from Keras's files, and never from a file that was changed or that reaches out."""

import hashlib
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest
import tensorflow as tf

from kaleidocam.dream.network import weights
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.errors import UserError


@pytest.fixture(autouse=True)
def nothing_kept():
    """The weights that were loaded last stay in memory; each test here wants its own."""
    weights.load.cache_clear()
    yield
    weights.load.cache_clear()


@pytest.fixture(scope="module")
def model():
    return tf.keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(96, 96, 3))


def kernels(model):
    convs = [layer for layer in model.layers if isinstance(layer, tf.keras.layers.Conv2D)]
    numbered = {int(la.name.split("_")[1]) if "_" in la.name else 0: la for la in convs}
    return [numbered[n].get_weights()[0] for n in sorted(numbered)]


def test_the_bundled_trunk_reaches_mixed5():
    folded = weights.load("bundled")
    assert list(folded) == [conv.name for conv in INCEPTION_V3.convolutions[:50]]
    assert all(np.isfinite(f.kernel).all() and np.isfinite(f.bias).all() for f in folded.values())
    assert INCEPTION_V3.bundled.stat().st_size < 6_000_000


def test_a_changed_byte_is_refused(tmp_path):
    copy = tmp_path / "trunk" / INCEPTION_V3.bundled.name
    shutil.copytree(INCEPTION_V3.bundled.parent, copy.parent)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        weights.load("bundled", replace(INCEPTION_V3, bundled=copy))


def test_the_digest_beside_the_file_is_its_own():
    digest = (INCEPTION_V3.bundled.parent / "SHA256SUMS").read_text().split()[0]
    assert digest == hashlib.sha256(INCEPTION_V3.bundled.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_kerass_own_file_is_read(model, tmp_path):
    model.save(tmp_path / "w.h5")  # the layout of the files that keras.applications downloads
    folded = weights.load(str(tmp_path / "w.h5"))
    assert len(folded) == 94
    for conv, kernel in zip(INCEPTION_V3.convolutions, kernels(model), strict=True):
        np.testing.assert_allclose(folded[conv.name].kernel, kernel / np.sqrt(1.001), rtol=1e-5)


def test_keras_3_files_without_names_are_refused(model, tmp_path):
    model.save_weights(tmp_path / "new.weights.h5")
    with pytest.raises(UserError, match="does not keep the layers' names"):
        weights.load(str(tmp_path / "new.weights.h5"))


def test_an_npz_of_plain_arrays_is_read(model, tmp_path):
    arrays = {}
    for i, kernel in enumerate(kernels(model)[:5]):
        n = kernel.shape[-1]
        arrays |= {
            f"{i}/kernel": kernel,
            f"{i}/beta": np.ones(n),
            f"{i}/moving_mean": np.zeros(n),
            f"{i}/moving_variance": np.ones(n),
        }
    np.savez(tmp_path / "w.npz", **arrays)
    assert len(weights.load(str(tmp_path / "w.npz"))) == 5


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "w.npz", **{"00/kernel": np.array([print], dtype=object)})
    with pytest.raises(UserError, match="can't be read.*allow_pickle=False"):
        weights.load(str(tmp_path / "w.npz"))


def test_links_out_of_an_h5_file_are_refused(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["kernel"] = np.zeros((3, 3, 3, 32))
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["conv2d/kernel:0"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "kernel")
    with pytest.raises(UserError, match="is a soft or external link"):
        weights.load(str(tmp_path / "w.h5"))


def test_external_storage_in_an_h5_file_is_refused(tmp_path):
    (tmp_path / "secret.bin").write_bytes(bytes(3 * 3 * 3 * 32 * 4))
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("conv2d/kernel:0", (3, 3, 3, 32), "f4", external=[(str(tmp_path / "secret.bin"), 0, 3456)])
    with pytest.raises(UserError, match="in another file"):
        weights.load(str(tmp_path / "w.h5"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.npz", b"not a zip", "can't be read"),
        ("w.h5", b"not an hdf5 file", "can't be read"),
        ("w.pkl", b"", "allowed is .npz, .h5 and .hdf5"),
    ],
)
def test_other_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        weights.load(str(tmp_path / name))


def test_a_missing_file_says_what_can_be_given():
    with pytest.raises(UserError, match="no weights 'imagnet'; give 'bundled', 'imagenet', 'vgg16' or the path"):
        weights.load("imagnet")


def test_weights_of_another_network_are_refused(tmp_path):
    arrays = {"0/kernel": np.zeros((3, 3, 3, 16))}
    arrays |= {f"0/{part}": np.zeros(16) for part in ("beta", "moving_mean", "moving_variance")}
    np.savez(tmp_path / "w.npz", **arrays)
    with pytest.raises(UserError, match="not InceptionV3's"):
        weights.load(str(tmp_path / "w.npz"))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_imagenet_comes_from_kerass_cache(model, tmp_path, monkeypatch):
    """The download itself needs a network; here the file already lies where Keras would have put it."""
    import keras.utils

    path = tmp_path / "models" / INCEPTION_V3.download.name
    path.parent.mkdir()
    model.save(path)
    own = replace(INCEPTION_V3.download, md5=hashlib.md5(path.read_bytes()).hexdigest())
    real = keras.utils.get_file
    monkeypatch.setattr(keras.utils, "get_file", lambda *a, **k: real(*a, **k, cache_dir=str(tmp_path)))
    assert len(weights.load("imagenet", replace(INCEPTION_V3, download=own))) == 94


def test_without_a_network_imagenet_says_what_to_do(monkeypatch):
    import keras.utils

    def no_network(*args, **kwargs):
        raise Exception("URL fetch failure on https://…: None -- Name or service not known")

    monkeypatch.setattr(keras.utils, "get_file", no_network)
    with pytest.raises(UserError, match="could not be downloaded .* use --weights bundled"):
        weights.load("imagenet")
