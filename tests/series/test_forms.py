"""Forms of moments: read strictly, written as the file writes them, and found from its cells."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import ConfigError
from forecaster.series import forms
from forecaster.series.timestamps import candidates, likely_unit, number_form, reads_as_time

HOUR = 3_600_000_000


def moment(text, form):
    """What one text says, or None where it is not of the form."""
    read = forms.read([text], form)
    return None if read.bad[0] else str(read.times.astype("datetime64[us]").astype("datetime64[s]")[0])


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("5/3/2024", "%d/%m/%Y", "2024-03-05T00:00:00"),
        ("2024-060", "%Y-%j", "2024-02-29T00:00:00"),
        ("2024Q3", "%YQ%q", "2024-07-01T00:00:00"),
        ("05-Mar-68", "%d-%b-%y", "2068-03-05T00:00:00"),
        ("05-Mar-69", "%d-%b-%y", "1969-03-05T00:00:00"),
        ("5 march 2024", "%d %B %Y", "2024-03-05T00:00:00"),
        ("Tue 2024-03-05", "%a %Y-%m-%d", "2024-03-05T00:00:00"),
        ("12:30 AM 2024-03-05", "%I:%M %p %Y-%m-%d", "2024-03-05T00:30:00"),
        ("12:30 pm 2024-03-05", "%I:%M %p %Y-%m-%d", "2024-03-05T12:30:00"),
        ("100% 2024", "100%% %Y", "2024-01-01T00:00:00"),
        ("2024-02-29", "%Y-%m-%d", "2024-02-29T00:00:00"),
        ("23:59:59 2024", "%H:%M:%S %Y", "2024-01-01T23:59:59"),
    ],
)
def test_a_text_of_the_form_is_a_moment(text, form, expected):
    assert moment(text, form) == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2023-02-29", "%Y-%m-%d"),
        ("2024-13-01", "%Y-%m-%d"),
        ("2024-00-01", "%Y-%m-%d"),
        ("2024-01-00", "%Y-%m-%d"),
        ("2024Q5", "%YQ%q"),
        ("2024Q0", "%YQ%q"),
        ("2023-366", "%Y-%j"),
        ("2024-000", "%Y-%j"),
        ("13:00 PM 2024", "%I:%M %p %Y"),
        ("0:00 AM 2024", "%I:%M %p %Y"),
        ("24:00 2024", "%H:%M %Y"),
        ("23:60 2024", "%H:%M %Y"),
        ("1599", "%Y"),
        ("2262", "%Y"),
        ("5-Mrz-2024", "%d-%b-%Y"),
        ("2024-01-01 ", "%Y-%m-%d"),
        ("٢٠٢٤", "%Y"),
    ],
)
def test_a_day_or_an_hour_that_does_not_exist_is_no_moment(text, form):
    assert moment(text, form) is None


@pytest.mark.parametrize(
    ("text", "hours"), [("Z", 0), ("+00:00", 0), ("+05:45", 5.75), ("-0330", -3.5), ("+02", 2)]
)  # fmt: skip
def test_an_offset_is_read_as_the_time_ahead_of_utc(text, hours):
    read = forms.read([f"2024-01-01T12:00{text}"], "%Y-%m-%dT%H:%M%z")

    assert read.offsets.tolist() == [hours * HOUR]


def test_decimals_of_a_second_beyond_the_sixth_are_dropped():
    read = forms.read(["00:00:00.123456789 2024", "00:00:00.5 2024"], "%H:%M:%S.%f %Y")

    assert (read.times % 1_000_000).tolist() == [123_456, 500_000]


def test_a_field_has_a_leading_zero_everywhere_or_nowhere():
    read = forms.read(["2024-01-09", "2024-01-1", "2024-01-08"], "%Y-%m-%d")

    assert read.bad.tolist() == [False, True, False]


def test_where_most_fields_lack_their_zero_one_that_has_it_is_the_odd_one():
    read = forms.read(["1/2/2024", "2/2/2024", "03/2/2024"], "%d/%m/%Y")

    assert read.bad.tolist() == [False, False, True]
    assert read.short == {"d", "m"}


@pytest.mark.parametrize("form", ["%Q", "%Y-%", "%-", "% d", "%10f"])
def test_a_directive_that_is_not_known_is_named(form):
    with pytest.raises(ConfigError, match=r"has a directive that is not known: .*; use %Y %m %d"):
        forms.pieces(form)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d %H:%M:%S", "2024-03-05 15:07:09"),
        ("%-d.%-m.%y", "5.3.24"),
        ("%A, %B %-d, %Y", "Tuesday, March 5, 2024"),
        ("%a %b %d %-I:%M %p", "Tue Mar 05 3:07 PM"),
        ("%YQ%q", "2024Q1"),
        ("%Y-%j", "2024-065"),
        ("%S.%f", "09.012345"),
        ("%S.%3f", "09.012"),
        ("%S.%9f", "09.012345000"),
        ("100%%", "100%"),
    ],
)
def test_a_moment_is_written_under_its_form(form, text):
    at = np.datetime64("2024-03-05T15:07:09.012345", "us")

    assert forms.write(int(at.astype(np.int64)), form) == text


@pytest.mark.parametrize(
    ("hours", "plain", "colon"), [(0, "+0000", "+00:00"), (5.75, "+0545", "+05:45"), (-3.5, "-0330", "-03:30")]
)
def test_an_offset_is_written_with_its_sign(hours, plain, colon):
    assert forms.write(0, "%z %:z", int(hours * HOUR)) == f"{plain} {colon}"


def test_only_the_fields_that_lack_their_zero_are_written_without_it():
    assert forms.unpadded("%d/%m/%Y 100%%", frozenset("d")) == "%-d/%m/%Y 100%%"


days = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001


@given(
    day=days,
    form=st.sampled_from(
        ["%Y-%m-%dT%H:%M:%S.%f", "%d %B %Y %I:%M:%S.%f %p", "%-d.%-m.%Y %-H:%M:%S.%6f", "%Y-%j %H%M%S.%f",
         "%b %d, %Y %H:%M:%S.%9f", "%A %Y/%m/%d %H:%M:%S.%f"]
    ),
)  # fmt: skip
def test_what_a_form_writes_it_reads(day, form):
    at = int(np.datetime64(day, "us").astype(np.int64))

    read = forms.read([forms.write(at, form)], form.replace("%-", "%"))

    assert read.times.tolist() == [at]
    assert not read.bad.any()


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("2024-03-05", ("%Y-%m-%d",)),
        ("2024.3.5", ("%Y.%m.%d",)),
        ("03/05/2024", ("%d/%m/%Y", "%m/%d/%Y")),
        ("5.3.24", ("%d.%m.%y",)),
        ("05-03-24", ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d")),
        ("03/2024", ("%m/%Y",)),
        ("2024-Mar", ("%Y-%b",)),
        ("2024 Q1", ("%Y Q%q",)),
        ("20240305T1507", ("%Y%m%dT%H%M",)),
        ("2024-03-05T15", ("%Y-%m-%dT%H",)),
        ("2024-03-05 15:07:09.25 +01", ("%Y-%m-%d %H:%M:%S.%2f %z",)),
        ("2024-03-05T15:07Z", ("%Y-%m-%dT%H:%MZ",)),
        ("5 May 2024", ("%d %b %Y", "%d %B %Y")),
        ("2024-W10", ()),
        ("Q1 2024", ()),
        ("2024-03/05", ()),
        ("2024-03-05 3:07:09.5 PM", ()),
    ],
)
def test_a_cell_names_every_form_that_may_be_meant(cell, found):
    assert candidates(cell) == found


@pytest.mark.parametrize(
    ("cells", "name", "form"),
    [
        (["2023", "2024"], "year", "%Y"),
        (["2023", "2024"], "sales", ""),
        (["1899", "1900"], "year", ""),
        (["202311", "202312"], "date", "%Y%m"),
        (["202312", "202313"], "date", ""),
        (["20240229"], "date", "%Y%m%d"),
        (["2024022923"], "date", "%Y%m%d%H"),
        (["202402292359"], "date", "%Y%m%d%H%M"),
        (["20240229235959"], "date", "%Y%m%d%H%M%S"),
        (["2024", "20240229"], "date", ""),
    ],
)
def test_numbers_are_compact_dates_only_where_every_one_of_them_is_a_day(cells, name, form):
    assert number_form(cells, name) == form


@pytest.mark.parametrize(
    ("first", "unit"),
    [(1_700_000_000, "s"), (1_700_000_000_000, "ms"), (1_700_000_000_000_000, "us"), (600_000_000, None), (12, None)],
)
def test_the_unit_of_numbers_since_1970_is_told_by_their_range(first, unit):
    assert likely_unit(np.array([first, first + 1])) == unit


@pytest.mark.parametrize(
    ("cells", "name", "form"),
    [
        (["20240305", "20240306"], "date", "%Y%m%d"),
        (["20240305", "20240306"], "customer", None),
        (["1700000000"], "ts", "s"),
        (["1700000000"], "customer", None),
        (["13/05/2024", "05/13/2024"], "date", None),
        (["2024-03-05", "n/a"], "date", None),
        (["", ""], "date", None),
        (["05/13/2024", "", "05/14/2024"], "date", "%m/%d/%Y"),
    ],
)
def test_a_column_reads_as_time_only_where_every_filled_cell_does(cells, name, form):
    assert reads_as_time(cells, name) == form
