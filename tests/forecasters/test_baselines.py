"""What the baselines say, holes or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import DataError
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel

nan = np.nan


def panel(*series, starts=None, season=1):
    lengths = [len(values) for values in series]
    starts = np.array(starts or [0] * len(series))
    return Panel(
        values=np.concatenate([np.asarray(values, dtype=float) for values in series]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        starts=starts,
        ids=tuple("abcdef"[: len(series)]),
        times=np.arange(max(start + length for start, length in zip(starts, lengths, strict=True))),
        clock=Clock(kind="step", every=1),
        season=season,
    )


def test_the_naive_forecast_repeats_each_series_last_value():
    said = Naive().forecast(panel([1, 2, 3], [7, 8]), 2)

    assert said.values.tolist() == [[3, 3], [8, 8]]


def test_a_baseline_dates_its_steps_from_each_series_own_end():
    said = Naive().forecast(panel([1, 2, 3], [7, 8]), 2)

    assert said.cutoffs.tolist() == [2, 1]
    assert said.times.tolist() == [[3, 4], [2, 3]]


def test_the_naive_forecast_looks_through_a_hole_at_the_end():
    assert Naive().forecast(panel([1, 2, nan, nan]), 1).values.tolist() == [[2]]


def test_the_seasonal_naive_forecast_repeats_the_last_season_over_and_over():
    said = SeasonalNaive(3).forecast(panel([9, 1, 2, 3]), 7)

    assert said.values.tolist() == [[1, 2, 3, 1, 2, 3, 1]]


def test_a_hole_in_the_last_season_is_answered_by_the_season_before():
    said = SeasonalNaive(2).forecast(panel([1, 2, 3, 4, nan, 6]), 2)

    assert said.values.tolist() == [[3, 6]]


def test_a_phase_that_was_never_seen_is_answered_by_the_last_value():
    said = SeasonalNaive(2).forecast(panel([nan, 2, nan, 6]), 2)

    assert said.values.tolist() == [[6, 6]]


def test_a_series_shorter_than_a_season_repeats_what_it_has_and_never_its_neighbour():
    said = SeasonalNaive(4).forecast(panel([50, 60, 70, 80], [1, 2]), 4)

    assert said.values.tolist() == [[50, 60, 70, 80], [2, 2, 1, 2]]


def test_the_drift_continues_the_line_from_the_first_to_the_last_value():
    said = Drift().forecast(panel([1, 5, 3]), 2)  # a rise of 1 a step

    assert said.values.tolist() == [[4, 5]]


def test_the_drift_counts_the_steps_of_a_hole():
    said = Drift().forecast(panel([nan, 1, nan, 3, nan]), 1)

    assert said.values.tolist() == [[5]]  # from step 3 (value 3) two steps of 1 to step 5


def test_the_drift_of_a_single_value_repeats_it():
    assert Drift().forecast(panel([4]), 2).values.tolist() == [[4, 4]]


@pytest.mark.parametrize("baseline", [Naive(), SeasonalNaive(2), Drift()])
def test_a_series_without_a_number_is_refused_by_name(baseline):
    with pytest.raises(DataError, match='series "b" has no number'):
        baseline.forecast(panel([1, 2], [nan, nan]), 1)


@pytest.mark.parametrize(("baseline", "steps"), [(Naive(), 1), (SeasonalNaive(7), 7), (Drift(), 2)])
def test_a_baseline_says_how_much_past_it_needs(baseline, steps):
    assert baseline.lookback == steps


@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(nan)), min_size=1, max_size=30).filter(
        lambda values: not np.isnan(values).all()
    ),
    st.integers(1, 9),
    st.integers(1, 12),
)
def test_no_baseline_ever_says_a_hole(values, season, horizon):
    past = panel(values, [1.0, 2.0])

    for baseline in (Naive(), SeasonalNaive(season), Drift()):
        said = baseline.forecast(past, horizon).values

        assert said.shape == (2, horizon)
        assert np.isfinite(said).all()
