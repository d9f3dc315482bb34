"""How the steps of the horizon come about: forced and free, drawn and not, against equations written down again."""

import numpy as np
import pytest

from forecaster.config.channels import Channels
from forecaster.models.backend import keras, tf
from forecaster.models.build import set_weights, weights_of

RNN, GRU = {"simple_rnn": {"units": 5}}, {"gru": {"units": 5}}
SEQ2SEQ, ATTENDING = {"seq2seq": {}}, {"seq2seq": {"attention": True}}


@pytest.mark.parametrize("decoder", [SEQ2SEQ, ATTENDING])
def test_a_decoder_that_is_told_what_happened_says_something_else_than_one_that_runs_free(
    decoder, model, network, inputs_of, taught
):
    net = network(model(GRU, decoder=decoder))
    inputs = inputs_of(net.shapes)

    free, forced = (
        np.asarray(net.training(taught(inputs, net.shapes, share=share))["parameters"]) for share in (0.0, 1.0)
    )

    np.testing.assert_array_equal(free[:, 0], forced[:, 0])  # nothing has happened yet
    assert np.all(free[:, 1:] != forced[:, 1:])


def test_a_decoder_that_runs_free_in_training_forecasts_what_is_predicted(model, network, inputs_of, taught):
    net = network(model(GRU, decoder=SEQ2SEQ, scale="none"))
    inputs = inputs_of(net.shapes)

    for training in (True, False):
        said = net.training(taught(inputs, net.shapes), training=training)["parameters"]
        np.testing.assert_allclose(said, net.prediction(inputs)["forecast"], rtol=1e-4, atol=1e-5)


def test_a_share_of_the_steps_is_told(model, network, inputs_of, taught):
    """Of many windows that are alike, those told at the first step alone differ from the free ones at the second."""
    net = network(model(GRU, decoder=SEQ2SEQ))
    one = {name: np.repeat(value[:1], 2000, axis=0) for name, value in inputs_of(net.shapes).items()}
    lessons = taught(one, net.shapes, share=0.3)
    lessons["target"][:] = lessons["target"][0]

    second = np.asarray(net.training(lessons, training=True)["parameters"])[:, 1, 1]

    free = np.asarray(net.training(lessons | {"pace": 0 * lessons["pace"]})["parameters"])[0, 1, 1]
    assert 0.26 < np.mean(np.abs(second - free) > 1e-6) < 0.34


def test_where_nothing_is_known_to_have_happened_a_forced_decoder_runs_free(model, network, inputs_of, taught):
    net = network(model(GRU, decoder=SEQ2SEQ))
    lessons = taught(inputs_of(net.shapes), net.shapes, share=1.0)
    lessons["target"][:, :] = np.nan

    forced = net.training(lessons)["parameters"]

    np.testing.assert_array_equal(forced, net.training(lessons | {"pace": 0 * lessons["pace"]})["parameters"])


def rnn(x, h, weights, name):
    kernel, recurrent, bias = (weights[f"{name}/{key}"] for key in ("0_kernel", "1_recurrent_kernel", "2_bias"))
    return np.tanh(x @ kernel + h @ recurrent + bias)


def dense(x, weights, name):
    return x @ weights[f"{name}/0_kernel"] + weights[f"{name}/1_bias"]


def summary(window, weights):
    h = np.zeros((len(window), 5))
    for step in range(window.shape[1]):
        h = rnn(window[:, step : step + 1], h, weights, "layer0_simple_rnn")
    return h


def test_seq2seq_is_a_recurrence_that_reads_its_own_last_value(model, network, inputs):
    net = network(model(RNN, decoder=SEQ2SEQ, output="point", scale="none"))
    weights = weights_of(net)

    h, last, said = np.tanh(dense(summary(inputs["window"], weights), weights, "bridge")), inputs["window"][:, -1:], []
    for _ in range(4):
        h = rnn(last, h, weights, "decoder")
        last = dense(h, weights, "head")
        said.append(last)

    np.testing.assert_allclose(net.prediction(inputs)["forecast"], np.stack(said, axis=1), rtol=1e-4, atol=1e-5)


