"""Records in order: sorted, equal ones dropped, several of one step made one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.data import DataConfig, Resample
from forecaster.errors import DataError
from forecaster.series.ordering import Ordered, drop_equal, join_agreeing, merge, sort
from forecaster.series.resampling import bins
from forecaster.series.tables import read_table

NAN = float("nan")


def records(*rows):
    """Rows of (series, time, value, ...); the first of them stands on line 2."""
    table = np.array([row[2:] for row in rows], dtype=float).reshape(len(rows), -1)
    codes, times = ([row[place] for row in rows] for place in (0, 1))
    return Ordered(np.array(codes), np.array(times), table, np.arange(2, len(rows) + 2))


def read(text, **options):
    config = DataConfig(path="t.csv", **({"time": ("day",), "target": ("y",)} | options))
    return read_table(config, content=text.encode())


def days(*values, first="2024-01-01"):
    start = np.datetime64(first)
    return "day,y\n" + "".join(f"{start + np.timedelta64(place, 'D')},{value}\n" for place, value in enumerate(values))


def test_records_in_order_are_left_alone():
    given_ = records((0, 1, 5), (0, 2, 6), (1, 1, 7))

    assert sort(given_) == (given_, [])


def test_series_that_take_turns_are_sorted_without_a_word():
    found, notes = sort(records((0, 1, 5), (1, 1, 7), (0, 2, 6), (1, 2, 8)))

    assert found.values.ravel().tolist() == [5, 6, 7, 8]
    assert notes == []


def test_a_fall_from_one_series_to_the_next_is_no_fall():
    assert sort(records((0, 9, 5), (1, 1, 7)))[1] == []


@pytest.mark.parametrize(
    ("times", "note"),
    [
        ((3, 1, 2), "rows are not in order of time (1 is older than the one before, first at line 3)"),
        ((3, 4, 2, 1), "rows are not in order of time (2 are older than the one before, first at line 4)"),
        ((3, 2, 1), "rows come newest first (line 3 is older than the one before it)"),
    ],
)
def test_rows_out_of_order_are_sorted_and_counted(times, note):
    found, notes = sort(records(*((0, time, time) for time in times)))

    assert found.values.ravel().tolist() == sorted(times)
    assert notes == [f"{note}; they were sorted"]


def test_of_rows_at_one_time_the_first_in_the_file_stays_first():
    found, _ = sort(records((0, 2, 1), (0, 1, 2), (0, 2, 3)))

    assert found.values.ravel().tolist() == [2, 1, 3]


def test_rows_of_one_time_that_agree_are_joined_and_others_stay():
    found, count = join_agreeing(records((0, 1, 5, NAN), (0, 1, NAN, 7), (0, 2, 5, 1), (0, 2, 6, 1), (1, 2, 5, 1)))

    assert found.values.tolist() == [[5, 7], [5, 1], [6, 1], [5, 1]]
    assert found.lines.tolist() == [2, 4, 5, 6]
    assert count == 1


def test_each_column_is_merged_in_its_own_way():
    found = merge(records((0, 1, 5, 1, 2), (0, 1, 7, 3, NAN), (0, 2, 1, 1, 1)), ["sum", "mean", "last"])

    assert found.values.tolist() == [[12, 2, 2], [1, 1, 1]]


def test_a_row_that_repeats_another_is_dropped_and_its_line_told():
    found, notes = drop_equal(records((0, 1, 5), (0, 1, 5), (0, 2, 5)))

    assert found.lines.tolist() == [2, 4]
    assert notes == ["1 row that repeats another was dropped (first at line 3)"]


def test_two_rows_without_a_value_are_equal():
    assert len(drop_equal(records((0, 1, NAN), (0, 1, NAN)))[0]) == 1


@pytest.mark.parametrize(
    "other",
    [(0, 1, 5, 7), (0, 2, 5, 6), (1, 1, 5, 6), (0, 1, 5, NAN)],
    ids=["another target", "another time", "another series", "one empty cell"],
)
def test_a_row_that_differs_in_one_cell_is_kept(other):
    found, notes = drop_equal(records((0, 1, 5, 6), other))

    assert (len(found), notes) == (2, [])


@pytest.mark.parametrize(
    ("by", "expected"),
    [("first", 4), ("last", 3), ("mean", 3), ("sum", 9), ("min", 2), ("max", 4)],
)
def test_of_several_values_only_those_that_are_there_count(by, expected):
    merged = merge(records((0, 1, NAN), (0, 1, 4), (0, 1, 2), (0, 1, 3), (0, 1, NAN), (0, 2, 8)), by)

    assert merged.values.ravel().tolist() == [expected, 8]
    assert merged.lines.tolist() == [2, 7]


@pytest.mark.parametrize("by", ["first", "last", "mean", "sum", "min", "max"])
def test_of_no_values_nothing_is_made(by):
    """A sum of nothing is no zero: nobody sold nothing on a day without a record."""
    merged = merge(records((0, 1, NAN), (0, 1, NAN), (0, 2, 8)), by)

    assert np.isnan(merged.values[:, 0]).tolist() == [True, False]


@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(-9, 9)), min_size=1, max_size=20),
    by=st.sampled_from(
        [("sum", sum), ("min", min), ("max", max), ("first", lambda v: v[0]), ("last", lambda v: v[-1])]
    ),
)
def test_merging_is_what_a_dictionary_of_lists_says(rows, by):
    name, fold = by
    lists = {}
    for series, time, value in rows:
        lists.setdefault((series, time), []).append(value)

    merged = merge(sort(records(*rows))[0], name)

    assert list(zip(merged.series.tolist(), merged.times.tolist(), strict=True)) == sorted(lists)
    assert merged.values.ravel().tolist() == [fold(lists[key]) for key in sorted(lists)]


@pytest.mark.parametrize(
    ("count", "unit", "text", "start"),
    [
        (1, "h", "2024-03-05T15:59:59", "2024-03-05T15:00"),
        (6, "h", "2024-03-05T05:59", "2024-03-05T00:00"),
        (15, "min", "2024-03-05T15:29", "2024-03-05T15:15"),
        (1, "d", "2024-03-05T23:59", "2024-03-05"),
        (1, "w", "2024-03-10T23:59", "2024-03-04"),
        (1, "w", "2024-03-11T00:00", "2024-03-11"),
        (2, "w", "1970-01-18", "1970-01-05"),
        (1, "b", "2024-03-08T12:00", "2024-03-08"),
        (1, "b", "2024-03-09T12:00", "2024-03-08"),
        (1, "b", "2024-03-10T23:59", "2024-03-08"),
        (1, "b", "2024-03-11T00:00", "2024-03-11"),
        (1, "mo", "2024-02-29T23:59", "2024-02-01"),
        (1, "q", "2024-06-30", "2024-04-01"),
        (1, "y", "2024-12-31", "2024-01-01"),
        (1, "mo", "1969-12-31", "1969-12-01"),
        (1, "h", "1969-12-31T23:30", "1969-12-31T23:00"),
    ],
)
def test_every_time_lies_in_the_step_that_began_last(count, unit, text, start):
    time = np.array([text], dtype="datetime64[us]").astype(np.int64)

    assert bins(time, count, unit).astype("datetime64[us]")[0] == np.datetime64(start)


@given(
    seconds=st.lists(st.integers(-(10**9), 4 * 10**9), min_size=1, max_size=5),
    span=st.sampled_from([(1, "h"), (7, "min"), (1, "d"), (1, "w"), (1, "b"), (1, "mo"), (1, "q"), (5, "y")]),
)
def test_steps_begin_at_or_before_their_times_and_once_gathered_stay_where_they_are(seconds, span):
    times = np.array(sorted(seconds)) * 1_000_000

    starts = bins(times, *span)

    assert (starts <= times).all()
    assert (np.diff(starts) >= 0).all()
    assert bins(starts, *span).tolist() == starts.tolist()


def test_business_days_are_gathered_one_by_one():
    with pytest.raises(DataError, match=r"data.resample: data.resample.every is 2b, and .* one by one; write 1b, or"):
        read(days(1, 2, 3), resample=Resample(every="2b"))


def test_a_weekend_is_gathered_into_the_friday_before_it():
    panel = read(days(1, 2, 3, 4, 5, 6, 7, 8), resample=Resample(every="1b", by="sum")).panel

    assert panel.values.tolist() == [1, 2, 3, 4, 18, 8]
    assert panel.clock.describe() == "1 business day"


def test_gathered_steps_without_a_row_are_holes():
    table = read("day,y\n2024-01-05 00:10,1\n2024-01-05 00:20,3\n2024-01-05 02:05,4\n", resample=Resample(every="1h"))

    assert table.panel.values.tolist() == [2, 3, 4]
    assert table.notes == ("1 missing value in 1 hole was interpolated, the first at 2024-01-05 01:00",)


def test_each_series_is_gathered_on_its_own():
    rows = [("a", "00:10", 1), ("b", "00:15", 5), ("a", "00:50", 3), ("b", "01:30", 7), ("a", "01:01", 9)]
    text = "day,id,y\n" + "".join(f"2024-01-05 {time},{name},{value}\n" for name, time, value in rows)

    panel = read(text, id="id", resample=Resample(every="1h", by="sum"), gaps="error").panel

    assert panel.values.tolist() == [4, 9, 5, 7]


def test_rows_at_one_time_are_gathered_without_asking_about_duplicates():
    text = "day,y\n2024-01-05 00:10,1\n2024-01-05 00:10,3\n2024-01-05 01:10,5\n"

    assert read(text, resample=Resample(every="1h")).panel.values.tolist() == [2, 5]


def test_rows_that_are_equal_are_gathered_once():
    text = "day,y\n2024-01-05 00:10,1\n2024-01-05 00:10,1\n2024-01-05 01:10,5\n"

    table = read(text, resample=Resample(every="1h", by="sum"))

    assert table.panel.values.tolist() == [1, 5]
    assert table.notes == ("1 row that repeats another was dropped (first at line 3)",)


def test_five_moments_with_two_values_are_told_as_three_and_two_more():
    text = days(1, 2, 3, 4, 5) + days(6, 7, 8, 9, 10).removeprefix("day,y\n")

    with pytest.raises(DataError, match=r"(?s)\(lines 2 and 7\).*\(lines 3 and 8\).*\(lines 4 and 9\), as do 2 more"):
        read(text)


def test_a_repeated_moment_of_one_series_is_told_with_its_name():
    text = "day,id,y\n" + "".join(f"2024-01-0{day},{name},{day}\n" for name in "ab" for day in (5, 6, 7))

    with pytest.raises(DataError, match=r'stdin:8: "2024-01-06" of series "b" comes twice .* \(lines 6 and 8\)'):
        read(text + "2024-01-06,b,99\n", id="id")


def test_a_repeated_step_is_told_by_its_number():
    with pytest.raises(DataError, match=r'stdin:4: "2" comes twice with different values \(lines 3 and 4\)'):
        read("day,y\n1,1\n2,2\n2,3\n3,3\n")


def test_the_line_of_a_date_far_off_is_that_of_its_row_in_a_panel_too():
    hours = "".join(f"{name},2024-01-05 {hour:02d}:00,{hour}\n" for name in "ab" for hour in range(24))

    with pytest.raises(DataError, match=r'stdin:50: from "2024-01-05 23:00" to "2204-01-06 00:00" are 1577833 steps'):
        read(f"id,day,y\n{hours}a,2204-01-06 00:00,24\n", id="id")


def test_the_line_of_an_irregular_time_is_that_of_its_row_in_a_panel_too():
    rows = "".join(f"{name},2024-01-05 {hour:02d}:00,{hour}\n" for name in "ab" for hour in range(5))

    with pytest.raises(DataError, match=r'stdin:12: irregular times: 1 of 6 .* first "2024-01-05 04:30"'):
        read(f"id,day,y\n{rows}b,2024-01-05 04:30,9\n", id="id")
