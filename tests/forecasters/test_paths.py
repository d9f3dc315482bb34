"""Joint paths: margins as published, steps that hang together, seeds that repeat."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from graphs import panel_of

from forecaster.config.model import Bounds
from forecaster.errors import DataError, RunError
from forecaster.evaluation.energy import energy_score, roughness, torn
from forecaster.forecasters.baselines import Naive
from forecaster.forecasters.calibration import Calibrated, Calibration, Wanted, calibrate
from forecaster.forecasters.dependence import Copula
from forecaster.forecasters.paths import joint, knots, spaced
from forecaster.series.forecast import Forecast

INTERVALS = (0.8, 0.95)
APART = Copula(((), (0.0,), (0.0, 0.0)))
ALIKE = Copula(((), (0.95,), (0.95, 0.95)))


def forecast(values, half=(1.0, 2.0), skew=1.0):
    """Intervals of these half widths; the upper half is `skew` times as wide."""
    values = np.asarray(values, dtype=float)
    return Forecast(
        ids=tuple("ABCDEF"[: len(values)]),
        cutoffs=np.zeros(len(values), dtype=np.int64),
        times=np.tile(np.arange(values.shape[1]), (len(values), 1)),
        values=values,
        intervals=INTERVALS[: len(half)],
        lower=values[..., None] - half,
        upper=values[..., None] + skew * np.array(half),
    )


def correlation(paths):
    return np.corrcoef(paths[0].T)


@pytest.mark.parametrize("copula", [APART, ALIKE])
@pytest.mark.parametrize("skew", [1.0, 3.0])
@pytest.mark.parametrize("drawn", [False, True])
def test_paths_lie_in_the_published_intervals_as_often_as_they_should(copula, skew, drawn):
    said = forecast([[0, 5, -5]], skew=skew)
    own = np.random.default_rng(0).gamma(1, size=(1, 2000, 3)) if drawn else None

    paths = joint(said, copula, 2000, 0, own)[0]

    for i, interval in enumerate(INTERVALS):
        below, above = (paths < said.lower[0, :, i]).mean(axis=0), (paths > said.upper[0, :, i]).mean(axis=0)
        assert below == pytest.approx([(1 - interval) / 2] * 3, abs=2e-3)
        assert above == pytest.approx([(1 - interval) / 2] * 3, abs=2e-3)
    assert (paths < said.values[0]).mean(axis=0) == pytest.approx([0.5] * 3, abs=2e-3)


def test_between_and_beyond_its_intervals_a_step_is_normal_in_pieces():
    said = forecast([[0.0]], half=(NormalDist().inv_cdf(0.9),))

    paths = joint(said, Copula(((),)), 20_000, 0)[0, :, 0]

    assert np.quantile(paths, [0.25, 0.975]) == pytest.approx(
        [NormalDist().inv_cdf(0.25), NormalDist().inv_cdf(0.975)], abs=0.01
    )


def test_steps_hang_together_as_errors_did():
    assert correlation(joint(forecast([[0, 0, 0]]), APART, 2000, 0))[0, 1] == pytest.approx(0, abs=0.06)
    assert correlation(joint(forecast([[0, 0, 0]]), ALIKE, 2000, 0))[0, 1] == pytest.approx(0.95, abs=0.02)


def test_steps_hang_together_as_a_networks_own_draws():
    """Draws with the published spread in which the first step is the last, upside down."""
    draws = np.random.default_rng(0).normal(scale=1 / NormalDist().inv_cdf(0.9), size=(1, 2000, 3))
    draws[..., 2] = -draws[..., 0]

    paths = joint(forecast([[0, 0, 0]]), ALIKE, 2000, 0, 1.05 * draws)

    assert correlation(paths)[0] == pytest.approx([1, 0, -1], abs=0.06)


def test_what_draws_lack_of_the_published_spread_follows_the_errors():
    """A network that takes itself for certain, as one whose latent has collapsed."""
    certain = 1e-4 * np.random.default_rng(0).normal(size=(1, 2000, 3))

    assert correlation(joint(forecast([[0, 0, 0]]), ALIKE, 2000, 0, certain))[0, 2] == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("draws", [np.zeros((1, 200, 3)), np.full((1, 200, 3), np.nan)])
def test_draws_that_tell_nothing_are_left_to_the_errors(draws):
    said = forecast([[0, 0, 0]])

    assert correlation(joint(said, ALIKE, 200, 0, draws)) == pytest.approx(correlation(joint(said, ALIKE, 200, 0)))


def test_the_same_seed_gives_the_same_paths_of_a_series_whoever_stands_beside_it():
    both, alone = forecast([[0, 1, 2], [3, 4, 5]]), replace(forecast([[3, 4, 5]]), ids=("B",))

    first, again, other = (joint(both, ALIKE, 5, seed) for seed in (1, 1, 2))

    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()
    assert joint(alone, ALIKE, 5, 1)[0].tolist() == first[1].tolist()


def test_fewer_paths_are_the_first_of_many():
    said = forecast([[0, 1, 2]])

    assert joint(said, ALIKE, 3, 0)[0].tolist() == joint(said, ALIKE, 200, 0)[0, :3].tolist()


def test_paths_go_on_beyond_the_steps_whose_errors_are_known():
    said = forecast([[0, 0, 0, 0, 0]])

    paths = joint(said, ALIKE, 4000, 0, np.random.default_rng(0).normal(size=(1, 4000, 3)))

    assert paths.shape == (1, 4000, 5)
    assert correlation(paths)[3, 4] == pytest.approx(0.95, abs=0.02)
    assert (paths[0, :, 4] < said.lower[0, 4, 0]).mean() == pytest.approx(0.1, abs=0.02)


def test_a_shorter_horizon_takes_the_first_steps():
    assert joint(forecast([[7.0, 8.0]]), ALIKE, 200, 0, np.zeros((1, 200, 3))).shape == (1, 200, 2)


def test_without_intervals_the_quantiles_are_taken():
    said = replace(forecast([[0.0]]), intervals=(), levels=(0.1, 0.5, 0.9), quantiles=np.array([[[-1.0, 0.0, 3.0]]]))

    assert knots(said)[0] == (0.1, 0.5, 0.9)
    assert np.quantile(joint(said, Copula(((),)), 2000, 0), [0.1, 0.9]) == pytest.approx([-1, 3], abs=0.05)


def test_a_forecast_that_does_not_say_how_sure_it_is_has_no_paths():
    with pytest.raises(DataError, match=r"there are no intervals, so nobody knows .*; set evaluation.intervals"):
        joint(replace(forecast([[0.0]]), intervals=()), Copula(((),)), 5, 0)


def test_scores_are_spread_evenly_in_the_order_that_is_given():
    order = np.random.default_rng(0).normal(size=(100, 2))

    scores = spaced(order, np.random.default_rng(1))

    assert np.argsort(scores, axis=0).tolist() == np.argsort(order, axis=0).tolist()
    tenth = np.histogram(scores[:, 0], [-9, *(NormalDist().inv_cdf(k / 10) for k in range(1, 10)), 9])[0]
    assert tenth.tolist() == [10] * 10


class Walk:
    """Repeats the last value; what it draws itself, if anything, is the sum of steps."""

    name, lookback = "walk", 1

    def __init__(self, draws=False):
        self.draws = draws
        self.asked = []

    def forecast(self, past, horizon):
        return Naive().forecast(past, horizon)

    def paths(self, past, count, seed, copula=None, horizon=None):
        assert copula.horizon == 4
        self.asked.append((count, horizon))
        steps = np.random.default_rng(seed).normal(size=(len(past), count, 4))
        return past.values[past.offsets[1:] - 1][:, None, None] + np.cumsum(steps, axis=-1)


def walks(count, horizon=4, seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=(count, horizon)), axis=1)


def calibrated(draws=False, bounds=None, joint_=True):
    actual = walks(400)
    wanted = Wanted(INTERVALS, (0.5,), 5, joint=joint_)
    return Calibrated(Walk(draws), calibrate(actual, np.zeros((400, 4, 1)), (0.5,), np.ones(400), wanted), bounds)


PAST = panel_of([0, 1, 0, 1, 0])  # a spread of 1


@pytest.mark.parametrize("draws", [False, True])
def test_paths_of_a_random_walk_are_random_walks(draws):
    paths = calibrated(draws).paths(PAST, 4, 1000, 0)

    assert paths.shape == (1, 1000, 4)
    assert roughness(paths) == pytest.approx(0, abs=0.06)
    assert roughness(torn(paths, 0)) < -0.4
    actual = walks(300, seed=1)
    many = np.broadcast_to(paths[0, :200], (300, 200, 4))
    assert energy_score(actual, many) < 0.99 * energy_score(actual, torn(many, 0))


def test_a_network_that_draws_is_asked_for_enough_to_rank():
    few, many = calibrated(draws=True), calibrated(draws=True)
    few.paths(PAST, 4, 3, 0)
    many.paths(PAST, 4, 300, 0)

    assert (few.inner.asked, many.inner.asked) == ([(200, 4)], [(300, 4)])


def test_paths_keep_to_the_bounds():
    paths = calibrated(bounds=Bounds(min=0, max=2, integer=True)).paths(PAST, 6, 200, 0)

    assert sorted(np.unique(paths).tolist()) == [0, 1, 2]


def test_a_forecast_keeps_to_the_bounds():
    said = calibrated(bounds=Bounds(min=0)).forecast(PAST, 4)

    assert (said.lower.min(), said.values.min()) == (0, 0)
    assert said.upper.max() > 2


def test_a_run_without_dependence_has_no_paths():
    with pytest.raises(
        RunError, match=r"does not say how the errors of the steps ahead hang together.*; train the run"
    ):
        calibrated(joint_=False).paths(PAST, 4, 5, 0)


def test_a_calibration_without_dependence_is_read():
    stored = calibrated().calibration.to_dict()
    old = {key: value for key, value in stored.items() if key not in {"own", "dependence", "season", "stretched"}}

    assert Calibration.from_dict(old) == replace(calibrated().calibration, own=(), dependence=())
    assert Calibration.from_dict(stored) == calibrated().calibration
