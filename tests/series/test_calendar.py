"""What the calendar says of moments, within the table and beyond it."""

import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.covariates import CALENDAR
from forecaster.errors import ConfigError
from forecaster.series.calendar import columns, features, features_of, resolved
from forecaster.series.clock import Clock
from forecaster.series.zones import to_utc

HOUR = 3_600_000_000
DAY = 24 * HOUR
HOURS, DAYS = Clock("fixed", HOUR), Clock("fixed", DAY)
CLOCKS = {
    "half-hours": Clock("fixed", HOUR // 2),
    "hours of a zone": Clock("fixed", HOUR, zone="Europe/Berlin"),
    "days": DAYS,
    "days of a zone": Clock("fixed", DAY, zone="America/New_York"),
    "weeks": Clock("fixed", 7 * DAY),
    "business days": Clock("weekday", 1),
    "months": Clock("month", 1, 31),
    "quarters": Clock("month", 3, 1),
}
EVERY = ("minute", "hour", "weekday", "month", "week", "holiday:DE")


def moments(*texts):
    return np.array(texts, dtype="datetime64[us]")


def said(text, name, clock=HOURS):
    return features(moments(text), clock, [name])[0].tolist()


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
@settings(max_examples=20)
@given(steps=st.integers(1, 60), ahead=st.integers(1, 40))
def test_beyond_the_table_the_calendar_is_what_it_is_within(clock, steps, ahead):
    start = moments("2024-01-31")
    whole = np.concatenate([start, clock.after(start, steps + ahead)])
    table = whole[: steps + 1]

    beyond = features(clock.after(table, ahead), clock, EVERY)

    assert beyond.tobytes() == features(whole, clock, EVERY)[steps + 1 :].tobytes()


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("2024-03-05T06:00", "hour", [1, 0, 0, -1]),
        ("2024-03-05T00:00", "hour", [0, 1, 0, 1]),
        ("2024-03-05T06:30", "minute", [0, -1]),
        ("2024-03-05T06:45", "minute", [-1, 0]),
        ("2024-03-05", "weekday", [0, 1, 0, 0, 0, 0, 0]),
        ("1969-12-28", "weekday", [0, 0, 0, 0, 0, 0, 1]),
        ("2024-04-01", "month", [1, 0]),
        ("2024-07-01", "month", [0, -1]),
        ("2023-01-01", "week", [0, 1, 0, 1]),
        ("2024-07-02", "week", [0, -1, 0, 1]),
    ],
)
def test_a_moment_has_its_place_on_each_circle(text, name, expected):
    assert said(text, name) == pytest.approx(expected, abs=1e-6)


def test_midnight_is_next_to_the_last_minute_of_the_day():
    before, after, noon = (np.array(said(text, "hour")) for text in ("2024-01-01T23:59", "2024-01-02", "2024-01-02T12"))

    assert np.abs(before - after).max() < 0.01 < np.abs(noon - after).max()


def test_hours_are_those_of_the_wall_clock_of_the_zone():
    berlin = Clock("fixed", HOUR, zone="Europe/Berlin")
    local = moments("2024-01-15T06:00", "2024-07-15T06:00").astype(np.int64)
    instants = to_utc(local, "Europe/Berlin").early.astype("datetime64[us]")

    assert features(instants, berlin, ["hour"])[:, 0].tolist() == [1, 1]
    assert features(instants, HOURS, ["hour"])[:, 0].tolist() != [1, 1]


def test_a_holiday_is_one_where_it_is_one_and_on_the_local_day():
    assert said("2024-10-03", "holiday:DE") == [1]
    assert said("2024-10-04", "holiday:DE") == [0]
    assert said("2024-11-01", "holiday:DE-BY") == [1]
    assert said("2024-11-01", "holiday:DE-BE") == [0]
    melbourne = Clock("fixed", HOUR, zone="Australia/Melbourne")
    assert said("2024-01-25T13:00", "holiday:AU", melbourne) == [1]  # midnight of the 26th in Melbourne
    assert said("2024-01-25T12:00", "holiday:AU", melbourne) == [0]


def test_holidays_are_those_of_the_library():
    import holidays

    days = np.arange(np.datetime64("1995-01-01"), np.datetime64("2031-01-01"))
    scottish = holidays.country_holidays("GB", subdiv="SCT")
    expected = [date.fromisoformat(str(day)) in scottish for day in days]

    assert features(days.astype("datetime64[us]"), DAYS, ["holiday:GB-SCT"])[:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (Clock("fixed", HOUR // 4), ("hour", "weekday")),
        (HOURS, ("hour", "weekday")),
        (DAYS, ("weekday", "month")),
        (Clock("weekday", 1), ("weekday", "month")),
        (Clock("fixed", 7 * DAY), ("week",)),
        (Clock("month", 1), ("month",)),
        (Clock("month", 12), ()),
    ],
)
def test_auto_is_what_the_step_of_the_clock_suggests(clock, expected):
    assert resolved(["auto"], clock) == expected


def test_what_is_asked_for_twice_is_told_once():
    assert resolved(["hour", "auto", "holiday:DE"], HOURS) == ("hour", "weekday", "holiday:DE")


def test_every_feature_of_the_config_has_its_columns():
    names = [name for name in (*CALENDAR, "holiday:DE") if name != "auto"]

    told = features(moments("2024-03-05T06:45", "2025-01-01"), HOURS, names)

    assert told.shape == (2, len(columns(names)))
    assert len(set(columns(names))) == len(columns(names))
    assert features_of(["price", *columns(names), "week"]) == tuple(names)


def test_a_clock_that_counts_has_no_calendar():
    with pytest.raises(ConfigError, match=r"data\.calendar: the table counts steps, which have no hour; name a column"):
        resolved(["hour"], Clock("step", 1))
    assert resolved([], Clock("step", 1)) == ()


def test_a_country_that_is_not_known_is_refused():
    with pytest.raises(ConfigError, match=r'"XX" is no country whose holidays are known; write its two letters'):
        resolved(["holiday:XX"], DAYS)


def test_a_part_that_a_country_has_not_is_refused_with_those_it_has():
    with pytest.raises(ConfigError, match=r'"ZZ" is no part of DE whose holidays are known; those are BB, BE, BW'):
        resolved(["holiday:DE-ZZ"], DAYS)


def test_the_library_of_holidays_is_loaded_for_holidays_alone():
    program = (
        "import sys, numpy as np\n"
        "from forecaster.series import tables, flat, choice\n"
        "from forecaster.series.calendar import features, resolved\n"
        "from forecaster.series.clock import Clock\n"
        "clock = Clock('fixed', 3_600_000_000)\n"
        "features(np.array(['2024-01-01'], dtype='datetime64[us]'), clock, resolved(['auto', 'month'], clock))\n"
        "sys.exit('holidays' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