def test_parallel_steps_all_begin_from_the_same_state(model, network, inputs):
    """Segments of three steps: two of them hold the horizon of four, and the last two values are cut off."""
    net = network(model(RNN, decoder="parallel", segment=3, output="point", scale="none"))
    weights = weights_of(net)
    patches = np.maximum(dense(inputs["window"].reshape(9, 4, 3), weights, "segment"), 0)
    h = np.zeros((9, 5))
    for step in range(4):
        h = rnn(patches[:, step], h, weights, "layer0_simple_rnn")
    h = np.tanh(dense(h, weights, "bridge"))

    said = [dense(rnn(row, h, weights, "decoder"), weights, "head") for row in weights["position/0_positions"][0]]

    expected = np.concatenate(said, axis=1)[:, :4, None]
    np.testing.assert_allclose(net.prediction(inputs)["forecast"], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", ["none", "last", "mean", "standard", "affine"])
def test_recursive_is_a_network_of_one_step_fed_back(scale, model, network, inputs_of, told):
    """Step by step by hand, with the same weights, what is known moving on with the window."""
    channels = Channels(known=told.known, static=told.static)
    stack = model(GRU, decoder="recursive", scale=scale, skip="linear")
    net = network(stack, channels=channels, masked=True)
    one = network(stack.model_copy(update={"decoder": "direct"}), channels=channels, masked=True, window=OneStep)
    changed = {key: value + np.float32(0.1) for key, value in weights_of(net).items()}
    set_weights(net, changed)
    set_weights(one, changed)
    inputs = inputs_of(net.shapes)

    moving, said = {name: inputs[name] for name in ("window", "present", "floor", "static")}, []
    for step in range(4):
        said.append(np.asarray(one.prediction(moving | {"known": inputs["known"][:, step : step + 13]})["forecast"]))
        moving["window"] = np.concatenate([moving["window"][:, 1:], said[-1][:, :, 1]], axis=1)
        moving["present"] = np.concatenate([moving["present"][:, 1:], np.ones((9, 1), np.float32)], axis=1)

    expected = np.concatenate(said, axis=1)
    np.testing.assert_allclose(net.prediction(inputs)["forecast"], expected, rtol=1e-4, atol=1e-4)


class OneStep:
    lookback, horizon = 12, 1


@pytest.mark.parametrize("output", ["point", {"quantiles": (0.1, 0.5, 0.9)}, "gaussian", "student_t"])
@pytest.mark.parametrize("scale", ["last", "standard", "affine"])
def test_a_recursive_network_is_judged_over_the_horizon_in_the_units_of_the_first_window(
    output, scale, model, network, inputs_of, taught
):
    """So the forecast is what was judged, brought back to the units of the window by hand."""
    net = network(model(GRU, decoder="recursive", output=output, scale=scale))
    inputs = inputs_of(net.shapes)
    lessons = taught(inputs, net.shapes)
    window, target = inputs["window"], lessons["target"]

    judged = {name: np.asarray(value) for name, value in net.judging(lessons).items()}

    slope = (judged["target"][:, 1] - judged["target"][:, 0]) / (target[:, 1] - target[:, 0])
    center = target[:, 0] - judged["target"][:, 0] / slope
    place = net.shapes.median if judged["parameters"].shape[-1] == len(net.shapes.levels) else 0
    middle = judged["parameters"][..., place] / slope[:, None] + center[:, None]
    forecast = np.asarray(net.prediction(inputs)["forecast"])
    np.testing.assert_allclose(middle, forecast[..., net.shapes.median], rtol=1e-3, atol=1e-3)
    if output == "gaussian":
        widest = judged["parameters"][..., 1] / slope[:, None] * 1.959964
        np.testing.assert_allclose(forecast[..., -1] - forecast[..., net.shapes.median], widest, rtol=1e-3, atol=1e-3)
    assert net.training(lessons)["parameters"].shape[1] == net.training(lessons)["target"].shape[1] == 1
    assert window.shape == (9, 12)


def test_a_latent_is_drawn_in_training_alone_and_its_divergence_is_weighed(model, network, inputs_of, taught):
    net = network(model(GRU, latent={"units": 3}))
    lessons = taught(inputs_of(net.shapes), net.shapes, weight=0.5)

    drawn, again = (net.training(lessons, training=True) for _ in range(2))
    mean, same = (net.training(lessons, training=False) for _ in range(2))

    assert np.all(np.asarray(drawn["parameters"]) != np.asarray(again["parameters"]))
    np.testing.assert_array_equal(mean["parameters"], same["parameters"])
    whole = net.training(lessons | {"pace": 2 * lessons["pace"]})["penalty"]
    np.testing.assert_allclose(2 * np.asarray(mean["penalty"]), whole, rtol=1e-6)
    assert np.all(np.asarray(whole) > 0)


def test_the_divergence_of_a_latent_is_that_of_two_normal_distributions(model, network, inputs, taught):
    """Mean 1 and variance exp(4 tanh(0.5 / 4)), against 0 and 1, over the four steps of the horizon."""
    net = network(model(GRU, latent={"units": 1}))
    set_weights(net, {**weights_of(net), "latent/0_kernel": np.zeros((5, 2)), "latent/1_bias": np.float32([1, 0.5])})

    penalty = net.training(taught(inputs, net.shapes))["penalty"]

    log_variance = 4 * np.tanh(0.5 / 4)
    divergence = 0.5 * (np.exp(log_variance) + 1 - 1 - log_variance)
    np.testing.assert_allclose(penalty, np.full(9, divergence / 4), rtol=1e-5)


@pytest.mark.parametrize(
    ("layers", "options", "shape"),
    [
        ([GRU, {"attention": {"heads": 3}}], {}, (9, 3, 12)),
        ([{"bigru": {"units": 4}}, {"attention": {}}], {"segment": 4, "decoder": "recursive"}, (9, 1, 3)),
        ([{"bigru": {"units": 4}}, {"dense": {"units": 3}}], {"decoder": ATTENDING}, (9, 4, 12)),
    ],
)
def test_weights_of_attention_sum_to_one_over_the_steps_read(layers, options, shape, model, network, inputs_of):
    net = network(model(*layers, **options))

    weights = np.asarray(net.prediction(inputs_of(net.shapes))["attention"])

    assert weights.shape == shape
    assert np.all(weights > 0)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)


@pytest.mark.parametrize("decoder", ["direct", "parallel", SEQ2SEQ], ids=["direct", "parallel", "seq2seq"])
def test_one_step_along_the_gradient_can_be_compiled(decoder, model, network, inputs_of, taught, told):
    net = network(model(GRU, decoder=decoder, embed={"series": 2}, latent={"units": 2}), channels=told, masked=True)
    lessons = taught(inputs_of(net.shapes), net.shapes, share=0.5)

    def step():
        with tf.GradientTape() as tape:
            said = net.training(lessons, training=True)
            error = said["parameters"] - keras.ops.expand_dims(said["target"], -1)
            loss = tf.reduce_mean(tf.abs(error)) + tf.reduce_mean(said["penalty"])
        return loss, tape.gradient(loss, net.training.trainable_variables)

    for jit in (True, False):
        loss, slopes = tf.function(step, jit_compile=jit, autograph=False)()
        assert np.isfinite(loss)
        assert all(np.all(np.isfinite(keras.ops.convert_to_numpy(slope))) for slope in slopes)
