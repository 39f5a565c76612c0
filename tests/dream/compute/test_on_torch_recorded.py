"""Recordings of PyTorch's work, with a stand-in for CUDA: there is no GPU here."""

from contextlib import contextmanager, nullcontext

import pytest

torch = pytest.importorskip("torch")

from kaleidocam.dream.compute.backends import on_torch_recorded  # noqa: E402
from kaleidocam.dream.compute.backends.on_torch_recorded import Recorded  # noqa: E402


class Stream:
    def wait_stream(self, other):
        pass


class Tracked:
    """A function, and the arrays of its calls: what a graph would work on."""

    def __init__(self):
        self.calls = []

    def __call__(self, x, table):
        result = x * table + 1
        self.calls.append(((x, table), result))
        return result


@pytest.fixture
def cuda(monkeypatch):
    """A CUDA that records by remembering the arrays of a `Tracked`'s last call. `plays`: how often it played."""

    class Graph:
        plays, refuses = 0, False

        def replay(self):
            Graph.plays += 1
            (x, table), result = self.of
            result.copy_(x * table + 1)

    @contextmanager
    def graph(recorder, pool, capture_error_mode):
        if Graph.refuses:
            raise RuntimeError("operation not permitted when stream is capturing")
        yield
        recorder.of = f.calls[-1]

    f = Graph.f = Tracked()
    for name, stand_in in {
        "CUDAGraph": Graph,
        "graph": graph,
        "Stream": Stream,
        "current_stream": Stream,
        "stream": lambda stream: nullcontext(),
        "graph_pool_handle": lambda: (0, 0),
        "synchronize": lambda: None,
    }.items():
        monkeypatch.setattr(on_torch_recorded.torch.cuda, name, stand_in)
    return Graph


def test_from_the_second_call_on_it_is_played(cuda):
    recorded, table = Recorded(cuda.f), torch.full((3,), 2.0)
    results = [recorded(torch.full((3,), float(i)), table) for i in range(5)]
    assert [result.tolist() for result in results] == [[2.0 * i + 1] * 3 for i in range(5)]
    assert cuda.plays == 4 and len(cuda.f.calls) == 3  # plainly, to warm up, recorded


def test_a_table_that_changes_is_seen(cuda):
    recorded, x, table = Recorded(cuda.f), torch.ones(3), torch.ones(3)
    assert [recorded(x, table)[0].item() for _ in range(3)] == [2, 2, 2]
    table.mul_(4)
    assert recorded(x, table)[0].item() == 5
    assert recorded(x, torch.full((3,), 9.0))[0].item() == 10


def test_each_size_has_a_recording_of_its_own(cuda):
    recorded = Recorded(cuda.f)
    for size in (2, 3, 2, 3, 2, 3):
        assert recorded(torch.ones(size), torch.ones(size)).tolist() == [2.0] * size
    assert cuda.plays == 4


def test_what_cannot_be_recorded_is_called(cuda):
    cuda.refuses = True
    recorded = Recorded(cuda.f)
    assert [recorded(torch.ones(1), torch.full((1,), float(i))).item() for i in range(4)] == [1, 2, 3, 4]
    assert cuda.plays == 0
