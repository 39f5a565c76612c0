"""The network's layers in an OpenVINO graph, each with its gradient by its source.

Invariant: planes are (N, C, H, W). Of equal pixels in a window of a max-pool the first gets the gradient, as in other
frameworks.
"""

from dataclasses import dataclass

import numpy as np
from openvino import Output
from openvino import opset13 as ops

from kaleidocam.dream.compute.backends.on_openvino_graph import Value, masked, padded

FEW = 4  # channels up to which a strided convolution's gradient is one convolution, its kernels filled up with zeros


@dataclass(frozen=True)
class Kernel:
    """`weights` (out, in, rows, columns), `bias` (out,), float32; `at`: the filters that are computed, None: all."""

    weights: np.ndarray
    bias: np.ndarray
    at: Value | None = None


def convolution(x: Value, kernel: Kernel, stride: int, padding: str) -> Value:
    sides = kernel.weights.shape[2:]
    before, after = ([side // 2 if padding == "SAME" else 0 for side in of] for of in ([s - 1 for s in sides], sides))
    made = _convolved(x.output, kernel.weights, before, after, stride)
    if kernel.bias.any():
        made = ops.add(made, kernel.bias.reshape(1, -1, 1, 1)).output(0)

    def rule(g: Output) -> Output:
        if stride > 1:
            return _strided_back(g, kernel.weights, stride, x.shape[2:])
        turned = kernel.weights.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
        first, last = ([side - 1 - at for side, at in zip(sides, of, strict=True)] for of in (before, after))
        return _convolved(g, turned, first, last)

    y = Value(made, (x, rule))
    return y if kernel.at is None else _picked(y, kernel.at)


def _convolved(x: Output, weights: np.ndarray, before: list[int], after: list[int], stride: int = 1) -> Output:
    constant = ops.constant(np.ascontiguousarray(weights))
    return ops.convolution(x, constant, [stride] * 2, before, after, [1, 1]).output(0)


def _picked(y: Value, at: Value) -> Value:
    """All filters are computed: a convolution by a kernel that the graph computes is much slower."""

    def rule(g: Output) -> Output:
        count, rows, columns = y.shape[1:]
        own = ops.one_hot(at.output, np.int64(count), np.float32(1), np.float32(0), 0).output(0)  # (all, picked)
        flat = ops.reshape(g, np.array([0, 0, -1], np.int64), True)
        return ops.reshape(ops.matmul(own, flat, False, False), np.array([-1, count, rows, columns]), False).output(0)

    return Value(ops.gather(y.output, at.output, np.int64(1)), (y, rule), of=[at])


def _strided_back(g: Output, weights: np.ndarray, stride: int, shape: tuple[int, ...]) -> Output:
    """The gradient of a strided VALID convolution: the pixels of each phase (row and column modulo the stride) are a
    convolution of their own, with every `stride`-th row and column of the kernel. This is faster than
    ConvolutionBackpropData, which was measured."""
    whole = [-(-side // stride) for side in shape]
    taps = -(-max(weights.shape[2:]) // stride)
    together = weights.shape[1] <= FEW
    kernels = []
    for row in range(stride):
        for column in range(stride):
            phase = weights[:, :, row::stride, column::stride].transpose(1, 0, 2, 3)
            least = [taps, taps] if together else [1, 1]
            more = [(0, max(0, side - now)) for side, now in zip(least, phase.shape[2:], strict=True)]
            kernels.append(np.pad(phase, [(0, 0), (0, 0), *more])[:, :, ::-1, ::-1])
    if together:
        kernels = [np.concatenate(kernels)]
    phases = []
    for kernel in kernels:
        before = [side - 1 for side in kernel.shape[2:]]
        after = [side - now for side, now in zip(whole, g.get_shape()[2:], strict=True)]
        phases.append(_convolved(g, kernel, before, after))
    return _woven(phases, stride, shape)


def _woven(phases: list[Output], stride: int, shape: tuple[int, ...]) -> Output:
    """The picture (rows, columns) of its phases, which are whole or longer."""
    joined = ops.concat(phases, 1) if len(phases) > 1 else phases[0]
    return _fitted(ops.depth_to_space(joined, "blocks_first", stride).output(0), shape)


def _fitted(x: Output, shape: tuple[int, ...]) -> Output:
    """Cut, or with zeros added, at the right and the bottom."""
    more = [max(0, side - now) for side, now in zip(shape, x.get_shape()[2:], strict=True)]
    x = padded(x, [0] * 4, [0, 0, *more])
    return x if tuple(x.get_shape()[2:]) == tuple(shape) else _sliced(x, (0, 0, 0), (x.get_shape()[1], *shape))


def _sliced(x: Output, start: tuple[int, ...], shape: tuple[int, ...]) -> Output:
    """Channels, rows and columns."""
    first, last = np.array(start), np.array(start) + np.array(shape)
    return ops.slice(x, first, last, np.array([1, 1, 1]), np.array([1, 2, 3])).output(0)


def max_pool(x: Value, stride: int, size: int) -> Value:
    pooled = ops.max_pool(x.output, [stride] * 2, [1, 1], [0, 0], [0, 0], [size] * 2, "floor").output(0)
    if x.before is None:
        return Value(pooled, (x, lambda g: _max_pool_back(g, x.output, pooled, stride, size)))
    # A maximum above zero was above zero before the ReLU too: so the mask is needed for the small picture only.
    return Value(pooled, (x.before, lambda g: _max_pool_back(masked(g, pooled), x.output, pooled, stride, size)))


def _max_pool_back(g: Output, x: Output, pooled: Output, stride: int, size: int) -> Output:
    """Each place within the windows takes what no earlier place has taken, where it has the maximum."""
    count, (rows, columns) = x.get_shape()[1], pooled.get_shape()[2:]
    reach = (size - 1) // stride  # windows beyond its own of which a pixel can be part
    whole = _fitted(x, (stride * (rows + reach), stride * (columns + reach)))
    apart = ops.space_to_depth(whole, "blocks_first", stride).output(0)
    rest = g
    phases: list[list[Output]] = [[] for _ in range(stride * stride)]
    for row in range(size):
        for column in range(size):
            (down, i), (right, j) = divmod(row, stride), divmod(column, stride)
            phase = (i * stride + j) * count
            seen = _sliced(apart, (phase, down, right), (count, rows, columns))
            taken = ops.select(ops.equal(seen, pooled), rest, np.float32(0)).output(0)
            if (row, column) != (size - 1, size - 1):
                rest = ops.subtract(rest, taken).output(0)
            placed = padded(taken, [0, 0, down, right], [0, 0, reach - down, reach - right])
            phases[i * stride + j].append(placed)
    return _woven([_total(parts) for parts in phases], stride, tuple(x.get_shape()[2:]))


def _total(parts: list[Output]) -> Output:
    total, *more = parts
    for part in more:
        total = ops.add(total, part).output(0)
    return total


def average_pool(x: Value, stride: int, padding: str, size: int) -> Value:
    around = [size // 2 if padding == "SAME" else 0] * 2
    made = ops.avg_pool(x.output, [stride] * 2, around, around, [size] * 2, True)

    def rule(g: Output) -> Output:
        shares = ops.multiply(g, (1 / _inside(x.shape[2:], stride, around[0], size)).astype(np.float32)).output(0)
        return _spread(shares, x.shape, stride, around, size)

    return Value(made, (x, rule))


def _spread(shares: Output, shape: tuple[int, ...], stride: int, around: list[int], size: int) -> Output:
    """Each window's number, added to all its pixels."""
    if stride == 1:
        before = [size - 1 - around[0]] * 2
        mean = ops.avg_pool(shares, [1, 1], before, before, [size] * 2, False)
        return ops.multiply(mean, np.float32(size * size)).output(0)
    ones = np.ones((shape[1], 1, 1, size, size), np.float32)
    back = ops.group_convolution_backprop_data(shares, ones, [stride] * 2, None, around, around, [1, 1])
    return _fitted(back.output(0), shape[2:])


def _inside(shape: tuple[int, ...], stride: int, around: int, size: int) -> np.ndarray:
    """How many pixels each window has inside the picture, (1, 1, rows, columns)."""
    rows, columns = (
        [min(at + size, side) - max(at, 0) for at in range(-around, side + around - size + 1, stride)] for side in shape
    )
    return np.outer(rows, columns)[None, None]
