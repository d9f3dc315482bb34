"""Broken tables and configs are refused in one way: a short form of `python -m benchmarks.reliability.fuzz`."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from forecaster.config.data import DataConfig
from forecaster.errors import DataError
from forecaster.series.tables import read_table

ROOT = Path(__file__).parents[1]
COUNT = 1500


@pytest.fixture(scope="module")
def fuzzing():
    """The program, as `python -m` would find it."""
    sys.path.insert(0, str(ROOT))
    before = set(sys.modules)
    from benchmarks.reliability import fuzz

    yield fuzz
    sys.path.remove(str(ROOT))
    for name in set(sys.modules) - before:
        if name.startswith("benchmarks"):
            del sys.modules[name]


def test_no_broken_file_brings_a_foreign_error_takes_long_or_is_read_wrongly(fuzzing):
    figures = fuzzing.fuzz(COUNT, seed=20)

    assert (figures.foreign, figures.slow, figures.wrong) == ([], [], [])
    assert figures.memory < fuzzing.LARGEST
    assert figures.accepted > COUNT / 20  # else nothing is said of what is read
    assert figures.accepted + sum(figures.refused.values()) == COUNT


def test_a_case_is_the_same_every_time_and_no_two_are(fuzzing):
    first = [fuzzing.case(3, number).content for number in range(40)]

    assert first == [fuzzing.case(3, number).content for number in range(40)]
    assert len(set(first)) > 30


def busy(seconds):
    began = time.process_time()
    while time.process_time() - began < seconds:
        continue


def raising(error):
    def reader(*_):
        raise error

    return reader


def test_a_foreign_error_is_noticed(fuzzing):
    """The mutant: a reader that lets one through."""
    figures = fuzzing.fuzz(3, reader=raising(KeyError("column")))

    assert len(figures.foreign) == 3
    assert "KeyError: 'column'" in figures.foreign[0]
    assert not figures.good


def test_our_own_errors_are_no_foreign_ones(fuzzing):
    figures = fuzzing.fuzz(3, reader=raising(DataError("odd", hint="mend it")))

    assert figures.refused == {5: 3}
    assert figures.good


def test_a_slow_reader_is_noticed(fuzzing, monkeypatch):
    """The mutant: one that takes its time."""
    monkeypatch.setattr(fuzzing, "SLOWEST", 0.01)

    figures = fuzzing.fuzz(2, reader=lambda *_: busy(0.02))

    assert len(figures.slow) == 2
    assert not figures.good


def test_a_reader_that_never_ends_is_given_up(fuzzing, monkeypatch):
    monkeypatch.setattr(fuzzing, "STUCK", 1)

    figures = fuzzing.fuzz(1, reader=lambda *_: busy(5))

    assert "StuckError" in figures.foreign[0]


def test_a_reader_that_takes_all_memory_is_noticed(fuzzing):
    """The mutant: one that holds far more than its file."""
    figures = fuzzing.fuzz(1, reader=lambda *_: bytearray(2**31) and None)

    assert "MemoryError" in figures.foreign[0]


def table(rows, **options):
    content = "".join(["date,y\n", *rows]).encode()
    data = DataConfig(path="-", time=("date",), target=("y",), **options)
    return content, data, read_table(data, content=content)


ROWS = [f"2024-01-{day:02},{day}\n" for day in (5, 6, 7, 8, 11, 12)]


def test_a_table_that_is_read_rightly_agrees_with_its_second_reading(fuzzing):
    assert fuzzing.wrong(*table(ROWS)) is None


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [(1, 6.5, r"y at \d+: \[6.0\] was read as 6.5"), (4, 9.5, r"the hole after step 3 was filled with \[9.5, 10.0\]")],
)
def test_a_value_that_is_read_wrongly_is_noticed(fuzzing, place, value, words):
    """The mutants: a cell, and a hole, with another number."""
    content, data, read = table(ROWS)
    values = read.panel.values.copy()
    values[place] = value

    found = fuzzing.wrong(content, data, replace(read, panel=replace(read.panel, values=values)))

    assert found is not None
    assert re.search(words, found), found


def test_a_day_that_is_read_as_another_is_noticed(fuzzing):
    content, data, read = table(ROWS)
    moved = replace(read.panel, times=read.panel.times + 86_400_000_000)

    assert "is not in the panel" in fuzzing.wrong(content, data, replace(read, panel=moved))
