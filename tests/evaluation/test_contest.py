"""Which of several networks is better, and when that is luck."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.evaluation.contest import Errors, clearly_better, common, errors_of
from forecaster.evaluation.folds import Folds
from forecaster.evaluation.metrics import Scale
from forecaster.series.forecast import Forecast

NONE = np.empty((2, 1, 0))


def folds(values, quantiles=None, levels=()):
    """Two series, one fold each, one step ahead; what happened is 10 and 20."""
    said = Forecast(
        ids=("a", "b"),
        cutoffs=np.array([4, 4]),
        times=np.array([[5], [5]]),
        values=np.array(values, dtype=float)[:, None],
        levels=levels,
        quantiles=NONE if quantiles is None else np.array(quantiles, dtype=float)[:, None, :],
        intervals=(),
        lower=NONE,
        upper=NONE,
    )
    actual = np.array([[10.0], [20.0]])
    return Folds(("a", "b"), np.array([4, 4]), np.array([4, 4]), actual, {"model": said}, actual[:, 0])


def errors(losses, series=None):
    losses = np.array(losses, dtype=float)
    return Errors(
        series or ["a"] * len(losses), np.arange(len(losses)) if series is None else np.zeros(len(losses)), losses
    )


def test_an_absolute_error_is_told_in_naive_errors_of_its_series():
    found = errors_of(folds([11.0, 24.0]), {"a": Scale(1.0, 1.0), "b": Scale(2.0, 4.0)})

    assert found.losses.tolist() == [1.0, 2.0]


def test_quantiles_are_scored_by_all_their_levels():
    """10 said as 8, 10, 14 at a tenth, a half and nine tenths: 2 * (0.1 * 2 + 0 + 0.1 * 4) / 3."""
    said = folds([10.0, 20.0], [[8, 10, 14], [20, 20, 20]], (0.1, 0.5, 0.9))

    found = errors_of(said, {"a": Scale(1.0, 1.0), "b": Scale(1.0, 1.0)})

    assert found.losses == pytest.approx([0.4, 0.0])


def test_a_series_that_never_changes_is_left_out():
    found = errors_of(folds([11.0, 24.0]), {"a": Scale(np.nan, np.nan), "b": Scale(2.0, 4.0)})

    assert (found.series, found.losses.tolist()) == (["b"], [2.0])


def test_where_no_series_has_a_unit_errors_are_in_their_own():
    assert errors_of(folds([11.0, 24.0]), {}).losses.tolist() == [1.0, 4.0]


def test_contestants_are_compared_on_the_rows_that_all_of_them_have():
    short = Errors(["a", "a", "b"], np.array([1, 2, 2]), np.array([1.0, 2.0, 3.0]))
    long = Errors(["b", "a"], np.array([2, 2]), np.array([4.0, 5.0]))

    one, other = common([short, long])

    assert (one.losses.tolist(), other.losses.tolist()) == ([2.0, 3.0], [5.0, 4.0])


def test_lower_in_the_mean_and_in_most_folds_is_clearly_better():
    assert clearly_better(errors([0.9] * 6), errors([1.0] * 6))


def test_one_lucky_fold_is_not_clearly_better():
    assert not clearly_better(errors([0.1, *[1.01] * 5]), errors([1.0] * 6))


def test_lower_by_less_than_a_per_cent_is_not_clearly_better():
    assert not clearly_better(errors([0.995] * 6), errors([1.0] * 6))


@pytest.mark.parametrize(("error", "better"), [(0.97, False), (0.94, True)])
def test_few_folds_ask_for_a_twentieth(error, better):
    assert clearly_better(errors([error] * 3), errors([1.0] * 3)) == better


def test_where_series_outnumber_the_folds_they_are_the_pairs():
    names = list("abcdef")

    assert not clearly_better(errors([0.1, *[1.01] * 5], names), errors([1.0] * 6, names))
    assert clearly_better(errors([0.9] * 6, names), errors([1.0] * 6, names))
