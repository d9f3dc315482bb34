"""What a network is told besides the target: how it is read, and what cannot be read."""

import numpy as np
import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.models.backend import keras
from forecaster.models.build import set_weights, settle, weights_of

GRU = {"gru": {"units": 5}}
DECODERS = {"direct": "direct", "parallel": "parallel", "recursive": "recursive", "seq2seq": {"seq2seq": {}}}


@pytest.fixture(scope="module", params=DECODERS)
def net(request, model, network, told):
    """A network that is told everything its decoder may be told."""
    channels = (
        Channels(known=told.known, static=told.static, series=told.series) if request.param == "recursive" else told
    )
    made = network(model(GRU, embed={"series": 2}, decoder=DECODERS[request.param]), channels=channels, masked=True)
    return shown(made)


@pytest.fixture(scope="module")
def direct(model, network, told):
    return shown(network(model(GRU, embed={"series": 2}), channels=told, masked=True))


def shown(net):
    """The network as if training had shown every series and category, but for the last row, which is for others."""
    weights, draws = copies(net), np.random.default_rng(0)
    for key, value in weights.items():
        if "embedding" in key:
            value[:-1] = draws.normal(scale=0.3, size=value[:-1].shape)
    set_weights(net, weights)
    return net


def forecast(net, inputs):
    return np.asarray(net.prediction(inputs)["forecast"])


def copies(net):
    return {key: value.copy() for key, value in weights_of(net).items()}


def changed(inputs, name, at, value):
    new = inputs[name].copy()
    new[at] = value
    return inputs | {name: new}


def test_everything_that_is_told_changes_the_forecast(net, inputs_of):
    inputs = inputs_of(net.shapes)

    for name in inputs.keys() - {"noise"}:
        for place in range(inputs[name].shape[-1] if inputs[name].ndim > 2 else 1):
            at = (0, 6, place) if inputs[name].ndim > 2 else (0, 0)
            other = changed(inputs, name, at, 1 - inputs[name][at] if name != "floor" else 9)
            assert not np.array_equal(forecast(net, other)[0], forecast(net, inputs)[0]), (name, place)


def test_what_is_known_of_a_step_ahead_changes_the_forecast_of_that_step(net, inputs_of):
    inputs = inputs_of(net.shapes)

    difference = forecast(net, changed(inputs, "known", (0, 12 + 2, 1), 9)) - forecast(net, inputs)

    assert np.any(difference[0, 2] != 0)
    assert np.all(difference[0, :2] == 0)  # earlier ones do not look ahead
    assert np.all(difference[1:] == 0)


def test_of_covariates_of_the_past_there_is_nothing_beyond_the_cutoff(direct):
    assert direct.shapes.inputs["past"] == (12, 2)
    assert direct.shapes.inputs["known"] == (16, 2)


def test_the_forecast_does_not_read_the_target(net):
    assert "target" not in {tensor.name for tensor in net.prediction.inputs}


@pytest.mark.parametrize("graph", ["training", "judging"])
def test_without_forcing_the_target_changes_nothing_that_is_said(net, graph, inputs_of, taught):
    lessons = taught(inputs_of(net.shapes), net.shapes)

    said, other = (
        getattr(net, graph)(each)["parameters"] for each in (lessons, lessons | {"target": 5 - lessons["target"]})
    )

    np.testing.assert_array_equal(said, other)


def test_a_missing_number_counts_as_its_usual_value(direct, inputs_of):
    inputs = inputs_of(direct.shapes)

    missing = forecast(direct, changed(inputs, "past", (slice(None), 3, 0), np.nan))

    np.testing.assert_array_equal(missing, forecast(direct, changed(inputs, "past", (slice(None), 3, 0), 0.0)))


@pytest.mark.parametrize("code", [np.nan, 3, 99, -1])
def test_a_missing_category_and_one_never_seen_are_one(direct, inputs_of, code):
    inputs = inputs_of(direct.shapes)
    expected = 0 if code == -1 else 2

    other = forecast(direct, changed(inputs, "past", (slice(None), 3, 1), code))

    np.testing.assert_array_equal(other, forecast(direct, changed(inputs, "past", (slice(None), 3, 1), expected)))


@pytest.mark.parametrize(("number", "read"), [(4, 2), (-1, -0.5), (1000, 10), (-1000, -10)])
def test_a_number_is_spread_by_the_constant_of_the_training_part_and_far_ones_are_cut(model, network, number, read):
    """It comes less its center; the sequence that the first layer reads shows the rest."""
    identity = {"simple_rnn": {"units": 2, "activation": "linear"}}
    net = network(model(identity), channels=Channels(past=(Channel("x", 3.0, 2.0),)))

    said = net.prediction(
        {"window": np.zeros((1, 12)), "floor": np.ones((1, 1)), "past": np.full((1, 12, 1), number, np.float32)}
    )

    np.testing.assert_array_equal(said["sequence"][0, :, 1], np.full(12, read))


def test_a_series_never_seen_is_the_mean_of_those_that_were_once_the_network_has_settled(direct, inputs_of):
    inputs = inputs_of(direct.shapes, 1)
    settle(direct)

    rows = weights_of(direct)["series_embedding/0_embeddings"]

    np.testing.assert_allclose(rows[-1], rows[:3].mean(axis=0), rtol=1e-6)
    alike = weights_of(direct) | {"series_embedding/0_embeddings": np.tile(rows[-1:], (4, 1))}
    unseen = forecast(direct, changed(inputs, "series", 0, 3))
    set_weights(direct, alike)
    np.testing.assert_allclose(forecast(direct, changed(inputs, "series", 0, 0)), unseen, rtol=1e-6)


def test_a_series_that_training_has_not_shown_is_the_mean_too_once_the_network_has_settled(model, network, told):
    net = network(model(GRU, embed={"series": 2}), channels=Channels(series=told.series))
    learned = copies(net)
    learned["series_embedding/0_embeddings"][:2] = [[1, 3], [5, 7]]
    set_weights(net, learned)

    settle(net)

    assert weights_of(net)["series_embedding/0_embeddings"].tolist() == [[1, 3], [5, 7], [3, 5], [3, 5]]


def test_what_training_has_shown_of_missing_categories_stays_when_the_network_settles(model, network, told):
    net = network(model(GRU), channels=Channels(static=told.static, past=told.past))
    learned = copies(net)
    learned["past1_embedding/0_embeddings"][-1] = 5
    learned["static1_embedding/0_embeddings"][0] = 7
    set_weights(net, learned)

    settle(net)

    settled = weights_of(net)
    assert np.all(settled["past1_embedding/0_embeddings"][-1] == 5)
    np.testing.assert_array_equal(
        settled["static1_embedding/0_embeddings"][-1], learned["static1_embedding/0_embeddings"][0]
    )


def test_smoothing_of_a_series_never_seen_is_that_of_the_mean_once_the_network_has_settled(model, network, told):
    net = network(model(GRU, skip="smoothing"), channels=Channels(series=told.series))
    learned = copies(net)
    learned["smoothing/0_logits"][:3] = [[1], [2], [6]]
    set_weights(net, learned)

    settle(net)

    assert weights_of(net)["smoothing/0_logits"][3, 0] == 3


def test_every_embedding_starts_as_zeros_so_that_what_no_training_shows_is_known_by_them(model, network, told):
    fresh = network(model(GRU, embed={"series": 2}), channels=told)
    rows = np.concatenate([value.ravel() for key, value in weights_of(fresh).items() if "embedding" in key])

    assert rows.size > 0
    assert not rows.any()
    assert isinstance(fresh.prediction.get_layer("series_embedding"), keras.layers.Embedding)
