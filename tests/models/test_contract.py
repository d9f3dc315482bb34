"""What every layer that a config may stack promises."""

import numpy as np
import onnx
import pytest

from forecaster.config.layers import LAYERS, RECURRENT, RecurrentOptions
from forecaster.models import recurrent, sizes
from forecaster.models.backend import keras, ops, tf
from forecaster.models.build import set_weights, weights_of
from forecaster.training.export import to_onnx

LEVELS = np.array([0.1, 0.5, 0.9], dtype=np.float32)
KINDS = tuple(LAYERS)
OPTIONS = {
    "simple_rnn": {"units": 6},
    "lstm": {"units": 6},
    "gru": {"units": 6},
    "bilstm": {"units": 6},
    "bigru": {"units": 6},
    "attention": {"heads": 1},
    "dense": {"units": 6},
    "dropout": {"rate": 0.1},
    "layer_norm": {"epsilon": 0.001},
}
RATES = {"dropout": 0.4, "recurrent_dropout": 0.4}
PLAIN = {"units": 7, "activation": "relu", "keep": True, "dilation": 2, "residual": True, **RATES}
GATED = PLAIN | {"recurrent_activation": "tanh", "forget_bias": "chrono"}
CHANGES = {
    "simple_rnn": PLAIN,
    "lstm": GATED,
    "gru": GATED | {"reset_after": False},
    "bilstm": GATED,
    "bigru": GATED | {"reset_after": False},
    "attention": {"heads": 2, "kind": "dot", "pool": "weighted"},
    "dense": {"units": 7, "activation": "tanh"},
    "dropout": {"rate": 0.5, "keep": True},
    "layer_norm": {"epsilon": 0.1},
}


def stack(kind, /, **options):
    """The layer under test twice, where it may be: once on a sequence, once on the state."""
    layer = {kind: OPTIONS[kind] | options}
    if kind == "attention":
        return {"gru": {"units": 5}}, layer
    return (layer, layer) if kind in RECURRENT else ({"gru": {"units": 5}}, layer, {"gru": {"units": 5}}, layer)


def pinball(outputs):
    error = ops.expand_dims(outputs["target"], -1) - outputs["parameters"]
    return ops.mean(ops.maximum(LEVELS * error, (LEVELS - 1) * error))


def gradients(network, lessons):
    def step():
        with tf.GradientTape() as tape:
            loss = pinball(network.training(lessons, training=True))
        return loss, tape.gradient(loss, network.training.trainable_variables)

    return step


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def built(kind, model, network):
    return network(model(*stack(kind)))


def test_the_contract_covers_every_layer_that_a_config_may_stack():
    assert set(CHANGES) == set(OPTIONS) == set(LAYERS)


def test_both_graphs_put_out_one_number_for_each_step_and_level(built, inputs, lessons):
    learnt = built.training(lessons)

    assert built.prediction(inputs)["forecast"].shape == (9, 4, 3)
    assert {name: tuple(value.shape) for name, value in learnt.items()} == {
        "parameters": (9, 4, 3),
        "target": (9, 4),
        "penalty": (9,),
    }


def test_the_parameters_are_counted_without_keras(built, kind, model, shapes):
    rows = sizes.rows(model(*stack(kind)), shapes)

    assert sum(row.parameters for row in rows) == built.training.count_params()


def test_one_step_along_the_gradient_changes_every_weight(kind, model, network, lessons):
    fresh = network(model(*stack(kind)))
    before = weights_of(fresh)
    optimizer = keras.optimizers.SGD(0.1)

    _, slopes = gradients(fresh, lessons)()
    optimizer.apply(slopes, fresh.training.trainable_variables)

    after = weights_of(fresh)
    assert [key for key in before if np.array_equal(before[key], after[key])] == []


def test_weights_taken_from_one_network_make_another_forecast_the_same_bits(kind, built, model, network, inputs):
    other = network(model(*stack(kind)), seed=1)
    assert not np.array_equal(other.prediction(inputs)["forecast"], built.prediction(inputs)["forecast"])

    set_weights(other, weights_of(built))

    assert np.array_equal(other.prediction(inputs)["forecast"], built.prediction(inputs)["forecast"])


