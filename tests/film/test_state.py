"""The memory of a dream as bytes."""

import numpy as np
import pytest

from kaleidocam.film.state import from_bytes, to_bytes


def test_it_comes_back_bit_for_bit():
    rng = np.random.default_rng(1)
    memory = {
        "layer": rng.standard_normal((5, 7, 3)).astype(np.float32),
        "none": None,
        "text": "0.7*mixed3:10 / 'x'",
        "share": 0.1 + 0.2,
        "count": 7,
        "yes": True,
        "empty": {},
        "in": {"gray": rng.integers(0, 256, (4, 3), np.uint8), "deviation": np.float64(1 / 3), "of": {"array": 1}},
    }
    back = from_bytes(to_bytes(memory))
    assert back.keys() == memory.keys() and back["in"].keys() == memory["in"].keys()
    for name in ("none", "text", "share", "count", "yes", "empty"):
        assert back[name] == memory[name] and type(back[name]) is type(memory[name])
    for a, b in ((back["layer"], memory["layer"]), (back["in"]["gray"], memory["in"]["gray"])):
        assert a.dtype == b.dtype and a.tobytes() == b.tobytes() and a.flags.writeable
    assert back["in"]["deviation"] == 1 / 3 and back["in"]["of"] == {"array": 1}


def test_what_would_run_code_is_neither_written_nor_read(tmp_path):
    with pytest.raises(TypeError):
        to_bytes({"set": {1, 2}.__iter__()})
    path = tmp_path / "evil.npz"
    np.savez(path, layout=np.array([object()], dtype=object))
    with pytest.raises(ValueError):
        from_bytes(path.read_bytes())
    with pytest.raises((ValueError, KeyError, OSError)):
        from_bytes(b"nothing of the kind")
