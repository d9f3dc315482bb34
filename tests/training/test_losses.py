import numpy as np
import pytest
from scipy import special, stats

from forecaster.models.backend import tf
from forecaster.training.losses import loss_of

LEVELS = (0.1, 0.5, 0.9)
DRAWS = np.random.default_rng(0)
FORECAST = (2 * DRAWS.normal(size=(5, 4, 3))).astype(np.float32)
TARGET = (2 * DRAWS.normal(size=(5, 4))).astype(np.float32)
ERROR = TARGET[..., None] - FORECAST
HOLES = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 1]], dtype=bool)
COUNTS = np.array([[0, 1, 2, 700], [3, 0, 0, 9], [1, 1, 1, 40_000], [5, 3, 0, 0], [12, 2, 4, 1]], np.float32)

LOCATION, SCALE, DF = FORECAST[..., 0], np.abs(FORECAST[..., 1]) + 0.1, 2 + np.exp(3 * FORECAST[..., 2])
MEAN, SHAPE = np.exp(FORECAST[..., 0]), np.exp(FORECAST[..., 1])
PARAMETERS = {
    "mae": FORECAST,
    "mse": FORECAST,
    "huber": FORECAST,
    "pinball": FORECAST,
    "gaussian": np.stack([LOCATION, SCALE], axis=-1),
    "student_t": np.stack([LOCATION, SCALE, DF], axis=-1),
    "negative_binomial": np.stack([MEAN, SHAPE], axis=-1),
}
IN_NUMPY = {  # (5, 4) of each step
    "mae": np.abs(ERROR).mean(axis=-1),
    "mse": (ERROR**2).mean(axis=-1),
    "huber": np.where(np.abs(ERROR) <= 1, ERROR**2 / 2, np.abs(ERROR) - 0.5).mean(axis=-1),
    "pinball": np.where(ERROR > 0, np.array(LEVELS) * ERROR, (np.array(LEVELS) - 1) * ERROR).mean(axis=-1),
    "gaussian": -stats.norm.logpdf(TARGET, LOCATION, SCALE),
    "student_t": -stats.t.logpdf(TARGET, DF, LOCATION, SCALE),
    "negative_binomial": -stats.nbinom.logpmf(COUNTS, SHAPE, SHAPE / (SHAPE + MEAN)),
}
every = pytest.mark.parametrize("objective", IN_NUMPY)


def target_of(objective):
    return COUNTS if objective == "negative_binomial" else TARGET


def with_slopes(objective, parameters, target):
    """(N,) losses, and the slopes of their sum, as the parameters."""
    parameters = tf.constant(parameters, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        losses = loss_of(objective, LEVELS)(parameters, target)
    return losses.numpy(), tape.gradient(losses, parameters).numpy()


@every
def test_a_loss_is_what_numpy_and_scipy_say(objective):
    found = np.asarray(loss_of(objective, LEVELS)(PARAMETERS[objective].astype(np.float32), target_of(objective)))

    np.testing.assert_allclose(found, IN_NUMPY[objective].mean(axis=1), rtol=1e-5)


@every
def test_a_missing_target_is_left_out_of_the_mean(objective):
    target = np.where(HOLES, np.float32(np.nan), target_of(objective))

    found = np.asarray(loss_of(objective, LEVELS)(PARAMETERS[objective].astype(np.float32), target))

    expected = [
        steps[~holes].mean() if not holes.all() else 0.0
        for steps, holes in zip(IN_NUMPY[objective], HOLES, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@every
def test_a_missing_target_pulls_at_nothing(objective):
    target = np.where(HOLES, np.float32(np.nan), target_of(objective))

    _, slopes = with_slopes(objective, PARAMETERS[objective], target)

    assert np.isfinite(slopes).all()
    assert (slopes[HOLES] == 0).all()
    assert (slopes[~HOLES] != 0).any(axis=-1).all()


@every
def test_parameters_far_from_the_target_leave_losses_and_slopes_finite(objective):
    parameters = PARAMETERS[objective].astype(np.float32).copy()
    parameters[..., 0] = 1e9

    losses, slopes = with_slopes(objective, parameters, target_of(objective))

    assert np.isfinite(losses).all()
    assert np.isfinite(slopes).all()


def test_pinball_at_the_median_is_half_the_absolute_error():
    half = loss_of("pinball", (0.5,))(FORECAST[..., :1], TARGET)

    np.testing.assert_allclose(2 * np.asarray(half), np.asarray(loss_of("mae", (0.5,))(FORECAST[..., :1], TARGET)))


def test_pinball_punishes_a_high_level_that_is_too_low():
    too_low = loss_of("pinball", (0.9,))(np.zeros((1, 1, 1), np.float32), np.ones((1, 1), np.float32))

    np.testing.assert_allclose(np.asarray(too_low), [0.9], rtol=1e-6)


def _many_counts():
    """(N,) float32 means, shapes and counts: a ten-thousandth to half a million, nearly Poisson and very wide."""
    draws = np.random.default_rng(1)
    mean, shape = np.exp(draws.uniform(-9, 13, 20_000)), np.exp(draws.uniform(-2.3, 9.2, 20_000))
    count = stats.nbinom.rvs(shape, shape / (shape + mean), random_state=draws)
    return mean.astype(np.float32), shape.astype(np.float32), count.astype(np.float32)


def test_likelihoods_of_counts_are_precise_at_every_size():
    mean, shape, count = _many_counts()

    losses, _ = with_slopes("negative_binomial", np.stack([mean, shape], axis=-1)[:, None], count[:, None])

    mean, shape = mean.astype(np.float64), shape.astype(np.float64)
    expected = -stats.nbinom.logpmf(count.astype(np.float64), shape, shape / (shape + mean))
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-5)


def test_slopes_of_the_likelihood_of_counts_are_those_of_the_formula():
    mean, shape, count = _many_counts()

    _, slopes = with_slopes("negative_binomial", np.stack([mean, shape], axis=-1)[:, None], count[:, None])

    mean, shape, count = (each.astype(np.float64) for each in (mean, shape, count))
    both = (count + shape) / (mean + shape)
    by_mean = both - count / mean
    by_shape = both - 1 - special.digamma(count + shape) + special.digamma(shape) - np.log(shape / (mean + shape))
    np.testing.assert_allclose(slopes[:, 0, 0] * mean, by_mean * mean, rtol=1e-4, atol=3e-3)
    np.testing.assert_allclose(slopes[:, 0, 1] * shape, by_shape * shape, rtol=1e-4, atol=3e-3)


def test_likelihoods_of_student_t_are_precise_up_to_the_gaussian():
    df = (2 + np.logspace(-4, 7, 500)).astype(np.float32)
    z = np.linspace(-30, 30, 500).astype(np.float32)

    losses, _ = with_slopes("student_t", np.stack([0 * z, 0 * z + 1, df], axis=-1)[:, None], z[:, None])

    expected = -stats.t.logpdf(z.astype(np.float64), df.astype(np.float64))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_a_count_below_zero_counts_as_zero():
    loss, parameters = loss_of("negative_binomial", LEVELS), np.array([[[3.0, 2.0]]], np.float32)

    below, zero = (np.asarray(loss(parameters, np.array([[count]], np.float32))) for count in (-2.0, 0.0))

    np.testing.assert_array_equal(below, zero)
