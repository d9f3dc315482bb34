"""Every network that a config may describe trains, is saved and restored, and says in ONNX Runtime what Keras says.

All kinds of cell, decoder, output and scale that go together, each with the other parts of a network in turn; CI takes
enough of them that any two values of any two parts meet once, and FORECAST_GRID=full takes every combination of the
four (most of an hour).
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import combinations, count, cycle, product
from typing import get_args

import numpy as np
import onnxruntime
import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.config.checks import refusals
from forecaster.config.layers import RECURRENT, DenseOptions, LSTMOptions, RecurrentOptions
from forecaster.config.model import DISTRIBUTIONS, ModelConfig
from forecaster.config.training import TrainingConfig
from forecaster.forecasters.vetting import vet
from forecaster.models.sizes import shapes_of
from forecaster.series.windows import Window
from forecaster.workflows.fitting import PARITY

WINDOW, SEASON, COUNT = Window(12, 3), 4, 9
ALL_TOLD = Channels(
    past=(Channel("load", 0.5, 2.0), Channel("wind", categories=("N", "S"), embed=2)),
    known=(Channel("rain", categories=("no", "yes")), Channel("hour", -1.0, 3.0)),
    static=(Channel("size", 2.0), Channel("kind", categories=("x",), embed=3)),
    series=("a", "b", "c"),
)
SEQ2SEQ = {"seq2seq": {"forcing": {"from": 0.5, "to": 0.5}}}
PARTS = {
    "cell": RECURRENT,
    "decoder": ("direct", "recursive", "parallel", SEQ2SEQ, {"seq2seq": {"attention": True}}),
    "output": ("point", {"quantiles": [0.1, 0.5, 0.9]}, *DISTRIBUTIONS),
    "scale": get_args(ModelConfig.model_fields["scale"].annotation),
    "latent": (None, {"units": 2}),
    "skip": ("none", "linear", {"linear": 4}, {"seasonal_naive": [4]}, {"seasonal_naive": [4, 6]}, "smoothing"),
    "segment": (None, 5),
    "options": ({}, {"dilation": 2, "residual": True}, {"recurrent_dropout": 0.3, "dropout": 0.2, "keep": True}),
    "above": (
        [],
        [{"attention": {}}],
        [{"attention": {"heads": 2, "kind": "dot", "pool": "weighted"}}],
        [{"dropout": {"rate": 0.2, "keep": True}}, {"dense": {"units": 3}}],
    ),
    "told": ("nothing", "all", "all but past"),
}
GRID = ("cell", "decoder", "output", "scale")


TOLD = {"nothing": Channels(), "all": ALL_TOLD, "all but past": replace(ALL_TOLD, past=())}


def model_of(cell, options, above, told, **rest):
    """A network of two layers of a cell, from one value of each part."""
    layer, embed = {cell: {"units": 4} | options}, {} if told == "nothing" else {"series": 2}
    return ModelConfig.model_validate({"layers": [layer, layer, *above], "embed": embed, **rest}, strict=False)


def channels_of(model, told):
    return Channels(series=ALL_TOLD.series) if told == "nothing" and model.skip == "smoothing" else TOLD[told]


def valid(choice):
    nobody_knows = choice["decoder"] == "recursive" and choice["told"] == "all"
    return not nobody_knows and not refusals(model_of(**choice))


def covering():
    """Combinations in which any two values of any two parts meet, as far as they may."""
    draws, chosen = np.random.default_rng(0), []
    left = {pair for names in combinations(PARTS, 2) for pair in _pairs(names)}
    for pair in sorted(left, key=repr):
        if pair in left:
            tries = [
                {name: int(draws.integers(len(values))) for name, values in PARTS.items()} | dict(pair)
                for _ in range(20)
            ]
            fitting = [each for each in tries if valid(_values(each))]
            best = max(fitting, key=lambda each: len(left & _met(each)), default=None)
            if best is not None:
                left -= _met(best)
                chosen.append(_values(best))
    return chosen


def _pairs(names):
    first, second = names
    return {((first, a), (second, b)) for a in range(len(PARTS[first])) for b in range(len(PARTS[second]))}


def _met(places):
    return set(combinations(places.items(), 2))


def _values(places):
    return {name: PARTS[name][place] for name, place in places.items()}


def grid():
    """All combinations of cell, decoder, output and scale that go together, each with the first other parts that do."""
    rest = [name for name in PARTS if name not in GRID]
    others = [dict(zip(rest, values, strict=True)) for values in product(*(PARTS[name] for name in rest))]
    np.random.default_rng(0).shuffle(others)
    turns = count()
    for values in product(*(PARTS[name] for name in GRID)):
        four = dict(zip(GRID, values, strict=True))
        begin = next(turns)
        ways = (four | others[(begin + more) % len(others)] for more in range(len(others)))
        yield from [next((way for way in ways if valid(way)), None)]


def cases():
    chosen = [each for each in grid() if each] if os.environ.get("FORECAST_GRID") == "full" else covering()
    return [pytest.param(choice, id=" ".join(map(_word, choice.values()))) for choice in chosen]


def _word(value):
    return str(value).translate(str.maketrans("", "", "{}[]'\" "))


def stacks():
    """Every activation of every layer, scales and segments in turn."""
    layers = [[{"simple_rnn": {"activation": name}}] for name in _names(RecurrentOptions)]
    for kind in ("lstm", "gru", "bilstm", "bigru"):
        layers += [[{kind: {"activation": name}}] for name in _names(RecurrentOptions)]
        gates = _names(LSTMOptions, "recurrent_activation")
        # Gates above 1 that also start open make a state grow without end.
        starts = {"relu": "zero"}
        layers += [
            [{kind: {"recurrent_activation": name, "forget_bias": starts.get(name, "chrono")}}] for name in gates
        ]
    layers += [[{"gru": {}}, {"dense": {"activation": name}}] for name in _names(DenseOptions)]
    layers += [
        [{"gru": {"reset_after": False}}],
        [{"lstm": {}}, {"layer_norm": {}}, {"dropout": 0.3}, {"gru": {}}, {"dense": {}}],
        [{"dense": {}}, {"layer_norm": {}}, {"bilstm": {}}, {"dropout": 0.2}, {"simple_rnn": {}}],
    ]
    return list(zip(layers, cycle(PARTS["scale"]), cycle((None, 5, None)), strict=False))


def _names(options, field="activation"):
    return get_args(options.model_fields[field].annotation)


def sized(layers):
    return [
        {kind: options | ({} if kind in ("dropout", "layer_norm") else {"units": 5})}
        if isinstance(options, dict)
        else {kind: options}
        for layer in layers
        for kind, options in layer.items()
    ]


def batch_of(shapes, count=COUNT):
    """Windows, everything beside them and what came after, drawn at random; the values are counts."""
    draws = np.random.default_rng(0)
    walk = draws.poisson(5, size=(count, shapes.lookback)) + 20
    found = {name: draws.normal(size=(count, *size)) for name, size in shapes.inputs.items()}
    codes = {"past": 1, "known": 0, "static": 1}
    for name in codes.keys() & found.keys():
        found[name][..., codes[name]] = draws.integers(0, 3, found[name].shape[:-1])
        found[name][0, ..., 1 - codes[name]] = np.nan
    found |= {"window": walk, "floor": np.full((count, 1), 0.1), "target": draws.poisson(25, (count, shapes.horizon))}
    if "present" in found:
        found["present"] = draws.integers(0, 2, walk.shape)
        found["target"] = np.where(draws.uniform(size=found["target"].shape) < 0.3, np.nan, found["target"])
    if "series" in found:
        found["series"] = draws.integers(0, 4, (count, 1))
    found["pace"] = np.full((count, 2), 0.5)
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def taught(network, model, batch):
    """One step along the gradient, of the graph as it trains."""
    from forecaster.models.backend import tf
    from forecaster.training.losses import loss_of
    from forecaster.training.objective import objective_of

    given = {name: value for name, value in batch.items() if name != "noise"}
    weights = network.training.trainable_variables
    with tf.GradientTape() as tape:
        said = network.training(given, training=True)
        measure = loss_of(objective_of(TrainingConfig(), model), network.shapes.levels)
        loss = tf.reduce_mean(measure(said["parameters"], said["target"]) + said["penalty"])
    for weight, slope in zip(weights, tape.gradient(loss, weights), strict=True):
        weight.assign_sub(0.01 * tf.convert_to_tensor(slope))
    return float(loss)


def check(model, shapes):
    from forecaster.models.build import build, settle
    from forecaster.training.export import to_onnx
    from forecaster.training.weights import from_safetensors, to_safetensors

    network, other, batch = build(model, shapes, seed=1), build(model, shapes, seed=2), batch_of(shapes)
    if model.scale == "none" and model.output != "negative_binomial":
        batch |= {name: batch[name] / 25 for name in ("window", "target")}  # it is for values around 1
    assert np.isfinite(taught(network, model, batch))
    settle(network)
    from_safetensors([other], to_safetensors([network]))
    inputs = {name: batch[name] for name in shapes.inputs}
    expected = {name: np.asarray(value) for name, value in network.prediction(inputs, training=False).items()}

    content = to_onnx([other])
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    assert set(vet(content).outputs) == set(expected)
    assert {value.name for value in session.get_outputs()} == set(expected)
    assert np.isfinite(expected["forecast"]).all()
    for rows in (slice(None), slice(0, 1)):
        said = session.run(list(expected), {name: value[rows] for name, value in inputs.items()})
        for name, value in zip(expected, said, strict=True):
            np.testing.assert_allclose(value, expected[name][rows], rtol=PARITY, atol=PARITY, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("choice", cases())
def test_a_network_trains_is_restored_and_says_in_onnx_what_keras_says(choice):
    model = model_of(**choice)
    told, channels = choice["told"] != "nothing", channels_of(model, choice["told"])

    check(model, shapes_of(model, WINDOW, SEASON, channels, masked=told))


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "scale", "segment"), stacks())
def test_a_layer_with_any_activation_says_in_onnx_what_keras_says(layers, scale, segment):
    model = ModelConfig.model_validate({"layers": sized(layers), "scale": scale, "segment": segment}, strict=False)

    check(model, shapes_of(model, WINDOW, SEASON))


@pytest.mark.parametrize("scale", PARTS["scale"])
@pytest.mark.parametrize("output", PARTS["output"], ids=_word)
def test_cells_and_decoders_go_with_every_output_and_scale_but_counts_with_a_moved_zero(output, scale):
    rest = {"latent": None, "skip": "none", "segment": None, "options": {}, "above": [], "told": "nothing"}
    pairs = product(PARTS["cell"], PARTS["decoder"])

    reasons = {tuple(refusals(model_of(cell, decoder=way, output=output, scale=scale, **rest))) for cell, way in pairs}

    assert len(reasons) == 1
    (found,) = reasons
    assert bool(found) == (output == "negative_binomial" and scale not in ("none", "mean"))
    assert all(f"scale: {scale}" in refusal.what and refusal.hint for refusal in found)