def test_without_dropout_training_computes_what_predicting_does(kind, model, network, lessons):
    """Two forms of each recurrence, one for speed while training, one for the export."""
    layers = [layer for layer in stack(kind) if "dropout" not in layer]
    net = network(model(*layers))

    learning = net.training(lessons, training=True)["parameters"]

    np.testing.assert_allclose(learning, net.training(lessons, training=False)["parameters"], rtol=0, atol=2e-6)


@pytest.mark.parametrize("kind", RECURRENT)
def test_a_step_with_dropout_of_every_kind_can_be_compiled(kind, model, network, lessons):
    """What is dropped differs from a plain step: XLA draws its own numbers."""
    net = network(model({kind: OPTIONS[kind] | RATES}, {"dropout": 0.3}))

    loss, slopes = tf.function(gradients(net, lessons), jit_compile=True, autograph=False)()

    assert 0 < float(loss) < 10
    assert all(0 < float(ops.max(ops.abs(slope))) < 10 for slope in slopes)


def test_a_compiled_step_without_dropout_follows_the_gradient_of_a_plain_one(model, network, lessons):
    layers = [
        {"lstm": {"units": 6}},
        "layer_norm",
        {"gru": {"units": 6, "reset_after": False}},
        {"dense": {"units": 6}},
    ]
    step = gradients(network(model(*layers)), lessons)

    loss, slopes = tf.function(step, jit_compile=True, autograph=False)()

    expected_loss, expected_slopes = step()
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-5)
    for slope, expected in zip(slopes, expected_slopes, strict=True):
        np.testing.assert_allclose(slope, expected, rtol=1e-3, atol=1e-5)


def test_dropout_drops_the_same_inputs_at_every_step_of_a_window():
    """With a linear state that nothing feeds back into, each step shows what came in."""
    options = RecurrentOptions(units=40, activation="linear", dropout=0.5)
    start = recurrent.Start(keras.initializers.Identity(), "zeros", "zeros", dropout=0)
    layer = recurrent.SimpleRNN(options, start, return_sequences=True)

    seen = np.asarray(layer(np.ones((3, 6, 40), np.float32), training=True))

    assert np.all(seen == seen[:, :1])
    assert set(np.unique(seen)) == {0.0, 2.0}
    assert not np.array_equal(seen[0], seen[1])


def test_recurrent_dropout_drops_the_same_part_of_the_state_between_all_steps():
    """A state that only adds up: kept units count the steps twice over, dropped ones see the newest input alone."""
    options = RecurrentOptions(units=40, activation="linear", recurrent_dropout=0.5)
    identity = keras.initializers.Identity()
    layer = recurrent.SimpleRNN(options, recurrent.Start(identity, identity, "zeros", dropout=0))

    state = np.asarray(layer(np.ones((3, 3, 40), np.float32), training=True))

    assert set(np.unique(state)) == {1.0, 7.0}  # 1, then 1 + 2 * 1, then 1 + 2 * 3


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind in KINDS for option in CHANGES[kind]])
def test_every_option_changes_the_network_or_its_training(kind, option, model, network, lessons):
    """Seen on the same windows with the same seed: another number of weights, forecast, or output while training."""
    rates = RATES if option == "keep" and kind != "dropout" else {}
    usual = network(model(*stack(kind, **rates)))
    changed = network(model(*stack(kind, **rates, **{option: CHANGES[kind][option]})))

    differs = usual.shapes != changed.shapes or not np.array_equal(
        usual.training(lessons, training=True)["parameters"], changed.training(lessons, training=True)["parameters"]
    )

    assert differs


@pytest.mark.parametrize("kind", ["lstm", "gru", "bilstm", "bigru"])
def test_exported_to_onnx_a_gated_layer_is_one_native_node(kind, model, network):
    """A loop of small nodes would take twenty times as long for one window."""
    options = OPTIONS[kind] | RATES | {"activation": "relu"}

    graph = onnx.load_from_string(to_onnx([network(model({kind: options}))])).graph

    kinds = {node.op_type for node in graph.node}
    assert kind.removeprefix("bi").upper() in kinds
    assert "Loop" not in kinds


@pytest.mark.parametrize("kind", KINDS)
def test_no_option_is_left_out_of_the_test_above(kind):
    options = LAYERS[kind].model_fields[kind].annotation

    assert set(CHANGES[kind]) == set(options.model_fields)
