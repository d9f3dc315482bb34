"""Covariates on the clock: beside the values of their series, and beyond the newest one."""

import numpy as np
import pytest

from forecaster.config.data import DataConfig, Resample
from forecaster.errors import DataError
from forecaster.series.encoding import channels_of
from forecaster.series.flat import newest
from forecaster.series.tables import read_table

NAN = float("nan")


def read(text, **options):
    said = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    config = DataConfig(path="t.csv", **({"time": "day", "target": "y"} | said))
    return read_table(config, content=text.encode())


def table(*lines, header="day,y,price"):
    return "".join(f"{line}\n" for line in (header, *lines))


PAST = ("2024-01-01,1,10", "2024-01-02,2,20", "2024-01-03,3,30")
PRICED = table(*PAST, "2024-01-04,,40", "2024-01-05,,50")


def same(found, expected):
    return np.array_equal(np.asarray(found).ravel(), expected, equal_nan=True)


def test_rows_with_an_empty_target_after_the_newest_value_are_what_is_known_ahead():
    read_ = read(PRICED, known="price")

    assert read_.panel.values.tolist() == [1, 2, 3]
    assert read_.panel.steps == 3
    assert same(read_.panel.covariates.known, [10, 20, 30, 40, 50])
    assert read_.panel.covariates.settled.tolist() == [3]
    assert read_.notes == ("values known ahead reach 2 steps beyond the newest one",)


def test_without_something_known_ahead_the_same_rows_are_left_out_and_counted():
    assert read(PRICED, past="price").panel.covariates.past.ravel().tolist() == [10, 20, 30]
    assert read(PRICED, past="price").notes == (
        '2 empty cells after the last number of series "y" were left out (first at line 5)',
    )


def test_a_row_that_is_missing_between_is_missed_by_its_date():
    panel = read(table(*PAST, "2024-01-05,,50"), known="price").panel
    channels = channels_of(panel, panel, {}, learned=False)

    assert same(panel.covariates.known, [10, 20, 30, NAN, 50])
    with pytest.raises(DataError, match=r'column "price" is known ahead, but missing at "2024-01-04";'):
        newest(panel, 2, "last", channels, 2)


def test_rows_in_any_order_are_matched_by_their_moment():
    text = table("2024-01-05,,50", *reversed(PAST), "2024-01-04,,40")

    assert same(read(text, known="price").panel.covariates.known, [10, 20, 30, 40, 50])


def test_a_row_before_the_first_value_is_not_beside_any():
    panel = read(table("2023-12-31,,5", *PAST), known="price").panel

    assert same(panel.covariates.known, [10, 20, 30])


def test_a_hole_of_the_target_keeps_what_stands_beside_it():
    panel = read(table(*PAST, "2024-01-04,,40", "2024-01-06,6,60"), known="price", gaps="mask").panel

    assert same(panel.values, [1, 2, 3, NAN, NAN, 6])
    assert same(panel.covariates.known, [10, 20, 30, 40, NAN, 60])


def test_of_a_repeated_column_nothing_stands_beyond_the_newest_value():
    covariates = read(PRICED, known=[{"price": "repeat_last"}]).panel.covariates

    assert covariates.repeated == {"price"}
    assert same(covariates.known, [10, 20, 30])


SHOPS = (
    "2024-01-01,a,1,10", "2024-01-02,a,2,20", "2024-01-03,a,3,30", "2024-01-04,a,,40",
    "2024-01-02,b,5,60", "2024-01-03,b,,70", "2024-01-04,b,,80", "2024-01-04,c,,90",
)  # fmt: skip


def test_every_series_has_its_own_future():
    found = read(table(*SHOPS, header="day,id,y,price"), id="id", known="price")

    assert found.panel.ids == ("a", "b")
    assert found.empty == ("c",)
    assert same(found.panel.covariates.known, [10, 20, 30, 40, 60, 70, 80])
    assert found.panel.covariates.offsets.tolist() == [0, 4, 7]


def test_targets_of_one_row_share_what_stands_beside_them():
    text = table("2024-01-01,1,,10", "2024-01-02,2,5,20", "2024-01-03,3,,30", "2024-01-04,,,40", header="day,u,v,price")

    covariates = read(text, target=["u", "v"], known="price").panel.covariates

    assert same(covariates.known, [10, 20, 30, 40, 20, 30, 40])
    assert covariates.settled.tolist() == [3, 1]


