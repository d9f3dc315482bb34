"""Paths as tables."""

import csv

import numpy as np
import pytest

from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.path_tables import write_paths
from forecaster.series.writing import Layout

DAYS = Clock("fixed", 86_400_000_000, form="%Y-%m-%d")
MINUTES = Clock("fixed", 60_000_000, form="%Y-%m-%d %H:%M")
PATHS = np.array([[[5, 6.5], [0.1 + 0.2, -1]]])  # (S, P, H)


def forecast_of(ids=("y",), times=("2024-01-08", "2024-01-09")):
    moments = np.array(times)
    moments = moments.astype("datetime64[us]") if moments.dtype.kind == "U" else moments
    values = np.zeros((len(ids), len(times)))
    return Forecast(ids, np.zeros(len(ids), dtype=np.int64), np.tile(moments, (len(ids), 1)), values)


def test_paths_are_numbered_from_one_under_the_columns_of_the_table():
    text = write_paths(PATHS, forecast_of(), Layout(("Date",), None, ("Price",)), DAYS)

    assert text.splitlines() == [
        "path,Date,value",
        "1,2024-01-08,5",
        "1,2024-01-09,6.5",
        "2,2024-01-08,0.3",
        "2,2024-01-09,-1",
    ]


def test_several_series_are_named_in_the_column_of_the_table():
    paths = np.concatenate([PATHS, PATHS + 10])

    rows = list(
        csv.reader(write_paths(paths, forecast_of(("a", "b")), Layout(("t",), "shop", ("y",)), DAYS).splitlines())
    )

    assert rows[0] == ["path", "t", "shop", "value"]
    assert [(row[0], row[2], row[3]) for row in rows[1::2]] == [
        ("1", "a", "5"),
        ("1", "b", "15"),
        ("2", "a", "0.3"),
        ("2", "b", "10.3"),
    ]


def test_several_targets_are_named_in_a_column_of_ours():
    text = write_paths(np.concatenate([PATHS, PATHS]), forecast_of(("a", "b")), Layout(("t",), None, ("a", "b")), DAYS)

    assert text.splitlines()[0] == "path,t,series,value"


def test_steps_are_counted_where_the_table_has_no_time():
    text = write_paths(PATHS, forecast_of(times=(7, 8)), Layout((), None, ("y",)), Clock("step", 1))

    assert text.splitlines()[:2] == ["path,step,value", "1,7,5"]


def test_several_columns_of_time_stay_several():
    times = ("2024-01-08T09:30", "2024-01-08T09:31")

    text = write_paths(PATHS, forecast_of(times=times), Layout(("day", "hour"), None, ("y",)), MINUTES)

    assert text.splitlines()[:2] == ["path,day,hour,value", "1,2024-01-08,09:30,5"]


@pytest.mark.parametrize(("delimiter", "line"), [(";", "1;2024-01-09;6,5"), (",", '1,2024-01-09,"6,5"')])
def test_the_delimiter_and_the_decimal_mark_are_those_of_the_table(delimiter, line):
    text = write_paths(PATHS, forecast_of(), Layout(("t",), None, ("y",), delimiter=delimiter, decimal=","), DAYS)

    assert text.splitlines()[2] == line


def test_a_name_that_a_spreadsheet_would_run_is_made_safe():
    text = write_paths(PATHS, forecast_of(ids=('=1+1,"',)), Layout(("@t",), "id", ("y",)), DAYS)

    assert text.splitlines()[0] == "path,'@t,id,value"
    assert [row[2] for row in csv.reader(text.splitlines())][1] == "'=1+1,\""


def test_what_is_missing_or_infinite_is_left_empty():
    text = write_paths(np.array([[[np.nan, np.inf]]]), forecast_of(), Layout(("t",), None, ("y",)), DAYS)

    assert [line.split(",")[-1] for line in text.splitlines()[1:]] == ["", ""]
