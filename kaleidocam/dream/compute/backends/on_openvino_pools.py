"""Pools in an OpenVINO graph, each with its gradient by its source.

Invariant: planes are (N, C, H, W). Of equal pixels in a window of a max-pool the first gets the gradient, as in other
frameworks.
"""

import numpy as np
from openvino import Output
from openvino import opset13 as ops

from kaleidocam.dream.compute.backends.on_openvino_graph import Mean, Value, masked, total
from kaleidocam.dream.compute.backends.on_openvino_shapes import as_planes, colors_last, fitted, padded

ROWS, COLUMNS = 0, 1  # of planes


def max_pool(x: Value, stride: int, size: int) -> Value:
    pooled = ops.max_pool(x.output, [stride] * 2, [1, 1], [0, 0], [0, 0], [size] * 2, "floor").output(0)
    if x.before is None:
        return Value(pooled, (x, lambda g: _max_pool_back(g, x, pooled, stride, size)))
    # A maximum above zero was above zero before the ReLU too: so the mask is needed for the small picture only.
    return Value(pooled, (x.before, lambda g: _max_pool_back(masked(g, pooled), x, pooled, stride, size)))


def _max_pool_back(g: Output, x: Value, pooled: Output, stride: int, size: int) -> Output:
    """The maximum of a window is the maximum of its rows' maxima. So the gradient goes to the first row that has the
    maximum, and in that row to the first pixel: the first of all. These two steps along one axis each take half the
    time of nine comparisons, which was measured: the limit is the memory."""
    rows, columns = (-(-side // stride) for side in x.shape[2:])  # windows that begin in the picture
    by_window = fitted(colors_last(g), (rows, columns), (1, 3))
    best = _best(x.output, COLUMNS, size, stride, columns)
    by_row = _shared(by_window, best, ROWS, size, stride, rows)
    by_row = fitted(by_row, [x.shape[2]], [1])
    by_pixel = _shared(by_row, x.output, COLUMNS, size, stride, columns)
    roomy = (x.before or x).roomy
    return as_planes(by_pixel if roomy else fitted(by_pixel, x.shape[2:], (1, 3)))


def _best(x: Output, axis: int, size: int, stride: int, count: int) -> Output:
    """The maximum of each of `count` windows of `size` pixels along one axis."""
    kernel, step, more = [1, 1], [1, 1], [0, 0]
    kernel[axis], step[axis] = size, stride
    more[axis] = max(0, (count - 1) * stride + size - x.get_shape()[2 + axis])
    return ops.max_pool(x, step, [1, 1], [0, 0], more, kernel, "floor").output(0)


def _shared(g: Output, x: Output, axis: int, size: int, stride: int, count: int) -> Output:
    """The gradient of `_best` by `x`, with colors last. A pixel has the maximum first if the pixels up to it have it,
    and those before do not. Beyond the picture, and in the windows there, it is zero."""
    best = colors_last(_best(x, axis, size, stride, count))
    phases: list[list[Output]] = [[] for _ in range(stride)]
    before: Output | None = None
    for place in range(size):
        until = g
        if place < size - 1:
            some = colors_last(_best(x, axis, place + 1, stride, count))
            until = ops.select(ops.equal(some, best), g, np.float32(0)).output(0)
        taken = until if before is None else ops.subtract(until, before).output(0)
        before = until
        windows, phase = divmod(place, stride)
        phases[phase].append(_moved(taken, axis, windows))
    return _woven([total(parts) for parts in phases], axis)


def _moved(x: Output, axis: int, by: int) -> Output:
    before, after = [0] * 6, [0] * 6
    before[1 + 2 * axis], after[1 + 2 * axis] = by, -by
    return padded(x, before, after)


def _woven(phases: list[Output], axis: int) -> Output:
    """Each phase's numbers, by turns along an axis. A sum of products, because OpenVINO makes one loop of it, and with
    it of what made the phases; it copies to join arrays."""
    shape, sides = list(phases[0].get_shape()), [1] * 6
    sides[2 + 2 * axis] = len(phases)
    shape[1 + 2 * axis] *= len(phases)
    own = np.eye(len(phases), dtype=np.float32)
    parts = [ops.multiply(x, at.reshape(sides)).output(0) for x, at in zip(phases, own, strict=True)]
    return ops.reshape(total(parts), np.array(shape, np.int64), False).output(0)


def average_pool(x: Value, stride: int, padding: str, size: int) -> Value:
    around = [size // 2 if padding == "SAME" else 0] * 2
    made = ops.avg_pool(x.output, [stride] * 2, around, around, [size] * 2, True)

    def rule(g: Output) -> Output:
        shares = ops.multiply(g, (1 / _inside(x.shape[2:], stride, around[0], size)).astype(np.float32)).output(0)
        return _spread(shares, x.shape, stride, around, size)

    y = Value(made, (x, rule))
    y.mean = Mean(x, lambda other: average_pool(other, stride, padding, size))
    return y


def _spread(shares: Output, shape: tuple[int, ...], stride: int, around: list[int], size: int) -> Output:
    """Each window's number, added to all its pixels."""
    if stride == 1:
        before = [size - 1 - around[0]] * 2
        mean = ops.avg_pool(shares, [1, 1], before, before, [size] * 2, False)
        return ops.multiply(mean, np.float32(size * size)).output(0)
    ones = np.ones((shape[1], 1, 1, size, size), np.float32)
    back = ops.group_convolution_backprop_data(shares, ones, [stride] * 2, None, around, around, [1, 1])
    return fitted(back.output(0), shape[2:])


def _inside(shape: tuple[int, ...], stride: int, around: int, size: int) -> np.ndarray:
    """How many pixels each window has inside the picture, (1, 1, rows, columns)."""
    rows, columns = (
        [min(at + size, side) - max(at, 0) for at in range(-around, side + around - size + 1, stride)] for side in shape
    )
    return np.outer(rows, columns)[None, None]
