"""Dilated and residual recurrences against the equations in NumPy, and what noise drops."""

import numpy as np
import onnx
import pytest

from forecaster.config.layers import GRUOptions, LSTMOptions, RecurrentOptions
from forecaster.models import gates, recurrent
from forecaster.models.backend import keras, ops
from forecaster.models.build import frozen, set_weights, weights_of
from forecaster.training.export import to_onnx

KINDS = {
    "simple_rnn": (recurrent.SimpleRNN, RecurrentOptions, gates.simple_rnn),
    "lstm": (recurrent.LSTM, LSTMOptions, gates.lstm),
    "gru": (recurrent.GRU, GRUOptions, gates.gru),
    "gru before": (recurrent.GRUResetBefore, GRUOptions, gates.gru),
}
INPUTS = np.random.default_rng(0).normal(size=(4, 11, 3)).astype(np.float32)


def layer_of(kind, dilation, **keywords):
    layer, options, _ = KINDS[kind]
    draw = keras.initializers.RandomNormal(stddev=0.4, seed=1)
    start = recurrent.Start(draw, draw, draw, dropout=0)
    return layer(options(units=5, dilation=dilation), start, **keywords)


def states(kind, layer, inputs, dilation):
    """(N, P, U) by the equations."""
    return KINDS[kind][2](inputs, gates.Weights(*map(np.asarray, layer.weights)), dilation=dilation).hidden


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dilation", [1, 2, 4, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_follows_from_the_one_as_many_steps_before_as_the_dilation_says(kind, dilation, training):
    every, last = (layer_of(kind, dilation, return_sequences=whole) for whole in (True, False))

    said = every(INPUTS, training=training), last(INPUTS, training=training)

    np.testing.assert_allclose(said[0], states(kind, every, INPUTS, dilation), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(said[1], states(kind, last, INPUTS, dilation)[:, -1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dilation", [1, 3])
@pytest.mark.parametrize("whole", [True, False])
def test_a_layer_that_goes_backwards_reads_the_newest_step_first(dilation, whole):
    layer = layer_of("gru", dilation, return_sequences=whole, go_backwards=True)

    said = layer(INPUTS)

    expected = states("gru", layer, INPUTS[:, ::-1], dilation)
    np.testing.assert_allclose(said, expected if whole else expected[:, -1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("units", [5, 1])
@pytest.mark.parametrize("above", [[], [{"attention": {"pool": "weighted"}}]], ids=["state", "states"])
def test_a_residual_layer_adds_what_it_reads_through_a_map_where_the_widths_differ(
    units, above, model, network, inputs
):
    """Read at the next layer: attention where all states go on, the head where only the last one does."""
    net = network(model({"gru": {"units": units, "residual": True}}, *above, scale="none"))
    following = net.prediction.get_layer("layer1_attention" if above else "head")
    read = keras.Model(net.prediction.input, keras.tree.flatten(following.input)[0])
    weights, window = weights_of(net), inputs["window"][..., None]

    own = [weights[f"layer0_gru/{key}"] for key in ("0_kernel", "1_recurrent_kernel", "2_bias")]
    hidden = gates.gru(window, gates.Weights(*own)).hidden
    expected = hidden + (window @ weights["layer0_gru_residual/0_kernel"] if units > 1 else window)

    assert ("layer0_gru_residual/0_kernel" in weights) == (units > 1)
    np.testing.assert_allclose(read(inputs), expected if above else expected[:, -1], rtol=1e-5, atol=1e-5)


def test_noise_drops_a_share_of_the_values_and_scales_the_others():
    noise = np.random.default_rng(0).normal(size=20_000).astype(np.float32)

    mask = np.asarray(recurrent.kept(ops.convert_to_tensor(noise), 0.2))

    assert set(np.unique(mask)) == {0.0, 1.25}
    assert 0.19 < np.mean(mask == 0) < 0.21
    assert np.all(mask[noise < -0.85] == 0)
    assert np.all(mask[noise > -0.83] > 0)


def test_no_noise_drops_nothing_and_scales_nothing():
    assert np.all(np.asarray(recurrent.kept(ops.zeros((3, 2)), 0.7)) == 1)


@pytest.mark.parametrize(("rates", "width"), [({"dropout": 0.5}, 3), ({"recurrent_dropout": 0.5}, 5)])
def test_noise_of_a_layer_tells_what_is_dropped_of_its_inputs_and_of_its_state(rates, width):
    """All values dropped leave the bias alone, and a state that is never seen leaves each step to itself."""
    options = RecurrentOptions(units=5, keep=True, **rates)
    draw = keras.initializers.RandomNormal(stddev=0.4, seed=1)
    layer = recurrent.SimpleRNN(options, recurrent.Start(draw, draw, draw, dropout=0), return_sequences=True)

    said = np.asarray(layer(INPUTS, noise=np.full((4, width), -9, np.float32)))

    kernel, recurrent_kernel, bias = map(np.asarray, layer.weights)
    if "dropout" in rates:
        alone = gates.Weights(0 * kernel, recurrent_kernel, bias)
    else:
        alone = gates.Weights(kernel, 0 * recurrent_kernel, bias)
    np.testing.assert_allclose(said, gates.simple_rnn(INPUTS, alone).hidden, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru", "bilstm"])
def test_exported_to_onnx_a_dilated_layer_is_one_native_node(kind, model, network):
    layer = {kind: {"units": 6, "dilation": 3, "residual": True}}

    graph = onnx.load_from_string(to_onnx([network(model(layer, layer))])).graph

    kinds = {node.op_type for node in graph.node}
    assert kind.removeprefix("bi").upper() in kinds
    assert "Loop" not in kinds


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_inside_the_loop_of_a_recursive_network_a_frozen_layer_is_one_native_node(kind, model, network):
    net = network(model({kind: {"units": 6}}, decoder="recursive", output="point"))

    with frozen([net]):
        graph = onnx.load_from_string(to_onnx([net])).graph

    (loop,) = [node for node in graph.node if node.op_type == "Loop"]
    (body,) = [attribute.g for attribute in loop.attribute if attribute.name == "body"]
    inside = {node.op_type for node in body.node}
    assert kind.upper() in inside
    assert "Loop" not in inside


def test_weights_are_read_anew_once_a_network_is_no_longer_frozen(model, network, inputs):
    net = network(model({"gru": {"units": 6}}))

    with frozen([net]):
        before = np.asarray(net.prediction(inputs)["forecast"])
        set_weights(
            net,
            {key: value + 1 for key, value in weights_of(net).items() if not key.startswith("head")}
            | {key: value for key, value in weights_of(net).items() if key.startswith("head")},
        )
        assert np.array_equal(net.prediction(inputs)["forecast"], before)

    assert not np.array_equal(net.prediction(inputs)["forecast"], before)
