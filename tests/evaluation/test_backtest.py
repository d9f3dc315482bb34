"""The future cannot leak, and what cannot be scored is left out and counted."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import DataError
from forecaster.evaluation.backtest import backtest
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.panel import Panel

nan = np.nan


class Recording:
    """Repeats the last value, and keeps everything it was shown."""

    name = "model"

    def __init__(self, lookback=2):
        self.lookback = lookback
        self.seen = []

    def forecast(self, past, horizon):
        self.seen.append(
            (past.ids, past.values.tobytes(), past.starts.tolist(), past.offsets.tolist(), past.times.tolist())
        )
        last = past.values[past.offsets[1:] - 1]
        return Forecast(past.ids, past.last, past.future(horizon), np.repeat(last[:, None], horizon, axis=1))


class Leaky(Recording):
    """A mutant that keeps the whole panel, and answers with the truth."""

    def __init__(self, whole):
        super().__init__()
        self.whole = whole

    def forecast(self, past, horizon):
        said = super().forecast(past, horizon)
        places = self.whole.offsets[:-1, None] + said.cutoffs[:, None] + 1 + np.arange(horizon)
        return Forecast(said.ids, said.cutoffs, said.times, self.whole.values[places])


def rewritten(panel, cutoff, value):
    """The same panel with another value in every step after `cutoff`."""
    steps = np.concatenate([start + np.arange(n) for start, n in zip(panel.starts, panel.lengths, strict=True)])
    return Panel(
        np.where(steps > cutoff, value, panel.values),
        panel.offsets,
        panel.starts,
        panel.ids,
        panel.times,
        panel.clock,
        panel.season,
    )


def same_whatever_comes(panel, cutoff, forecaster_of):
    """Whether a forecaster sees, and says, the same when the future is rewritten."""
    kept = []
    for table in (panel, rewritten(panel, cutoff, 1e6)):
        forecaster = forecaster_of(table)
        folds = backtest(forecaster, table, [cutoff], 2)
        kept.append((forecaster.seen, folds.forecasts["model"].values.tobytes(), folds.spreads.tobytes()))
    return kept[0] == kept[1]


@given(st.lists(st.floats(-100, 100), min_size=6, max_size=20), st.data())
def test_rewriting_the_future_changes_nothing_that_a_forecaster_sees_or_says(values, data):
    cutoff = data.draw(st.integers(1, len(values) - 3))
    clock = Clock(kind="step", every=1)
    panel = Panel(
        np.array(values * 2),
        np.array([0, len(values), 2 * len(values)]),
        np.array([0, 0]),
        ("a", "b"),
        np.arange(len(values)),
        clock,
    )

    assert same_whatever_comes(panel, cutoff, lambda _: Recording())


def test_the_test_above_catches_a_leak(panel):
    assert not same_whatever_comes(panel(range(10)), 5, Leaky)


def test_no_forecaster_is_shown_a_moment_after_the_cutoff(panel):
    recording = Recording()

    backtest(recording, panel(range(10)), [4, 7], 2)

    assert [times[-1] for *_, times in recording.seen] == [4, 7]
    assert [offsets[-1] for *_, offsets, _ in recording.seen] == [5, 8]


def test_a_fold_holds_what_was_said_beside_what_happened(panel):
    folds = backtest(Recording(), panel(np.arange(10) ** 2), [4, 6], 2, [Naive(), SeasonalNaive(3), Drift()])

    assert folds.actual.tolist() == [[25, 36], [49, 64]]
    assert folds.forecasts["model"].values.tolist() == [[16, 16], [36, 36]]
    assert folds.forecasts["seasonal_naive"].values.tolist() == [[4, 9], [16, 25]]
    assert folds.forecasts["drift"].values.tolist() == [[20, 24], [42, 48]]
    assert (folds.judged, folds.baselines) == ("model", ("naive", "seasonal_naive", "drift"))
    assert folds.last.tolist() == [16, 36]
    assert folds.times.tolist() == [[5, 6], [7, 8]]
    assert (folds.count, folds.horizon) == (2, 2)


def test_the_rows_of_a_panel_come_cutoff_by_cutoff_from_the_right_series(panel):
    folds = backtest(Recording(), panel(range(6), range(100, 106), starts=[0, 1]), [2, 3], 2)

    assert folds.series == ("a", "b", "a", "b")
    assert folds.cutoffs.tolist() == [2, 2, 3, 3]
    assert folds.actual.tolist() == [[3, 4], [102, 103], [4, 5], [103, 104]]


@pytest.mark.parametrize(
    ("values", "start", "reason"),
    [
        ([1, 2, 3], 0, "ended before the cutoff"),
        ([4, 5, 6, 7], 4, "shorter than the lookback"),
        ([1, 2, 3, 4, 5, 6], 0, "without all actuals"),
        ([1, 2, 3, 4, 5, nan, 7, 8], 0, "without all actuals"),
        ([1, 2, 3, nan, 5, 6, 7, 8], 0, "with a hole in the lookback"),
    ],
)
def test_a_series_that_cannot_be_scored_is_left_out_and_counted(panel, values, start, reason):
    table = panel(range(8), values, starts=[0, start])

    folds = backtest(Recording(), table, [4], 2)

    assert folds.series == ("a",)
    assert folds.left_out == {reason: 1}


def test_a_series_that_has_not_begun_is_not_counted(panel):
    folds = backtest(Recording(), panel(range(8), [1, 2, 3], starts=[0, 5]), [4], 2)

    assert (folds.series, folds.left_out) == (("a",), {})


def test_a_hole_before_the_lookback_does_no_harm(panel):
    folds = backtest(Recording(), panel([1, nan, 3, 4, 5, 6]), [3], 2)

    assert folds.actual.tolist() == [[5, 6]]


def test_nothing_to_score_is_refused_with_the_reasons(panel):
    with pytest.raises(DataError, match="no fold can be scored: 1 without all actuals"):
        backtest(Recording(), panel(range(8)), [7], 2)


class Masked(Recording):
    """One that is told which values are missing."""

    masked = True


def test_a_forecaster_that_knows_of_holes_is_asked_across_them(panel):
    holed = panel([1, nan, nan, 4, 5, 6, 7])

    folds = backtest(Masked(lookback=3), holed, [3, 4], 2, [Naive()])

    assert folds.cutoffs.tolist() == [3, 4]
    assert folds.left_out == {}
    with pytest.raises(DataError, match=r"no fold can be scored: 2 with a hole in the lookback"):
        backtest(Recording(lookback=3), holed, [3, 4], 2)


def test_a_lookback_may_end_in_a_hole_and_the_last_value_is_the_one_before_it(panel):
    model = Masked(lookback=2)

    folds = backtest(model, panel([1, 2, nan, 4, 5], [8, 8, 9, 9, 9]), [2], 2, [Naive()])

    assert folds.last.tolist() == [2, 9]
    assert folds.forecasts["naive"].values[:, 0].tolist() == [2, 9]
    assert model.seen[0][0] == ("a", "b")


def test_a_lookback_without_any_value_and_a_missing_actual_are_left_out_and_counted(panel):
    series = [1, nan, nan, 4, nan, 6, 7]

    folds = backtest(Masked(lookback=2), panel(series), [2, 3, 4], 2)

    assert folds.cutoffs.tolist() == [4]
    assert folds.left_out == {"without all actuals": 2}
    folds = backtest(Masked(lookback=2), panel([1, nan, nan, 4, 5, 6]), [2, 3], 2)
    assert folds.left_out == {"without a value in the lookback": 1}


def test_nobody_is_asked_in_a_hole_that_the_future_filled_nor_judged_by_its_last_value(panel):
    """The 3 at step 2 is the mean of what is before and after it."""
    holed = replace(panel([1, 1, 3, 5, 6, 7]), behind=np.array([0, 0, 1, 0, 0, 0]))

    folds = backtest(Naive(), holed, range(5), 1)

    assert folds.cutoffs.tolist() == [0, 3, 4]
    assert folds.left_out == {"ended before the cutoff": 1, "without all actuals": 1}
