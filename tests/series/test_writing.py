"""Forecasts back to tables."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.data import DataConfig
from forecaster.errors import RunError
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.tables import Layout, read_table, write_forecast
from forecaster.series.writing import written

DAYS = Clock("fixed", 86_400_000_000, form="%Y-%m-%d")


def forecast_of(values, ids=("y",), times=("2024-01-08", "2024-01-09"), intervals=(0.8,), spread=1.0):
    values = np.asarray(values, dtype=float)
    shape = (*values.shape, len(intervals))
    moments = np.array(times)
    moments = moments.astype("datetime64[us]") if moments.dtype.kind == "U" else moments
    return Forecast(
        ids=ids,
        cutoffs=np.zeros(len(ids), dtype=np.int64),
        times=np.tile(moments, (len(ids), 1)),
        values=values,
        intervals=intervals,
        lower=np.broadcast_to(values[..., None] - spread, shape),
        upper=np.broadcast_to(values[..., None] + spread, shape),
    )


def test_a_forecast_stands_under_the_columns_of_the_table():
    text = write_forecast(forecast_of([[5, 6.5]], intervals=(0.8, 0.95)), Layout(("Date",), None, ("Price",)), DAYS)

    assert text.splitlines() == [
        "Date,forecast,lower_80,upper_80,lower_95,upper_95,status",
        "2024-01-08,5,4,6,4,6,ok",
        "2024-01-09,6.5,5.5,7.5,5.5,7.5,ok",
    ]


def test_several_series_are_named_in_the_column_of_the_table():
    text = write_forecast(forecast_of([[5, 6], [7, 8]], ids=("a", "b")), Layout(("t",), "shop", ("y",)), DAYS)

    assert text.splitlines()[0] == "t,shop,forecast,lower_80,upper_80,status"
    assert [row[1] for row in csv.reader(text.splitlines())][1:] == ["a", "a", "b", "b"]


def test_several_targets_are_named_in_a_column_of_ours():
    text = write_forecast(forecast_of([[5, 6], [7, 8]], ids=("a", "b")), Layout(("t",), None, ("a", "b")), DAYS)

    assert text.splitlines()[0] == "t,series,forecast,lower_80,upper_80,status"


def test_a_table_without_a_time_gets_a_column_of_steps():
    text = write_forecast(forecast_of([[5, 6]], times=(10, 11)), Layout((), None, ("y",)), Clock("step", 1))

    assert [line.split(",")[0] for line in text.splitlines()] == ["step", "10", "11"]


def test_a_time_in_several_columns_is_written_in_several_columns():
    clock = Clock("fixed", 86_400_000_000, form="%Y %-m %-d")
    text = write_forecast(forecast_of([[5, 6]]), Layout(("year", "month", "day"), None, ("y",)), clock)

    assert text.splitlines()[1].startswith("2024,1,8,5,")


def test_semicolons_and_decimal_commas_are_kept():
    text = write_forecast(forecast_of([[5.5, 6]]), Layout(("t",), None, ("y",), ";", ","), DAYS)

    assert text.splitlines()[1] == "2024-01-08;5,5;4,5;6,5;ok"


def test_a_status_is_written_step_by_step():
    text = write_forecast(forecast_of([[5, 6]]).marked("rolled", since=1), Layout(("t",), None, ("y",)), DAYS)

    assert [line.rsplit(",", 1)[1] for line in text.splitlines()] == ["status", "ok", "rolled"]


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_name_that_a_spreadsheet_would_run_is_made_a_text(name):
    text = write_forecast(forecast_of([[-5, 6]], ids=(name,)), Layout(("t",), "id", ("y",)), DAYS)
    cells = list(csv.reader(io.StringIO(text, newline="")))[1]

    assert cells[1] == f"'{name}"
    assert cells[2] == "-5"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1 + 0.2, "0.3"), (1e-7, "1e-07"), (-0.0, "0"), (1234567.891234, "1234567.891"), (4e11, "400000000000"),
     (float("nan"), ""), (1e300, "1e+300")],
)  # fmt: skip
def test_numbers_are_as_short_as_ten_digits_allow(number, text):
    assert written(number) == text


def test_a_layout_survives_json():
    layout = Layout(("year", "month"), "id", ("y",), ";", ",", ".")

    assert Layout.from_dict(layout.to_dict()) == layout


@pytest.mark.parametrize("saved", [{}, {"time": 5, "targets": []}, {"time": [], "targets": [], "x": 1}])
def test_a_damaged_layout_is_refused(saved):
    with pytest.raises(RunError, match="is not the layout of a table"):
        Layout.from_dict(saved)


letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"])
names = st.text(letters, min_size=1, max_size=8)
floats = st.floats(-1e30, 1e30).map(lambda value: float(f"{value:.10g}"))


@settings(deadline=None)
@given(
    values=st.lists(st.tuples(floats, floats, floats), min_size=1, max_size=3),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    data=st.data(),
)
def test_what_is_written_reads_back_as_the_same_series(values, delimiter, data):
    ids = tuple(data.draw(st.lists(names, min_size=len(values), max_size=len(values), unique=True)))
    decimal = "," if delimiter == ";" else "."
    forecast = forecast_of(values, ids, times=("2024-01-08", "2024-01-09", "2024-01-10"), intervals=())
    layout = Layout(("day",), "id", ("forecast",), delimiter, decimal)

    text = write_forecast(forecast, layout, DAYS)
    config = DataConfig(path="-", time=("day",), id="id", target=("forecast",), decimal=decimal)
    panel = read_table(config, content=text.encode()).panel

    assert panel.ids == tuple(f"'{name}" if name[0] in "=+-@" else name for name in ids)
    assert panel.values.tolist() == forecast.values.ravel().tolist()
