"""Ragged panels cut, chosen and carried on, and forecasts written under every layout of a table."""

from __future__ import annotations

import csv
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.data import DataConfig
from forecaster.errors import DataError
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.tables import Layout, read_table, write_forecast
from forecaster.series.writing import interval_columns, refuse_ours

DAY = 86_400_000_000
ragged = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10)), min_size=1, max_size=5)


def made(panel_of, shapes):
    return panel_of(
        *(100 * index + np.arange(length) for index, (length, _) in enumerate(shapes)),
        starts=[start for _, start in shapes],
    )


def same(left, right):
    return left.ids == right.ids and [v.tolist() for v in left] == [v.tolist() for v in right]


@given(shapes=ragged, first=st.integers(0, 30), second=st.integers(0, 30))
def test_cutting_twice_is_cutting_at_the_earlier_step(panel_of, shapes, first, second):
    panel = made(panel_of, shapes)

    assert same(panel.until(first).until(second), panel.until(min(first, second)))


@given(shapes=ragged, cutoff=st.integers(0, 30), data=st.data())
def test_choosing_series_and_cutting_may_change_places(panel_of, shapes, cutoff, data):
    panel = made(panel_of, shapes)
    chosen = np.array(data.draw(st.permutations(range(len(panel)))))

    past = panel.until(cutoff)

    places = [past.ids.index(panel.ids[index]) for index in chosen if panel.ids[index] in past.ids]
    assert same(panel.select(chosen).until(cutoff), past.select(np.array(places, dtype=np.int64)))


def test_the_cutoff_is_the_last_moment_that_is_handed_over(panel_of):
    assert panel_of(range(9), range(2)).until(3).times.tolist() == [0, 1, 2, 3]


def test_before_the_first_step_there_is_no_series(panel_of):
    past = panel_of([1, 2], [3], starts=[2, 5]).until(1)

    assert (len(past), past.values.size, past.offsets.tolist()) == (0, 0, [0])


def test_a_series_chosen_twice_is_there_twice_and_keeps_its_place_in_time(panel_of):
    chosen = panel_of([1, 2], [3, 4], starts=[0, 7]).select(np.array([1, 1]))

    assert (chosen.ids, chosen.starts.tolist(), chosen.offsets.tolist()) == (("s1", "s1"), [7, 7], [0, 2, 4])


@given(shapes=ragged, horizon=st.integers(0, 9))
def test_what_follows_a_series_of_a_panel_follows_it_alone(panel_of, shapes, horizon):
    panel = made(panel_of, shapes)

    expected = [[last + step for step in range(1, horizon + 1)] for last in panel.last.tolist()]
    assert panel.future(horizon).tolist() == expected


def test_a_series_that_ended_early_goes_on_within_the_table_over_its_holidays():
    rows = ["a,2024-03-28", "a,2024-04-02", "a,2024-04-03", "b,2024-03-28", "a,2024-04-04"]
    text = "id,day,y\n" + "".join(f"{row},1\n" for row in rows)
    panel = read_table(DataConfig(path="-", time=("day",), id="id", target=("y",)), content=text.encode()).panel

    assert panel.clock.label(panel.future(5)[1])[:4] == ["2024-04-02", "2024-04-03", "2024-04-04", "2024-04-05"]


def forecast_of(clock, first, ids, intervals=(0.8,)):
    times = first if clock.kind == "step" else np.array(first, dtype="datetime64[us]")
    values = np.arange(2.0 * len(ids)).reshape(len(ids), 2) + 1000.5
    shape = (*values.shape, len(intervals))
    return Forecast(
        ids=ids,
        cutoffs=np.zeros(len(ids), dtype=np.int64),
        times=np.tile(clock.after(np.array([times]), 2), (len(ids), 1)),
        values=values,
        intervals=intervals,
        lower=np.broadcast_to(values[..., None] - 1, shape),
        upper=np.broadcast_to(values[..., None] + 1, shape),
    )


