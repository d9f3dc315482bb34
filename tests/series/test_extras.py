"""Covariates of a table: which columns have numbers, which have categories, and what is wrong with a cell."""

import numpy as np
import pytest

from forecaster.config.data import DataConfig
from forecaster.errors import ConfigError, DataError
from forecaster.series import extras, rows, tables_large
from forecaster.series.tables import read_table

NAN = float("nan")


def read(text, **options):
    said = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    config = DataConfig(path="t.csv", **({"time": "day", "target": "y"} | said))
    return read_table(config, content=text.encode())


def days(*cells, header="day,y,x"):
    start = np.datetime64("2024-01-01")
    rows_ = "".join(f"{start + place},{place},{cell}\n" for place, cell in enumerate(cells))
    return f"{header}\n{rows_}"


def beside(text, **options):
    return read(text, **options).panel.covariates


def column(covariates):
    """The only column of the past, with its categories as texts."""
    texts = covariates.categories.get("x")
    return [None if value != value else texts[int(value)] if texts else value for value in covariates.past[:, 0]]  # noqa: PLR0124


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5", "-3e2"], [1, 2.5, -300]),
        (["1", "", "NA"], [1, None, None]),
        (["", "", ""], [None, None, None]),
        (["dry", "wet", "dry"], ["dry", "wet", "dry"]),
        ([" dry ", "dry", ""], ["dry", "dry", None]),
        (["true", "false", "true"], ["true", "false", "true"]),
        (["1", "2", "A"], ["1", "2", "A"]),
    ],
    ids=["numbers", "missing numbers", "nothing", "words", "blanks", "truths", "numbers and words"],
)
def test_a_column_has_numbers_or_else_categories(cells, expected):
    assert column(beside(days(*cells), past="x")) == expected


def test_the_categories_stand_in_their_own_order_whatever_that_of_the_rows():
    assert beside(days("wet", "dry", "wet"), past="x").categories == {"x": ("dry", "wet")}


def test_numbers_of_a_covariate_are_written_as_those_of_the_target():
    text = "day;y;x\n2024-01-01;1,5;1.000,5\n2024-01-02;2,5;2\n2024-01-03;3,5;3\n"

    assert column(beside(text, past="x", decimal=",", thousands=".")) == [1000.5, 2, 3]


@pytest.mark.parametrize("role", ["past", "known", "static"])
def test_a_slip_among_numbers_is_an_error_with_its_line_and_its_column(role):
    cells = ["7"] * 30
    cells[10] = "7o"

    with pytest.raises(DataError, match=r'^stdin:12: column x: "7o" is not a number; correct the cell, or add it to'):
        read(days(*cells), **{role: "x"})


def test_a_word_among_many_different_numbers_is_a_slip_however_many_there_are():
    cells = [str(place) for place in range(60)] + ["none"] * 30

    with pytest.raises(DataError, match=r'stdin:62: column x: "none" is not a number'):
        read(days(*cells), past="x")


def test_an_infinite_number_is_refused_as_in_the_target():
    with pytest.raises(DataError, match=r"stdin:3: column x: \"inf\" is infinite"):
        read(days(*["1", "inf", *["2"] * 30]), past="x")


def test_so_many_texts_that_they_are_no_categories_are_refused(monkeypatch):
    monkeypatch.setattr(extras, "MOST_CATEGORIES", 3)

    with pytest.raises(DataError, match=r'column "x" has 4 different texts, and 3 are the most; leave it out'):
        read(days("a", "b", "c", "d"), past="x")


@pytest.mark.parametrize(("key", "name"), [("past", "z"), ("known", "z"), ("static", "z")])
def test_a_column_that_is_not_there_is_named_with_its_key(key, name):
    with pytest.raises(DataError, match=rf'data\.{key}: no column "z"'):
        read(days("1", "2", "3"), **{key: name})


def test_a_star_takes_the_columns_that_nothing_else_is_said_of():
    text = "day,a,b,x,kind\n" + "".join(f"2024-01-0{day},{day},{day},{day},dry\n" for day in range(1, 5))

    table = read(text, target="*", past="x", known="kind")

    assert table.panel.ids == ("a", "b")
    assert table.panel.covariates.past.tolist() == [[1], [2], [3], [4]] * 2
    assert table.layout.targets == ("a", "b")


SHOPS = "day,id,y,size,region\n" + "".join(
    f"2024-01-0{day},{shop},{day},{size},{region}\n"
    for shop, size, region in (("a", "10", "north"), ("b", "", "south"))
    for day in range(1, 5)
)


def test_what_is_static_stands_once_for_each_series():
    found = beside(SHOPS, id="id", static=["size", "region"])

    assert np.array_equal(found.static, [[10, 0], [NAN, 1]], equal_nan=True)
    assert found.static_names == ("size", "region")
    assert found.categories == {"region": ("north", "south")}


def test_what_is_static_may_be_missing_in_some_rows():
    text = SHOPS.replace("2024-01-01,a,1,10", "2024-01-01,a,1,")

    assert beside(text, id="id", static="size").static[0].tolist() == [10]


