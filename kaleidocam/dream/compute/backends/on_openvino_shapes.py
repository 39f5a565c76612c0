"""Outputs of an OpenVINO graph, brought to other shapes.

Invariant: no number changes; what is added is zero.
"""

from collections.abc import Sequence

import numpy as np
from openvino import Output
from openvino import opset13 as ops

NHWC, NCHW = np.array([0, 2, 3, 1]), np.array([0, 3, 1, 2])


def shaped(x: Output, shape: Sequence[int]) -> Output:
    return x if tuple(x.get_shape()) == tuple(shape) else ops.reshape(x, np.array(shape, np.int64), False).output(0)


def padded(x: Output, before: Sequence[int], after: Sequence[int]) -> Output:
    """With zeros around; a negative number cuts."""
    if not any((*before, *after)):
        return x
    zero = np.zeros((), x.get_element_type().to_dtype())
    return ops.pad(x, np.array(before, np.int64), np.array(after, np.int64), "constant", zero).output(0)


def fitted(x: Output, sides: Sequence[int], axes: Sequence[int] = (2, 3)) -> Output:
    """Cut, or with zeros added, at the end of each of the axes; by default at the right and the bottom of planes."""
    more = [0] * len(x.get_shape())
    for axis, side in zip(axes, sides, strict=True):
        more[axis] = max(0, side - x.get_shape()[axis])
    x = padded(x, [0] * len(more), more)
    if all(x.get_shape()[axis] == side for axis, side in zip(axes, sides, strict=True)):
        return x
    ends = np.array(sides)
    return ops.slice(x, np.zeros_like(ends), ends, np.ones_like(ends), np.array(axes)).output(0)


def colors_last(planes: Output) -> Output:
    """(N, C, H, W) as (N, H, 1, W, 1, C). OpenVINO keeps planes in this order, so nothing is copied. With four axes it
    would take them for planes again, and copy them from order to order; with six it has this order only."""
    count, channels, rows, columns = planes.get_shape()
    return shaped(ops.transpose(planes, NHWC).output(0), (count, rows, 1, columns, 1, channels))


def as_planes(x: Output) -> Output:
    """Undoes `colors_last`."""
    count, rows, _, columns, _, channels = x.get_shape()
    return ops.transpose(shaped(x, (count, rows, columns, channels)), NCHW).output(0)
