"""Nothing beats the last value of a random walk, and the verdict must not say that something does."""

import numpy as np
import pytest

from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.metrics import scales
from forecaster.evaluation.verdict import judge
from forecaster.forecasters.baselines import Naive
from forecaster.series.forecast import Forecast


class Fitted:
    """y = a + b y, fitted by least squares to all that is known, and iterated."""

    name, lookback = "model", 10

    def forecast(self, past, horizon):
        values = past.series(0)
        slope, level = np.polyfit(values[:-1], values[1:], 1)
        said = [values[-1]]
        for _ in range(horizon):
            said.append(level + slope * said[-1])
        return Forecast(past.ids, past.last, past.future(horizon), np.array([said[1:]]))


class Trending:
    """Half of the mean step so far, continued."""

    name, lookback = "model", 10

    def forecast(self, past, horizon):
        values = past.series(0)
        slope = 0.5 * (values[-1] - values[0]) / (len(values) - 1)
        said = values[-1] + slope * np.arange(1, horizon + 1)
        return Forecast(past.ids, past.last, past.future(horizon), said[None])


@pytest.mark.parametrize("forecaster", [Fitted(), Trending()])
def test_at_most_four_of_forty_random_walks_are_said_to_be_beaten(panel, forecaster):
    said = []
    for seed in range(40):
        walk = panel(np.cumsum(np.random.default_rng(seed).normal(size=260)))
        folds = backtest(forecaster, walk, range(194, 255, 5), 5, [Naive()])
        said.append(judge(folds, scales(walk.until(194)), "naive").word)

    assert said.count("better") <= 4
    assert set(said) <= {"better", "no better", "worse"}
