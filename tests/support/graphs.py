"""Small ONNX graphs made by hand, and panels on integer steps to ask them from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import onnx
from onnx import TensorProto, helper

from forecaster.forecasters.runtime import Graph
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel


def exported(nodes, inputs, outputs, constants=()):
    """A graph as bytes; inputs and outputs are shapes by name, without N."""
    ports = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape]) for name, shape in each.items()]
        for each in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "test", *ports, [onnx.numpy_helper.from_array(v, k) for k, v in constants])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def sums(inputs, outputs):
    """Every output is a weighted sum of inputs; what is missing counts as 0, as in the graphs of networks.

    Args:
        inputs: Shapes by name, without N.
        outputs: By name, the shape without N, and the weights of each input as an array, its shape then the output's.
    """
    nodes, constants = [], [("zero", np.zeros(1, dtype=np.float32))]
    for output, (shape, weights) in outputs.items():
        total = None
        for name, weight in weights.items():
            flat, part, key = f"{output}_{name}_flat", f"{output}_{name}", f"{output}_{name}_weights"
            rows = np.asarray(weight, dtype=np.float32).reshape(int(np.prod(inputs[name])), int(np.prod(shape)))
            constants += [(key, rows), (f"{flat}_shape", np.array([-1, len(rows)]))]
            nodes += [
                helper.make_node("Reshape", [name, f"{flat}_shape"], [flat]),
                helper.make_node("IsNaN", [flat], [f"{flat}_gone"]),
                helper.make_node("Where", [f"{flat}_gone", "zero", flat], [f"{flat}_there"]),
                helper.make_node("MatMul", [f"{flat}_there", key], [part]),
            ]
            if total is not None:
                nodes.append(helper.make_node("Add", [total, part], [f"{part}_sum"]))
            total = part if total is None else f"{part}_sum"
        constants.append((f"{output}_shape", np.array([-1, *shape])))
        nodes.append(helper.make_node("Reshape", [total, f"{output}_shape"], [output]))
    return exported(nodes, inputs, {name: shape for name, (shape, _) in outputs.items()}, constants)


def linear(weights, horizon, levels=1):
    """Every step of the forecast is a weighted sum of the window."""
    lookback = len(weights)
    return sums(
        {"window": (lookback,), "floor": (1,)},
        {"forecast": ((horizon, levels), {"window": weights, "floor": np.zeros((1, horizon * levels))})},
    )


def repeat_last(lookback=3, horizon=2):
    weights = np.zeros((lookback, horizon))
    weights[-1] = 1
    return linear(weights, horizon)


def graph(content, lookback=3, horizon=2, levels=(0.5,), scale="last", **more):
    return Graph(content, SimpleNamespace(lookback=lookback, horizon=horizon, levels=levels, **more), scale)


def panel_of(*series, starts=None, covariates=None):
    lengths = [len(values) for values in series]
    starts = np.array(starts or [0] * len(series), dtype=np.int64)
    return Panel(
        values=np.concatenate([np.empty(0), *series]).astype(float),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        starts=starts,
        ids=tuple("ABCDEFGHIJ"[: len(series)]),
        times=np.arange(int(max((starts + lengths), default=0)), dtype=np.int64),
        clock=Clock(kind="step", every=1),
        covariates=covariates,
    )
