import numpy as np
import pytest

from forecaster.training.losses import loss_of

LEVELS = (0.1, 0.5, 0.9)
DRAWS = np.random.default_rng(0)
FORECAST = (2 * DRAWS.normal(size=(5, 4, 3))).astype(np.float32)
TARGET = (2 * DRAWS.normal(size=(5, 4))).astype(np.float32)
ERROR = TARGET[..., None] - FORECAST

IN_NUMPY = {
    "mae": np.abs(ERROR),
    "mse": ERROR**2,
    "huber": np.where(np.abs(ERROR) <= 1, ERROR**2 / 2, np.abs(ERROR) - 0.5),
    "pinball": np.where(ERROR > 0, np.array(LEVELS) * ERROR, (np.array(LEVELS) - 1) * ERROR),
}


@pytest.mark.parametrize("objective", IN_NUMPY)
def test_a_loss_is_what_numpy_says(objective):
    found = np.asarray(loss_of(objective, LEVELS)(FORECAST, TARGET))

    np.testing.assert_allclose(found, IN_NUMPY[objective].mean(axis=(1, 2)), rtol=1e-5)


def test_pinball_at_the_median_is_half_the_absolute_error():
    half = loss_of("pinball", (0.5,))(FORECAST[..., :1], TARGET)

    np.testing.assert_allclose(2 * np.asarray(half), np.asarray(loss_of("mae", (0.5,))(FORECAST[..., :1], TARGET)))


def test_pinball_punishes_a_high_level_that_is_too_low():
    too_low = loss_of("pinball", (0.9,))(np.zeros((1, 1, 1), np.float32), np.ones((1, 1), np.float32))

    np.testing.assert_allclose(np.asarray(too_low), [0.9], rtol=1e-6)
