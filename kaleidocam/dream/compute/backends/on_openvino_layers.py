"""Convolutions in an OpenVINO graph, with their gradient by their source.

Invariant: planes are (N, C, H, W).
"""

from dataclasses import dataclass

import numpy as np
from openvino import Output
from openvino import opset13 as ops

from kaleidocam.dream.compute.backends.on_openvino_graph import Value
from kaleidocam.dream.compute.backends.on_openvino_shapes import fitted

FEW = 4  # channels up to which a strided convolution's gradient is one convolution, its kernels filled up with zeros


@dataclass(frozen=True)
class Kernel:
    """`weights` (out, in, rows, columns), `bias` (out,), float32; `at`: the filters that are computed, None: all."""

    weights: np.ndarray
    bias: np.ndarray
    at: Value | None = None


def convolution(x: Value, kernel: Kernel, stride: int, padding: str) -> Value:
    count, channels, *sides = kernel.weights.shape
    if x.mean and kernel.at is None and sides == [1, 1] and stride == 1 and count < channels:
        # Of means: the means of the convolution are the same, and of fewer channels.
        return x.mean.of(convolution(x.mean.source, kernel, stride, padding))
    before, after = ([side // 2 if padding == "SAME" else 0 for side in of] for of in ([s - 1 for s in sides], sides))
    made = _convolved(x.output, kernel.weights, before, after, stride)
    if kernel.bias.any():
        made = ops.add(made, kernel.bias.reshape(1, -1, 1, 1)).output(0)

    def rule(g: Output) -> Output:
        if stride > 1:
            return _strided_back(g, kernel.weights, stride, x.shape[2:])
        turned = kernel.weights.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
        first, last = ([side - 1 - at for side, at in zip(sides, of, strict=True)] for of in (before, after))
        more = [now - side for now, side in zip(g.get_shape()[2:], y.shape[2:], strict=True)]
        if any(zeros > padding for zeros, padding in zip(more, last, strict=True)):
            g, more = fitted(g, y.shape[2:]), [0, 0]
        return _convolved(g, turned, first, [padding - zeros for padding, zeros in zip(last, more, strict=True)])

    y = Value(made, (x, rule))
    y.roomy = stride == 1
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
    return fitted(ops.depth_to_space(joined, "blocks_first", stride).output(0), shape)