def test_on_business_days_a_row_of_the_future_has_the_step_of_its_date():
    """The table left out a holiday, so that its rows are its steps; of the future nobody knows what is left out."""
    days = [f"2024-01-{day:02d}" for day in (1, 2, 3, 4, 5, 8, 9, 11, 12, 15, 16)]
    lines = [f"{day},{place},{place}" for place, day in enumerate(days)]
    text = table(*lines, "2024-01-17,,100", "2024-01-19,,300", "2024-01-22,,400")

    panel = read(text, known="price").panel

    assert panel.clock.kind == "weekday"
    assert same(panel.covariates.known[11:], [100, NAN, 300, 400])
    assert panel.clock.label(panel.future(4)[0]) == ["2024-01-17", "2024-01-18", "2024-01-19", "2024-01-22"]


def test_months_of_the_future_are_matched_by_their_moment():
    text = table("2024-01-31,1,1", "2024-02-29,2,2", "2024-03-31,3,3", "2024-04-30,,4", "2024-05-31,,5")

    assert same(read(text, known="price").panel.covariates.known, [1, 2, 3, 4, 5])


def test_a_row_that_said_what_is_known_ahead_may_stay_when_its_value_comes():
    """The template of last week lies below the table, and the export of today above it."""
    text = table(*PAST, "2024-01-04,4,40", "2024-01-04,,40", "2024-01-05,,50")

    found = read(text, known="price")

    assert found.panel.values.tolist() == [1, 2, 3, 4]
    assert same(found.panel.covariates.known, [10, 20, 30, 40, 50])
    assert found.notes[0] == "1 row was joined with another of the same time"


def test_rows_of_one_time_that_contradict_each_other_are_refused_with_both_lines():
    text = table(*PAST, "2024-01-04,4,40", "2024-01-04,,41")

    with pytest.raises(DataError, match=r'"2024-01-04" comes twice with different values \(lines 5 and 6\)'):
        read(text, known="price")


def test_rows_that_are_to_be_added_up_are_added_up_though_they_agree():
    panel = read(table("2024-01-01,5,", "2024-01-01,5,7", *PAST[1:]), known="price", duplicates="sum").panel

    assert panel.values[0] == 10
    assert panel.covariates.known[0].tolist() == [7]


@pytest.mark.parametrize(("by", "value", "price", "kind"), [("mean", 3, 15, 1), ("sum", 6, 15, 1), ("last", 4, 20, 1)])
def test_of_rows_that_share_a_time_covariates_are_never_added_up(by, value, price, kind):
    lines = ("2024-01-01,2,10,dry", "2024-01-01,4,20,wet", "2024-01-02,2,20,dry", "2024-01-03,3,30,dry")

    panel = read(table(*lines, header="day,y,price,kind"), known=["price", "kind"], duplicates=by).panel

    assert panel.values[0] == value
    assert panel.covariates.known[0].tolist() == [price, kind]


def test_covariates_are_gathered_into_steps_with_the_values():
    kinds = ("dry", "wet", "dry")
    lines = [f"2024-01-0{1 + hour // 24}T{hour % 24:02d}:00,{hour},{hour},{kinds[hour // 24]}" for hour in range(72)]
    lines += ["2024-01-04T00:00,,100,dry", "2024-01-04T12:00,,200,hail"]

    panel = read(
        table(*lines, header="day,y,price,kind"), known=["price", "kind"], resample=Resample(every="1d", by="sum")
    ).panel

    assert panel.values[0] == sum(range(24))
    assert panel.covariates.known[:, 0].tolist() == [11.5, 35.5, 59.5, 150]
    assert panel.covariates.categories == {"kind": ("dry", "hail", "wet")}
    assert panel.covariates.known[:, 1].tolist() == [0, 2, 0, 1]


def test_the_columns_are_remembered_for_reading_again():
    layout = read(table(*PAST, header="day,y,price"), known="price", calendar="auto").layout

    assert (layout.known, layout.past, layout.static) == (("price",), (), ())
    assert layout.header == ("day", "y", "price")
    assert type(layout).from_dict(layout.to_dict()) == layout
