"""The values of an OpenVINO graph under construction, and the gradient that is added to it.

Invariant: a value's sources are recorded before it, so that the gradient goes through the values once, in reverse.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from openvino import Output
from openvino import opset13 as ops

from kaleidocam.dream.compute.backends.on_openvino_shapes import fitted, padded, shaped

Rule = Callable[[Output], Output]
"""Maps the gradient by a value to the gradient by one of its sources."""

_numbers = count()


@dataclass(frozen=True)
class Mean:
    """How a value was made of another by an average-pool: `of` does the same to any value."""

    source: "Value"
    of: Callable[["Value"], "Value"]


class Value:
    """An array that the graph computes. It supports the operators and slices that `base.Array` promises.

    `sources`: those that a gradient may go back to, each with its rule. `rising`: whether the gradient is taken by this
    value or by one that it comes from. `rough`: whether a network in bfloat16 made it.
    """

    __array_ufunc__ = None  # so that NumPy's numbers and arrays leave the operators to this class

    def __init__(
        self, made: Any, *sources: tuple["Value", Rule], rising: bool = False, of: Sequence["Value"] = ()
    ) -> None:
        """`made`: what OpenVINO made, with one output. `of`: sources without a rule."""
        self.output: Output = made if isinstance(made, Output) else made.output(0)
        sources = (*sources, *((value, _no_rule) for value in of))
        self.sources = [(source, rule) for source, rule in sources if source.rising]
        self.rising: bool = rising or bool(self.sources)
        self.rough: bool = any(source.rough for source, _ in sources)
        self.number = next(_numbers)
        self.before: Value | None = None  # that of which this is the ReLU
        self.mean: Mean | None = None
        self.roomy = False  # whether its rules take a gradient with more zeros at the right and the bottom

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.output.get_shape())

    def like(self, other: Any) -> "Value":
        """`other` as a value; a plain number takes this value's format."""
        if isinstance(other, Value):
            return other
        given = (
            other
            if isinstance(other, (np.ndarray, np.generic))
            else np.array(other, self.output.element_type.to_dtype())
        )
        return Value(ops.constant(given))

    def __add__(self, other: Any) -> "Value":
        return _paired(ops.add, self, self.like(other), lambda g: g, lambda g: g)

    def __sub__(self, other: Any) -> "Value":
        return _paired(ops.subtract, self, self.like(other), lambda g: g, _negative)

    def __mul__(self, other: Any) -> "Value":
        other = self.like(other)
        return _paired(ops.multiply, self, other, lambda g: _times(g, other.output), lambda g: _times(g, self.output))

    def __truediv__(self, other: Any) -> "Value":
        return self * self.like(other) ** -1.0

    def __pow__(self, power: float) -> "Value":
        def rule(g: Output) -> Output:
            return _times(g, (self ** (power - 1.0) * power).output)

        return Value(ops.power(self.output, self.like(power).output), (self, rule))

    def __matmul__(self, other: Any) -> "Value":
        other = self.like(other)
        made = ops.matmul(self.output, other.output, False, False)
        by_self = (self, lambda g: ops.matmul(g, other.output, False, True).output(0))
        return Value(made, by_self, of=[other])

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Value":
        return self * -1.0

    def __rmatmul__(self, other: Any) -> "Value":
        return self.like(other) @ self

    def __rsub__(self, other: Any) -> "Value":
        return self.like(other) - self

    def __rtruediv__(self, other: Any) -> "Value":
        return self.like(other) / self

    def __getitem__(self, places: Any) -> "Value":
        places = places if isinstance(places, tuple) else (places,)
        cut, shape = _read(places, self.shape)
        x = self
        for axis, (start, stop, step) in enumerate(cut):
            if (start, stop, step) != (0, x.shape[axis], 1):
                x = _sliced(x, axis, start, stop, step)
        return reshaped(x, shape)


