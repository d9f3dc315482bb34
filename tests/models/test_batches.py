"""A window's forecast does not depend on the windows beside it in a batch, nor on how many there are."""

from types import SimpleNamespace

import numpy as np
import pytest

COUNTS = (1, 2, 3, 4, 5, 9)
DECODERS = {"direct": "direct", "parallel": "parallel", "recursive": "recursive", "seq2seq": {"seq2seq": {}}}


def windows_of(count, lookback=12):
    walks = np.random.default_rng(3).normal(size=(count, lookback)).cumsum(axis=1).astype(np.float32) + 500
    return {"window": walks, "floor": np.full((count, 1), 0.01, dtype=np.float32)}


SIZES = [("direct", 5, 3), ("direct", 3, 3), ("direct", 4, 1), ("direct", 1, 5), ("direct", 1, 3)]
SIZES += [("parallel", 3, 3), ("recursive", 3, 3), ("seq2seq", 3, 3), ("seq2seq", 1, 5), ("seq2seq", 4, 1)]


@pytest.fixture(scope="module", params=SIZES, ids="{0[0]} H{0[1]} Q{0[2]}".format)
def net(request, model, network):
    """A network with a skip, for horizons and levels that are as many as the windows of some batch."""
    name, horizon, count = request.param
    output = {"quantiles": np.linspace(0, 1, count + 2)[1:-1].tolist()} if count > 1 else "point"
    decoder = DECODERS[name]
    kind = model({"gru": {"units": 4}}, scale="last", skip="seasonal_naive", output=output, decoder=decoder)
    return network(kind, season=6, window=SimpleNamespace(lookback=12, horizon=horizon))


def said(graph, name, given):
    return np.asarray(graph(given, training=False)[name])


def alone(graph, name, given):
    """Of each window by itself."""
    count = len(given["window"])
    return [said(graph, name, {key: value[i : i + 1] for key, value in given.items()})[0] for i in range(count)]


@pytest.mark.parametrize("count", COUNTS)
def test_a_forecast_is_that_of_the_window_alone(net, count, inputs_of):
    given = inputs_of(net.shapes, count) | windows_of(count)

    together = said(net.prediction, "forecast", given)

    np.testing.assert_allclose(together, alone(net.prediction, "forecast", given), rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_trained_is_that_of_the_window_alone(net, count, taught):
    given = taught(windows_of(count), net.shapes)

    together = said(net.training, "parameters", given)

    np.testing.assert_allclose(together, alone(net.training, "parameters", given), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("count", COUNTS)
def test_a_path_is_that_of_the_window_and_its_noise_alone(net, count, inputs_of):
    if not net.shapes.noise:
        return
    given = inputs_of(net.shapes, count) | windows_of(count)
    given["noise"] = np.random.default_rng(5).normal(size=given["noise"].shape).astype(np.float32)

    together = said(net.prediction, "path", given)

    np.testing.assert_allclose(together, alone(net.prediction, "path", given), rtol=1e-6, atol=1e-4)
