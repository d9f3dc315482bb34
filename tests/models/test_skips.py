"""What the output of a network is added to: linear, seasonal and smoothed forecasts."""

import numpy as np
import pytest
from exported import exported

from forecaster.config.channels import Channels
from forecaster.models import skips
from forecaster.models.backend import keras, ops, tf
from forecaster.models.sizes import Shapes

WINDOW = np.random.default_rng(0).normal(size=(5, 12)).astype(np.float32)
CODES = np.array([[0], [1], [2], [1], [0]], np.float32)
SERIES = Channels(series=("north", "south"))  # and 2, a series never seen


def shapes(**changes):
    return Shapes(12, 7, (0.5,), **changes)


def _smoothed(values, season, level_share, season_share):
    """Additive level and season of one window, step by step (Hyndman et al., 2008, without a trend)."""
    level = values[:season].mean()
    seasons = list(values[:season] - level)
    for step in range(season, len(values)):
        before = seasons[step - season]
        level = level_share * (values[step] - before) + (1 - level_share) * level
        seasons.append(season_share * (values[step] - level) + (1 - season_share) * before if season > 1 else 0.0)
    last = seasons[-season:]
    base = [level + last[step % season] for step in range(7)]
    left = [values[step] - level - last[(step - len(values)) % season] for step in range(len(values))]
    return base, left


@pytest.fixture
def layer():
    """A smoothing of every series by other weights."""

    def make(season, channels=SERIES):
        made = skips.Smoothing(shapes(season=season, channels=channels))
        made(*((WINDOW, CODES) if channels.series else (WINDOW,)))
        made.logits.assign(np.random.default_rng(1).normal(size=made.logits.shape))
        return made

    return make


@pytest.mark.parametrize("season", [1, 4, 5, 12])
def test_smoothing_is_that_of_each_step_written_out(layer, season):
    smoothing = layer(season)

    base, residual = smoothing(WINDOW, CODES)

    logits = np.asarray(smoothing.logits) + skips._START[: smoothing.logits.shape[1]]
    shares = 1 / (1 + np.exp(-logits))[CODES[:, 0].astype(int)]
    expected = [_smoothed(values, season, *each[[0, -1]]) for values, each in zip(WINDOW, shares, strict=True)]
    np.testing.assert_allclose(base[..., 0], [each[0] for each in expected], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(residual, [each[1] for each in expected], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("season", [1, 4])
def test_a_pattern_that_repeats_leaves_nothing_over(layer, season):
    pattern = np.tile(np.arange(12, dtype=np.float32) % season, (5, 1))

    base, residual = layer(season)(pattern, CODES)

    np.testing.assert_allclose(residual, 0.0, atol=1e-6)
    np.testing.assert_allclose(base[..., 0], np.tile(np.arange(12, 19) % season, (5, 1)), atol=1e-6)


def test_without_series_all_are_smoothed_alike(layer):
    smoothing = layer(4, Channels())

    assert smoothing.logits.shape == (1, 2)
    assert smoothing(WINDOW)[0].shape == (5, 7, 1)


def test_a_series_never_seen_has_a_row_of_its_own(layer):
    assert layer(4).logits.shape == (3, 2)
    assert layer(1).logits.shape == (3, 1)


@pytest.mark.parametrize("season", [1, 4, 12])
def test_smoothing_is_exported_as_keras_has_it(layer, season):
    smoothing = layer(season)

    found = exported(smoothing, WINDOW, CODES)

    for one, other in zip(found, smoothing(WINDOW, CODES), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_training_changes_how_a_series_is_smoothed_and_no_other(layer):
    smoothing = layer(4)

    with tf.GradientTape() as tape:
        loss = ops.sum(ops.square(smoothing(WINDOW[:1], CODES[:1])[0]))
    slopes = np.asarray(tf.convert_to_tensor(tape.gradient(loss, smoothing.logits.value)))

    assert (slopes[0] != 0).all()
    assert (slopes[1:] == 0).all()


def test_a_graph_is_smoothed_by_the_codes_that_it_is_given():
    window, code = keras.Input((12,)), keras.Input((1,))
    graph = keras.Model([window, code], skips.smoothing(window, code, shapes(season=4, channels=SERIES)))

    base, residual = graph([ops.convert_to_tensor(WINDOW), ops.convert_to_tensor(CODES)])

    assert base.shape == (5, 7, 1)
    assert residual.shape == (5, 12)


def test_one_season_is_the_value_one_season_before():
    found = skips.seasonal_naive(WINDOW, shapes(seasons=(5,)))

    np.testing.assert_array_equal(found[..., 0], WINDOW[:, [7, 8, 9, 10, 11, 7, 8]])


def test_several_seasons_count_equally_at_the_start():
    found = skips.seasonal_naive(WINDOW, shapes(seasons=(5, 12)))

    each = [skips.seasonal_naive(WINDOW, shapes(seasons=(season,))) for season in (5, 12)]
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-6, atol=1e-6)


def test_training_learns_which_season_counts_more():
    layer = skips.Shares(name="skip")
    layer(WINDOW[:, None, :2])
    layer.logits.assign([0.0, 20.0])

    found = layer(WINDOW[:, None, :2])

    np.testing.assert_allclose(found[:, 0, 0], WINDOW[:, 1], rtol=1e-6)


def test_a_linear_skip_is_a_dense_layer_over_the_lookback():
    window = keras.Input((12,))
    graph = keras.Model(window, skips.linear(window, shapes(), seed=3))
    kernel, bias = (np.asarray(variable) for variable in graph.get_layer("skip").weights)

    found = graph(ops.convert_to_tensor(WINDOW))

    np.testing.assert_allclose(found[..., 0], WINDOW @ kernel + bias, rtol=1e-5, atol=1e-6)


def test_the_same_seed_gives_the_same_linear_skip():
    same = [np.asarray(skips.linear(WINDOW, shapes(), seed)) for seed in (3, 3, 4)]

    np.testing.assert_array_equal(same[0], same[1])
    assert not np.array_equal(same[0], same[2])


def test_a_linear_skip_over_cycles_reads_the_same_place_of_each():
    window = keras.Input((12,))
    graph = keras.Model(window, skips.linear(window, shapes(every=5), seed=3))
    kernel, bias = (np.asarray(variable) for variable in graph.get_layer("skip").weights)

    found = graph(ops.convert_to_tensor(WINDOW))

    assert kernel.shape == (2, 2)  # two whole cycles have been, two hold the seven steps to come
    for step in range(7):
        cycle, place = divmod(step, 5)
        expected = WINDOW[:, [2 + place, 7 + place]] @ kernel[:, cycle] + bias[cycle]
        np.testing.assert_allclose(found[:, step, 0], expected, rtol=1e-5, atol=1e-6)
