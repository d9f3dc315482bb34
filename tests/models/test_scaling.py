"""A window is scaled by its own past: what happens to it happens to its forecast."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.models.backend import keras, ops, tf
from forecaster.models.scaling import scaling_of

SHIFTED = ("last", "standard", "log", "affine")
WINDOW = np.array([[1.0, 3.0, 2.0, 6.0]], dtype=np.float32)
FLOOR = np.full((1, 1), 0.01, dtype=np.float32)
factors = st.floats(0.01, 100.0)
shifts = st.floats(-50.0, 50.0)


@pytest.fixture(scope="module", params=[*SHIFTED, "mean", "none", "log_mean"])
def scale(request):
    return request.param


@pytest.fixture(scope="module")
def forecaster(scale, model, network):
    net = network(model({"gru": {"units": 4}}, scale=scale))
    compiled = tf.function(net.prediction)

    def forecast(window, floor):
        inputs = {"window": tf.constant(window, tf.float32), "floor": tf.constant(floor, tf.float32)}
        return compiled(inputs)["forecast"].numpy()

    return forecast


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("none", [1.0, 3.0, 2.0, 6.0]),
        ("mean", [1 / 3, 1.0, 2 / 3, 2.0]),  # the mean of the magnitudes is 3
        ("last", [-15 / 7, -9 / 7, -12 / 7, 0.0]),  # the mean step is (2 + 1 + 4) / 3
        ("log", [-15 / 7, -9 / 7, -12 / 7, 0.0]),
        ("standard", [-2 / 3.5**0.5, 0.0, -1 / 3.5**0.5, 3 / 3.5**0.5]),  # the variance is (4 + 0 + 1 + 9) / 4
        ("affine", [-2 / 3.5**0.5, 0.0, -1 / 3.5**0.5, 3 / 3.5**0.5]),  # until something is learned
        ("log_mean", [-2.0, 0.0, -1.0, 3.0]),  # of logarithms, whose mean is 3
    ],
)
def test_each_scale_divides_by_what_it_is_named_after(scale, expected):
    scaled = scaling_of(scale, ops.convert_to_tensor(WINDOW), ops.convert_to_tensor(FLOOR)).scaled(WINDOW)

    np.testing.assert_allclose(scaled, [expected], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("scale", ["mean", "last", "log", "standard", "affine"])
def test_no_denominator_is_smaller_than_the_floor(scale):
    window, floor = ops.zeros((1, 4)), ops.convert_to_tensor(FLOOR)

    assert float(scaling_of(scale, window, floor).spread[0, 0]) == FLOOR[0, 0]


def test_a_lookback_of_one_step_is_scaled_by_the_floor():
    window, floor = ops.convert_to_tensor(WINDOW[:, :1]), ops.convert_to_tensor(FLOOR)

    assert float(scaling_of("last", window, floor).spread[0, 0]) == FLOOR[0, 0]


def test_unscaling_undoes_scaling(scale, windows):
    window, floor = (ops.convert_to_tensor(part) for part in windows)
    scaling = scaling_of(scale, window, floor)

    back = scaling.unscaled(scaling.said(ops.expand_dims(scaling.scaled(window), -1)))

    np.testing.assert_allclose(back[..., 0], windows[0], rtol=1e-5, atol=1e-5)


@settings(deadline=None, max_examples=15)
@given(factor=factors)
@pytest.mark.parametrize("scale", [*SHIFTED, "mean"], scope="module")
def test_a_window_times_a_factor_forecasts_that_many_times_as_much(forecaster, windows, factor):
    window, floor = windows

    expected = factor * forecaster(window, floor)

    actual = forecaster(factor * window, factor * floor)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4 * factor)


@settings(deadline=None, max_examples=15)
@given(shift=shifts)
@pytest.mark.parametrize("scale", [*SHIFTED, "log_mean"], scope="module")
def test_a_shifted_window_forecasts_as_much_more(forecaster, windows, shift):
    window, floor = windows

    actual = forecaster(window + np.float32(shift), floor)

    np.testing.assert_allclose(actual, forecaster(window, floor) + shift, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("scale", SHIFTED, scope="module")
@pytest.mark.parametrize("constant", [0.0, 1.0, -3.5, 12345.0])
def test_a_constant_window_forecasts_that_constant(forecaster, constant):
    floor = 1e-12 * max(1.0, abs(constant))

    forecast = forecaster(np.full((1, 12), constant), np.full((1, 1), floor))

    np.testing.assert_allclose(forecast, np.full((1, 4, 3), constant), rtol=1e-6, atol=1e-9)


@pytest.fixture
def learned(windows):
    """A graph that scales by a factor of 2 and a shift of 3, whatever else the windows are scaled by."""
    window, floor = keras.Input((12,)), keras.Input((1,))
    scaling = scaling_of("affine", window, floor)
    scaled, judged = scaling.scaled(window), scaling.judged(window)
    outputs = {
        "scaled": scaled,
        "judged": judged,
        "read": scaling.read(judged),
        "said": scaling.said(ops.expand_dims(scaled, -1))[..., 0],
        "widened": scaling.widened(ops.ones_like(ops.expand_dims(window, -1)))[..., 0],
    }
    graph = keras.Model([window, floor], outputs)
    log_factor, shift = graph.get_layer("affine").weights
    log_factor.assign([[np.log(2.0)]])
    shift.assign([[3.0]])
    return graph([ops.convert_to_tensor(part) for part in windows])


def test_a_learned_factor_and_shift_change_what_the_network_reads(learned, windows):
    standard = scaling_of("standard", *(ops.convert_to_tensor(part) for part in windows)).scaled(windows[0])

    np.testing.assert_allclose(learned["scaled"], 2 * standard + 3, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(learned["read"], learned["scaled"], rtol=1e-6)


def test_a_learned_factor_does_not_change_the_units_of_the_loss(learned, windows):
    """With it in the loss, training would make every error small by making it 0."""
    standard = scaling_of("standard", *(ops.convert_to_tensor(part) for part in windows)).scaled(windows[0])

    np.testing.assert_allclose(learned["judged"], standard, rtol=1e-6)
    np.testing.assert_allclose(learned["said"], standard, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(learned["widened"], 0.5, rtol=1e-6)
