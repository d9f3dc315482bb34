"""The clock: steps, next moments, labels and seasons."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.errors import ConfigError, DataError, RunError, UsageError
from forecaster.series import forms
from forecaster.series.clock import Clock, find_clock, find_season
from forecaster.series.panel import Panel
from forecaster.series.ticks import DAY

HOUR = DAY // 24


def moments(*texts):
    return np.array(texts, dtype="datetime64[us]")


def found(*texts, freq=None, zone=None, form="%Y-%m-%d"):
    return find_clock(moments(*texts), freq=freq, zone=zone, form=form)


def following(clock, last, count):
    return clock.label(clock.after(moments(last), count))


def panel_of(values, clock):
    values = np.asarray(values, dtype=float)
    ends = np.array([0, len(values)])
    return Panel(values, ends, np.array([0]), ("y",), np.arange(len(values)), clock)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("2024-01-01", "2024-01-02", "2024-01-03"), "1 day"),
        (("2024-01-01", "2024-01-08", "2024-01-15"), "1 week"),
        (("2024-01-01T00:00", "2024-01-01T04:00", "2024-01-01T08:00"), "4 hours"),
        (("2024-01-01T00:00", "2024-01-01T00:10", "2024-01-01T00:20"), "10 minutes"),
        (("2024-01-01", "2024-02-01", "2024-03-01"), "1 month"),
        (("2024-01-31", "2024-02-29", "2024-03-31"), "1 month (last day)"),
        (("2024-03-31", "2024-06-30", "2024-09-30"), "1 quarter (last day)"),
        (("2021-01-01", "2022-01-01", "2023-01-01"), "1 year"),
        (("2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"), "1 business day"),
    ],
)
def test_the_step_is_found_and_said_in_words(texts, words):
    assert found(*texts).describe() == words


def test_one_gap_does_not_change_the_step():
    clock = found("2024-01-05", "2024-01-06", "2024-01-07", "2024-01-15", "2024-01-16")

    assert clock.describe() == "1 day"


def test_month_ends_and_leap_days_come_next():
    clock = found("2023-11-30", "2023-12-31", "2024-01-31")

    assert following(clock, "2024-01-31", 3) == ["2024-02-29", "2024-03-31", "2024-04-30"]


def test_business_days_skip_the_weekend():
    clock = Clock("weekday", 1, form="%Y-%m-%d")

    assert following(clock, "2024-03-01", 2) == ["2024-03-04", "2024-03-05"]


def test_quarters_keep_their_own_form():
    clock = found("2023-01-01", "2023-04-01", "2023-07-01", form="%YQ%q")

    assert following(clock, "2023-07-01", 2) == ["2023Q4", "2024Q1"]


def test_hours_in_a_zone_skip_the_hour_that_does_not_exist():
    clock = Clock("fixed", HOUR, zone="Europe/Berlin", form="%Y-%m-%d %H:%M")

    assert following(clock, "2024-03-31T00:00", 2) == ["2024-03-31 03:00", "2024-03-31 04:00"]


def test_hours_in_a_zone_repeat_the_hour_that_comes_twice_with_its_offset():
    clock = Clock("fixed", HOUR, zone="Europe/Berlin", form="%Y-%m-%dT%H:%M%:z")

    assert following(clock, "2024-10-26T23:00", 2) == ["2024-10-27T02:00+02:00", "2024-10-27T02:00+01:00"]


def test_days_in_a_zone_stay_at_their_local_hour_when_clocks_change():
    instants = moments("2024-03-28T23:00", "2024-03-29T23:00", "2024-03-30T23:00", "2024-03-31T22:00")
    clock = find_clock(instants, freq=None, zone="Europe/Berlin", form="%Y-%m-%dT%H:%MZ")

    assert clock.describe() == "1 day"
    assert following(clock, "2024-03-31T00:00", 2) == ["2024-03-31T22:00Z", "2024-04-01T22:00Z"]


def test_numbers_since_1970_are_written_back_as_numbers():
    clock = Clock("fixed", HOUR, form="s")

    assert following(clock, "1970-01-01T01:00", 1) == ["7200"]


def test_steps_are_counted_on():
    clock = find_clock(np.array([10, 12, 14, 20]), freq=None, zone=None, form="")

    assert clock.label(clock.after(np.array([20]), 2)) == ["22", "24"]


@pytest.mark.parametrize(
    ("clock", "span", "steps"),
    [
        (Clock("fixed", HOUR), "7d", 168),
        (Clock("fixed", DAY), "2w", 14),
        (Clock("month", 3), "2y", 8),
        (Clock("weekday", 1), "1w", 5),
    ],
)
def test_a_span_is_counted_in_steps(clock, span, steps):
    assert clock.steps(span) == steps


@pytest.mark.parametrize(
    ("clock", "span", "words"),
    [
        (Clock("fixed", DAY), "36h", '"36h" is not a whole number of steps of 1 day'),
        (Clock("step", 1), "7d", '"7d" is not a whole number of steps of 1 step'),
        (Clock("fixed", DAY), "1mo", '"1mo" is not a whole number of steps of 1 day'),
    ],
)
def test_a_span_that_is_no_whole_number_of_steps_is_refused(clock, span, words):
    with pytest.raises(ConfigError, match=words):
        clock.steps(span)


@pytest.mark.parametrize(
    ("clock", "seasons"),
    [
        (Clock("fixed", HOUR), (24, 168)),
        (Clock("fixed", HOUR // 2), (48, 336)),
        (Clock("fixed", DAY), (7, 365)),
        (Clock("fixed", 7 * DAY), (52,)),
        (Clock("fixed", HOUR // 60), (60, 1440, 10080)),
        (Clock("weekday", 1), (5, 261)),
        (Clock("month", 1), (12,)),
        (Clock("month", 3), (4,)),
        (Clock("month", 12), ()),
        (Clock("step", 1), ()),
    ],
)
def test_a_clock_suggests_the_cycles_of_people_and_weather(clock, seasons):
    assert tuple(s for s in clock.seasons() if s in seasons or not seasons) == seasons


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024", "2024-01-01"),
        ("2024-03", "2024-03-01"),
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T06:00", "2024-03-05T06:00"),
        ("2024-03-05 06:00", "2024-03-05T06:00"),
        ("5.3.2024", "2024-03-05"),
    ],
)
def test_a_cutoff_may_be_written_in_part_or_as_the_file_does(text, moment):
    assert Clock("fixed", HOUR, form="%-d.%-m.%Y").parse(text) == np.datetime64(moment)


def test_a_cutoff_in_a_zone_is_local():
    clock = Clock("fixed", HOUR, zone="Europe/Berlin", form="%Y-%m-%d %H:%M")

    assert clock.parse("2024-07-01 12:00") == np.datetime64("2024-07-01T10:00")


def test_a_cutoff_that_is_no_moment_is_refused():
    with pytest.raises(UsageError, match='"soon" is not a moment of this table'):
        Clock("fixed", HOUR).parse("soon")
    with pytest.raises(UsageError, match='"2024-01" is not a step'):
        Clock("step", 1).parse("2024-01")


def test_a_clock_survives_json():
    clock = Clock("month", 3, 31, "Europe/Berlin", "%Y-%m-%d")

    assert Clock.from_dict(clock.to_dict()) == clock


@pytest.mark.parametrize("saved", [{}, {"kind": "moon", "every": 1}, {"kind": "step", "every": 0}])
def test_a_damaged_clock_is_refused(saved):
    with pytest.raises(RunError, match="is not a clock"):
        Clock.from_dict(saved)


def test_a_frequency_that_the_config_names_must_fit_the_rows():
    with pytest.raises(DataError, match=r'1 of 3 moments do not fit data.freq 1b, the first "2024-01-06"'):
        found("2024-01-04", "2024-01-05", "2024-01-06", freq="1b")


def test_a_zone_that_does_not_exist_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match="did you mean Europe/Berlin"):
        found("2024-01-01", "2024-01-02", "2024-01-03", zone="Europe/Berln")


dates = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001
recent = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2037, 1, 1))  # noqa: DTZ001
minutes = st.integers(1, 10_000).map(lambda count: count * 60_000_000)
months = st.sampled_from([1, 2, 3, 12])
clocks = st.one_of(
    st.builds(Clock, st.just("fixed"), minutes, form=st.just("%Y-%m-%dT%H:%M:%S.%f")),
    st.builds(Clock, st.just("weekday"), st.just(1), form=st.just("%d/%m/%Y %-H:%M:%S.%f")),
    st.builds(Clock, st.just("month"), months, st.integers(1, 31), form=st.just("%b %d, %Y %H:%M:%S.%f")),
)  # fmt: skip


@settings(deadline=None)
@given(clock=clocks, start=dates)
def test_what_follows_rises_lies_on_the_clock_and_reads_back_as_written(clock, start):
    ahead = clock.after(np.array([start], dtype="datetime64[us]"), 8)

    assert (np.diff(ahead) > np.timedelta64(0, "us")).all()
    assert (clock.after(ahead[:1], 7) == ahead[1:]).all()
    assert (forms.read(clock.label(ahead), clock.form).times == ahead.astype(np.int64)).all()


@settings(deadline=None)
@given(clock=clocks, start=dates)
def test_the_clock_is_found_again_from_what_it_says(clock, start):
    ahead = clock.after(np.array([start], dtype="datetime64[us]"), 12)
    again = find_clock(ahead, freq=None, zone=None, form=clock.form)

    assert (again.after(ahead[:10], 2) == ahead[10:]).all() or (again.kind, clock.kind) == ("fixed", "weekday")


@settings(deadline=None)
@given(recent, st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]))
def test_local_labels_with_their_offset_name_the_same_instant(start, zone):
    clock = Clock("fixed", HOUR, zone=zone, form="%Y-%m-%dT%H:%M:%S.%f%:z")
    instants = np.array([start], dtype="datetime64[us]").astype(np.int64)
    read = forms.read(clock.label(instants.astype("datetime64[us]")), clock.form)

    assert read.offsets is not None
    assert (read.times - read.offsets == instants).all()


def test_a_weekly_cycle_is_confirmed_and_a_yearly_one_is_not():
    days = np.tile([5.0, 5, 5, 5, 5, 1, 1], 60)

    assert find_season(panel_of(days, Clock("fixed", DAY)), (7, 365)) == 7


def test_a_random_walk_has_no_season():
    walk = np.cumsum(np.random.default_rng(0).normal(size=2000))

    assert find_season(panel_of(walk, Clock("fixed", DAY)), (7, 365)) == 1
    assert find_season(panel_of(walk, Clock("step", 1)), ()) == 1


def test_a_trend_or_a_constant_has_no_season():
    assert find_season(panel_of(np.arange(400.0), Clock("fixed", DAY)), (7,)) == 1
    assert find_season(panel_of(np.full(400, 3.0), Clock("step", 1)), ()) == 1


def test_steps_that_swing_show_their_cycle():
    sine = np.sin(2 * np.pi * np.arange(600) / 40)

    assert find_season(panel_of(sine, Clock("step", 1)), ()) == 40


def test_a_series_too_short_for_its_cycle_has_no_season():
    assert find_season(panel_of([1.0, 2.0, 1.0, 2.0], Clock("month", 1)), (12,)) == 1


def test_holes_do_not_hide_a_season():
    days = np.tile([5.0, 5, 5, 5, 5, 1, 1], 60)
    days[50:60] = np.nan

    assert find_season(panel_of(days, Clock("fixed", DAY)), (7, 365)) == 7
