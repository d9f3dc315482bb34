"""Large files, read by pandas, say the same as small ones, read record by record."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.config.data import DataConfig
from forecaster.errors import DataError
from forecaster.series import rows, tables_large
from forecaster.series.dialect import sniff
from forecaster.series.tables import read_table

HEAD = "id,time,y,other\n"
ROWS = [f"s{n % 3},2024-01-{n // 3 + 1:02d},{n + 0.1},text\n" for n in range(30)]
PLAIN = HEAD + "".join(ROWS)


def both(monkeypatch, text, **options):
    config = DataConfig(path="stdin", **({"time": ("time",), "id": "id", "target": ("y",)} | options))
    small = read_table(config, content=text.encode())
    monkeypatch.setattr(rows, "_LARGE", 0)
    monkeypatch.setattr(tables_large, "_BYTES", 64)
    monkeypatch.setattr(tables_large, "_ROWS", 7)
    return small, read_table(config, content=text.encode())


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.removesuffix("\n"),
        PLAIN.replace("text", '"a,b"'),
        PLAIN.replace("5.1,", ","),
        PLAIN.replace("\ns1", "\n\n\ns1"),
        PLAIN.replace(".1,", "e-3,"),
        PLAIN.replace("s0", " s0 "),
        HEAD + "".join(reversed(ROWS)),
        PLAIN + ROWS[-1],
        PLAIN.replace("text", '"two\nlines"'),
        PLAIN.replace("text", '5" pipe'),
    ],
    ids=["plain", "no line end", "quoted", "empty cells", "blank lines", "exponents", "blanks", "reversed", "repeated",
         "cells over lines", "stray quotes"],
)  # fmt: skip
def test_both_ways_of_reading_agree_to_the_bit(monkeypatch, text):
    small, large = both(monkeypatch, text)

    assert np.array_equal(small.panel.values, large.panel.values, equal_nan=True)
    assert (small.panel.ids, small.notes, small.rows) == (large.panel.ids, large.notes, large.rows)
    assert (small.panel.times == large.panel.times).all()


def test_a_time_in_several_columns_is_read_the_same_way(monkeypatch):
    text = "year,month,y\n" + "".join(f"{2000 + n // 12},{n % 12 + 1},{n}\n" for n in range(40))

    small, large = both(monkeypatch, text, time=("year", "month"), id=None)

    assert small.panel.clock == large.panel.clock
    assert (small.panel.values == large.panel.values).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PLAIN + "s0,2024-01-11,1\n" + "".join(ROWS), r"stdin:32: 3 fields, header has 4"),
        (PLAIN.replace("17.1", "1_7.1"), r'stdin:19: column y: "1_7.1" is not a number'),
        (PLAIN.replace("17.1", "NAN"), r'stdin:19: column y: "NAN" is not a number'),
        (PLAIN.replace("17.1", "inf"), r'stdin:19: column y: "inf" is infinite'),
        (PLAIN.replace("17.1", "1e39"), r"stdin:19: column y: .*beyond the largest 32-bit number"),
        (PLAIN.replace("s2,2024-01-06", "s2,2024-13-06"),
         r'stdin:19: column time: "2024-13-06" is not a time of the form'),
        (PLAIN.replace("s2,2024-01-06", ",2024-01-06"), r"stdin:19: column id: the series has no name"),
        (PLAIN.replace("s2,2024-01-06,17.1,text", 's2,2024-01-06,17.1,"text'),
         r"stdin:19: a quote opens here and is never closed"),
    ],
)  # fmt: skip
def test_a_fault_in_a_large_file_is_named_with_its_line(monkeypatch, text, words):
    config = DataConfig(path="stdin", time=("time",), id="id", target=("y",))
    monkeypatch.setattr(rows, "_LARGE", 0)
    monkeypatch.setattr(tables_large, "_ROWS", 7)

    with pytest.raises(DataError, match=words):
        read_table(config, content=text.encode())


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_lines_are_counted_the_same_in_blocks_of_any_size(monkeypatch, size):
    monkeypatch.setattr(tables_large, "_BYTES", size)
    data = b'a,b\n1,2\n\n"x,y",3\n\n\n4,5'

    lines = tables_large.whole_lines(data, sniff(data, skip=0, file="stdin"))

    assert lines is not None
    assert lines.tolist() == [2, 4, 7]