TIMES = {
    "steps": ((), Clock("step", 1), 9, [["10"], ["11"]]),
    "days": (("Date",), Clock("fixed", DAY, form="%d.%m.%Y"), "2024-02-28", [["29.02.2024"], ["01.03.2024"]]),
    "two columns": (("d", "t"), Clock("fixed", DAY // 2, form="%Y-%m-%d %H:%M"), "2024-02-28T12:00",
                    [["2024-02-29", "00:00"], ["2024-02-29", "12:00"]]),
    "three columns": (("Y", "m", "d"), Clock("month", 1, 31, form="%Y %-m %-d"), "2024-01-31",
                      [["2024", "2", "29"], ["2024", "3", "31"]]),
    "a date with blanks": (("d", "t"), Clock("fixed", DAY // 2, form="%b %-d, %Y %H:%M"), "2024-02-28T12:00",
                           [["Feb 29, 2024", "00:00"], ["Feb 29, 2024", "12:00"]]),
    "half days of twelve hours": (("d", "t"), Clock("fixed", DAY // 2, form="%Y-%m-%d %I:%M %p"), "2024-02-28T12:00",
                                  [["2024-02-29", "12:00 AM"], ["2024-02-29", "12:00 PM"]]),
}  # fmt: skip
SERIES = {
    "one": (None, ("y",), ("y",), []),
    "an id": ("shop", ("y",), ("a", "b"), ["shop"]),
    "targets": (None, ("p", "q"), ("p", "q"), ["series"]),
    "both": ("shop", ("p", "q"), ("a/p", "a/q"), ["series"]),
}


@pytest.mark.parametrize(("time", "series", "mark"), list(product(TIMES, SERIES, [",.", ";,", "\t.", "|,"])), ids=repr)
def test_a_forecast_has_the_columns_the_marks_and_the_times_of_its_table(time, series, mark):
    columns, clock, first, moments = TIMES[time]
    identity, targets, ids, named = SERIES[series]
    layout = Layout(columns, identity, targets, mark[0], mark[1])

    text = write_forecast(forecast_of(clock, first, ids), layout, clock)

    header, *rows = csv.reader(text.splitlines(), delimiter=mark[0])
    width = max(1, len(columns))
    assert header == [*(columns or ["step"]), *named, "forecast", "lower_80", "upper_80", "status"]
    assert [row[:width] for row in rows] == moments * len(ids)
    assert [row[width : width + len(named)] for row in rows] == [[name] * len(named) for name in ids for _ in moments]
    assert rows[0][-4:] == [f"1000{mark[1]}5", f"999{mark[1]}5", f"1001{mark[1]}5", "ok"]


def test_series_that_end_at_different_moments_each_have_their_own_times():
    clock = Clock("step", 1)
    forecast = forecast_of(clock, 9, ("a", "b"), intervals=())
    forecast.times[1] = [6, 7]

    text = write_forecast(forecast, Layout((), "id", ("y",)), clock)

    assert [line.split(",")[:2] for line in text.splitlines()[1:]] == [["10", "a"], ["11", "a"], ["6", "b"], ["7", "b"]]


def test_a_name_with_the_marks_of_a_table_is_quoted():
    clock = Clock("step", 1)

    text = write_forecast(forecast_of(clock, 0, ('a"b,c\nd',), intervals=()), Layout((), "id", ("y",)), clock)

    assert text.splitlines()[1] == '1,"a""b,c'


def test_the_thousands_of_a_table_are_not_written():
    clock = Clock("step", 1)

    text = write_forecast(forecast_of(clock, 0, ("y",)), Layout((), None, ("y",), thousands=","), clock)

    assert text.splitlines()[1] == "1,1000.5,999.5,1001.5,ok"


@pytest.mark.parametrize(
    ("levels", "columns"),
    [((), []), ((0.5,), ["lower_50", "upper_50"]), ((0.975,), ["lower_97.5", "upper_97.5"]),
     ((0.999,), ["lower_99.9", "upper_99.9"]), ((0.07,), ["lower_7", "upper_7"])],
)  # fmt: skip
def test_an_interval_is_named_by_its_share_in_per_cent(levels, columns):
    assert interval_columns(levels) == columns


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("/a/prices.forecast.csv", r'is a forecast, made from "prices.csv", not a table of values: it has the columns'),
        ("/a/other.csv", 'is a forecast, not a table of values: .*"forecast", "lower_97.5", "status"; give the table'),
    ],
)
def test_a_forecast_is_no_table_of_values_whatever_it_is_called(file, words):
    with pytest.raises(DataError, match=words):
        refuse_ours(["day", "forecast", "lower_97.5", "upper_97.5", "status"], file)


def test_a_status_goes_to_the_series_that_are_named_and_only_where_all_was_well():
    forecast = forecast_of(Clock("step", 1), 0, ("a", "b")).marked("rolled", since=1, series=("b",))

    assert forecast.marked("stale").status == (("stale", "stale"), ("stale", "rolled"))
