"""Folds as text, and back."""

from dataclasses import replace

import numpy as np
import pytest

from forecaster.errors import RunError
from forecaster.evaluation.folds import from_csv, moments, parse_moments, rows_of, stacked


@pytest.fixture
def told(folds):
    """Two rows of two steps, the judged forecaster with levels and intervals."""
    plain = folds(
        [[1.5, 2], [0.1, 1 / 3]],
        {"model": [[1, 2], [3, 4]], "naive": [[7, 7], [8, 8]], "drift": [[7, 9], [8, 6]]},
        last=[7, 8],
    )
    levels = np.arange(12.0).reshape(2, 2, 3)
    model = replace(
        plain.forecasts["model"],
        levels=(0.1, 0.5, 0.9),
        quantiles=levels,
        intervals=(0.8, 0.975),
        lower=-levels[..., :2],
        upper=levels[..., 1:],
    )
    return plain.saying({**plain.forecasts, "model": model})


def test_the_columns_are_named_for_people(told):
    head, first = told.to_csv().splitlines()[:2]

    assert head == (
        "series,cutoff,cutoff_time,step,time,actual,forecast,q_0.1,q_0.5,q_0.9,"
        "lower_80,upper_80,lower_97.5,upper_97.5,naive,drift"
    )
    assert first == "a,0,0,1,1,1.5,1.0,0.0,1.0,2.0,-0.0,1.0,-1.0,2.0,7.0,7.0"


def test_folds_survive_their_csv_to_the_last_bit(told):
    back = from_csv(told.to_csv())

    assert (back.series, back.judged, back.baselines) == (told.series, "model", ("naive", "drift"))
    for part in ("cutoffs", "cutoff_times", "times", "actual", "last"):
        assert np.array_equal(getattr(back, part), getattr(told, part)), part
    for name in told.forecasts:
        assert np.array_equal(back.forecasts[name].values, told.forecasts[name].values)
    ours, theirs = back.forecasts["model"], told.forecasts["model"]
    assert (ours.levels, ours.intervals) == (theirs.levels, theirs.intervals)
    for part in ("quantiles", "lower", "upper"):
        assert np.array_equal(getattr(ours, part), getattr(theirs, part)), part


def test_dates_survive_their_csv(told):
    begin = np.datetime64("2024-02-28T06:00", "us")
    days = begin + np.arange(6).reshape(3, 2) * np.timedelta64(1, "D")
    dated = replace(
        told,
        cutoff_times=days[0],
        forecasts={name: replace(said, times=days[1:]) for name, said in told.forecasts.items()},
    )

    back = from_csv(dated.to_csv())

    assert back.times.tolist() == dated.times.tolist()
    assert back.cutoff_times.tolist() == dated.cutoff_times.tolist()


@pytest.mark.parametrize("name", ["=cmd()", "-5", "'quoted", 'a,"b"\nc', "ä"])
def test_a_series_may_have_any_name_and_none_is_a_formula(folds, name):
    text = folds([[1.0]], {"model": [[1.0]]}, series=[name]).to_csv()

    assert not text.splitlines()[1].startswith(("=", "-"))
    assert from_csv(text).series == (name,)


def test_a_table_without_baselines_has_no_last_value(folds):
    assert np.isnan(from_csv(folds([[1.0]], {"model": [[1.0]]}).to_csv()).last).all()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "folds.csv:1: the table of folds begins with"),
        ("time,value\n1,2\n", "folds.csv:1: the table of folds begins with"),
        (
            "series,cutoff,cutoff_time,step,time,actual,forecast\na,0,0,1,1,2\n",
            "folds.csv:2: .*6 cells, and the header 7",
        ),
        ("series,cutoff,cutoff_time,step,time,actual,forecast\na,0,0,1,1,2,x\n", "a cell that cannot be read"),
        ("series,cutoff,cutoff_time,step,time,actual,forecast\na,0,0,one,1,2,3\n", "a cell that cannot be read"),
        ("series,cutoff,cutoff_time,step,time,actual,forecast\na,0,0,2,1,2,3\n", "a cell that cannot be read"),
    ],
)
def test_a_damaged_table_is_refused(text, complaint):
    with pytest.raises(RunError, match=complaint):
        from_csv(text)


def test_rows_are_chosen_in_every_part(told):
    second = told.rows(np.array([1]))

    assert second.cutoffs.tolist() == [2]
    assert second.forecasts["drift"].values.tolist() == [[8, 6]]
    assert second.forecasts["model"].lower.shape == (1, 2, 2)


@pytest.mark.parametrize("texts", [["2024-03-05", "2024-03-06"], ["2024-03-05T06:00:00"], ["-3", "12"]])
def test_moments_are_written_as_briefly_as_they_can_be_read(texts):
    assert moments(parse_moments(texts)) == texts


def test_stacking_keeps_every_row_and_its_status(told):
    model = told.forecasts["model"]
    first, second = (rows_of(model, np.array([row])) for row in (0, 1))

    together = stacked([first, second.marked("stale", since=1)])

    assert np.array_equal(together.quantiles, model.quantiles)
    assert np.array_equal(together.upper, model.upper)
    assert together.status == (("ok", "ok"), ("ok", "stale"))
