"""Every row of the catalogue of bad input, sections A to D, as far as a table decides it; the number is the row's."""

from __future__ import annotations

import gzip
import os
import socket
from datetime import UTC, datetime

import numpy as np
import pytest

from forecaster.config.data import DataConfig, Resample
from forecaster.errors import ConfigError, DataError
from forecaster.series.rawfile import read_raw
from forecaster.series.tables import read_table, stale

DAYS = "date,y\n" + "".join(f"2024-01-{day:02d},{day}\n" for day in range(1, 11))
GAP = "date,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,{}\n2024-01-08,4\n2024-01-09,5\n"


@pytest.fixture
def read(tmp_path):
    def reader(text, name="prices.csv", strict=False, limit=2**31, **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        options = {"time": ("date",), "target": ("y",)} | options
        return read_table(DataConfig(path=str(path), **options), strict=strict, limit=limit)

    return reader


def numbers(table):
    return [round(value, 9) for value in table.panel.series(0).tolist()]


REFUSED = {
    1: ("", r"prices.csv: the file is empty \(0 bytes\); check the export"),
    2: ("date,y\n", r"prices.csv:1: header but no data rows"),
    "2 with blank lines": ("date,y\n\n\n", r"prices.csv:1: header but no data rows"),
    "2 with a blank cell over two lines": ('date,y\n"\n"', r"prices.csv:1: header but no data rows"),
    "4 without a mark": (DAYS.encode("utf-16-le"), r"not UTF-8 at byte 0; try data.encoding: utf-16"),
    "4 without a mark, big end first": (DAYS.encode("utf-16-be"), r"not UTF-8 at byte 0; try data.encoding: utf-16-be"),
    5: ("date,y\n2024-01-01,1\n2024-01-02,Münch\n".encode("cp1252"),
        r"prices.csv:3:13: not UTF-8 at byte 32 \(0xfc\); try data.encoding: cp1252"),
    7: ("date;y\n2024-01-01;1,5\n2024-01-02;2,5\n",
         r'prices.csv:2: column y: "1,5" is not a number; set data.decimal: ","'),
    8: ("date,y\n2024-01-01,1,5\n2024-01-02,2,5\n", r"prices.csv:2: 3 fields, header has 2"),
    9: ('date,y\n2024-01-01,"1,100.5"\n', r'csv:2: column y: "1,100.5" is not a number; set data.thousands: ","'),
    "9 with a no-break space": ("date,y\n2024-01-01,1\u00a0100\n", r"set data.thousands: \"\\u00a0\""),
    "9 with a thin space": ("date,y\n2024-01-01,1\u2009100\n", r"set data.thousands: \"\\u2009\""),
    10: ("date,y\n2024-01-01,€5\n", r"prices.csv:2: column y: .* is not a number; remove the sign"),
    "10 in per cent": ("date,y\n2024-01-01,5%\n", r'"5%" is not a number; remove the sign'),
    "10 with a typeset minus": ("date,y\n2024-01-01,\u22125\n",
         r"is not a number; write a plain minus \(-\) instead of U\+2212"),
    11: (DAYS + "2024-01-11,11,7\n", r"prices.csv:12: 3 fields, header has 2"),
    12: (DAYS + "2024-01-11\n2024-01-12,12\n", r"prices.csv:12: 1 field, header has 2 .*cut off"),
    "13 short": (DAYS + "2024-01-11", r"prices.csv:12: 1 field, header has 2 .*still be being written"),
    "13 at the point": (DAYS + "2024-01-11,1.", r'prices.csv:12: column y: "1." stops in the middle of a number'),
    "13 at the delimiter": (DAYS + "2024-01-11,",
         r"prices.csv:12: column y: the last line stops before its last cell, and has no line end; .*being written"),
    14: ("y,date\n" + "".join(f"{d},2024-01-{d:02d}\n" for d in range(1, 11)) + "11,2024-01-1",
         r'prices.csv:12: column date: "2024-01-1" is cut off; .*still be being written'),
    15: (DAYS + '2024-01-11,"11\n2024-01-12,12\n', r"prices.csv:12: a quote opens here and is never closed"),
    "18 damaged": (gzip.compress(DAYS.encode())[:-12], r"the gzip file is damaged"),
    "18 named gz and no table": (b"\x1f\x8b\x08\x00rubbish", r"the gzip file is damaged"),
    21: ("<!DOCTYPE html>\n<html></html>\n", r'starts with "<!DOCTYPE html>": this is a web page, not a CSV'),
    "21 as JSON": ('{"error": "gone"}\n', r"this is JSON, not a CSV"),
    "29 with a title": ("Prices of 2024\n" + DAYS,
         r"prices.csv:1: data.time: no column \"date\".*it stands on line 2: set data.skip_lines: 1"),
    "29 with a footer": (DAYS + "Total,55\n",
         r'prices.csv:12: column date: "Total" is not a time of the form %Y-%m-%d'),
    31: ("date,Y\n2024-01-01,1\n", r'data.target: no column "y"; the columns are "date", "Y"; did you mean "Y"\?'),
    32: ("date,y,y\n2024-01-01,1,2\n", r'column "y" appears twice \(2nd and 3rd\)'),
    33: ("2024-01-01,1\n2024-01-02,2\n", r'prices.csv:1: the first line looks like data: "2024-01-01,1"'),
    34: ("date,y\n2024-01-01,a\n2024-01-02,b\n2024-01-03,c\n",
         r'csv:2: column y: "a" is not.*\n.*csv:3: .*\n.*csv:4: '),
    35: ("date,y\n2024-01-01,#DIV/0!\n2024-01-02,2\n", r'"#DIV/0!" is not a number; .*data.missing'),
    "35 as a dash": ("date,y\n2024-01-01,-\n2024-01-02,2\n", r'"-" is not a number; .*data.missing'),
    37: ("date,y\n1700000000,1\n1700003600,2\n1700007200,3\n",
         r"1700000000 is a time in s since 1970.*data.time_unit: s"),
    39: ("date,y\n01/02/2024,1\n02/02/2024,2\n03/02/2024,3\n",
         r'two readings fit every row: %d/%m/%Y and %m/%d/%Y; set data.time_format: "%d/%m/%Y" or'),
    40: (DAYS + "11.01.2024,11\n2024-01-12,12\n",
         r'prices.csv:12: column date: "11.01.2024" is not a time of the form %Y-%m-%d'),
    "40 on the 30th of February": (DAYS + "2024-02-30,11\n", r'prices.csv:12: column date: "2024-02-30" is not a time'),
    "40 in the year 9999": (DAYS + "9999-01-11,11\n", r'prices.csv:12: column date: "9999-01-11" is not a time'),
    "40 in the year 1000": (DAYS + "1000-01-11,11\n", r'prices.csv:12: column date: "1000-01-11" is not a time'),
    41: (DAYS + ",11\n", r"prices.csv:12: column date: the time is missing; fill the cell or remove the row"),
    42: ("date,y\n2024-01-01T00:00+01:00,1\n2024-01-02T00:00+01:00,2\n2024-01-03T00:00+01:00,3\n",
         r"the times carry offsets to UTC .*set data.timezone"),
    47: (DAYS + "2024-01-10,11\n",
         r'csv:12: "2024-01-10" comes twice with different values \(lines 11 and 12\); set data.dupl'),
    49: ("date,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-07T05:00,4\n".replace("T05:00", ""),
         r"comes twice"),
    "49 irregular": ("date,y\n" + "".join(f"2024-01-05 {t},1\n" for t in ("00:00", "01:00", "02:00", "02:40", "04:00")),
                     r'csv:5: irregular times: 1 of 5 .*first "2024-01-05 02:40"; set data.resample'),
    52: ("date,y\n2024-01-01,1\n2024-01-02,2\n", r"2 moments in time, and a step can be read from 3; .*data.freq"),
    "55 without a frequency": ("date,y\n2024-01-01,1\n", r"1 moment in time, and a step can be read from 3"),
    59: ("date,y\n2024-01-01,\n2024-01-02,NA\n2024-01-03,\n", r'column "y" has no numbers in 3 rows'),
    63: (DAYS + "2024-01-11,inf\n", r'prices.csv:12: column y: "inf" is infinite'),
    "63 downwards": (DAYS + "2024-01-11,-Infinity\n", r'"-Infinity" is infinite'),
    "63 by its exponent": (DAYS + "2024-01-11,1e400\n", r'"1e400" is infinite'),
    64: (DAYS + "2024-01-11,1e308\n",
         r'prices.csv:12: column y: "1e308" is beyond the largest 32-bit number, 3.4e\+38'),
}  # fmt: skip


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"row {row}")
def test_what_no_table_may_hold_is_refused_with_its_place_and_a_remedy(read, row):
    text, words = REFUSED[row]

    with pytest.raises(DataError, match=words) as refusal:
        read(text)

    assert refusal.value.exit_code == 5


