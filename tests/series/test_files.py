"""Bytes and their shape: encodings, other formats, delimiters, headers, and lines that do not fit."""

from __future__ import annotations

import codecs
import errno
import gzip
import os
from datetime import UTC, datetime, timedelta, timezone

import pytest

from forecaster.config.data import DataConfig
from forecaster.errors import DataError, SystemFault
from forecaster.series.dialect import column_index, delimiter_name, listed, records, sniff
from forecaster.series.rawfile import read_raw
from forecaster.series.tables import profile, read_table, stale

ROWS = "day,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n"


def raw(content, encoding="utf-8"):
    return read_raw("t.csv", limit=10**6, encoding=encoding, content=content).data


def read(text, **options):
    config = DataConfig(path="t.csv", **({"time": ("day",), "target": ("y",)} | options))
    return read_table(config, content=text.encode())


@pytest.mark.parametrize(
    ("magic", "name"),
    [(b"PK\x03\x04", "a ZIP archive or an Excel workbook"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
     (b"PAR1", "a Parquet file"), (b"%PDF", "a PDF"), (b"BZh", "a bzip2 file"), (b"\xfd7zXZ", "an xz file"),
     (b"\x28\xb5\x2f\xfd", "a zstd file"), (b"SQLite format 3", "an SQLite database")],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "in gzip"])
def test_a_file_of_another_format_is_named(magic, name, packed):
    content = magic + b"rest"

    with pytest.raises(DataError, match=f"stdin: is {name}, not a CSV; export the table as CSV"):
        raw(gzip.compress(content) if packed else content)


@pytest.mark.parametrize("text", [b"<HTML>", b"\n <?xml version='1.0'?>", b"<head>", b"<body>"])
def test_a_web_page_is_told_by_its_first_mark(text):
    with pytest.raises(DataError, match=r"starts with .*: this is a web page, not a CSV; fix the download"):
        raw(text)


@pytest.mark.parametrize("text", [b"{}", b'[{"y": 1}]', b'["y"]'])
def test_json_is_told_by_its_first_mark(text):
    with pytest.raises(DataError, match=r"starts with .*: this is JSON, not a CSV; fix the download"):
        raw(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b""), "the gzip file holds 0 bytes; check the export that writes it"),
        (b" \n\t\n ", r"the file holds only blanks \(5 bytes\); check the export"),
        (b"day,y\n" + b"1,2\n" * 2000 + b"\0", "stdin:2002: a byte of value 0, which no text has; export the file"),
    ],
)
def test_what_is_no_text_is_refused(content, words):
    with pytest.raises(DataError, match=words):
        raw(content)


def test_a_byte_that_the_encoding_of_the_config_lacks_is_told_with_its_place():
    with pytest.raises(
        DataError, match=r"stdin:2:3: not cp1252 at byte 6 \(0x81\); set data.encoding to the file's own"
    ):
        raw(b"day\n1,\x81", encoding="cp1252")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_mark_at_the_start_goes_before_the_encoding_of_the_config(mark, encoding):
    assert raw(mark + "größe\r\n1\r2\n".encode(encoding), encoding="cp1252") == "größe\n1\n2\n".encode()


def test_a_missing_file_without_a_neighbour_of_its_name_is_told_what_lies_there(tmp_path):
    (tmp_path / "notes.txt").touch()

    with pytest.raises(DataError, match=r"there is no such file; the folder .* holds no table \(1 names\)"):
        read_raw(str(tmp_path / "prices.csv"), limit=100)


def test_a_missing_folder_is_told_as_such(tmp_path):
    with pytest.raises(DataError, match=r"no such file; the folder .*gone\" is not there, or may not be read"):
        read_raw(str(tmp_path / "gone" / "prices.csv"), limit=100)


def test_a_disk_that_does_not_answer_is_no_mistake_of_the_table(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text(ROWS)

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "read", broken)
    with pytest.raises(SystemFault, match="cannot be read: Input/output error; check the disk that holds it"):
        read_raw(str(tmp_path / "t.csv"), limit=1000)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a;b;c\n1,5;2;3\n", ";"),
        ("a,x;b;c\n1,5;2;3\n", ";"),
        ('a\tb\n"x,y,z"\t1\n', "\t"),
        ("a|b\n1|2\n", "|"),
        ("y\n1\n2\n", ","),
        ("title\na;b\n1;2\n3;4\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_on_which_the_lines_agree(text, delimiter):
    assert sniff(text.encode(), skip=0, file="t.csv").delimiter == delimiter


@pytest.mark.parametrize(
    ("text", "skip", "words"),
    [
        ("day,y\n1,2\n", 2, r"t.csv: no lines after data.skip_lines: 2; skip fewer lines"),
        ("day,y\n1,2\n", 9, r"t.csv: no lines after data.skip_lines: 9; skip fewer lines"),
        ("title\nday,y\n", 1, "t.csv:2: header but no data rows; check the export"),
        ('title\n"day,y\n1,2\n', 1, "t.csv:2: a quote opens here and is never closed; close it, or double"),
        ('title\n"day"s,y\n1,2\n', 1, "t.csv:2: a quote opens here and is closed in the middle of a cell; close it"),
    ],
)
def test_a_header_that_is_not_there_is_told_with_its_line_in_the_file(text, skip, words):
    with pytest.raises(DataError, match=words):
        sniff(text.encode(), skip=skip, file="t.csv")


def test_a_cell_over_two_lines_counts_as_two_lines():
    found = list(records(['a,"b\n', 'c"\n', "\n", "d,e\n"], ",", above=10))

    assert [(record.cells, record.line, record.last_line) for record in found] == [
        (["a", "b\nc"], 11, 12),
        (["d", "e"], 14, 14),
    ]


def dialect(header):
    return sniff(f"{header}\n{header.replace('y', '1')}\n".encode(), skip=0, file="t.csv")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a,y,y", r'column "y" appears twice \(2nd and 3rd\); give each column a name of its own'),
        ("y,a,y,y", r'column "y" appears 3 times \(1st and 3rd\)'),
        ("a," * 10 + "y,y", r"appears twice \(11th and 12th\)"),
        ("a," * 20 + "y,y", r"appears twice \(21st and 22nd\)"),
        ("Y,b", r'no column "y"; the columns are "Y", "b"; did you mean "Y"\?'),
        ("abc,def", r'"def"; set data.target to one of them'),
        (",".join(f"c{n}" for n in range(15)), r'"c11" and 3 more; set data.target to one of them'),
    ],
)
def test_a_column_that_is_missing_or_not_alone_is_told_with_the_others(header, words):
    with pytest.raises(DataError, match=words):
        column_index(dialect(header), "y", "data.target", "t.csv")


