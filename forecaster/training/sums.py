"""Sums in an order that never follows from timing: what TensorFlow's own determinism leaves out.

Its operation for a sum of many reuses the memory of the first operand that nobody else reads any more, and begins with
that one; which one that is depends on the other operations at work, so that three operands or more round otherwise
from run to run (measured: one training in twenty of a small network with smoothing and the scale `affine`). Gradients
are such sums wherever a value is read three times, and its optimizer joins additions into more of them. In pairs there
is only one order; it takes no longer.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import reduce
from typing import TYPE_CHECKING, Any

from forecaster.models.backend import tf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPERATIONS: Any = sys.modules["tensorflow.python.ops.gen_math_ops"]  # where every gradient takes its sums from


@contextmanager
def in_pairs() -> Iterator[None]:
    """While compiled functions are traced, optimised and run: every sum is one of two, after another."""
    whole, options = _OPERATIONS.add_n, tf.config.optimizer.get_experimental_options()

    def pairs(inputs: Sequence[Any], name: str | None = None) -> Any:
        return reduce(lambda left, right: whole([left, right]), inputs) if len(inputs) > 1 else whole(inputs, name=name)

    _OPERATIONS.add_n = pairs
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
    try:
        yield
    finally:
        _OPERATIONS.add_n = whole
        tf.config.optimizer.set_experimental_options({"arithmetic_optimization": True} | options)