ACCEPTED = {
    3: b"\xef\xbb\xbf" + DAYS.encode(),
    4: DAYS.encode("utf-16"),
    "6 with semicolons": DAYS.replace(",", ";"),
    "6 with tabs": DAYS.replace(",", "\t"),
    "6 with pipes": DAYS.replace(",", "|"),
    "17 CRLF": DAYS.replace("\n", "\r\n"),
    "17 CR": DAYS.replace("\n", "\r"),
    "17 mixed": DAYS.replace("\n", "\r\n", 3),
    18: gzip.compress(DAYS.encode()),
    "29 with blank lines": DAYS.replace("2024-01-05", "\n\n2024-01-05"),
    "31 with blanks": DAYS.replace("date,y", " date , y "),
    "15 closed": DAYS.replace(",5\n", ',"5"\n'),
    "42 in UTC": DAYS.replace(",", "T00:00Z,").replace("dateT00:00Z", "date"),
}


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: f"row {row}")
def test_what_only_looks_odd_is_read_without_a_word(read, row):
    table = read(ACCEPTED[row])

    assert numbers(table) == [float(day) for day in range(1, 11)]
    assert table.notes == ()


def test_row_5_is_read_where_the_config_names_the_encoding(read):
    table = read(
        "date,größe\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n".encode("cp1252"), encoding="cp1252", target=("größe",)
    )

    assert table.panel.ids == ("größe",)


