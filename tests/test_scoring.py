"""What the benchmarks of public tables compute with: tables of one series a row, their scores, and Naive2."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses

from forecaster.series.forecast import Forecast

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are no part of the installed package
from benchmarks import naive2, scoring, wide


@pytest.fixture
def pair(tmp_path):
    """Two series of different lengths, filled up at the end, and the two steps that came after each."""
    (tmp_path / "train.csv").write_text("id,V1,V2,V3,V4\na,1,2,3,4\nb,5,NA,7,\n")
    (tmp_path / "test.csv").write_text("id,V1,V2\na,5,6\nb,8,\n")
    return wide.pair(tmp_path / "train.csv", tmp_path / "test.csv")


def test_a_row_of_a_pair_ends_with_its_last_number(pair):
    assert pair.ids == ("a", "b")
    assert pair.past[0].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(pair.past[1], [5, np.nan, 7])
    np.testing.assert_array_equal(pair.actual, [[5, 6], [8, np.nan]])


def test_a_test_table_of_other_series_is_refused(tmp_path):
    (tmp_path / "train.csv").write_text("id,V1\na,1\nb,2\n")
    (tmp_path / "test.csv").write_text("id,V1\nb,1\na,2\n")

    with pytest.raises(SystemExit, match=r"test.csv has other series than .*train.csv, or in another order"):
        wide.pair(tmp_path / "train.csv", tmp_path / "test.csv")


def test_a_row_with_holes_at_its_end_is_not_shifted_in_a_hold_out(tmp_path):
    (tmp_path / "days.csv").write_text("id,V1,V2,V3,V4,V5\na,,2,3,4,\nb,1,2,,4,5\n")

    found = wide.held_out(tmp_path / "days.csv", 2)

    np.testing.assert_array_equal(found.actual, [[4, np.nan], [4, 5]])
    np.testing.assert_array_equal(found.past[0], [2, 3])
    np.testing.assert_array_equal(found.past[1], [1, 2, np.nan])


def test_a_ragged_table_has_no_columns_to_hold_out(tmp_path):
    (tmp_path / "days.csv").write_text("id,V1,V2,V3\na,1,2,3\nb,1,2\n")

    with pytest.raises(SystemExit, match="not every row has as many cells"):
        wide.held_out(tmp_path / "days.csv", 1)


def test_a_validation_is_a_horizon_earlier_and_leaves_out_what_is_short():
    series = wide.Wide(("long", "short"), (np.arange(4.0), np.arange(3.0)), np.zeros((2, 2)))

    earlier = series.earlier()

    assert earlier.ids == ("long",)
    assert earlier.past[0].tolist() == [0, 1]
    assert earlier.actual.tolist() == [[2, 3]]
    with pytest.raises(SystemExit, match="no series has 2 horizons of 3 steps"):
        wide.Wide(("short",), (np.arange(5.0),), np.zeros((1, 3))).earlier()


def test_a_long_table_has_the_dates_of_the_clock_that_a_season_stands_for(pair, tmp_path):
    wide.write(pair, 4, tmp_path / "long.csv")

    lines = (tmp_path / "long.csv").read_text().splitlines()
    assert lines[:3] == ["id,time,value", "a,2015-01-01,1.0", "a,2015-04-01,2.0"]
    assert lines[5:] == ["b,2015-04-01,5.0", "b,2015-07-01,", "b,2015-10-01,7.0"]
    assert wide.moments(4, 2, ahead=2).astype(str).tolist() == ["2016-01", "2016-04"]


def test_years_that_no_table_means_are_left_out_of_it(tmp_path):
    """Some series of M4 have more years than a table's dates reach back."""
    wide.write(wide.Wide(("a",), (np.arange(835.0),), np.zeros((1, 6))), 1, tmp_path / "long.csv")

    lines = (tmp_path / "long.csv").read_text().splitlines()
    assert (lines[1], lines[-1]) == ("a,1600-01-01,419.0", "a,2015-01-01,834.0")


@pytest.mark.parametrize("clock", sorted(wide.CLOCKS))
def test_what_comes_after_a_table_follows_its_newest_moment(clock):
    assert np.unique(np.diff(wide.moments(clock, 8, ahead=3))).size == 1
    assert wide.moments(clock, 8, ahead=3)[4] == np.datetime64(*reversed(wide.CLOCKS[clock]))


@pytest.fixture(scope="module")
def random():
    """Five random series: their past, what happened, and (S, H, Q) quantiles."""
    rng = np.random.default_rng(7)
    actual = rng.normal(5, 3, size=(5, 6))
    said = (actual + rng.normal(size=actual.shape))[..., None] + np.array([-1.0, 0.0, 1.5])
    return wide.Wide(tuple("abcde"), tuple(rng.normal(5, 3, size=(5, 40))), actual), said


