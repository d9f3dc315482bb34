"""The rows to fill in: put below the table, they say what is known ahead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.data import DataConfig
from forecaster.config.generate import PanelKind
from forecaster.errors import DataError
from forecaster.series.encoding import channels_of
from forecaster.series.flat import newest
from forecaster.series.synthetic import make
from forecaster.series.tables import read_table, template

SHOPS = make(PanelKind(kind="panel", steps=30, series=3, covariates=True))
SOLD = {"time": ("time",), "id": "series", "target": ("value",), "known": ("price", "promo"), "static": ("region",)}


def read(text, **options):
    return read_table(DataConfig(path="t.csv", **options), content=text.encode())


def written(text, horizon, **options):
    table = read(text, **options)
    return template(table.panel, table.layout, horizon)


def known(table, horizon):
    """What the newest windows say of the future, the centers of numbers added again."""
    channels = channels_of(table.panel, table.panel, {}, learned=False)
    centers = np.array([channel.center for channel in channels.known])
    return newest(table.panel, 2, "last", channels, horizon)[0]["known"][:, 2:] + centers


def test_a_template_has_the_columns_of_the_table_and_the_next_rows_of_every_series():
    text = "day,shop,sold,price,note,region\n" + "".join(
        f"2024-01-0{day},{shop},{day},1.5,-,{region}\n"
        for shop, region, days in (("a", "north", 4), ("b, c", "south", 3))
        for day in range(1, days + 1)
    ).replace("b, c", '"b, c"')

    rows = written(text, 2, time=("day",), id="shop", target=("sold",), known=("price",), static=("region",))

    assert rows.splitlines() == [
        "day,shop,sold,price,note,region",
        "2024-01-05,a,,,,north",
        "2024-01-06,a,,,,north",
        '2024-01-04,"b, c",,,,south',
        '2024-01-05,"b, c",,,,south',
    ]


@settings(max_examples=20)
@given(horizon=st.integers(1, 9), price=st.floats(0.01, 1000), promo=st.sampled_from(["yes", "no", "maybe"]))
def test_filled_in_and_put_below_the_table_it_says_what_is_known_ahead(horizon, price, promo):
    rows = written(SHOPS, horizon, **SOLD).splitlines()[1:]
    below = "".join(row.replace(",,,,", f",,{price!r},{promo},") + "\n" for row in rows)

    table = read(SHOPS + below, **SOLD)

    found = known(table, horizon)
    np.testing.assert_allclose(found[..., 0], price, rtol=1e-6, atol=1e-6)
    categories = table.panel.covariates.categories["promo"]
    assert (found[..., 1] == categories.index(promo)).all()
    assert written(SHOPS + below, horizon, **SOLD).count("\n") == 1  # nothing is left to fill in


def test_left_empty_it_says_nothing():
    below = written(SHOPS, 3, **SOLD).partition("\n")[2]

    table = read(SHOPS + below, **SOLD)

    assert table.panel.values.tobytes() == read(SHOPS, **SOLD).panel.values.tobytes()
    with pytest.raises(DataError, match=r'column "price" is known ahead, but missing at "2000-02-02"'):
        known(table, 3)


def test_rows_that_the_table_knows_are_left_out_and_those_it_knows_in_part_are_filled_in():
    ahead = make(PanelKind(kind="panel", steps=30, series=1, covariates=True, ahead=2))
    last = ahead.splitlines()[-1].split(",")
    half = ahead.replace(",".join(last), ",".join([*last[:4], "", last[5]]))

    whole, part = written(ahead, 3, **SOLD), written(half, 3, **SOLD)

    assert [row[:10] for row in whole.splitlines()[1:]] == ["2000-02-04"]
    assert part.splitlines()[1] == ",".join([*last[:4], "", last[5]])


def test_numbers_and_times_are_written_as_in_the_table():
    lines = [f"{day}.3.2024 {hour}:00;1,5;;0,1;2,25" for day in (1, 2) for hour in range(24)]
    text = "\n".join(["when;load;plan;tariff;size", *lines, "3.3.2024 0:00;;;0,125;2,25", ""])
    options = {"time": ("when",), "target": ("load",), "known": ("plan", "tariff"), "static": ("size",)}

    rows = written(text, 2, decimal=",", time_format="%d.%m.%Y %H:%M", **options)

    assert rows == "when;load;plan;tariff;size\n3.3.2024 0:00;;;0,125;2,25\n3.3.2024 1:00;;;;2,25\n"


def test_a_time_in_several_columns_is_cut_as_in_the_table():
    text = "no,year,month,day,y,x\n" + "".join(f"{day},2024,2,{day},{day},{day}\n" for day in range(20, 30))

    rows = written(text, 2, time=("year", "month", "day"), target=("y",), known=("x",))

    assert rows == "no,year,month,day,y,x\n,2024,3,1,,\n,2024,3,2,,\n"


def test_rows_that_are_counted_have_no_time():
    rows = written("y,x\n" + "1,2\n" * 5, 2, target=("y",), known=("x",))

    assert rows == "y,x\n,\n,\n"
    assert known(read("y,x\n" + "1,2\n" * 5 + ",7\n,8\n", target=("y",), known=("x",)), 2).ravel().tolist() == [7, 8]


def test_a_row_that_several_targets_share_is_asked_for_once_after_the_newest_of_them():
    text = "day,shop,u,v,x\n" + "".join(
        f"2024-01-0{day},{shop},{day},{day if day < 4 else ''},1\n" for shop in ("a", "b/u") for day in range(1, 6)
    )

    rows = written(text, 1, time=("day",), id="shop", target=("u", "v"), known=("x",))

    assert rows.splitlines()[1:] == ["2024-01-06,a,,,", "2024-01-06,b/u,,,"]


def test_of_a_table_with_nothing_known_ahead_it_has_the_moments_alone():
    assert written("day,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n", 2, time=("day",), target=("y",)) == (
        "day,y\n2024-01-04,\n2024-01-05,\n"
    )