@pytest.mark.parametrize("encoding", ["utf-9", "base64"])
def test_row_5_an_encoding_that_does_not_exist_is_a_mistake_of_the_config(encoding):
    with pytest.raises(ConfigError, match=f'data.encoding: "{encoding}" is no text encoding'):
        read_raw("stdin", limit=1000, encoding=encoding, content=DAYS.encode())


def test_row_6_delimiters_that_disagree_are_reported_with_the_line(read):
    with pytest.raises(DataError, match=r"csv:3: 1 field, header has 2 \(delimiter \",\"\)"):
        read("date,y\n2024-01-01,1\n2024-01-02;2\n2024-01-03,3\n")


def test_row_7_decimal_commas_are_read_where_the_config_says_so(read):
    table = read("date;y\n2024-01-01;1,5\n2024-01-02;2\n2024-01-03;-3,25\n", decimal=",")

    assert numbers(table) == [1.5, 2.0, -3.25]


def test_row_9_thousands_are_read_where_the_config_says_so(read):
    table = read('date,y\n2024-01-01,"1,100.5"\n2024-01-02,2\n2024-01-03,"12,345,678"\n', thousands=",")

    assert numbers(table) == [1100.5, 2.0, 12345678.0]


def test_row_13_a_whole_last_row_without_a_line_end_is_read_and_noted(read):
    table = read(DAYS + "2024-01-11,11")

    assert numbers(table)[-1] == 11.0
    assert table.notes == ("the last line has no line end; it was read as it stands",)


def test_row_13_a_last_cell_that_nobody_reads_may_be_empty(read):
    text = DAYS.replace("\n", ",\n").replace("date,y,", "date,y,note")

    assert numbers(read(text.rstrip("\n")))[-1] == 10.0


def test_row_19_a_gzip_bomb_is_stopped_at_the_limit(read):
    with pytest.raises(DataError, match="holds more than 1000000 bytes, the most that is read"):
        read(gzip.compress(b"date,y\n" + b"0" * 10_000_000), limit=1_000_000)


def test_row_28_a_file_beyond_the_limit_is_not_read(read):
    with pytest.raises(DataError, match=r"holds more than 50 bytes.*raise limits.csv_bytes"):
        read(DAYS, limit=50)