def test_what_is_static_without_ids_stands_once_for_every_target():
    text = "day,u,v,zone\n" + "".join(f"2024-01-0{day},1,2,7\n" for day in range(1, 5))

    assert beside(text, target=["u", "v"], static="zone").static.tolist() == [[7], [7]]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("03,b,3,,south", "03,b,3,,north", r'column "region" of series "b" is "south" on line 6 and "north" on line 8'),
        ("02,a,2,10", "02,a,2,11", r"is 10 on line 2 and 11 on line 3, but is static; correct it, or name the column"),
    ],
)  # fmt: skip
def test_what_changes_within_a_series_is_not_static(before, after, message):
    with pytest.raises(DataError, match=message):
        read(SHOPS.replace(before, after), id="id", static=["size", "region"], duplicates="mean")


def test_a_calendar_on_a_clock_that_counts_is_refused():
    with pytest.raises(ConfigError, match=r"data\.calendar: the table counts steps, which have no hour"):
        read("day,y\n1,1\n2,2\n3,3\n", calendar="hour")


def test_a_calendar_alone_stands_beside_the_values():
    found = beside("day,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n", calendar="auto")

    assert found.calendar == ("weekday", "month")
    assert (found.past.shape, found.known.shape, found.static.shape) == ((3, 0), (3, 0), (1, 0))


def test_a_table_of_which_nothing_else_is_said_has_no_covariates():
    assert beside(days("1", "2", "3")) is None


def both(monkeypatch, text, **options):
    small = read(text, **options)
    monkeypatch.setattr(rows, "_LARGE", 0)
    monkeypatch.setattr(tables_large, "_BYTES", 64)
    monkeypatch.setattr(tables_large, "_ROWS", 7)
    asked = []
    blocks = tables_large.large_blocks
    monkeypatch.setattr(tables_large, "large_blocks", lambda *given: asked.append(blocks(*given)) or asked[-1])
    return small, read(text, **options), asked[0] is not None


LONG = "day,id,y,price,promo,size,note\n" + "".join(
    f"{np.datetime64('2024-01-01') + n // 3},s{n % 3},{n + 0.1},{n % 5 + 0.25},{'yes' if n % 4 else 'no'},{n % 3},a\n"
    for n in range(300)
)
AHEAD = "".join(f"2024-04-{day},s{shop},,9.5,yes,{shop},\n" for day in (10, 11) for shop in range(3))


def late(before, after, count=-1):
    """The long table with other cells where nobody looks before reading it."""
    return LONG[:-3000] + LONG[-3000:].replace(before, after, count)


@pytest.mark.parametrize(
    ("text", "by_pandas"),
    [
        (LONG, True),
        (LONG + AHEAD, True),
        (LONG.replace(",0.25,", ",,"), True),
        (LONG.replace(",yes,", ", yes ,").replace(",no,", ',"no",'), True),
        (LONG.replace(",no,", ",,"), True),
        (LONG.replace(",yes,", ",1,").replace(",no,", ",B,"), True),
        (LONG.replace(",yes,", ",1,").replace(",no,", ",0,"), True),
        (LONG.replace(",yes,", ",1,").replace(",no,", ",,"), True),
        (late(",0.25,", ",cheap,").replace(",1.25,", ",dear,").replace(",2.25,", ",dear,"), True),
        (late(",0.25,", ",low,").replace(",3.25,", ",4.25,"), False),
    ],
    ids=["plain", "known ahead", "empty numbers", "blanks and quotes", "empty words", "mixed", "digits",
         "digits and nothing", "words", "words at the end"],
)  # fmt: skip
def test_both_ways_of_reading_agree_on_covariates_to_the_bit(monkeypatch, text, by_pandas):
    small, large, fast = both(monkeypatch, text, id="id", known=["price", "promo"], static="size")

    for part in ("past", "known", "static", "offsets"):
        one, other = (getattr(table.panel.covariates, part) for table in (small, large))
        assert np.array_equal(one, other, equal_nan=True)
    assert small.panel.covariates.categories == large.panel.covariates.categories
    assert small.notes == large.notes
    assert fast is by_pandas


def test_another_way_to_write_nan_is_a_word_in_a_large_table_too(monkeypatch):
    text = late(",0.25,", ",nAn,", 1)

    with pytest.raises(DataError, match=r'column price: "nAn" is not a number'):
        both(monkeypatch, text, id="id", known="price")
    monkeypatch.setattr(rows, "_LARGE", 0)
    with pytest.raises(DataError, match=r'column price: "nAn" is not a number'):
        read(text, id="id", known="price")


def test_a_large_table_names_the_line_of_a_bad_cell_in_a_covariate(monkeypatch):
    text = LONG.replace("20.1,0.25", "20.1,0.2.5")

    with pytest.raises(DataError, match=r'stdin:22: column price: "0\.2\.5" is not a number'):
        both(monkeypatch, text, id="id", known="price")
    monkeypatch.setattr(rows, "_LARGE", 0)
    with pytest.raises(DataError, match=r'stdin:22: column price: "0\.2\.5" is not a number'):
        read(text, id="id", known="price")