def test_long_names_are_cut_and_delimiters_are_named():
    assert listed(["x" * 50]) == f'"{"x" * 39}…"'
    assert [delimiter_name(mark) for mark in (",", ";", "\t", "|")] == ['","', '";"', "tab", "pipe"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ROWS + "2024-01-04,4,5\n", r"stdin:5: 3 fields, header has 2 .*a decimal comma or an unquoted comma\?"),
        (ROWS.replace(",", ";") + "2024-01-04;4;5\n", r'\(delimiter ";"\); remove the fields that are too many'),
        (ROWS + "2024-01-04\n2024-01-05,5\n", r"1 field, header has 2 .*; complete the row, or export the file again"),
        (ROWS + "2024-01-04", r"1 field, header has 2 .*; the file may still be being written"),
    ],
)
def test_a_line_that_does_not_fit_is_told_with_its_likeliest_cause(text, words):
    with pytest.raises(DataError, match=words):
        read(text)


def test_lines_above_the_header_go_with_every_other_setting():
    text = 'Umsatz\n"über zwei\nZeilen"\nday;y\n01.02.2024;1.234,5\n02.02.2024;-\n03.02.2024;1.236,5'

    table = read(text, skip_lines=3, decimal=",", thousands=".", missing=("-",))

    assert table.panel.values.tolist() == [1234.5, 1235.5, 1236.5]
    assert table.panel.clock.label(table.panel.future(1)[0]) == ["04.02.2024"]
    assert (table.layout.delimiter, table.layout.decimal, table.layout.thousands) == (";", ",", ".")
    assert table.notes[1:] == ("the last line has no line end; it was read as it stands",)


HOURS = "day,y\n" + "".join(f"2024-01-01 0{hour}:00,{hour}\n" for hour in range(3))


@pytest.mark.parametrize(
    ("limit", "now", "age"),
    [
        ("1min", datetime(2024, 1, 1, 2, 2, tzinfo=UTC), "2 minutes"),
        ("3h", datetime(2024, 1, 1, 6, 30, tzinfo=UTC), "4 hours"),
        ("1mo", datetime(2024, 1, 31, 1, tzinfo=UTC), None),
        ("1mo", datetime(2024, 2, 10, tzinfo=UTC), "39 days"),
        ("1h", datetime(2024, 1, 1, 4, tzinfo=timezone(timedelta(hours=2))), None),
        ("1ms", datetime(2024, 1, 1, 2, 0, 0, 2000, tzinfo=UTC), "under a second"),
        ("1h", datetime(2023, 1, 1, tzinfo=UTC), None),
    ],
)
def test_the_age_of_a_table_is_told_in_the_largest_unit(limit, now, age):
    expected = None if age is None else f"last row (2024-01-01 02:00) is {age} old; max_age is {limit}"

    assert stale(read(HOURS).panel, limit, now) == expected


def test_a_table_of_steps_is_never_stale():
    assert stale(read("y\n1\n2\n", time=None).panel, "1d", datetime(2100, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("y,z\n1,2\n2,3\n", {"time": ("y ",)}, r'stdin:1: data.target: column "y" is both a target and the time'),
        ("a,b\nx,y\n", {"target": ("*",)}, r'data.target: no column has numbers; the columns are "a", "b"; check'),
        ("1,2\n3,4\n", {"target": ("*",)}, r'stdin:1: the first line looks like data: "1,2"; write a header line'),
        ("y,y\n1,2\n", {"target": ("*",)}, r'stdin:1: column "y" appears twice \(1st and 2nd\)'),
        ("Prices\n1,2\n", {"target": ("Prices",)}, r"stdin:2: 2 fields, header has 1 .*; if title lines stand above"),
    ],
    ids=["one column twice", "no numbers", "no header", "one name twice", "a title"],
)  # fmt: skip
def test_columns_that_cannot_be_read_are_refused_before_any_row(text, options, words):
    with pytest.raises(DataError, match=words):
        read(text, **({"time": None} | options))


def test_a_profile_needs_a_line_that_fits_its_header():
    with pytest.raises(DataError, match=r"stdin:2: 1 field, header has 2 \(delimiter \",\"\); complete the row"):
        profile("t.csv", content=b"day,y\n1\n2\n")