def config_of(path, **options):
    return DataConfig(path=str(path), **({"time": ("date",), "target": ("y",)} | options))


def test_row_22_a_missing_file_is_named_with_its_neighbours(tmp_path):
    (tmp_path / "prices.csv").write_text(DAYS)

    with pytest.raises(DataError, match=r"price.csv: there is no such file; did you mean \"prices.csv\""):
        read_table(config_of(tmp_path / "price.csv"))


def test_row_23_a_directory_is_refused(tmp_path):
    with pytest.raises(DataError, match="is a directory"):
        read_table(config_of(tmp_path))


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_row_24_an_unreadable_file_is_refused_with_owner_and_mode(tmp_path):
    (tmp_path / "prices.csv").write_text(DAYS)
    (tmp_path / "prices.csv").chmod(0)

    with pytest.raises(DataError, match=r"its owner is uid \d+, its mode 0000, and we are uid"):
        read_table(config_of(tmp_path / "prices.csv"))


def test_row_24_the_right_to_read_that_is_lacking_is_told_with_owner_and_mode(tmp_path, monkeypatch):
    (tmp_path / "prices.csv").write_text(DAYS)
    monkeypatch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))

    with pytest.raises(DataError, match=r"may not be read: its owner is uid \d+, its mode 0\d+, and we are uid \d+"):
        read_table(config_of(tmp_path / "prices.csv"))


def test_row_26_a_named_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(DataError, match="is a named pipe, not a regular file"):
        read_table(config_of(tmp_path / "pipe"))


def test_row_26_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        with pytest.raises(DataError, match="is a socket, not a regular file"):
            read_table(config_of(tmp_path / "s"))


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_row_26_a_device_is_refused(device):
    with pytest.raises(DataError, match="is a device, not a regular file"):
        read_table(config_of(device))


@pytest.mark.parametrize("change", ["grows", "is replaced"])
def test_row_27_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    path = tmp_path / "prices.csv"
    path.write_text(DAYS)
    status = os.stat

    def meanwhile(name, **options):
        if change == "grows":
            path.write_text(DAYS + "2024-01-11,11\n")
        else:
            (tmp_path / "new").write_text(DAYS)
            (tmp_path / "new").replace(path)
        return status(name, **options)

    monkeypatch.setattr(os, "stat", meanwhile)
    with pytest.raises(DataError, match=r"changed while being read .*write to a temporary name and rename"):
        read_table(config_of(path))


def test_row_29_lines_above_the_header_are_skipped_where_the_config_says_so(read):
    assert numbers(read("Prices\nof 2024\n" + DAYS, skip_lines=2))[0] == 1.0


def test_row_29_lines_are_counted_from_the_top_of_the_file(read):
    with pytest.raises(DataError, match=r"prices.csv:14: column y: \"x\""):
        read("Prices\nof 2024\n" + DAYS + "2024-01-11,x\n", skip_lines=2)


def test_row_30_a_missing_time_column_is_named_with_the_nearest(read):
    with pytest.raises(DataError, match=r'data.time: no column "dat"; .*did you mean "date"\?'):
        read(DAYS, time=("dat",))


def test_row_34_many_bad_cells_are_counted(read):
    with pytest.raises(DataError, match="and 5 more problems"):
        read("date,y\n" + "".join(f"2024-01-{day:02d},x\n" for day in range(1, 11)))


