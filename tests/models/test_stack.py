"""A stack of layers in NumPy, from saved weights, against Keras' own layers."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter

from forecaster.config.layers import Layer
from forecaster.errors import RunError
from forecaster.models import gates
from forecaster.models.backend import keras
from forecaster.models.build import weights_of
from forecaster.models.stack import look_inside

SEQUENCE = np.random.default_rng(0).normal(size=(3, 7, 2)).astype(np.float32)
KERAS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
NAMES = ("kernel", "recurrent_kernel", "bias")


def layers(*written):
    return [TypeAdapter(Layer).validate_python(each) for each in written]


def saved(name, layer):
    """The weights of a Keras layer by the keys of a run, away from their start so that biases count too."""
    draws = np.random.default_rng(len(name))
    layer.set_weights([draws.normal(scale=0.4, size=value.shape) for value in layer.get_weights()])
    return {f"{name}/{i}_{variable.name}": np.asarray(variable) for i, variable in enumerate(layer.weights)}


def recurrent(name, kind, width, units):
    layer = KERAS[kind](units, return_sequences=True)
    layer.build((None, None, width))
    return layer, saved(name, layer.cell)


@pytest.mark.parametrize("kind", KERAS)
def test_each_layer_reads_what_the_one_below_it_puts_out(kind):
    first, below = recurrent("layer0_" + kind, kind, 2, 4)
    second, above = recurrent("layer1_" + kind, kind, 4, 3)

    seen = look_inside(layers({kind: {"units": 4}}, {kind: {"units": 3}}), below | above, SEQUENCE)

    assert [each.name for each in seen] == [f"layer0_{kind}", f"layer1_{kind}"]
    np.testing.assert_allclose(seen[0].ways[0]["hidden"], first(SEQUENCE), atol=1e-6)
    np.testing.assert_allclose(seen[1].ways[0]["hidden"], second(first(SEQUENCE)), atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_both_directions_are_told_oldest_step_first(kind):
    forward, ahead = recurrent(f"layer0_bi{kind}", kind, 2, 4)
    backward, back = recurrent(f"layer0_bi{kind}_backward", kind, 2, 4)
    above, top = recurrent("layer1_gru", "gru", 8, 3)

    seen = look_inside(layers({f"bi{kind}": {"units": 4}}, {"gru": {"units": 3}}), ahead | back | top, SEQUENCE)

    both = [np.asarray(forward(SEQUENCE)), np.asarray(backward(SEQUENCE[:, ::-1]))[:, ::-1]]
    assert (seen[0].kind, len(seen[0].ways)) == (kind, 2)
    np.testing.assert_allclose(seen[0].ways[0]["hidden"], both[0], atol=1e-6)
    np.testing.assert_allclose(seen[0].ways[1]["hidden"], both[1], atol=1e-6)
    np.testing.assert_allclose(seen[1].ways[0]["hidden"], above(np.concatenate(both, axis=-1)), atol=1e-6)


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "sigmoid", "elu", "gelu", "softplus"])
def test_what_stands_between_two_recurrent_layers_is_gone_through(activation):
    first, below = recurrent("layer0_gru", "gru", 2, 4)
    norm = keras.layers.LayerNormalization(epsilon=1e-3)
    norm.build((None, None, 4))
    act = activation if activation != "gelu" else (lambda x: keras.activations.gelu(x, approximate=True))
    dense = keras.layers.Dense(5, activation=act)
    dense.build((None, None, 4))
    second, above = recurrent("layer4_lstm", "lstm", 5, 3)
    weights = below | saved("layer1_layer_norm", norm) | saved("layer2_dense", dense) | above
    written = [
        {"gru": {"units": 4}}, {"layer_norm": {}}, {"dense": {"units": 5, "activation": activation}}, {"dropout": 0.5},
        {"lstm": {"units": 3}},
    ]  # fmt: skip

    seen = look_inside(layers(*written), weights, SEQUENCE)

    assert [each.name for each in seen] == ["layer0_gru", "layer4_lstm"]
    np.testing.assert_allclose(seen[1].ways[0]["hidden"], second(dense(norm(first(SEQUENCE)))), atol=2e-6)


def test_the_stack_begins_at_the_first_recurrent_layer_and_ends_at_the_last():
    """What comes before is in the sequence already, what comes after has no steps."""
    _, weights = recurrent("layer1_gru", "gru", 2, 4)

    seen = look_inside(
        layers({"dense": {"units": 2}}, {"gru": {"units": 4}}, {"dense": {"units": 9}}), weights, SEQUENCE
    )

    assert [each.name for each in seen] == ["layer1_gru"]


def test_a_residual_layer_passes_on_its_inputs_too():
    first, below = recurrent("layer0_gru", "gru", 2, 2)
    second, above = recurrent("layer1_gru", "gru", 2, 3)

    written = layers({"gru": {"units": 2, "residual": True}}, {"gru": {"units": 3}})
    seen = look_inside(written, below | above, SEQUENCE)

    np.testing.assert_allclose(seen[1].ways[0]["hidden"], second(SEQUENCE + first(SEQUENCE)), atol=1e-6)


def test_the_dilation_of_a_layer_is_that_of_its_gates():
    _, weights = recurrent("layer0_lstm", "lstm", 2, 4)

    (seen,) = look_inside(layers({"lstm": {"units": 4, "dilation": 3}}), weights, SEQUENCE)

    expected = gates.lstm(SEQUENCE, gates.Weights(*weights.values()), dilation=3)
    np.testing.assert_allclose(seen.ways[0]["cell"], expected.cell, atol=1e-6)
    assert seen.dilation == 3


@pytest.mark.parametrize(("kind", "keeps"), [("lstm", "forget"), ("gru", "update")])
def test_half_lives_are_in_steps_of_the_clock(kind, keeps):
    _, weights = recurrent(f"layer0_{kind}", kind, 2, 4)

    (seen,) = look_inside(layers({kind: {"units": 4, "dilation": 2}}), weights, SEQUENCE)

    np.testing.assert_allclose(seen.half_lives(24)[0], 48 * gates.half_life(seen.ways[0][keeps]))
    np.testing.assert_allclose(seen.half_lives(None)[0], 2 * gates.half_life(seen.ways[0][keeps]))


def test_a_plain_recurrence_has_no_half_life():
    _, weights = recurrent("layer0_simple_rnn", "simple_rnn", 2, 4)

    (seen,) = look_inside(layers({"simple_rnn": {"units": 4}}), weights, SEQUENCE)

    assert seen.half_lives(None) == (None,)


def test_a_weight_that_is_missing_is_named():
    _, weights = recurrent("layer0_lstm", "lstm", 2, 4)
    del weights["layer0_lstm/2_bias"]

    with pytest.raises(RunError, match=r'do not fit the config: "layer0_lstm/2_bias" is missing; train the run again'):
        look_inside(layers({"lstm": {"units": 4}}), weights, SEQUENCE)


STACKS = {
    "stacked": [{"gru": {"units": 4}}, {"lstm": {"units": 5}}],
    "residual": [
        {"gru": {"units": 4, "residual": True}},
        {"lstm": {"units": 4, "residual": True}},
        {"simple_rnn": {"units": 4}},
    ],
    "dilated": [{"lstm": {"units": 4, "dilation": 2}}, {"gru": {"units": 4, "dilation": 3, "reset_after": False}}],
    "both ways": [
        {"bigru": {"units": 3, "residual": True, "dilation": 2}},
        {"layer_norm": {}},
        {"bilstm": {"units": 4}},
    ],
    "between": [
        {"lstm": {"units": 4}},
        {"layer_norm": {}},
        {"dense": {"units": 5, "activation": "gelu"}},
        {"gru": {"units": 4}},
    ],
}


@pytest.mark.parametrize("segment", [None, 5])
@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_the_forecast_of_a_network_follows_from_the_states_found_in_it(stack, segment, model, network, inputs):
    """Without a scale the head's dense layer alone stands between the last states and the forecast."""
    config = model(*stack, segment=segment, scale="none", output="point")
    built = network(config)
    weights = weights_of(built)
    said = built.prediction(inputs)

    seen = look_inside(config.layers, weights, np.asarray(said["sequence"]))[-1]

    ends = [way["hidden"][:, end] for way, end in zip(seen.ways, (-1, 0), strict=False)]
    head = np.concatenate(ends, axis=-1) @ weights["head/0_kernel"] + weights["head/1_bias"]
    np.testing.assert_allclose(np.asarray(said["forecast"])[..., 0], head, atol=1e-5)
