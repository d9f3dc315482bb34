"""A window's forecast does not depend on the windows beside it in a batch, nor on how many there are."""

from types import SimpleNamespace

import numpy as np
import pytest

COUNTS = (1, 2, 3, 4, 5, 9)


def windows_of(count, lookback=12):
    walks = np.random.default_rng(3).normal(size=(count, lookback)).cumsum(axis=1).astype(np.float32) + 500
    return walks, np.full((count, 1), 0.01, dtype=np.float32)


@pytest.fixture(scope="module", params=[(5, 3), (3, 3), (4, 1), (1, 5), (1, 3)], ids="H{0[0]} Q{0[1]}".format)
def net(request, model, network):
    """A network with a skip, for horizons and levels that are as many as the windows of some batch."""
    horizon, count = request.param
    output = {"quantiles": np.linspace(0, 1, count + 2)[1:-1].tolist()} if count > 1 else "point"
    kind = model({"gru": {"units": 4}}, scale="last", skip="seasonal_naive", output=output)
    return network(kind, season=6, window=SimpleNamespace(lookback=12, horizon=horizon))


@pytest.mark.parametrize("count", COUNTS)
def test_a_forecast_is_that_of_the_window_alone(net, count):
    windows, floors = windows_of(count)

    together = np.asarray(net.prediction([windows, floors], training=False))
    alone = [
        np.asarray(net.prediction([windows[i : i + 1], floors[i : i + 1]], training=False))[0] for i in range(count)
    ]

    np.testing.assert_allclose(together, alone, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_trained_is_that_of_the_window_alone(net, count):
    windows, floors = windows_of(count)
    targets = np.tile(windows[:, -1:], (1, net.shapes.horizon))

    together = np.asarray(net.training([windows, floors, targets], training=False)[0])
    alone = [
        np.asarray(net.training([x[i : i + 1] for x in (windows, floors, targets)], training=False)[0])[0]
        for i in range(count)
    ]

    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-4)
