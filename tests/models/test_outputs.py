"""What a network puts out: parameters in their ranges, quantiles and draws as SciPy has them."""

import sys

import numpy as np
import pytest
from exported import exported
from scipy import special, stats

from forecaster.config.model import SPREAD_LEVELS, ModelConfig
from forecaster.models import counts, student
from forecaster.models.backend import ops
from forecaster.models.outputs import Gaussian, NegativeBinomial, Point, Quantiles, StudentT, output_of
from forecaster.models.scaling import Scaling, scaling_of

DRAWS = np.random.default_rng(0)
LEVELS = (0.1, 0.3, 0.5, 0.9)
OUTPUTS = [Point((0.5,)), Quantiles(LEVELS), Gaussian(LEVELS), StudentT(LEVELS), NegativeBinomial(LEVELS)]
NORMALS = DRAWS.normal(size=(9, 4)).astype(np.float32)


@pytest.fixture(params=OUTPUTS, ids=lambda output: type(output).__name__)
def output(request):
    return request.param


@pytest.fixture
def scaling(windows):
    return scaling_of("standard", *(ops.convert_to_tensor(part) for part in windows))


@pytest.fixture
def parameters(output, scaling):
    return output.parameters(raw_of(output, 2.0), None, scaling)


def raw_of(output, size):
    return (size * np.random.default_rng(1).normal(size=(9, 4, output.width))).astype(np.float32)


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("point", Point),
        ({"quantiles": (0.1, 0.5, 0.9)}, Quantiles),
        ("gaussian", Gaussian),
        ("student_t", StudentT),
        ("negative_binomial", NegativeBinomial),
    ],
)
def test_an_output_is_found_by_its_name(output, kind):
    model = ModelConfig.model_validate({"layers": ({"gru": {"units": 2}},), "output": output})

    found = output_of(model, model.levels)

    assert type(found) is kind
    assert found.levels == model.levels


def test_quantiles_never_fall(output, parameters):
    quantiles = np.asarray(output.quantiles(parameters))

    assert quantiles.shape == (9, 4, len(output.levels))
    assert (np.diff(quantiles) >= 0).all()


