"""What a graph asks for by its constants: operators, numbers in the arrays that it makes, rounds of its loops.

Sizes that are computed at run time cannot be known here, above all those that come of N and of the shapes of arrays in
between, nor how long a loop goes on whose rounds nobody counted: a graph that was made to ask for much by these alone
is not found. A size that is known in part counts with its known part.
"""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from math import prod
from operator import add, mul, sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Sizes = tuple[int | None, ...]  # whole numbers in a row, None where one is not known

# What the converter writes of our networks, and others of the kind: one number of one number, or of a row of them.
_EXPORTED = """
Abs Add And Asinh Cast Clip Concat ConstantOfShape CumSum Div Equal Exp Expand Floor GRU Gather Identity IsNaN LSTM
Less Log Loop MatMul Max Min Mul Neg Not Pad Pow Reciprocal ReduceMean ReduceProd ReduceSum Relu Reshape
ReverseSequence Shape Sigmoid Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Unsqueeze Where
"""
_ALIKE = """
Acos Acosh ArgMax ArgMin Asin Atan Atanh Ceil Celu Constant Cos Cosh Elu Erf GatherElements GatherND Gelu Gemm Greater
GreaterOrEqual HardSigmoid HardSwish IsInf LayerNormalization LeakyRelu LessOrEqual LogSoftmax Mean Mish Mod Or PRelu
RNN Range ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMin ReduceSumSquare Round ScatterElements
ScatterND Selu Sign Sin Sinh Size Softsign Tan ThresholdedRelu TopK Trilu Xor
"""
OPERATORS = frozenset(f"{_EXPORTED} {_ALIKE}".split())
_PASSED = {"Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape"}  # the same numbers in another shape
_COMPUTED: Mapping[str, Callable[[int, int], int]] = {"Add": add, "Sub": sub, "Mul": mul, "Max": max}
_LOOKED_AT = {*_PASSED, *_COMPUTED, "Concat", "Constant", "ConstantOfShape", "Expand", "Tile", "Pad", "Range", "Loop"}
_LEAST, _MOST = 2**24, 2**28  # numbers that any graph may ask for, and that none may
_ROUNDS = 2**16  # that any loop may have
_LARGEST = 2**63
FEW = 64  # whole numbers that may be a shape; more are something else


@dataclass
class Body:
    """A graph, or the body of a loop, as far as it matters here.

    Attributes:
        constants: The whole numbers in it, by name.
        nodes: In the order in which they are computed.
    """

    constants: dict[str, Sizes] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)


@dataclass
class Node:
    """One operator of a graph.

    Attributes:
        operator: Its name.
        takes: The names of its inputs.
        gives: The names of its outputs.
        attribute: The whole numbers among its attributes.
        bodies: Of a loop.
    """

    operator: str = ""
    takes: list[str] = field(default_factory=list)
    gives: list[str] = field(default_factory=list)
    attribute: list[int | None] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)


def excess(body: Body, *, steps: int, size: int) -> str | None:
    """What a graph asks for that no network of its size does; None where it is modest.

    Args:
        body: The graph.
        steps: Numbers that go in and out of it for one window.
        size: Its bytes; no array of a network has more numbers than steps times weights.
    """
    look = _Demands(rounds=max(_ROUNDS, steps), numbers=min(max(_LEAST, steps * size // 4), _MOST))
    look.body(body, ChainMap(), ChainMap())
    return look.found


class _Demands:
    """One pass over the nodes, in their order."""

    def __init__(self, *, rounds: int, numbers: int) -> None:
        self.rounds, self.numbers = rounds, numbers
        self.made = 0
        self.found: str | None = None

    def body(self, body: Body, known: ChainMap[str, Sizes], large: ChainMap[str, int], rounds: int = 1) -> None:
        known, large = known.new_child(body.constants), large.new_child()
        for node in body.nodes:
            if node.operator not in OPERATORS:
                self.found = self.found or f"it asks for the operator {node.operator!r:.60}"
            if node.operator not in _LOOKED_AT:
                continue
            value = _value(node, known)
            if value is not None:
                known.update(dict.fromkeys(node.gives[:1], value))
            numbers = self.array(node, known, large)
            if numbers > 1:
                large.update(dict.fromkeys(node.gives[:1], numbers))
            more = rounds * self.trips(node, known)
            if more > self.rounds:
                self.found = self.found or f"it asks for {more:,} rounds of a loop"
            for each in node.bodies:
                self.body(each, known, large, more)

    def array(self, node: Node, known: Mapping[str, Sizes], large: Mapping[str, int]) -> int:
        """How many numbers a node makes at least."""
        before = large.get(node.takes[0], 1) if node.takes else 1
        made = _made(node, [known.get(name) for name in node.takes], before)
        if made is None:
            return before if node.operator in _PASSED else 1
        self.made += made
        if self.made > self.numbers:
            self.found = self.found or f"it asks for {self.made:,} numbers"
        return made

    def trips(self, node: Node, known: Mapping[str, Sizes]) -> int:
        """How often the bodies of a node are computed, where that is known; once otherwise."""
        return _product(known.get(node.takes[0])) if node.operator == "Loop" and node.takes else 1


def _made(node: Node, takes: Sequence[Sizes | None], before: int) -> int | None:
    """The numbers in an array that has its size from another; None for every other."""
    match node.operator, takes:
        case "ConstantOfShape", [shape]:
            return _product(shape)
        case "Expand", [_, shape]:
            return max(before, _product(shape))
        case "Tile", [_, repeats]:
            return before * _product(repeats)
        case "Pad", [_, pads, *_]:
            ends = pads or ()
            half = len(ends) // 2
            return before * _product(tuple(1 + _least(a) + _least(b) for a, b in zip(ends, ends[half:], strict=False)))
        case "Range", [(int(start),), (int(limit),), (int(delta),)] if delta:
            return max(0, (limit - start) // delta)
    return None


def _product(sizes: Sizes | None) -> int:
    return prod(1 if size is None or size < 0 else size for size in sizes or ())


def _least(size: int | None) -> int:
    return max(0, size or 0)


def _value(node: Node, known: Mapping[str, Sizes]) -> Sizes | None:
    """The whole numbers that a node gives, where they are few and known; None among them where one is not."""
    if node.operator == "Constant":
        return tuple(node.attribute[:FEW])
    takes = [known.get(name) for name in node.takes[:FEW]]
    if node.operator == "Concat":
        return tuple(size for value in takes for size in ((None,) if value is None else value))[:FEW]
    if node.operator in _PASSED:
        return takes[0] if takes else None
    if node.operator in _COMPUTED and len(takes) == 2 and takes[0] and takes[1]:  # noqa: PLR2004
        return _computed(_COMPUTED[node.operator], takes[0], takes[1])
    return None


def _computed(compute: Callable[[int, int], int], first: Sizes, second: Sizes) -> Sizes:
    count = max(len(first), len(second))
    pairs = zip(first * (count // len(first)), second * (count // len(second)), strict=False)
    found = (None if a is None or b is None else compute(a, b) for a, b in pairs)
    return tuple(None if size is None or abs(size) > _LARGEST else size for size in found)
