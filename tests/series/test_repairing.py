"""A repaired copy reads as the table does, and differs from it in nothing but what is told."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.data import DataConfig, Resample
from forecaster.errors import DataError
from forecaster.series import repairing
from forecaster.series.recordtext import with_cells
from forecaster.series.repairing import repaired
from forecaster.series.tables import read_table


@pytest.fixture
def mended(tmp_path):
    def mender(text, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return repaired(DataConfig(path=str(path), **({"time": ("d",), "target": ("y",)} | options)), limit=2**20)

    return mender


ROWS = "d,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-08,4\n"


def test_a_table_that_is_fine_is_copied_to_the_byte(mended):
    assert mended(ROWS).content == ROWS.encode()


def test_rows_are_sorted_and_keep_their_bytes(mended):
    text = 'd,y,why\n2024-01-07,3.00,"a, ""b""\nc"\n2024-01-05,1, \n2024-01-06,+2,\n'

    assert mended(text).content.decode() == ('d,y,why\n2024-01-05,1, \n2024-01-06,+2,\n2024-01-07,3.00,"a, ""b""\nc"\n')


def test_equal_rows_are_dropped_once(mended):
    done = mended(ROWS + "2024-01-08,4.0\n2024-01-08,4\n")

    assert done.content == ROWS.encode()
    assert (done.rows, done.before) == (4, 6)
    assert done.notes == ("2 rows that repeat another were dropped (first at line 6)",)


def test_rows_that_contradict_each_other_are_refused_as_reading_refuses_them(mended):
    with pytest.raises(DataError, match=r"comes twice with different values .*set data\.duplicates to last, mean or"):
        mended(ROWS + "2024-01-08,5\n")


@pytest.mark.parametrize(("policy", "cell"), [("last", "5"), ("mean", "4.5"), ("sum", "9")])
def test_rows_that_contradict_each_other_are_merged_as_the_config_says(mended, policy, cell):
    done = mended(ROWS + "2024-01-08,5\n", duplicates=policy)

    assert done.content.decode() == ROWS.replace("-08,4", f"-08,{cell}")


def test_a_missing_row_and_an_empty_cell_are_filled_as_reading_fills_them(mended):
    done = mended("d,y,z\n2024-01-05,1,a\n2024-01-06,,b\n2024-01-08,4,c\n")

    assert done.content.decode() == "d,y,z\n2024-01-05,1,a\n2024-01-06,2,b\n2024-01-07,3,\n2024-01-08,4,c\n"


@pytest.mark.parametrize("policy", ["mask", "auto"])
def test_holes_that_the_config_leaves_open_stay_open(mended, policy):
    text = "d,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-12,4\n2024-01-13,5\n"

    assert mended(text, gaps=policy).content == text.encode()


def test_empty_rows_at_the_ends_are_left_out(mended):
    done = mended("d,y\n2024-01-04,\n" + ROWS.partition("\n")[2] + "2024-01-09,NA\n")

    assert done.content == ROWS.encode()


def test_an_empty_row_at_the_end_stays_where_it_says_that_the_clock_has_weekends(mended):
    text = "d,y\n2024-01-04,1\n2024-01-05,2\n2024-01-08,3\n2024-01-09,4\n2024-01-13,\n"

    assert mended(text, gaps="mask").content.decode().splitlines()[-1] == "2024-01-13,"


def test_what_is_known_ahead_stays_at_the_end(mended):
    text = "d,y,x\n2024-01-05,1,1\n2024-01-06,2,1\n2024-01-07,3,1\n2024-01-08,,7\n"

    assert mended(text, known=("x",)).content == text.encode()


def test_each_series_keeps_its_places(mended):
    days = ["2024-01-06,b,6", "2024-01-06,a,2", "2024-01-05,b,5", "2024-01-05,a,1", "2024-01-07,a,3", "2024-01-07,b,7"]
    order = [2, 3, 0, 1, 4, 5]

    done = mended("\n".join(["d,id,y", *days]) + "\n", id="id")

    assert done.content.decode().splitlines()[1:] == [days[place] for place in order]


def test_times_that_are_gathered_are_only_sorted(mended):
    rows = ["2024-01-05 02:10,3", "2024-01-05 00:10,1", "2024-01-05 00:40,2", "2024-01-05 01:10,2"]

    done = mended("\n".join(["d,y", *rows]) + "\n", resample=Resample(every="1h", by="mean"))

    assert done.content.decode().splitlines()[1:] == sorted(rows)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_the_copy_has_the_encoding_and_the_line_ends_of_the_table(mended, encoding):
    head, *rows = "d;größe\r\n", "06.01.2024;2,5\r\n", "05.01.2024;1\r\n", "07.01.2024;3\r\n"

    done = mended("".join([head, *rows]).encode(encoding), target=("größe",), decimal=",", encoding=encoding)

    assert done.content == "".join([head, *sorted(rows)]).encode(encoding)


def test_lines_above_the_header_stay(mended):
    assert mended("Prices\n\n" + ROWS, skip_lines=2).content == b"Prices\n\n" + ROWS.encode()


def test_a_last_line_without_an_end_gets_one(mended):
    assert mended(ROWS.rstrip()).content == ROWS.encode()


def test_a_copy_that_would_read_otherwise_is_never_given(mended, monkeypatch):
    """The mutant: a merged cell written with six digits."""
    monkeypatch.setattr(repairing._Mended, "_number", lambda _, value: f"{value:.6g}")

    with pytest.raises(DataError, match="a repaired copy would not read as the table does"):
        mended(ROWS + "2024-01-08,4.123456789\n", duplicates="mean")


def test_a_cell_is_replaced_among_quotes_and_delimiters():
    assert with_cells('"a;""b";" c" ;x"y;', ";", {3: "1", 2: "p;q"}) == '"a;""b";" c" ;"p;q";1'


DAYS = [str(np.datetime64("2024-01-01") + day) for day in range(20)]


@st.composite
def tables(draw):
    """A panel on disk: rows in any order, some twice, some missing, some empty, in one of several dialects."""
    delimiter, decimal = draw(st.sampled_from([(",", "."), (";", ","), ("\t", ".")]))
    quote, end = draw(st.sampled_from(["", '"'])), draw(st.sampled_from(["\n", "\r\n"]))
    rows = []
    for name in draw(st.sampled_from([["a"], ["a", "b"], ["b", "a", "c d"]])):
        for day in draw(st.lists(st.integers(0, 19), min_size=6, max_size=20, unique=True)):
            value = draw(st.one_of(st.integers(-99, 99), st.floats(-1e6, 1e6), st.just("")))
            row = [f"{quote}{DAYS[day]}{quote}", name, str(value).replace(".", decimal), draw(st.sampled_from("xyz"))]
            rows += [row] * draw(st.sampled_from([1, 1, 1, 2]))
    lines = [delimiter.join(row) for row in [["d", "id", "y", "note"], *draw(st.permutations(rows))]]
    return end.join(lines) + draw(st.sampled_from(["", end])), delimiter, decimal


def keyed(text, delimiter):
    return {tuple(row[:2]): row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)}


@given(table=tables(), gaps=st.sampled_from(["auto", "interpolate", "ffill", "mask"]))
@settings(max_examples=100)
def test_a_repaired_copy_reads_as_the_same_panel_without_a_word(tmp_path_factory, table, gaps):
    text, delimiter, decimal = table
    path = tmp_path_factory.mktemp("repair") / "t.csv"
    path.write_bytes(text.encode())
    data = DataConfig(path=str(path), time=("d",), target=("y",), id="id", decimal=decimal, gaps=gaps, freq="1d")
    try:
        before = read_table(data).panel
    except DataError:
        return

    done = repaired(data, limit=2**20)

    after = read_table(data, content=done.content)
    assert (after.panel.ids, after.panel.times.tolist()) == (before.ids, before.times.tolist())
    assert np.array_equal(after.panel.values, before.values, equal_nan=True)
    open_or_odd = ("open", "constant", "proportion")
    assert [note for note in after.notes if not any(word in note for word in open_or_odd)] == []
    original = keyed(text, delimiter)
    for key, row in keyed(done.content.decode(), delimiter).items():
        if key in original and original[key][2]:
            assert row == original[key]