def test_the_draw_of_zero_is_the_median(output, parameters):
    drawn = output.draw(parameters, np.zeros((9, 4), np.float32))

    median = np.asarray(output.quantiles(parameters))[..., output.median]
    np.testing.assert_allclose(drawn, median, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(output.middle(parameters), median, rtol=1e-6, atol=1e-6)


def test_the_draw_of_a_level_is_its_quantile(output, parameters):
    quantiles = np.asarray(output.quantiles(parameters))

    for place, level in enumerate(output.levels):
        drawn = output.draw(parameters, np.full((9, 4), special.ndtri(level), np.float32))
        np.testing.assert_allclose(drawn, quantiles[..., place], rtol=0.03, atol=0.1)


def test_larger_normals_draw_no_smaller_values(output, parameters):
    drawn = [output.draw(parameters, np.full((9, 4), normal, np.float32)) for normal in np.linspace(-5, 5, 41)]

    assert (np.diff(np.stack(drawn), axis=0) >= -1e-5).all()


@pytest.mark.parametrize("size", [1.0, 1e4, 1e20, 3e37])
def test_any_finite_numbers_make_parameters(output, scaling, size):
    parameters = output.parameters(raw_of(output, size), None, scaling)

    assert np.isfinite(parameters).all()
    assert not np.isnan(output.quantiles(parameters)).any()


@pytest.mark.parametrize("output", [each for each in OUTPUTS if not each.counts], ids=lambda each: type(each).__name__)
def test_a_skip_moves_every_quantile_by_itself(output, scaling):
    raw, base = raw_of(output, 1.0), DRAWS.normal(size=(9, 4, 1)).astype(np.float32)

    moved = output.quantiles(output.parameters(raw, base, scaling))

    np.testing.assert_allclose(moved, output.quantiles(output.parameters(raw, None, scaling)) + base, atol=1e-5)


def test_an_output_is_exported_as_keras_has_it(output, windows):
    scale = "mean" if output.counts else "standard"

    def forecast(raw, normals, window, floor):
        scaling = scaling_of(scale, window, floor)
        parameters = output.parameters(raw, None, scaling)
        return output.quantiles(parameters), output.draw(parameters, normals)

    inputs = (raw_of(output, 2.0), NORMALS, *windows)

    for found, expected in zip(exported(forecast, *inputs), forecast(*map(ops.convert_to_tensor, inputs)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_units_of_the_loss_are_undone(output, windows, scaling):
    window = ops.convert_to_tensor(windows[0])

    judged = output.judged(window, scaling)

    np.testing.assert_allclose(output.unscaled(judged[..., None], scaling)[..., 0], window, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(output.read(judged, scaling), scaling.scaled(window), rtol=1e-5, atol=1e-5)


def test_a_draw_from_quantiles_goes_on_straight_beyond_them():
    output, levels = Quantiles((0.1, 0.5, 0.9)), np.array([[[1.0, 2.0, 6.0]]], np.float32)
    score = special.ndtri(0.9)

    drawn = [output.draw(levels, np.full((1, 1), times * score, np.float32))[0, 0] for times in (-2, -0.5, 0.5, 2)]

    np.testing.assert_allclose(drawn, [0.0, 1.5, 4.0, 10.0], rtol=1e-6)


def test_a_draw_from_one_side_goes_on_straight_beyond_the_median():
    output, levels = Quantiles((0.1, 0.5)), np.array([[[1.0, 2.0]]], np.float32)

    drawn = output.draw(levels, np.full((1, 1), special.ndtri(0.9), np.float32))

    np.testing.assert_allclose(drawn, [[3.0]], rtol=1e-6)


def test_quantiles_of_a_gaussian_are_those_of_scipy(scaling):
    output = Gaussian(SPREAD_LEVELS)
    parameters = np.asarray(output.parameters(raw_of(output, 2.0), None, scaling), np.float64)

    expected = stats.norm.ppf(SPREAD_LEVELS, parameters[..., :1], parameters[..., 1:])

    np.testing.assert_allclose(output.quantiles(parameters.astype(np.float32)), expected, rtol=1e-5, atol=1e-6)


DF = 2.0 + np.logspace(-4, 3, 400)


@pytest.mark.parametrize("levels", [SPREAD_LEVELS, (0.001, 0.3, 0.5, 0.99, 0.999)])
def test_quantiles_of_student_t_are_those_of_scipy(levels):
    found = student.quantiles(ops.convert_to_tensor(DF[:, None], "float32"), levels)

    np.testing.assert_allclose(found, special.stdtrit(DF[:, None], np.array(levels)), rtol=1e-5, atol=1e-6)


def test_draws_of_student_t_are_those_of_scipy():
    df, normals = (np.ravel(each) for each in np.meshgrid(DF, np.linspace(-5.5, 5.5, 101)))

    found = student.drawn(ops.convert_to_tensor(df, "float32"), ops.convert_to_tensor(normals, "float32"))

    expected = -np.sign(normals) * special.stdtrit(df, special.ndtr(-np.abs(normals)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def _counts(size):
    """(size, 1, 2) means from a thousandth to a million and shapes from a tenth to ten thousand."""
    draws = np.random.default_rng(2)
    mean, shape = np.exp(draws.uniform(-6.9, 13.8, size)), np.exp(draws.uniform(-2.3, 9.2, size))
    return np.stack([mean, shape], axis=-1)[:, None].astype(np.float32)


def _smooth(scores, parameters):
    """The quantiles between counts, without a table."""
    mean, shape = np.moveaxis(parameters.astype(np.float64), -1, 0)
    return np.maximum(np.exp(counts.log_quantile(scores, mean, shape)) - 0.5, 0.0)


def _assert_half_a_count_or_two_per_cent(found, expected):
    assert (np.abs(found - expected) / np.maximum(0.5, 0.02 * expected)).max() < 1.0


def test_quantiles_between_counts_lie_half_a_count_at_most_from_those_of_scipy():
    parameters = _counts(2000)[:, 0]
    mean, shape = parameters[:, :1].astype(np.float64), parameters[:, 1:].astype(np.float64)

    smooth = _smooth(special.ndtri(SPREAD_LEVELS), parameters[:, None])

    expected = stats.nbinom.ppf(SPREAD_LEVELS, shape, shape / (shape + mean))
    np.testing.assert_allclose(smooth, expected, rtol=1e-5, atol=0.5)


def test_the_table_holds_quantiles_of_counts_to_half_a_count_or_two_per_cent():
    parameters = _counts(5000)

    found = np.asarray(NegativeBinomial(SPREAD_LEVELS).quantiles(parameters))[:, 0]

    _assert_half_a_count_or_two_per_cent(found, _smooth(special.ndtri(SPREAD_LEVELS), parameters))


def test_the_table_holds_draws_of_counts_to_half_a_count_or_two_per_cent():
    parameters, normals = _counts(20_000), DRAWS.uniform(-4, 4, (20_000, 1)).astype(np.float32)

    found = np.asarray(NegativeBinomial(LEVELS).draw(parameters, normals))

    _assert_half_a_count_or_two_per_cent(found, _smooth(normals.astype(np.float64), parameters))


def test_counts_grow_with_the_windows_that_they_are_scaled_by():
    output, raw = NegativeBinomial(LEVELS), np.zeros((2, 1, 2), np.float32)
    scaling = Scaling(ops.zeros((2, 1)), ops.convert_to_tensor([[1.0], [50.0]]))

    mean = np.asarray(output.parameters(raw, None, scaling))[:, 0, 0]

    np.testing.assert_allclose(mean, np.log(2.0) * np.array([1.0, 50.0]), rtol=1e-6)


def test_few_counts_are_mostly_none():
    output, parameters = NegativeBinomial((0.5, 0.975)), np.array([[[0.01, 1.0]]], np.float32)

    assert np.round(output.quantiles(parameters)).ravel().tolist() == [0.0, 0.0]


def test_an_output_without_a_table_needs_no_scipy(monkeypatch, scaling):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    output = Gaussian(LEVELS)

    quantiles = output.quantiles(output.parameters(raw_of(output, 1.0), None, scaling))

    assert quantiles.shape == (9, 4, 4)
