import numpy as np
import pytest
from scipy import special

from forecaster.models.backend import tf
from forecaster.training.gamma import HALF_LOG_2PI, log_gamma, remainder

ROOTS = np.concatenate([root + sign * np.logspace(-6, -1, 100) for root in (1, 2) for sign in (-1, 1)])
VALUES = np.concatenate([np.logspace(-6, 8, 5000), ROOTS, np.linspace(0.01, 20, 5000)]).astype(np.float32)
PRECISE = VALUES.astype(np.float64)


def with_slopes(function):
    values = tf.constant(VALUES)
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = function(values)
    return found.numpy(), tape.gradient(found, values).numpy()


def test_log_gamma_is_that_of_scipy_near_its_roots_too():
    found, slopes = with_slopes(log_gamma)

    np.testing.assert_allclose(found, special.gammaln(PRECISE), rtol=1e-5)
    np.testing.assert_allclose(slopes, special.digamma(PRECISE), rtol=1e-5, atol=1e-5)


def test_the_remainder_is_what_the_formula_of_stirling_leaves():
    found, slopes = with_slopes(remainder)

    small = PRECISE < 1000  # beyond, SciPy's own difference is no longer precise
    formula = (PRECISE - 0.5) * np.log(PRECISE) - PRECISE + HALF_LOG_2PI
    np.testing.assert_allclose(found[small], (special.gammaln(PRECISE) - formula)[small], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(slopes, special.digamma(PRECISE) - np.log(PRECISE) + 0.5 / PRECISE, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("function", [log_gamma, remainder])
def test_no_value_above_zero_is_infinite_or_leaves_no_slope(function):
    found, slopes = with_slopes(function)

    assert np.isfinite(found).all()
    assert np.isfinite(slopes).all()
