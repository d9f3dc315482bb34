"""Every kind of layer, with every activation, scale and output, says in ONNX Runtime what it says in Keras."""

from __future__ import annotations

from itertools import cycle
from typing import get_args

import numpy as np
import pytest

from forecaster.config.layers import DenseOptions, LSTMOptions, RecurrentOptions
from forecaster.config.reading import parse_config
from forecaster.forecasters.runtime import Graph
from forecaster.models.sizes import shapes_of
from forecaster.series.windows import Window
from forecaster.workflows.fitting import PARITY

SCALES = ("none", "last", "mean", "standard", "log")
OUTPUTS = ("point", "{quantiles: [0.1, 0.5, 0.9]}")


def activations(options, field="activation"):
    return get_args(options.model_fields[field].annotation)


def cases():
    """Stacks of layers, as the YAML has them; scales, outputs and segments in turn."""
    stacks = [f"[simple_rnn: {{units: 6, activation: {name}}}]" for name in activations(RecurrentOptions)]
    for kind in ("lstm", "gru", "bilstm", "bigru"):
        stacks += [f"[{kind}: {{units: 6, activation: {name}}}]" for name in activations(RecurrentOptions)]
        stacks += [
            f"[{kind}: {{units: 6, recurrent_activation: {name}, forget_bias: chrono, recurrent_dropout: 0.2}}]"
            for name in activations(LSTMOptions, "recurrent_activation")
        ]
    stacks += [f"[gru: {{units: 6}}, dense: {{units: 5, activation: {name}}}]" for name in activations(DenseOptions)]
    stacks += [
        "[gru: {units: 6, reset_after: false}]",
        "[lstm: {units: 6}, layer_norm: {}, dropout: 0.3, gru: {units: 5}, dense: {units: 4}]",
        "[dense: {units: 4}, layer_norm, bilstm: {units: 5}, dropout: 0.2, simple_rnn: {units: 3}]",
    ]
    turns = zip(stacks, cycle(SCALES), cycle(OUTPUTS), cycle((None, 5, None)), cycle(("none", "seasonal_naive")))
    return [pytest.param(*turn, id=f"{turn[0]} {turn[1]}") for turn in turns]


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "scale", "output", "segment", "skip"), cases())
def test_onnx_says_what_keras_says(layers, scale, output, segment, skip):
    from forecaster.models.build import build
    from forecaster.training.export import to_onnx

    layers = "[" + ", ".join(f"{{{part}}}" if ":" in part else part for part in _parts(layers)) + "]"
    text = (
        "data: {path: x.csv, target: y}\nwindow: {lookback: 12, horizon: 3}\n"
        f"model: {{scale: {scale}, layers: {layers}, output: {output}, segment: {segment or 'null'}, skip: {skip}}}\n"
        + ("training: {loss: mae}\n" if output == "point" else "")
    )
    from pathlib import Path

    model = parse_config(text, file="case", base=Path()).model
    shapes = shapes_of(model, Window(12, 3), 4)
    network = build(model, shapes, seed=1)
    windows = np.random.default_rng(0).normal(size=(9, 12)).astype(np.float32).cumsum(axis=1) + 5
    floors = np.full((9, 1), 0.01, dtype=np.float32)

    expected = np.asarray(network.prediction({"window": windows, "floor": floors}, training=False))
    said = Graph(to_onnx(network), shapes, scale).raw(windows, floors)

    np.testing.assert_allclose(said, expected, rtol=PARITY, atol=PARITY)


def _parts(stack):
    """The layers of a flow sequence, split at the commas between them."""
    parts, depth = [""], 0
    for character in stack[1:-1]:
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