def frame(actual, **columns):
    ids = np.repeat(np.arange(len(actual)), actual.shape[1])
    steps = np.tile(np.arange(actual.shape[1]), len(actual))
    return pd.DataFrame({
        "unique_id": ids, "ds": steps, "y": actual.ravel(), **{key: one.ravel() for key, one in columns.items()}
    })  # fmt: skip


def test_the_scores_agree_with_utilsforecast(random):
    series, said = random
    middle = frame(series.actual, m=said[..., 1])
    smape = losses.smape(middle, models=["m"])["m"].mean() * 200  # theirs runs from 0 to 1
    mase = losses.mase(middle, models=["m"], seasonality=4, train_df=frame(np.stack(series.past)))["m"].mean()
    whole = frame(series.actual.reshape(1, -1), **{str(q): said[..., place] for place, q in enumerate((1, 5, 9))})
    crps = losses.scaled_crps(whole, models={"m": ["1", "5", "9"]}, quantiles=np.array([0.1, 0.5, 0.9]))["m"]

    found = scoring.scores(series, 4, said)

    assert (found.smape, found.mase) == pytest.approx((smape, mase))
    assert found.wql == pytest.approx(crps.iloc[0])


def test_the_scores_of_two_steps_are_those_worked_out_by_hand():
    series = wide.Wide(("a",), (np.array([1.0, 3.0, 5.0]),), np.array([[10.0, np.nan, 10.0]]))
    said = np.array([[[8.0, 9.0, 9.5], [0.0, 0.0, 0.0], [8.0, 10.0, 12.0]]])

    found = scoring.scores(series, 1, said)

    assert found.smape == pytest.approx((200 * 1 / 19 + 0) / 2)
    assert found.mase == pytest.approx((1 / 2 + 0) / 2)
    assert found.wql == pytest.approx(2 * (0.2 + 0.5 + 0.45 + 0.2 + 0 + 0.2) / 3 / 20)
    assert found.coverage == 0.5


def test_a_forecast_that_begins_before_the_wanted_moments_is_not_shifted():
    """A series whose newest value is missing is forecast from one step earlier."""
    times = np.array([["2015-12", "2016-01"], ["2016-01", "2016-02"]], dtype="datetime64[M]").astype("datetime64[us]")
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    forecast = Forecast(
        ("late", "fresh"), np.array([1, 2]), times, values, intervals=(0.8,), lower=values[..., None] - 1,
        upper=values[..., None] + 1, status=(("ok", "ok"), ("ok", "rolled")),
    )  # fmt: skip

    said, words = scoring.aligned(forecast, ("fresh", "late", "gone"), wide.moments(12, 2, ahead=2))

    np.testing.assert_array_equal(said[..., 1], [[3, 4], [2, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(said[0, 0], [2, 3, 4])
    assert dict(words) == {"rolled": 1}


def test_a_missing_step_of_the_last_season_is_that_of_the_one_before():
    past = (np.array([1.0, 2.0, 3.0, 4.0, np.nan, 6.0]), np.array([5.0]))

    assert scoring.seasonal_naive(past, 3, 4).tolist() == [[4, 2, 6, 4], [5, 5, 5, 5]]


def test_the_interval_of_a_seasonal_naive_forecast_widens_with_every_cycle():
    past = (np.array([0.0, 0.0, 3.0, 3.0]),)

    said = scoring.spread(past, 2, np.array([[3.0, 3.0, 3.0]]))

    assert said[0, :, 2] - 3 == pytest.approx(3 * 1.2816 * np.sqrt([1, 1, 2]))


def test_a_series_that_doubles_in_every_fourth_step_is_seasonal_and_a_line_is_not():
    quarters = np.tile([1.0, 1.0, 1.0, 2.0], 6)

    assert naive2.seasonal(quarters, 4)
    assert not naive2.seasonal(quarters[:11], 4)  # fewer than three cycles
    assert not naive2.seasonal(quarters, 1)
    assert not naive2.seasonal(np.arange(24.0), 4)  # 0.50, but the lags before it make the limit 0.70
    assert not naive2.seasonal(np.ones(24), 4)
    assert naive2.indices(quarters, 4)[:4] == pytest.approx([0.8, 0.8, 0.8, 1.6])


@pytest.mark.parametrize("season", [3, 4])
def test_naive2_takes_the_season_out_of_the_last_value_and_puts_it_back(season):
    cycle = np.arange(1.0, season + 1)
    past = np.tile(cycle, 8)[: 8 * season - 1]  # the last one is the step before the highest

    said = naive2.naive2((past,), season, season + 1)

    assert said[0] == pytest.approx(np.resize(np.roll(cycle, 1), season + 1))


def test_naive2_repeats_the_last_value_where_there_is_no_season():
    assert naive2.naive2((np.array([1.0, 2.0, 4.0]),), 4, 3).tolist() == [[4, 4, 4]]
