"""Local time and UTC where clocks change, and what is said of the hours that are missing or come twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.data import DataConfig, Resample
from forecaster.errors import ConfigError, DataError
from forecaster.series import zones
from forecaster.series.daylight import MEAN, advice
from forecaster.series.tables import read_table

HOUR = 3_600_000_000
BERLIN = "Europe/Berlin"


def at(*texts):
    return np.array(texts, dtype="datetime64[us]").astype(np.int64)


def shown(times):
    return times.astype("datetime64[us]").astype("datetime64[m]").astype(str).tolist()


def read(rows, **options):
    text = "time,y\n" + "".join(f"{row}\n" for row in rows)
    return read_table(DataConfig(path="t.csv", time=("time",), target=("y",), **options), content=text.encode())


def test_an_hour_that_comes_twice_has_two_instants():
    found = zones.to_utc(at("2024-10-27T02:30"), BERLIN)

    assert shown(found.early) == ["2024-10-27T00:30"]
    assert shown(found.late) == ["2024-10-27T01:30"]
    assert found.exists.all()


def test_an_hour_that_is_left_out_does_not_exist_and_goes_on_as_the_clock_was():
    found = zones.to_utc(at("2024-03-31T02:30"), BERLIN)

    assert not found.exists.any()
    assert shown(zones.to_local(found.early, BERLIN)) == ["2024-03-31T03:30"]


def test_any_other_hour_has_one_instant():
    found = zones.to_utc(at("2024-07-01T12:00", "2024-12-01T12:00"), BERLIN)

    assert shown(found.early) == shown(found.late) == ["2024-07-01T10:00", "2024-12-01T11:00"]


def test_half_an_hour_of_daylight_saving_is_known():
    found = zones.to_utc(at("2024-04-07T01:45"), "Australia/Lord_Howe")

    assert (found.late - found.early).tolist() == [HOUR // 2]


@given(
    second=st.integers(0, 2_100_000_000),
    name=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana"]),
)
def test_offsets_are_those_of_the_zone_database(second, name):
    from datetime import UTC, datetime

    expected = datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(name)).utcoffset()

    assert zones.offset_at(np.array([second * 1_000_000]), name).tolist() == [expected.total_seconds() * 1e6]


@given(second=st.integers(0, 2_100_000_000), name=st.sampled_from([BERLIN, "America/New_York", "Asia/Tehran"]))
def test_every_instant_is_one_of_the_two_that_its_local_time_names(second, name):
    instant = np.array([second * 1_000_000])

    back = zones.to_utc(zones.to_local(instant, name), name)

    assert instant[0] in (back.early[0], back.late[0])
    assert back.exists.all()


def test_no_times_have_no_offsets():
    nothing = np.zeros(0, dtype=np.int64)

    assert zones.to_local(nothing, BERLIN).tolist() == []
    assert zones.to_utc(nothing, BERLIN).early.tolist() == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berln", r"did you mean Europe/Berlin\?"),
        ("", "write a name such as Europe/Berlin or UTC"),
        ("/etc/passwd", "write a name such as"),
        ("../Berlin", "is not a time zone"),
        ("Nowhere", "is not a time zone"),
    ],
)
def test_a_name_that_is_no_zone_is_refused(name, hint):
    with pytest.raises(ConfigError, match=hint):
        zones.zone_of(name)


def hours(first, last, hole=None, twice=None):
    """Local hours from the first to the last, one left out, and one that comes twice."""
    times = np.arange(first, last, dtype="datetime64[h]").astype("datetime64[us]").astype(np.int64)
    return times[~np.isin(times, at(hole))] if hole else times, at(twice) if twice else at()


@pytest.mark.parametrize(
    ("hole", "twice", "zone"),
    [
        ("2024-03-31T02:00", "2024-10-27T02:00", BERLIN),
        ("2024-03-31T01:00", "2024-10-27T01:00", "Europe/London"),
        ("2024-03-10T02:00", "2024-11-03T01:00", "America/New_York"),
        ("2024-10-06T02:00", "2024-04-07T02:00", "Australia/Sydney"),
    ],
)
def test_the_first_zone_whose_clocks_change_on_these_days_is_proposed(hole, twice, zone):
    times, repeated = hours("2024-01-01", "2025-01-01", hole, twice)

    seen, hint, remedy = advice(times, repeated, "%Y-%m-%d %H:%M")

    assert seen.startswith(f'"{twice.replace("T", " ")}" comes twice and "{hole.replace("T", " ")}" is missing')
    assert hint == f"set data.timezone, such as {zone}"
    assert remedy.settings == (("data.timezone", zone),)


def test_hours_that_fit_no_zone_are_to_be_averaged():
    times, repeated = hours("2024-01-01", "2025-01-01", "2024-03-31T07:00", "2024-10-27T07:00")

    assert advice(times, repeated, "%Y-%m-%d %H:%M")[1] == MEAN


@pytest.mark.parametrize(
    ("hole", "twice"),
    [(None, ("2024-10-27T02:00",)), ("2024-10-26T02:00", ("2024-10-27T02:00",)),
     ("2024-03-31T02:00", ("2024-10-27T02:00", "2024-10-28T05:00"))],
    ids=["nothing is missing", "the hole lies near the repetition", "repetitions at other hours"],
)  # fmt: skip
def test_what_does_not_look_like_a_change_of_clocks_is_not_said_to_be_one(hole, twice):
    times, _ = hours("2024-01-01", "2025-01-01", hole)

    assert advice(times, at(*twice), "%Y-%m-%d %H:%M") is None


def test_days_that_come_twice_are_no_change_of_clocks():
    assert advice(at("2024-01-01", "2024-01-02", "2024-01-03"), at("2024-01-02"), "%Y-%m-%d") is None


def test_two_series_have_an_hour_that_comes_twice_each_on_their_own():
    rows = [f"2024-10-27 0{hour}:00,{name},{n}" for name in "ab" for n, hour in enumerate((1, 2, 2, 3))]
    text = "time,id,y\n" + "\n".join(rows) + "\n"
    config = DataConfig(path="t.csv", time=("time",), id="id", target=("y",), timezone=BERLIN)

    panel = read_table(config, content=text.encode()).panel

    assert panel.steps == 4
    assert panel.values.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]


def test_an_hour_that_does_not_exist_in_the_zone_is_refused_with_its_line():
    rows = [f"2024-03-31 0{hour}:00,1" for hour in range(5)]

    with pytest.raises(DataError, match=r'stdin:4: "2024-03-31 02:00" does not exist in Europe/Berlin; clocks went'):
        read(rows, timezone=BERLIN)


def spring(form="%Y-%m-%d %H:%M"):
    """Every local hour of Berlin from the 30th of March to the 2nd of April 2024: 24, 23, 24 and 24 of them."""
    instants = at("2024-03-29T23:00") + np.arange(95) * HOUR
    return [f"{text.replace('T', ' ')},1" for text in shown(zones.to_local(instants, BERLIN))]


@pytest.mark.parametrize("every", ["1d", "24h", "1440min"])
def test_days_gathered_from_local_hours_are_local_days_however_they_are_written(every):
    panel = read(spring(), timezone=BERLIN, resample=Resample(every=every, by="sum")).panel

    assert panel.values.tolist() == [24, 23, 24, 24]
    assert panel.clock.label(panel.times)[:2] == ["2024-03-30 00:00", "2024-03-31 00:00"]


@pytest.mark.parametrize(
    ("every", "values"), [("1w", [47, 48]), ("1mo", [47, 48]), ("1b", [47, 24, 24])], ids=["week", "month", "business"]
)
def test_weeks_and_months_in_a_zone_begin_at_local_midnight(every, values):
    """The 30th and 31st of March 2024 were a weekend, which belongs to the Friday before."""
    panel = read(spring(), timezone=BERLIN, resample=Resample(every=every, by="sum")).panel

    assert panel.values.tolist() == values


def test_hours_gathered_in_a_zone_are_steps_of_utc():
    panel = read(spring(), timezone=BERLIN, resample=Resample(every="12h", by="sum")).panel

    assert panel.clock.daylong is False
    assert np.unique(np.diff(panel.times)).tolist() == [np.timedelta64(12, "h")]


def test_days_in_a_zone_are_local_days_without_any_conversion():
    panel = read(["2024-03-30,1", "2024-03-31,2", "2024-04-01,3"], timezone=BERLIN).panel

    assert (panel.clock.zone, panel.clock.describe()) == (BERLIN, "1 day")
    assert panel.clock.label(panel.future(1)[0]) == ["2024-04-02"]


def test_offsets_of_zero_need_no_zone_and_mean_utc():
    panel = read([f"2024-01-01T0{hour}:00+00:00,{hour}" for hour in range(4)]).panel

    assert panel.clock.zone == "UTC"
    assert panel.clock.label(panel.future(1)[0]) == ["2024-01-01T04:00+00:00"]
