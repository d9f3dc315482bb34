"""One clock: its words, its labels, what it takes for a moment, and its cycles."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import DataError, RunError, UsageError
from forecaster.series.clock import Clock, find_clock, numbered
from forecaster.series.ticks import DAY, days_of_months, has_offset, is_utc

HOUR = DAY // 24
MINUTE = HOUR // 60
BERLIN = "Europe/Berlin"


def moments(*texts):
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (Clock("step", 1), "1 step"),
        (Clock("step", 5), "5 in the numbers of the steps"),
        (Clock("weekday", 2), "2 business days"),
        (Clock("month", 2, 31), "2 months (last day)"),
        (Clock("month", 6), "2 quarters"),
        (Clock("month", 24), "2 years"),
        (Clock("fixed", 14 * DAY), "2 weeks"),
        (Clock("fixed", 10 * DAY), "10 days"),
        (Clock("fixed", 90 * MINUTE), "90 minutes"),
        (Clock("fixed", 36 * HOUR), "36 hours"),
        (Clock("fixed", 1_000_000), "1 second"),
        (Clock("fixed", 250_000), "250 milliseconds"),
        (Clock("fixed", 1), "1 microsecond"),
    ],
)
def test_a_step_is_said_in_the_largest_unit_that_divides_it(clock, words):
    assert clock.describe() == words


@pytest.mark.parametrize(
    ("clock", "daylong"),
    [
        (Clock("weekday", 1), True),
        (Clock("month", 1), True),
        (Clock("fixed", 2 * DAY), True),
        (Clock("fixed", 36 * HOUR), False),
        (Clock("fixed", HOUR), False),
        (Clock("step", 1), False),
    ],
)
def test_only_whole_days_are_kept_as_local_time(clock, daylong):
    assert clock.daylong is daylong


@pytest.mark.parametrize(
    ("clock", "last", "expected"),
    [
        (Clock("month", 1, 31), "2023-01-31", ["2023-02-28", "2023-03-31", "2023-04-30"]),
        (Clock("month", 1, 30), "2024-01-30", ["2024-02-29", "2024-03-30", "2024-04-30"]),
        (Clock("month", 3, 15), "2024-11-15", ["2025-02-15", "2025-05-15", "2025-08-15"]),
        (Clock("month", 12, 29), "2024-02-29", ["2025-02-28", "2026-02-28", "2027-02-28"]),
        (Clock("weekday", 2), "2024-03-07", ["2024-03-11", "2024-03-13", "2024-03-15"]),
        (Clock("weekday", 1), "2024-03-09", ["2024-03-11", "2024-03-12", "2024-03-13"]),
        (Clock("fixed", 7 * DAY), "2024-02-26", ["2024-03-04", "2024-03-11", "2024-03-18"]),
    ],
)
def test_what_follows_keeps_the_rhythm(clock, last, expected):
    assert clock.after(moments(last), 3).astype("datetime64[D]").astype(str).tolist() == expected


def test_what_follows_keeps_the_hour_of_a_business_day():
    assert Clock("weekday", 1).after(moments("2024-03-08T17:30"), 1) == np.datetime64("2024-03-11T17:30")


@pytest.mark.parametrize("clock", [Clock("step", 2), Clock("fixed", HOUR), Clock("weekday", 1), Clock("month", 1, 31)])
def test_nothing_follows_where_nothing_is_asked_for(clock):
    times = np.array([4, 6]) if clock.kind == "step" else moments("2024-01-31")

    assert len(clock.after(times, 0)) == 0


@pytest.mark.parametrize(
    ("clock", "label"),
    [
        (Clock("fixed", HOUR), "2024-07-01T10:00:00"),
        (Clock("fixed", HOUR, form="%d.%m.%Y %H Uhr"), "01.07.2024 10 Uhr"),
        (Clock("fixed", HOUR, zone=BERLIN, form="%Y-%m-%d %H:%M"), "2024-07-01 12:00"),
        (Clock("fixed", HOUR, zone=BERLIN, form="%Y-%m-%dT%H:%M%z"), "2024-07-01T12:00+0200"),
        (Clock("fixed", HOUR, zone=BERLIN, form="%Y-%m-%dT%H:%MZ"), "2024-07-01T10:00Z"),
        (Clock("fixed", HOUR, zone=BERLIN, form="s"), "1719828000"),
        (Clock("fixed", HOUR, form="ms"), "1719828000000"),
        (Clock("fixed", HOUR, form="us"), "1719828000000000"),
        (Clock("fixed", DAY, zone=BERLIN, form="s"), "1719820800"),
    ],
)
def test_a_moment_is_labelled_as_the_file_writes_it(clock, label):
    """10:00 of UTC, or for days 10:00 in Berlin, which is 08:00 of UTC."""
    assert clock.label(moments("2024-07-01T10:00")) == [label]


recent = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2037, 1, 1))  # noqa: DTZ001
zones = st.sampled_from([None, "UTC", "Asia/Kathmandu"])  # zones whose hours never come twice
written = st.sampled_from(
    ["", "s", "ms", "us", "%Y-%m-%dT%H:%M:%S", "%-d/%-m/%Y %-I:%M:%S %p", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S%:z",
     "%Y-%m-%dT%H:%M:%SZ", "%b %d, %Y %H:%M:%S"]
)  # fmt: skip


@given(start=recent, zone=zones, form=written, every=st.sampled_from([MINUTE, HOUR, DAY]))
def test_a_clock_takes_its_own_label_for_the_moment_that_it_names(start, zone, form, every):
    offset = form.endswith("z")
    clock = Clock("fixed", every, zone=zone or ("UTC" if offset else None), form=form)
    moment = moments(start).astype("datetime64[s]").astype("datetime64[us]")

    assert clock.parse(clock.label(moment)[0]) == moment[0]


@given(step=st.integers(-(10**17), 10**17), form=st.sampled_from(["", ".0", "."]))
def test_a_clock_of_steps_takes_its_own_label_for_the_step(step, form):
    clock = Clock("step", 1, form=form)

    assert clock.parse(clock.label(np.array([step]))[0]) == step


@pytest.mark.parametrize("text", ["--5", "5-", "1.5", "", "9" * 25, "five", "5.0"])
def test_what_is_no_whole_number_is_not_a_step(text):
    with pytest.raises(UsageError, match="is not a step; the table counts steps; give a whole number"):
        Clock("step", 1).parse(text)


def test_a_cutoff_in_numbers_since_1970_may_still_be_a_year():
    assert Clock("fixed", HOUR, form="s").parse("2024") == np.datetime64("2024-01-01")


@pytest.mark.parametrize("text", ["17000000000000", "1.5e9", "1700000000.5", "2024-02-30", "24:00", ""])
def test_a_number_that_is_no_moment_since_1970_is_refused_as_a_cutoff(text):
    with pytest.raises(UsageError, match="is not a moment of this table; write it as the table does"):
        Clock("fixed", HOUR, zone=BERLIN, form="s").parse(text)


@pytest.mark.parametrize(
    ("clock", "text", "moment"),
    [
        (Clock("fixed", HOUR, zone=BERLIN), "2024-07-01T10:00Z", "2024-07-01T10:00"),
        (Clock("fixed", HOUR, zone=BERLIN), "2024-07-01T10:00", "2024-07-01T08:00"),
        (Clock("fixed", DAY, zone=BERLIN), "2024-07-01", "2024-07-01"),
        (Clock("fixed", DAY, zone=BERLIN), "2024-06-30T22:00Z", "2024-07-01"),
        (Clock("fixed", HOUR, zone=BERLIN, form="%Y-%m-%d %H:%M%:z"), "2024-07-01 10:00+05:00", "2024-07-01T05:00"),
        (Clock("fixed", HOUR, zone=BERLIN), "2024-10-27T02:30", "2024-10-27T00:30"),
        (Clock("month", 3, 1, form="%YQ%q"), "2024Q2", "2024-04-01"),
        (Clock("month", 3, 1, form="%YQ%q"), " 2024-05 ", "2024-05-01"),
        (Clock("fixed", MINUTE), "2024-07-01T10:00:30.5", "2024-07-01T10:00:30.5"),
    ],
)
def test_a_cutoff_is_taken_as_the_clock_counts(clock, text, moment):
    assert clock.parse(text) == np.datetime64(moment)


@pytest.mark.parametrize(
    "change",
    [{"every": 1.5}, {"every": -1}, {"anchor": "x"}, {"kind": "day"}, {"form": None}, {"more": 1}],
    ids=lambda change: next(iter(change)),
)
def test_a_clock_of_which_one_thing_is_damaged_is_refused(change):
    with pytest.raises(RunError, match="is not a clock; train the run again"):
        Clock.from_dict(Clock("fixed", HOUR).to_dict() | change)


@pytest.mark.parametrize(
    ("form", "utc", "offset"),
    [("%Y-%m-%dT%H:%MZ", True, False), ("s", True, False), ("%H:%M%:z", False, True), ("%H:%M", False, False)],
)
def test_a_form_tells_whether_it_names_instants(form, utc, offset):
    assert (is_utc(form), has_offset(form)) == (utc, offset)


def test_the_anchor_is_cut_to_the_length_of_the_month():
    months = np.array(["2023-02", "2024-02", "2024-04", "2024-05"], dtype="datetime64[M]")

    assert days_of_months(months, 31).astype(str).tolist() == ["2023-02-28", "2024-02-29", "2024-04-30", "2024-05-31"]
    assert days_of_months(months, 0).astype(str).tolist()[:1] == ["2023-02-01"]


@pytest.mark.parametrize(
    ("clock", "times", "steps"),
    [
        (Clock("fixed", DAY), ("2024-01-01", "2024-01-04", "2024-01-04T12:00"), [0, 3, -1]),
        (Clock("month", 1, 15), ("2024-01-15", "2024-04-15", "2024-05-16"), [0, 3, -1]),
        (Clock("month", 3, 1), ("2024-01-01", "2024-03-01", "2024-07-01"), [0, -1, 2]),
        (Clock("weekday", 1), ("2024-01-05", "2024-01-06", "2024-01-08"), [0, -1, 2]),
        (Clock("weekday", 1), ("2024-01-05T17:00", "2024-01-08T18:00"), [0, -1]),
    ],
)
def test_a_moment_off_the_clock_has_no_step(clock, times, steps):
    assert numbered(clock, moments(*times).astype(np.int64)).tolist() == steps


def test_no_moments_have_no_steps():
    assert numbered(Clock("fixed", DAY), np.zeros(0, dtype=np.int64)).tolist() == []


@pytest.mark.parametrize(
    ("times", "form", "words"),
    [
        (("2024-01-01", "2024-02-01", "2024-04-01"), "%Y-%m", "1 month"),
        (("2024-01-30", "2024-02-29", "2024-03-30"), "%Y-%m-%d", "1 month"),
        (("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"), "%Y-%m-%d", "1 day"),
        (("2024-01-01T12:00", "2024-02-01T12:00", "2024-03-01T12:00"), "%Y-%m-%d %H:%M", "1 month"),
        (("2024-01-01", "2024-03-01", "2024-05-01"), "%Y-%m-%d", "2 months"),
    ],
)
def test_the_rhythm_of_a_table_is_the_plainest_that_fits(times, form, words):
    assert find_clock(moments(*times), freq=None, zone=None, form=form).describe() == words


@pytest.mark.parametrize("freq", ["1h", "1d", "1mo"])
def test_a_column_that_counts_steps_has_no_step_in_time(freq):
    with pytest.raises(DataError, match=f"the time column counts steps, but data.freq is {freq}; leave data.freq out"):
        find_clock(np.array([1, 2, 3]), freq=freq, zone=None, form="")


def test_numbers_that_are_not_in_step_are_refused_with_the_first_of_them():
    with pytest.raises(DataError, match=r'2 of 6 moments do not fit .* step, 10, the first "35"; number the rows'):
        find_clock(np.array([0, 10, 20, 30, 35, 45]), freq=None, zone=None, form="")


def test_one_step_alone_is_a_clock_that_counts_by_one():
    assert find_clock(np.array([7]), freq=None, zone=None, form="").every == 1