def _read(places: tuple, shape: tuple[int, ...]) -> tuple[list[tuple[int, int, int]], tuple[int, ...]]:
    """NumPy's places in an array: for each axis (start, stop, step), and the shape of the result."""
    named = sum(place is not None and place is not Ellipsis for place in places)
    rest = [slice(None)] * (len(shape) - named)
    at = places.index(Ellipsis) if Ellipsis in places else len(places)
    cut: list[tuple[int, int, int]] = []
    result = []
    for place in (*places[:at], *rest, *places[at + 1 :]):
        if place is None:
            result.append(1)
            continue
        side = shape[len(cut)]
        if isinstance(place, slice):
            start, stop, step = place.indices(side)
            result.append(len(range(start, stop, step)))
        else:
            start = int(place) % side
            stop, step = start + 1, 1
        cut.append((start, stop, step))
    return cut, tuple(result)


def _sliced(x: Value, axis: int, start: int, stop: int, step: int) -> Value:
    def rule(g: Output) -> Output:
        before, after = ([0] * len(x.shape) for _ in range(2))
        before[axis], after[axis] = start, x.shape[axis] - stop
        return padded(g, before, after)

    made = ops.slice(x.output, *(np.array([of], np.int64) for of in (start, stop, step, axis)))
    return Value(made, (x, rule if step == 1 else _no_rule))


def reshaped(x: Value, shape: Sequence[int]) -> Value:
    if tuple(shape) == x.shape:
        return x
    before = x.shape
    return Value(shaped(x.output, shape), (x, lambda g: shaped(g, before)))


def masked(g: Output, active: Output) -> Output:
    """`g` where `active` is above zero. This was measured; a product with its sign is 5 to 10 % slower."""
    return _times(g, ops.convert(ops.greater(active, np.float32(0)), "f32").output(0))


def summed(x: Output, axes: Sequence[int]) -> Output:
    return ops.reduce_sum(x, np.array(axes, np.int64), False).output(0)


def total(parts: Sequence[Output]) -> Output:
    """The sum of outputs of one shape."""
    added, *more = parts
    for part in more:
        added = ops.add(added, part).output(0)
    return added


def slope(score: Value, by: Value) -> Output:
    """The gradient of a score, a single number, by a value that it comes from."""
    pending: dict[Value, list[Output]] = defaultdict(list)
    pending[score].append(ops.constant(np.ones(score.shape, np.float32)).output(0))
    for value in _reverse(score):
        parts = pending.pop(value)
        if value.roomy and len(parts) > 1:
            parts = [fitted(part, value.shape[2:]) for part in parts]
        gradient = total(parts)
        if value is by:
            return gradient
        for source, rule in value.sources:
            pending[source].append(rule(gradient))
    raise ValueError("the score does not depend on this value")


def _reverse(last: Value) -> list[Value]:
    """All values that lead to `last`, each after those that use it."""
    found, open_ends = {last}, [last]
    while open_ends:
        for source, _ in open_ends.pop().sources:
            if source not in found:
                found.add(source)
                open_ends.append(source)
    return sorted(found, key=lambda value: -value.number)


def _paired(op: Callable, one: Value, other: Value, by_one: Rule, by_other: Rule) -> Value:
    """An operation of each pair of numbers; along axes of length 1 the gradient is summed."""
    sides = [(one, lambda g: _unspread(by_one(g), one.shape)), (other, lambda g: _unspread(by_other(g), other.shape))]
    return Value(op(one.output, other.output), *sides)


def _unspread(g: Output, shape: tuple[int, ...]) -> Output:
    long = (1,) * (len(g.get_shape()) - len(shape)) + shape
    axes = [axis for axis, (side, now) in enumerate(zip(long, g.get_shape(), strict=True)) if side != now]
    return shaped(summed(g, axes) if axes else g, shape)


def _times(one: Output, other: Output) -> Output:
    return ops.multiply(one, other).output(0)


def _negative(g: Output) -> Output:
    return ops.negative(g).output(0)


def _no_rule(g: Output) -> Output:
    raise NotImplementedError("this operation has no gradient in OpenVINO here")
