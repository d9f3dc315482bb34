"""Cells as numbers: what is one, what means that there is none, and what is said of the rest."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.data import DataConfig
from forecaster.series import rows, tables_large
from forecaster.series.numbers import NumberStyle
from forecaster.series.selection import is_numeric
from forecaster.series.tables import read_table

PLAIN = NumberStyle()
GERMAN = NumberStyle(",", ".")
ENGLISH = NumberStyle(".", ",")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        ("+1.5", 1.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        (" 7 ", 7.0),
        ("007", 7.0),
    ],
)
def test_a_plain_number_is_read(text, number):
    assert PLAIN.number(text) == number


@pytest.mark.parametrize("text", ["1_000", "0x10", "1,5", "1 000", "--1", "1e", "e5", ".", "+", "١", "½", "nan", "inf"])  # noqa: RUF001
def test_what_python_or_people_might_take_for_a_number_is_none(text):
    assert PLAIN.number(text) is None


@pytest.mark.parametrize("style", [PLAIN, GERMAN, ENGLISH], ids=["plain", "german", "english"])
def test_a_missing_cell_is_not_a_number_and_no_fault(style):
    assert math.isnan(style.number("  "))


@pytest.mark.parametrize(
    ("style", "text", "number"),
    [
        (ENGLISH, "1,234", 1234.0),
        (ENGLISH, "-12,345,678.9", -12345678.9),
        (ENGLISH, "999", 999.0),
        (GERMAN, "1.234,5", 1234.5),
        (GERMAN, "+1.234", 1234.0),
        (GERMAN, "0,5", 0.5),
        (NumberStyle(".", "'"), "1'000'000", 1e6),
        (NumberStyle(",", "\u00a0"), "1\u00a0234,25", 1234.25),
        (NumberStyle(".", " "), "12 345", 12345.0),
    ],
)
def test_thousands_are_read_in_groups_of_three(style, text, number):
    assert style.number(text) == number


@pytest.mark.parametrize(
    "text", ["1,23", "1234,567", ",123", "1,2345", "1,,234", "-,123", "1,234,", "1.5,000", "1,23a"]
)
def test_groups_that_are_not_of_three_digits_are_no_number(text):
    assert ENGLISH.number(text) is None


@pytest.mark.parametrize(("style", "text"), [(GERMAN, "1.2e5"), (GERMAN, "1.2E5"), (ENGLISH, "1,2e5")])
def test_an_exponent_is_no_part_of_a_group_of_three(style, text):
    """1.2e5 is 120000 where the point is a decimal one: reading 12e5 would be wrong by a factor of ten."""
    assert style.number(text) is None


def test_a_point_is_no_number_where_the_comma_is_the_decimal():
    assert NumberStyle(",").number("1.5") is None


@given(number=st.integers(-(10**12), 10**12), decimals=st.integers(0, 99))
def test_a_number_reads_back_from_either_way_of_writing_thousands(number, decimals):
    english = f"{number:,}.{decimals:02d}"
    german = english.translate(str.maketrans(",.", ".,"))

    assert ENGLISH.number(english) == GERMAN.number(german) == float(f"{number}.{decimals:02d}")


@given(cells=st.lists(st.sampled_from(["1", "-2.5", "1e3", "", "x", "1e39", " 4 ", "-999", "NA", "1_0"]), max_size=8))
def test_a_column_says_what_its_cells_say_one_by_one(cells):
    style = NumberStyle(missing=frozenset({"", "NA", "-999"}))

    values, bad = style.read(cells)

    alone = [style.number(cell) for cell in cells]
    assert bad == [place for place, cell in enumerate(cells) if cell in ("x", "1e39", "1_0")]
    assert [value for place, value in enumerate(values) if place not in bad] == pytest.approx(
        [value for place, value in enumerate(alone) if place not in bad], nan_ok=True
    )


def test_a_number_may_mean_that_there_is_no_value():
    style = NumberStyle(missing=frozenset({"", "-999"}))

    values, bad = style.read(["1", "-999", " -999 ", "3"])

    assert np.isnan(values).tolist() == [False, True, True, False]
    assert bad == []


@pytest.mark.parametrize("size", ["small", "large"])
def test_only_the_cells_that_the_config_lists_mean_no_value_whatever_the_size(monkeypatch, size):
    monkeypatch.setattr(rows, "_LARGE", 0 if size == "large" else 10**9)
    cells = ["1", "2", "-999", "4", "-999.0", "6"]
    text = "day,y\n" + "".join(f"2024-01-{day:02d},{cell}\n" for day, cell in enumerate(cells, start=1))

    panel = read_table(
        DataConfig(path="-", time=("day",), target=("y",), missing=("-999",)), content=text.encode()
    ).panel

    assert panel.values.tolist() == [1, 2, 3, 4, -999, 6]


def test_a_large_file_whose_missing_cells_are_words_is_still_read_by_pandas(monkeypatch):
    asked = []
    read = tables_large.large_blocks
    monkeypatch.setattr(rows, "_LARGE", 0)
    monkeypatch.setattr(tables_large, "large_blocks", lambda *given: asked.append(read(*given)) or asked[-1])

    read_table(DataConfig(path="-", target=("y",)), content=b"y,x\n1,1\nNA,2\n3,3\n")

    assert asked[0] is not None


@pytest.mark.parametrize(
    ("style", "cell", "words", "hint"),
    [
        (PLAIN, "inf", "is infinite", "correct the cell, or add it to data.missing if it means no value"),
        (PLAIN, "-1e999", "is infinite", "correct the cell, or add it to data.missing if it means no value"),
        (PLAIN, "4e38", "is beyond the largest 32-bit number, 3.4e+38", "divide the column by a power of ten"),
        (PLAIN, "\u22125", "is not a number", "write a plain minus (-) instead of U+2212"),
        (PLAIN, "1 234", "is not a number", 'set data.thousands: " "'),
        (PLAIN, "1'234", "is not a number", 'set data.thousands: "\'"'),
        (PLAIN, "1\u2019234", "is not a number", r'set data.thousands: "\u2019"'),
        (PLAIN, "1\u202f234", "is not a number", r'set data.thousands: "\u202f"'),
        (PLAIN, "1,5", "is not a number", 'set data.decimal: ","'),
        (PLAIN, "1,234,567", "is not a number", 'set data.thousands: ","'),
        (PLAIN, "1.234,5", "is not a number", 'set data.decimal: "," and data.thousands: "."'),
        (NumberStyle(","), "1.5", "is not a number", 'set data.decimal: "."'),
        (NumberStyle(","), "1,234.5", "is not a number", 'set data.decimal: "." and data.thousands: ","'),
        (PLAIN, "5 €", "is not a number", "remove the sign and keep the plain number"),
        (PLAIN, "$5", "is not a number", "remove the sign and keep the plain number"),
        (PLAIN, "€", "is not a number", "correct the cell, or add it to data.missing if it means no value"),
        (PLAIN, "soon", "is not a number", "correct the cell, or add it to data.missing if it means no value"),
    ],
)
def test_a_cell_that_is_no_number_is_explained_with_the_setting_that_would_read_it(style, cell, words, hint):
    assert style.explain(cell)[:2] == (words, hint)


@pytest.mark.parametrize(
    ("style", "cell", "value"),
    [
        (PLAIN, "1 234", 1234),
        (PLAIN, "1\u202f234", 1234),
        (PLAIN, "1,5", 1.5),
        (PLAIN, "1.234,5", 1234.5),
        (NumberStyle(","), "1.5", 1.5),
        (NumberStyle(","), "1,234.5", 1234.5),
    ],
)
def test_a_cell_becomes_a_number_by_the_one_remedy_it_is_given(style, cell, value):
    (remedy,) = style.explain(cell)[2]

    marks = {key.removeprefix("data."): mark for key, mark in remedy.settings}
    assert remedy.when == ""
    assert replace(style, **marks).number(cell) == value


def test_a_comma_before_three_digits_is_a_choice_between_two_remedies():
    remedies = PLAIN.explain("1,234")[2]

    assert [remedy.settings for remedy in remedies] == [(("data.thousands", ","),), (("data.decimal", ","),)]


def test_a_word_among_numbers_may_mean_that_there_is_none():
    (remedy,) = PLAIN.explain("soon")[2]

    assert remedy.settings == (("data.missing", ("soon",)),)
    assert remedy.when == '"soon" means that there is no value'


@pytest.mark.parametrize(
    ("bad", "numeric"), [(0, True), (2, True), (3, False)], ids=["none", "one in twenty", "more than that"]
)
def test_a_column_is_one_of_numbers_where_nearly_every_cell_is_one(bad, numeric):
    assert is_numeric(["1"] * 40 + ["x"] * bad, PLAIN) is numeric


def test_a_column_without_a_single_number_is_not_one_of_numbers():
    assert not is_numeric(["", ""], PLAIN)
