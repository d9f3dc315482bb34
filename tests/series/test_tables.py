"""Tables to panels: columns, times, and what is said of them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecaster.config.data import DataConfig, Resample
from forecaster.errors import ConfigError, DataError, ForecasterError
from forecaster.series import forms
from forecaster.series.tables import holes, profile, read_table

WIDE = "day,a,b,kind\n2024-01-05,1,10,x\n2024-01-06,2,20,y\n2024-01-07,3,30,x\n"


def read(text, **options):
    content = text if isinstance(text, bytes) else text.encode()
    return read_table(DataConfig(path="stdin", **({"time": ("day",), "target": ("y",)} | options)), content=content)


def labels(panel):
    return panel.clock.label(panel.times)


def test_several_targets_are_series_named_after_their_columns():
    panel = read(WIDE, target=("b", "a")).panel

    assert panel.ids == ("b", "a")
    assert panel.values.tolist() == [10, 20, 30, 1, 2, 3]


def test_a_star_takes_every_column_of_numbers_and_says_what_it_leaves():
    table = read(WIDE, target=("*",))

    assert table.layout.targets == ("a", "b")
    assert table.notes == ('columns without numbers are left out: "kind"',)


def test_several_targets_of_several_series_are_named_by_both():
    text = "day,id,a,b\n" + "".join(f"2024-01-0{d},{name},{d},{-d}\n" for d in (5, 6, 7) for name in "pq")

    assert read(text, id="id", target=("a", "b")).panel.ids == ("p/a", "p/b", "q/a", "q/b")


def test_without_a_time_rows_are_steps():
    table = read("y,x\n1,5\n2,6\n3,7\n", time=None)

    assert table.panel.times.tolist() == [0, 1, 2]
    assert table.layout.time == ()


def test_without_a_time_the_rows_of_each_series_are_counted():
    panel = read("id,y\na,1\nb,5\na,2\nb,6\n", time=None, id="id").panel

    assert panel.steps == 2
    assert panel.values.tolist() == [1, 2, 5, 6]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("day", ["2024-01-05", "2024-01-06"]),
        ("when", ["5.1.2024 10:00", "5.1.2024 11:00"]),
        ("date", ["20240105", "20240106"]),
        ("timestamp", ["1700000000", "1700003600"]),
    ],
)
def test_a_column_that_reads_as_times_is_not_ignored(name, cells):
    with pytest.raises(DataError, match=f'column "{name}" reads as times .*set data.time: {name}'):
        read(f"{name},y\n{cells[0]},1\n{cells[1]},2\n", time=None)


def test_a_column_of_plain_numbers_is_no_time():
    assert read("n,y\n20240105,1\n20240106,2\n", time=None).panel.steps == 2


@pytest.mark.parametrize(
    ("cells", "following"),
    [
        (("1990/1/1 0:00", "1990/1/2 0:00", "1990/1/3 0:00"), "1990/1/4 0:00"),
        (("2024-01-05T10:00", "2024-01-05T11:00", "2024-01-05T12:00"), "2024-01-05T13:00"),
        (("2024-01-05 10:00:00.000", "2024-01-05 10:00:00.250", "2024-01-05 10:00:00.500"), "2024-01-05 10:00:00.750"),
        (("2024-01-05 10:00+0000", "2024-01-05 11:00+0000", "2024-01-05 12:00+0000"), "2024-01-05 13:00+0000"),
        (("30-Jan-2024", "31-Jan-2024", "01-Feb-2024", "03-Feb-2024"), "04-Feb-2024"),
        (('"Feb 2, 2024"', '"Feb 3, 2024"', '"Feb 4, 2024"'), "Feb 5, 2024"),
        (('"February 3, 2024"', '"March 3, 2024"', '"April 3, 2024"'), "May 3, 2024"),
        (("13.5.2024", "14.5.2024", "18.5.2024", "19.5.2024"), "20.5.2024"),
        (("1/25/2024 1:00 PM", "1/25/2024 2:00 PM", "1/25/2024 3:00 PM"), "1/25/2024 4:00 PM"),
        (("20240128", "20240129", "20240203", "20240204"), "20240205"),
        (("202311", "202312", "202401"), "202402"),
        (("1949-11", "1949-12", "1950-01"), "1950-02"),
        (("1959Q3", "1959Q4", "1960Q1"), "1960Q2"),
        (("Nov-49", "Dec-49", "Jan-50"), "Feb-50"),
        (("20240105T06", "20240105T12", "20240105T18"), "20240106T00"),
        (("1700.0", "1701.0", "1702.0"), "1703.0"),
        (("-2", "-1", "0"), "1"),
    ],
)  # fmt: skip
def test_times_are_written_on_as_the_file_writes_them(cells, following):
    panel = read("day,y\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells))).panel

    assert panel.clock.label(panel.clock.after(panel.times, 1)) == [following]
    assert labels(panel)[0] == cells[0].strip('"')


def test_a_column_of_years_is_a_yearly_clock_and_a_column_of_steps_is_not():
    rows = "1949,1\n1950,2\n1951,3\n"

    assert read("year,y\n" + rows, time=("year",)).panel.clock.describe() == "1 year"
    assert read("n,y\n" + rows, time=("n",)).panel.clock.describe() == "1 step"


@pytest.mark.parametrize(
    ("header", "rows", "following"),
    [
        ("year,month,day,hour", ["2010,1,31,22", "2010,1,31,23", "2010,2,1,0"], "2010 2 1 1"),
        ("Year,Month", ["2010,10", "2010,11", "2010,12"], "2011 1"),
        ("date,clock", ["2024-01-05,10:00", "2024-01-05,10:30", "2024-01-05,11:00"], "2024-01-05 11:30"),
    ],
)
def test_a_time_may_lie_in_several_columns(header, rows, following):
    text = f"{header},y\n" + "".join(f"{row},1\n" for row in rows)

    panel = read(text, time=tuple(header.split(","))).panel

    assert panel.clock.label(panel.clock.after(panel.times, 1)) == [following]


def test_a_weekly_clock_has_no_day_of_the_week_of_its_own():
    panel = read("day,y\n2024-01-05,1\n2024-01-12,2\n2024-01-19,3\n2024-02-02,5\n").panel

    assert labels(panel) == ["2024-01-05", "2024-01-12", "2024-01-19", "2024-01-26", "2024-02-02"]


def test_the_form_of_time_that_the_config_names_is_the_only_one():
    with pytest.raises(DataError, match=r'"2024-01-05" is not a time of the form %d.%m.%Y, as data.time_format says'):
        read(WIDE, target=("a",), time_format="%d.%m.%Y")


def test_a_form_of_time_with_an_unknown_directive_is_a_mistake_of_the_config():
    with pytest.raises(ConfigError, match=r'data.time_format: "%Q" has a directive that is not known'):
        forms.read(["2024"], "%Q")


def test_a_column_that_is_no_time_is_refused():
    with pytest.raises(DataError, match=r'stdin:2: column kind: "x" reads as no time; set data.time_format'):
        read(WIDE, target=("a",), time=("kind",))


def test_one_date_far_off_does_not_make_a_table_of_nothing():
    rows = "".join(f"2024-01-05 {hour:02d}:00,{hour}\n" for hour in range(24))

    with pytest.raises(
        DataError, match=r'stdin:26: from "2024-01-05 23:00" to "2204-01-06 00:00" are 1577833 steps of 1 hour'
    ):
        read("day,y\n" + rows + "2204-01-06 00:00,24\n")


@pytest.mark.parametrize(
    ("every", "by", "values"),
    [("1d", "sum", [3.0, 7.0]), ("1d", "first", [1.0, 3.0]), ("1d", "last", [2.0, 4.0]), ("1d", "max", [2.0, 4.0]),
     ("12h", "min", [1.0, 2.0, 3.0, 4.0])],
)  # fmt: skip
def test_rows_are_gathered_into_steps(every, by, values):
    text = "day,y\n2024-01-05 09:01,1\n2024-01-05 17:30,2\n2024-01-06 09:02,3\n2024-01-06 17:44,4\n"

    assert read(text, resample=Resample(every=every, by=by)).panel.values.tolist() == values


def test_months_are_gathered_from_days():
    text = "day,y\n" + "".join(f"{day},1\n" for day in np.arange("2024-01-15", "2024-04-10", dtype="datetime64[D]"))

    panel = read(text, resample=Resample(every="1mo", by="sum")).panel

    assert panel.values.tolist() == [17, 29, 31, 9]
    assert labels(panel) == ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]


def test_steps_cannot_be_gathered_into_hours():
    with pytest.raises(DataError, match=r"data.resample: the table counts steps, and data.resample.every is 1h"):
        read("day,y\n1,1\n2,2\n", resample=Resample(every="1h"))


def test_days_labelled_in_utc_are_local_days_in_their_zone():
    text = "day,y\n2024-03-29T23:00Z,1\n2024-03-30T23:00Z,2\n2024-03-31T22:00Z,3\n2024-04-01T22:00Z,4\n"

    panel = read(text, timezone="Europe/Berlin").panel

    assert panel.clock.describe() == "1 day"
    assert panel.times.astype("datetime64[D]").astype(str).tolist() == [
        "2024-03-30",
        "2024-03-31",
        "2024-04-01",
        "2024-04-02",
    ]


def test_holes_are_described_with_the_longest_and_where_it_lies():
    panel = read("day,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-13,9\n2024-01-14,9\n").panel

    assert str(holes(panel)) == "1 hole of 5 steps, the longest 5 (2024-01-08 to 2024-01-12)"
    assert holes(panel, newest=2).count == 0
    assert holes(panel, newest=3).count == 1


def test_a_last_value_after_a_long_hole_is_not_judged():
    old = "".join(f"2020-01-{day:02d},{day}\n" for day in range(1, 15))

    assert not any("proportion" in note for note in read(f"day,y\n{old}2024-01-05,9000\n").notes)


def test_a_sha256_of_the_file_goes_with_the_table():
    assert read(WIDE, target=("a",)).sha256 == __import__("hashlib").sha256(WIDE.encode()).hexdigest()


def test_a_forecast_of_ours_is_refused_with_the_table_it_came_from(tmp_path):
    path = tmp_path / "prices.forecast.csv"
    path.write_text("day,forecast,lower_80,upper_80,status\n2024-01-05,1,0,2,ok\n")

    with pytest.raises(DataError, match=r'is a forecast, made from "prices.csv", not a table of values'):
        read_table(DataConfig(path=str(path), time=("day",), target=("forecast",)))
    with pytest.raises(DataError, match=r'is a forecast, made from "prices.csv"'):
        profile(str(path))


def test_a_table_with_columns_like_ours_is_read():
    assert read("day,forecast,status\n2024-01-05,1,a\n2024-01-06,2,b\n2024-01-07,3,c\n", target=("forecast",)).rows == 3


def test_small_tables_are_read_without_pandas():
    code = (
        "import sys; from forecaster.series.tables import read_table; from forecaster.config.data import DataConfig;"
        "read_table(DataConfig(path='-', target=('y',)), content=b'y\\n1\\n2\\n3\\n');"
        "print('pandas' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


cells = st.sampled_from(
    ["1", "2.5", "", "NA", "x", '"', '"1"', "2024-01-05", "2024-01-06", "05.01.2024", "1e999", "\0", ";", "é"]
)
tables = st.lists(st.lists(cells, min_size=1, max_size=3).map(",".join), max_size=6).map("\n".join)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(tables.map(lambda rows: f"day,y\n{rows}".encode()), st.binary(max_size=60)))
def test_whatever_a_file_holds_the_mistake_is_one_that_a_user_can_mend(content):
    try:
        table = read(content)
    except ForecasterError as error:
        assert all("\n" not in line for line in error.lines())  # noqa: PT017
    else:
        assert np.isfinite(table.panel.values[table.panel.offsets[:-1]]).all()


def test_a_profile_tells_time_numbers_and_texts():
    found = profile("stdin", content=WIDE.encode())

    assert (found.time, found.time_form, found.numbers, found.texts) == (("day",), "%Y-%m-%d", ("a", "b"), ("kind",))
    assert found.rows == 3
    assert found.id is None


def test_a_profile_finds_the_column_that_tells_series_apart():
    rows = "".join(f"2024-01-{day:02d},{name},note,{day}\n" for name in ("a", "b", "c") for day in range(1, 15))

    assert profile("stdin", content=f"day,shop,remark,y\n{rows}".encode()).id == "shop"


def test_a_profile_finds_the_parts_of_a_time():
    rows = "".join(f"2024,1,5,{hour},{hour}\n" for hour in range(20))

    found = profile("stdin", content=f"year,month,day,hour,y\n{rows}".encode())

    assert found.time == ("year", "month", "day", "hour")
    assert found.numbers == ("y",)


def test_a_profile_finds_decimal_commas():
    found = profile("stdin", content=b"day;y\n2024-01-05;1,5\n2024-01-06;2,5\n")

    assert (found.decimal, found.numbers) == (",", ("y",))


def test_a_profile_of_a_file_without_a_header_is_refused():
    with pytest.raises(DataError, match=r'stdin:1: the first line looks like data: "2024-01-05,1"'):
        profile("stdin", content=b"2024-01-05,1\n2024-01-06,2\n")


def test_a_profile_below_title_lines_is_refused():
    with pytest.raises(DataError, match=r"stdin:2: 2 fields, and 1 on the line above .*data.skip_lines: 1"):
        profile("stdin", content=b"Prices\nday,y\n2024-01-05,1\n")