def test_row_35_a_token_that_the_config_lists_is_a_gap(read):
    assert numbers(read(GAP.format("-"), missing=("-",))) == [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(("unit", "size"), [("s", 1), ("ms", 1000), ("us", 1_000_000)])
def test_row_37_numbers_since_1970_are_read_in_the_unit_of_the_config(read, unit, size):
    text = "date,y\n" + "".join(f"{(1_700_000_000 + 3600 * hour) * size},{hour}\n" for hour in range(4))

    clock = read(text, time_unit=unit).panel.clock

    assert clock.describe() == "1 hour"


def test_row_37_the_wrong_unit_is_told_by_the_range(read):
    with pytest.raises(DataError, match=r"1700000000000 is a time in ms since 1970.*set data.time_unit: ms"):
        read("date,y\n1700000000000,1\n1700003600000,2\n1700007200000,3\n", time_unit="s")


def test_row_39_a_day_beyond_the_twelfth_settles_the_reading(read):
    table = read("date,y\n11/02/2024,1\n12/02/2024,2\n13/02/2024,3\n")

    assert table.panel.clock.label(table.panel.clock.after(table.panel.times, 1)) == ["14/02/2024"]


def test_row_39_the_config_settles_the_reading(read):
    text = "date,y\n01/02/2024,1\n01/03/2024,2\n01/04/2024,3\n"

    assert read(text, time_format="%m/%d/%Y").panel.clock.describe() == "1 day"
    assert read(text, time_format="%d/%m/%Y").panel.clock.describe() == "1 month"


def berlin(first, hours, form="%Y-%m-%d %H:%M"):
    from forecaster.series.clock import Clock

    clock = Clock("fixed", 3_600_000_000, zone="Europe/Berlin", form=form)
    times = np.datetime64(first) + np.arange(hours) * np.timedelta64(1, "h")
    return "date,y\n" + "".join(f"{text},{n}\n" for n, text in enumerate(clock.label(times.astype("datetime64[us]"))))


def test_row_42_offsets_that_change_with_the_clocks_are_read_and_written_back(read):
    table = read(berlin("2024-10-26T20:00", 8, "%Y-%m-%dT%H:%M%:z"), timezone="Europe/Berlin")

    assert numbers(table) == [float(n) for n in range(8)]
    assert table.panel.clock.label(table.panel.times)[2:6] == [
        "2024-10-27T00:00+02:00",
        "2024-10-27T01:00+02:00",
        "2024-10-27T02:00+02:00",
        "2024-10-27T02:00+01:00",
    ]


@pytest.mark.parametrize("first", ["2024-10-26T20:00", "2024-03-30T20:00"])
def test_row_43_days_of_23_and_25_hours_have_neither_gap_nor_repetition(read, first):
    table = read(berlin(first, 12), timezone="Europe/Berlin")

    assert numbers(table) == [float(n) for n in range(12)]
    assert table.notes == ()


def test_row_43_newest_first_the_second_of_two_equal_hours_comes_first(read):
    header, *rows = berlin("2024-10-26T20:00", 8).splitlines()

    table = read("\n".join([header, *reversed(rows)]) + "\n", timezone="Europe/Berlin")

    assert numbers(table) == [float(n) for n in range(8)]


def year_of_hours(hole, twice):
    times = np.arange("2014-01-01", "2015-01-01", dtype="datetime64[h]").astype("datetime64[s]")
    times = np.sort(np.append(times[times != np.datetime64(hole)], np.datetime64(twice)))
    return "date,y\n" + "".join(f"{str(time).replace('T', ' ')},{n}\n" for n, time in enumerate(times))


def test_row_43_without_a_zone_both_days_are_named(read):
    text = year_of_hours("2014-03-09T02:00", "2014-11-02T01:00")

    with pytest.raises(
        DataError, match=r'"2014-11-02 01:00:00" comes twice and "2014-03-09 02:00:00" is missing.*timezone'
    ):
        read(text)


def test_row_43_hours_labelled_by_their_end_fit_no_zone(read):
    text = year_of_hours("2014-03-09T03:00", "2014-11-02T02:00")

    with pytest.raises(DataError, match=r'"2014-03-09 03:00:00" is missing.*set data.duplicates: mean'):
        read(text)
    with pytest.raises(DataError, match=r'"2014-03-09 02:00:00" does not exist in America/New_York.*duplicates: mean'):
        read(text, timezone="America/New_York")
    assert read(text, duplicates="mean").panel.steps == 8760


def test_row_44_rows_out_of_order_are_sorted_and_noted(read):
    table = read("date,y\n2024-01-06,2\n2024-01-05,1\n2024-01-07,3\n")

    assert numbers(table) == [1.0, 2.0, 3.0]
    assert "rows are not in order of time (1 is older than the one before, first at line 3)" in table.notes[0]


def test_row_45_newest_first_is_sorted_and_noted(read):
    header, *rows = DAYS.splitlines()
    table = read("\n".join([header, *reversed(rows)]) + "\n")

    assert numbers(table) == [float(day) for day in range(1, 11)]
    assert "rows come newest first" in table.notes[0]


def test_row_46_equal_rows_are_dropped_and_counted(read):
    table = read(DAYS + "2024-01-10,10\n2024-01-10,10\n")

    assert numbers(table)[-1] == 10.0
    assert table.notes == ("2 rows that repeat another were dropped (first at line 12)",)


@pytest.mark.parametrize(("policy", "value"), [("last", 20.0), ("mean", 15.0), ("sum", 30.0)])
def test_row_47_the_config_decides_between_two_values(read, policy, value):
    table = read(DAYS + "2024-01-10,20\n", duplicates=policy)

    assert numbers(table)[-1] == value
    assert f"the {policy} was taken" in table.notes[0]


def test_row_48_a_short_hole_is_interpolated_and_counted(read):
    table = read("date,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-10,6\n2024-01-11,7\n")

    assert numbers(table) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert table.notes == ("2 missing values in 1 hole were interpolated, the first at 2024-01-08",)


def test_row_48_a_long_hole_stays_open_and_is_described(read):
    table = read("date,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-12,6\n2024-01-13,7\n")

    assert np.isnan(table.panel.values[3:7]).all()
    assert "1 hole of 4 steps, the longest 4 (2024-01-08 to 2024-01-11)" in table.notes[0]


@pytest.mark.parametrize(("policy", "values"), [("interpolate", [4, 5, 6, 7, 8]), ("ffill", [3, 3, 3, 3, 3])])
def test_row_48_the_config_fills_holes_of_any_length(read, policy, values):
    table = read("date,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,3\n2024-01-13,9\n", gaps=policy)

    assert numbers(table)[3:-1] == values


def test_row_48_the_config_may_refuse_every_hole(read):
    with pytest.raises(DataError, match=r"data.gaps: 1 hole of 1 step, the longest 1 \(2024-01-07\)"):
        read(GAP.format(""), gaps="error")


def test_row_48_and_50_missing_weekdays_are_holidays(read):
    days = np.arange("2024-03-25", "2024-04-12", dtype="datetime64[D]")
    kept = [str(day) for day in days if np.is_busday(day) and str(day) not in ("2024-03-29", "2024-04-01")]
    table = read("date,y\n" + "".join(f"{day},{n}\n" for n, day in enumerate(kept)))

    assert numbers(table) == [float(n) for n in range(len(kept))]
    assert table.notes == ()
    assert table.panel.clock.label(table.panel.future(2)[0]) == ["2024-04-12", "2024-04-15"]


def test_row_49_irregular_rows_are_gathered_where_the_config_says_so(read):
    text = "date,y\n" + "".join(
        f"2024-01-05 {t},{n}\n" for n, t in enumerate(["00:10", "00:50", "01:20", "02:05", "02:06"])
    )

    assert numbers(read(text, resample=Resample(every="1h", by="mean"))) == [0.5, 2.0, 3.5]


def test_row_52_the_config_names_the_frequency_of_two_rows(read):
    assert read("date,y\n2024-01-01,1\n2024-01-02,2\n", freq="1d").panel.steps == 2


def test_row_54_an_old_last_row_is_stale(read):
    panel = read(DAYS).panel

    words = stale(panel, "3d", datetime(2024, 1, 19, tzinfo=UTC))

    assert words == "last row (2024-01-10) is 9 days old; max_age is 3d"
    assert stale(panel, "9d", datetime(2024, 1, 19, tzinfo=UTC)) is None
    assert (
        stale(panel, "6b", datetime(2024, 1, 19, tzinfo=UTC))
        == "last row (2024-01-10) is 7 business days old; max_age is 6b"
    )


def test_row_55_one_row_is_a_table_where_the_config_names_the_frequency(read):
    assert read("date,y\n2024-01-01,1\n", freq="1d").panel.steps == 1


def test_row_57_a_constant_series_is_noted(read):
    table = read("date,y\n2024-01-05,7\n2024-01-06,7\n2024-01-07,7\n")

    assert table.notes == ('series "y" is constant: 7',)


def test_row_60_empty_cells_are_gaps(read):
    table = read(GAP.format(""))

    assert numbers(table) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert table.notes == ("1 missing value in 1 hole was interpolated, the first at 2024-01-07",)


def test_row_61_leading_empty_cells_are_trimmed(read):
    table = read("date,y\n2024-01-05,\n2024-01-06,2\n2024-01-07,3\n")

    assert table.panel.clock.label(table.panel.times) == ["2024-01-06", "2024-01-07"]
    assert table.notes == ('1 empty cell before the first number of series "y" was left out (first at line 2)',)


def test_row_62_the_forecast_starts_after_the_last_real_value(read):
    table = read("date,y\n2024-01-05,1\n2024-01-06,2\n2024-01-07,\n2024-01-08,\n")

    assert table.panel.clock.label(table.panel.future(1)[0]) == ["2024-01-07"]
    assert table.notes == ('2 empty cells after the last number of series "y" were left out (first at line 4)',)


SLIP = DAYS + "2024-01-11,11\n2024-01-12,12000\n"


def test_row_65_a_unit_that_slipped_in_the_last_row_is_noted(read):
    assert read(SLIP).notes == (
        'line 13: the last value of series "y", 12000, is out of all proportion to those before it',
    )
    assert read(DAYS + "2024-01-11,11\n2024-01-12,12\n").notes == ()


@pytest.mark.parametrize("rows", [2, 5])
def test_row_65_units_that_slipped_in_several_of_the_newest_rows_are_noted(read, rows):
    text = SLIP.replace("2024-01-12,12000\n", "").replace(",11\n", ",11\n")
    slipped = "".join(f"2024-01-{day},{day}000\n" for day in range(12, 12 + rows))

    (note,) = read(text + slipped).notes

    assert note == (
        f'line {12 + rows}: the last {rows} values of series "y", 12000 to {11 + rows}000, '
        "are out of all proportion to those before them"
    )


def test_row_65_looking_at_the_last_row_alone_misses_units_that_slipped_together(read, monkeypatch):
    """The mutant."""
    monkeypatch.setattr("forecaster.series.oddities._ROWS", 1)

    assert read(SLIP + "2024-01-13,13000\n2024-01-14,14000\n").notes == ()


def test_row_65_a_level_that_has_held_for_longer_is_no_slip(read):
    slipped = "".join(f"2024-01-{day},{day}000\n" for day in range(12, 18))

    assert read(DAYS + "2024-01-11,11\n" + slipped).notes == ()


def test_row_65_one_value_that_is_right_again_ends_the_slip(read):
    assert read(SLIP + "2024-01-13,13\n").notes == ()


def test_row_65_a_unit_that_slipped_the_other_way_is_noted(read):
    text = "date,y\n" + "".join(f"2024-01-{day:02d},{100 + day}\n" for day in range(1, 15)) + "2024-01-15,0.1\n"

    assert "out of all proportion" in read(text).notes[0]


def test_row_65_a_unit_that_slipped_is_an_error_if_strict(read):
    with pytest.raises(DataError, match=r"csv:13: the last value of series \"y\", 12000, .*check its unit"):
        read(SLIP, strict=True)


PANEL = "date,id,y\n2024-01-05,a,1\n2024-01-06,a,2\n2024-01-07,a,3\n2024-01-06,1,5\n2024-01-07,1,6\n"


def test_row_69_series_of_different_lengths_share_one_clock(read):
    panel = read(PANEL, id="id").panel

    assert panel.ids == ("a", "1")
    assert panel.lengths.tolist() == [3, 2]
    assert panel.starts.tolist() == [0, 1]


def test_row_71_an_empty_series_is_left_out_and_listed(read):
    table = read(PANEL + "2024-01-05,b,\n2024-01-06,b,NA\n", id="id")

    assert table.panel.ids == ("a", "1")
    assert table.empty == ("b",)
    assert table.notes == ('series "b" has no numbers and is left out',)


def test_row_72_a_series_without_a_name_is_refused_with_its_line(read):
    with pytest.raises(DataError, match=r"prices.csv:7: column id: the series has no name"):
        read(PANEL + "2024-01-05,,4\n", id="id")


def test_row_76_names_of_series_are_kept_as_they_are(read):
    text = 'date,id,y\n2024-01-05,"../a\nb",1\n2024-01-06,"../a\nb",2\n2024-01-07,"../a\nb",3\n'

    assert read(text, id="id").panel.ids == ("../a\nb",)
