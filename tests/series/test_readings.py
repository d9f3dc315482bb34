"""Tables that allow two readings are not read in one of them."""

import numpy as np
import pytest

from forecaster.config.data import DataConfig
from forecaster.errors import DataError
from forecaster.series.choice import choose
from forecaster.series.clock import Clock, find_clock
from forecaster.series.tables import read_table


def table(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    return path


def test_a_comma_before_three_digits_everywhere_is_not_guessed(tmp_path):
    days = "".join(f"2024-01-{day:02};1,{day:03}\n" for day in range(1, 31))

    with pytest.raises(
        DataError, match=r't\.csv:2: column y: "1,001" has two readings.*data\.decimal.*data\.thousands'
    ):
        choose(table(tmp_path, f"date;y\n{days}"))


@pytest.mark.parametrize(("key", "first"), [("decimal", 1.001), ("thousands", 1001.0)])
def test_either_reading_can_be_asked_for(tmp_path, key, first):
    days = "".join(f"2024-01-{day:02};1,{day:03}\n" for day in range(1, 31))
    choice = choose(table(tmp_path, f"date;y\n{days}"), overrides=[f"data.{key}=','"])

    assert read_table(choice.config.data).panel.values[0] == first


def test_a_comma_that_can_only_be_a_decimal_one_is_read_as_such(tmp_path):
    days = "".join(f"2024-01-{day:02};1,{day}\n" for day in range(1, 31))

    assert choose(table(tmp_path, f"date;y\n{days}")).config.data.decimal == ","


@pytest.mark.parametrize("cells", [range(45_492, 45_292, -1), [f"2015-W{week:02}" for week in range(52, 1, -1)]])
def test_a_column_called_date_that_is_not_understood_is_refused_and_not_dropped(tmp_path, cells):
    rows = "".join(f"{cell},{number}\n" for number, cell in enumerate(cells))

    with pytest.raises(DataError, match=r't\.csv: date: column "date" is called like a time'):
        choose(table(tmp_path, f"date,y\n{rows}"))


@pytest.mark.parametrize("every", [2, 3])
def test_every_second_or_third_business_day_is_a_clock_of_business_days(every):
    days = np.busday_offset("2024-01-01", np.arange(60) * every, roll="forward").astype("datetime64[us]")

    clock = find_clock(days, freq=None, zone=None, form="%Y-%m-%d")

    assert (clock.kind, clock.every) == ("weekday", every)
    assert np.is_busday(clock.after(days, 20).astype("datetime64[D]")).all()


def test_one_weekday_of_every_week_is_a_weekly_clock():
    days = np.arange("2024-01-03", "2025-01-01", 7, dtype="datetime64[D]").astype("datetime64[us]")

    assert find_clock(days, freq=None, zone=None, form="%Y-%m-%d") == Clock(
        "fixed", 7 * 86_400_000_000, form="%Y-%m-%d"
    )


def test_a_moment_of_an_epoch_clock_is_written_as_the_table_does():
    clock = Clock("fixed", 3_600_000_000, form="s")

    assert clock.parse("1704596400") == np.datetime64("2024-01-07T03:00", "us")
    assert clock.label(np.array([clock.parse("1704596400")])) == ["1704596400"]


def test_a_cell_with_two_readings_is_told_with_both():
    data = DataConfig(path="/t.csv", time=("date",), target=("y",))
    text = "date;y\n" + "".join(f"2024-01-{day:02};1,{day:03}\n" for day in range(1, 31))

    with pytest.raises(DataError, match=r'"1,001" is not a number; set data\.thousands: ",", or data\.decimal: ","'):
        read_table(data, content=text.encode())


def test_hours_that_come_twice_in_autumn_alone_propose_their_zone():
    hours = np.arange("2024-10-20", "2024-10-31", dtype="datetime64[h]").astype(str).tolist()
    again = hours.index("2024-10-27T02")
    labels = [*hours[: again + 1], hours[again], *hours[again + 1 :]]
    text = "time,y\n" + "".join(f"{label}:00,{place}\n" for place, label in enumerate(labels))

    with pytest.raises(
        DataError, match=r"comes twice, as where clocks go back; set data\.timezone, such as Europe/Berlin"
    ):
        read_table(DataConfig(path="/t.csv", time=("time",), target=("y",)), content=text.encode())
