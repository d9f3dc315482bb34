"""Every row of the catalogue of bad input, sections A to E, as a user meets it: by `check`, `train` and `predict`."""

from __future__ import annotations

import gzip
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, business_days, forecast, write

from forecaster.cli import run
from forecaster.cli.boundary import guarded
from forecaster.workflows.journal import Journal

ROOT = Path(__file__).parents[2]
BASE = business_days(60)
HEAD, *ROWS = BASE.splitlines()
LAST, NEXT = ROWS[-1], "2024-03-25"  # the business day after the last one
QUICK = 1.0  # seconds that a refusal may take


@pytest.fixture(scope="module")
def shared(trained, tmp_path_factory):
    """A copy of the trained folder that these tests may write to."""
    return shutil.copytree(trained, tmp_path_factory.mktemp("shared") / "home", symlinks=True)


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run a command line in this process, as the boundary does: its code, what it prints, and how long it takes."""
    monkeypatch.chdir(tmp_path)
    handler = signal.getsignal(signal.SIGTERM)

    def commanded(*arguments):
        journal = Journal()
        began = time.process_time()  # another job on the machine is no slowness of ours
        code = guarded(lambda: run([str(argument) for argument in arguments], journal), journal)
        seconds = time.process_time() - began
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return code, said.out, said.err, seconds, journal

    yield commanded
    signal.signal(signal.SIGTERM, handler)


@dataclass(frozen=True)
class Bad:
    """A table that is refused: its bytes, the line that is named, the words, and what the config says of it."""

    text: str | bytes
    line: int | None
    words: str
    config: str = ""
    bare: str | None = ""  # the words without a config; None where the automatic choice reads it


def after(line, rows=ROWS):
    return "\n".join([HEAD, *rows, line])


def instead(number, text):
    """The table with another row; 0 is the first one, which stands on line 2."""
    return "\n".join([HEAD, *ROWS[:number], text, *ROWS[number + 1 :], ""])


def cell(text, number=7):
    day = ROWS[number].split(",")[0]
    return instead(number, f"{day},{text}")


def days(text):
    """The table with every date written otherwise."""
    return "\n".join([HEAD, *(f"{text(row.split(',')[0])},{row.split(',')[1]}" for row in ROWS), ""])


def month_first(day):
    return f"{day[5:7]}/{day[8:]}/{day[:4]}"


REFUSED = {
    1: Bad("", None, r"the file is empty \(0 bytes\); check the export that writes it"),
    2: Bad("date,price\n", 1, "header but no data rows"),
    4: Bad(BASE.encode("utf-16-le"), None, r"not UTF-8 at byte 0; try data\.encoding: utf-16"),
    5: Bad(cell("Mü").encode("cp1252"), 9, r"not UTF-8 at byte \d+ \(0xfc\); try data\.encoding: cp1252"),
    7: Bad(BASE.replace(",", ";").replace(".", ","), 2,
           r'column price: "\d+,\d+" is not a number; .*data\.decimal: ","', bare=None),
    8: Bad(BASE.replace(".", ","), 2, "3 fields, header has 2"),
    9: Bad(cell('"1,100.5"'), 9, r'"1,100\.5" is not a number; set data\.thousands: ","'),
    "9 by a thin space": Bad(cell("1\u2009100"), 9, r'is not a number; set data\.thousands: "\\u2009"'),
    10: Bad(cell("€5"), 9, "is not a number; remove the sign and keep the plain number"),
    "10 in per cent": Bad(cell("5%"), 9, "is not a number; remove the sign"),
    "10 by a typeset minus": Bad(cell("\u22125"), 9, r"is not a number; write a plain minus \(-\) instead of U\+2212"),
    11: Bad(after(f"{NEXT},1,2\n"), 62, "3 fields, header has 2"),
    12: Bad(instead(7, "2024-01-10"), 9, "1 field, header has 2 .*a write may have been cut off"),
    13: Bad(after("2024-03-2"), 62, "1 field, header has 2 .*the file may still be being written"),
    "13 at the point": Bad(after(f"{NEXT},98."), 62, "stops in the middle of a number; .*still be being written"),
    "13 at the delimiter": Bad(after(f"{NEXT},"), 62, "the last line stops before its last cell.*still be being"),
    14: Bad("\n".join(",".join(row.split(",")[::-1]) for row in [HEAD, *ROWS]) + "\n98.1,2024-03-2", 62,
            '"2024-03-2" is cut off; .*still be being written'),
    15: Bad(instead(7, '2024-01-10,"98'), 9, "a quote opens here and is never closed"),
    18: Bad(gzip.compress(BASE.encode())[:-12], None, "the gzip file is damaged"),
    19: Bad(gzip.compress(b"date,price\n" + b"0" * 3_000_000), None, "holds more than 1048576 bytes, the most",
            config="limits: {csv_bytes: 1MiB}", bare=None),
    21: Bad("<!DOCTYPE html>\n<html>", None, 'starts with "<!DOCTYPE html>": this is a web page, not a CSV'),
    "21 as JSON": Bad('{"error": 404}\n', None, "this is JSON, not a CSV"),
    28: Bad(HEAD + "\n" + "2024-01-01,1\n" * 100_000, None, "holds more than 1048576 bytes.*raise limits.csv_bytes",
            config="limits: {csv_bytes: 1MiB}", bare=None),
    29: Bad("Prices of 2024\n" + BASE, None, r"set data\.skip_lines: 1"),
    "29 with a footer": Bad(after("Total,5000\n"), 62, '"Total" is not a time of the form %Y-%m-%d'),
    30: Bad(BASE.replace("price", "amount"), 1, r'data\.target: no column "price"; the columns are "date", "amount"',
            bare=None),
    31: Bad(BASE.replace("price", "Price"), 1, r'no column "price".*did you mean "Price"\?', bare=None),
    32: Bad(BASE.replace("\n", ",1\n").replace("date,price,1", "date,price,price"), 1,
            r'column "price" appears twice \(2nd and 3rd\)', bare="(appears twice|price)"),
    33: Bad("\n".join([*ROWS, ""]), 1, "the first line looks like data: "),
    34: Bad("\n".join([HEAD, *(f"{row.split(',')[0]},x{n}" for n, row in enumerate(ROWS)), ""]), 2,
            r'"x0" is not a number(.*\n)*.*and 55 more problems'),
    35: Bad(cell("#DIV/0!"), 9, r'"#DIV/0!" is not a number; correct the cell, or add it to data\.missing'),
    37: Bad(days(lambda day: str(np.datetime64(day, "s").astype(int))), None,
            r"a time in s since 1970.*data\.time_unit: s", bare=r"data\.time_unit: s"),
    39: Bad("date,price\n" + "".join(f"0{n}/0{m}/2024,{n}\n" for m in range(1, 9) for n in range(1, 9)), None,
            r"two readings fit every row: %d/%m/%Y and %m/%d/%Y; set data\.time_format"),
    40: Bad(instead(7, "11.01.2024,5"), 9, '"11.01.2024" is not a time of the form %Y-%m-%d'),
    "40 on 30 February": Bad(instead(45, "2024-02-30,5"), 47, '"2024-02-30" is not a time'),
    "40 in the year 9999": Bad(after("9999-01-11,5\n"), 62, '"9999-01-11" is not a time'),
    41: Bad(instead(7, ",5"), 9, "the time is missing; fill the cell or remove the row"),
    42: Bad(days(lambda day: f"{day}T00:00+01:00"), None, r"the times carry offsets to UTC.*set data\.timezone"),
    47: Bad(after(f"{LAST.split(',')[0]},7\n"), 62,
            r"comes twice with different values \(lines 61 and 62\); set data\.duplicates"),
    48: Bad("\n".join([HEAD, *ROWS[:50], *(f"{row.split(',')[0]}," for row in ROWS[50:55]), *ROWS[55:], ""]), None,
            r"data\.gaps: 1 hole of 5 steps.*in the newest 10 steps, which a forecast needs", bare=None),
    49: Bad("date,price\n" + "".join(f"2024-01-01 0{n // 6}:{n % 6}{n % 7},1{n}\n" for n in range(50)), None,
            r"irregular times: .*set data\.resample"),
    52: Bad("\n".join([HEAD, *ROWS[:2], ""]), None, r"has 2 rows, but training needs 16",
            bare="2 moments in time, and a step can be read from 3"),
    55: Bad("\n".join([HEAD, *ROWS[:1], ""]), None, r"has 1 row, but training needs 16 \(lookback 10 \+ horizon 3",
            bare="1 moment in time, and a step can be read from 3"),
    56: Bad("\n".join([HEAD, *ROWS[:12], ""]), None,
            r"has 12 steps, but training needs 16 .*set window\.lookback: 6, the",
            bare=None),
    59: Bad("\n".join([HEAD, *(f"{row.split(',')[0]}," for row in ROWS), ""]), None, 'column "price" has no numbers',
            bare="numbers"),
    63: Bad(cell("-inf"), 9, '"-inf" is infinite'),
    "63 by its exponent": Bad(cell("1e400"), 9, '"1e400" is infinite'),
    64: Bad(cell("1e308"), 9, r"beyond the largest 32-bit number, 3\.4e\+38"),
    66: Bad(cell("-5"), None, r"scale: log needs values above 0, but 1 of 60 are not.*set model\.scale: standard",
            config="model: {scale: log, layers: [{gru: {units: 4}}]}", bare=None),
    72: Bad(BASE.replace(",", ",a,").replace(",a,price", ",id,price").replace("-10,a,", "-10,,", 1), 9,
            "column id: the series has no name; fill the cell",
            config="data: {path: small.csv, time: date, target: price, id: id}", bare=None),
    91: Bad(BASE, None, r"has 60 steps, but training needs 206 .*set window\.lookback: 54, the largest",
            config="window: {lookback: 200, horizon: 3}", bare=None),
}  # fmt: skip
ONLY_CONFIG = {19, 28, 48, 52, 55, 56, 66, 72, 91}  # what a run is not asked about, or answers otherwise


def yaml_of(bad):
    """The small config, with the sections that the row says instead."""
    if not bad.config:
        return SMALL
    section = bad.config.partition(":")[0]
    return "\n".join(line for line in SMALL.splitlines() if not line.startswith(section)) + f"\n{bad.config}\n"


def put(folder, bad):
    (folder / "small.csv").write_bytes(bad.text if isinstance(bad.text, bytes) else bad.text.encode())
    write(folder / "small.yaml", yaml_of(bad))


def refused(answer, bad, file, words):
    code, _, err, seconds, _ = answer
    assert code == 5, err
    assert re.search(words, err), err
    assert err.startswith(f"forecast: error: {file}")
    assert bad.line is None or re.search(rf"{re.escape(str(file))}:{bad.line}:", err), err
    assert seconds < QUICK


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"row {row}")
def test_a_table_is_refused_by_check_and_by_train_with_its_line_and_what_to_do(row, command, tmp_path):
    bad = REFUSED[row]
    put(tmp_path, bad)

    for how in ("check", "train"):
        refused(command(how, "small.yaml"), bad, tmp_path / "small.csv", bad.words)

    assert not (tmp_path / "runs/small").exists()


@pytest.mark.parametrize("row", [row for row in REFUSED if row not in ONLY_CONFIG], ids=lambda row: f"row {row}")
def test_a_table_is_refused_by_the_run_that_forecasts_it(row, command, tmp_path, shared):
    bad = REFUSED[row]
    put(tmp_path, bad)

    answer = command("predict", "--csv", "small.csv", "--run", "small", "--runs", shared / "runs")

    refused(answer, bad, tmp_path / "small.csv", bad.words)
    assert not (tmp_path / "small.forecast.csv").exists()


@pytest.mark.parametrize(
    "row", [row for row, bad in REFUSED.items() if bad.bare is not None], ids=lambda row: f"row {row}"
)
def test_a_table_is_refused_on_its_first_night(row, command, tmp_path):
    bad = REFUSED[row]
    put(tmp_path, bad)

    for arguments in (("check", "small.csv"), ("predict", "--csv", "small.csv")):
        code, _, err, seconds, _ = command(*arguments)
        assert code == 5, err
        assert re.search(bad.bare or bad.words, err), err
        assert str(tmp_path / "small.csv") in err
        assert bad.bare or bad.line is None or f"small.csv:{bad.line}" in err, err
        assert seconds < QUICK

    assert not (tmp_path / "runs/small").exists()


MENDED = {4, 5, 7, 9, "9 by a thin space", 29, 31, 35, 37, 39, 42, 47, 48, 49, 56, 63, "63 by its exponent", 66, 91}


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"row {row}")
def test_what_check_says_to_set_mends_the_table(row, command, tmp_path):
    put(tmp_path, REFUSED[row])

    out = command("check", "small.yaml")[1]

    assert ("with these it reads" in out) is (row in MENDED)
    if row in MENDED:
        options = shlex.split(out.partition("on the command line: ")[2])
        assert command("check", "small.yaml", *options)[0] == 0


@dataclass(frozen=True)
class Odd:
    """A table that is read: its bytes, and what is noted of it."""

    text: str | bytes
    note: str | None = None


def slipped(count, factor=1000):
    rows = [f"{row.split(',')[0]},{float(row.split(',')[1]) * factor:.0f}" for row in ROWS[-count:]]
    return "\n".join([HEAD, *ROWS[:-count], *rows, ""])


ACCEPTED = {
    3: Odd(b"\xef\xbb\xbf" + BASE.encode()),
    4: Odd(BASE.encode("utf-16")),
    6: Odd(BASE.replace(",", ";")),
    "6 by tabs": Odd(BASE.replace(",", "\t")),
    "6 by pipes": Odd(BASE.replace(",", "|")),
    13: Odd(BASE.rstrip("\n"), "the last line has no line end"),
    17: Odd(BASE.replace("\n", "\r\n")),
    "17 by CR": Odd(BASE.replace("\n", "\r")),
    18: Odd(gzip.compress(BASE.encode())),
    "29 by blank lines": Odd(BASE.replace("2024-02-01", "\n\n2024-02-01")),
    "31 by blanks": Odd(BASE.replace("date,price", " date , price ")),
    "35 listed": Odd(cell("NA"), "1 missing value in 1 hole was interpolated"),
    44: Odd("\n".join([HEAD, ROWS[1], ROWS[0], *ROWS[2:], ""]), "rows are not in order of time"),
    45: Odd("\n".join([HEAD, *ROWS[::-1], ""]), "rows come newest first"),
    46: Odd(after(LAST + "\n"), "1 row that repeats another was dropped"),
    48: Odd(cell(""), "1 missing value in 1 hole was interpolated"),
    50: Odd("\n".join([HEAD, *ROWS[:20], *ROWS[21:], ""])),
    57: Odd("\n".join([HEAD, *(f"{row.split(',')[0]},7" for row in ROWS), ""]), 'series "price" is constant: 7'),
    60: Odd(cell("NaN"), "1 missing value in 1 hole was interpolated, the first at"),
    61: Odd(instead(0, "2024-01-01,"), "1 empty cell before the first number"),
    62: Odd(after(f"{NEXT},\n"), "1 empty cell after the last number"),
    65: Odd(slipped(1), 'the last value of series "price", .* is out of all proportion'),
    "65 in three rows": Odd(slipped(3), 'the last 3 values of series "price", .* are out of all proportion'),
}  # fmt: skip


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: f"row {row}")
def test_what_only_looks_odd_is_forecast_and_noted_in_the_results(row, command, tmp_path, shared):
    odd = ACCEPTED[row]
    (tmp_path / "small.csv").write_bytes(odd.text if isinstance(odd.text, bytes) else odd.text.encode())

    code, out, err, _, journal = command("predict", "--csv", "small.csv", "--run", "small", "--runs", shared / "runs")

    assert (code, out, err) == (0, "", "")
    assert (tmp_path / "small.forecast.csv").exists()
    notes = [note for note in journal.warnings if "its network has learned from rows up to" not in note]
    assert re.search(odd.note, "\n".join(notes)) if odd.note else notes == []


@pytest.mark.parametrize("row", [65, "65 in three rows"])
def test_row_65_units_that_slipped_are_an_error_if_strict(row, command, tmp_path, shared):
    write(tmp_path / "small.csv", ACCEPTED[row].text)

    code, _, err, _, _ = command(
        "predict", "--csv", "small.csv", "--run", "small", "--runs", shared / "runs", "--strict"
    )

    assert code == 5
    assert re.search(r"small\.csv:61: .*out of all proportion.*check its unit", err)


CONFIGS = {
    77: ("window: {lookbak: 10, horizon: 3}", r'unknown key "lookbak"; did you mean "lookback"\?'),
    78: ("window:\n\tlookback: 10", "a tab in the indentation; use spaces"),
    79: ('window: {lookback: "10", horizon: 3}', 'got the text "10"; write steps without quotes'),
    81: ("model: {layers: [{gru: {units: 1_000}}]}", "write it without underscores"),
    82: ("window: {lookback: 10, lookback: 9, horizon: 3}", '"lookback" is already set on line'),
    83: ("window: &w {lookback: 10, horizon: 3}", 'an anchor, "&w"'),
    84: ("window: &w [*w]", 'an alias, "\\*w"'),
    86: ("window: " + "[" * 2000, "more than 20 levels of brackets or indentation"),
    87: ("window: {lookback: 10, horizon: 3}\n# " + "x" * 70_000, "larger than 64 KiB"),
    88: ('window: "\\UFFFFFFFF"', "the YAML parser gives up after this place"),
    89: ("window: {lookback: 10, horizon: 3}\n---\na: 1", "a second document starts here"),
    90: ("window: {lookback: 0, horizon: 3}", "must be greater than 0, got 0; give the steps of the past"),
    92: ("model: {layers: []}", "must have at least 1 entry, got 0"),
    93: ("model: {layers: [{Lambda: {}}]}", 'layer 1: unknown layer "Lambda"; known are simple_rnn'),
    94: ("training: {optimizer: {adam: {learning_rate: .nan}}}", r"training\.optimizer\.adam\.learning_rate: must be"),
    95: ("model: {layers: [{gru: {units: 1000000000}}]}", "must be at most 1,000,000, got 1000000000"),
    "95 by parameters": ("model: {layers: [{gru: {units: 100000}}]}", "parameters.*lower the units"),
    96: ("name: ../small", "name: must be a name of at most 64 letters, digits"),
    "96 by a path": ("data: {path: ~/small.csv, time: date, target: price}", "holds what only a shell expands"),
}  # fmt: skip


@pytest.mark.parametrize("row", CONFIGS, ids=lambda row: f"row {row}")
def test_a_config_is_refused_by_check_and_by_train_with_its_line_and_what_to_do(row, command, tmp_path):
    text, words = CONFIGS[row]
    write(tmp_path / "small.csv", BASE)
    write(tmp_path / "small.yaml", yaml_of(Bad("", None, "", text)))

    for how in ("check", "train"):
        code, _, err, seconds, _ = command(how, "small.yaml")
        assert code == 4, err
        assert re.search(words, err), err
        assert re.match(r"forecast: error: .*small\.yaml:", err), err
        assert row in {87, "95 by parameters"} or re.search(r"small\.yaml:\d+:\d+: ", err), err
        assert seconds < QUICK


@pytest.mark.parametrize("written", ["1e-3", "0.001"])
def test_row_80_a_learning_rate_may_be_written_with_an_exponent(written, command, tmp_path):
    write(tmp_path / "small.csv", BASE)
    write(tmp_path / "small.yaml", SMALL.replace("40}", f"40, optimizer: {{adam: {{learning_rate: {written}}}}}}}"))

    assert command("check", "small.yaml")[0] == 0


FILES = {
    22: (lambda path: path.with_name("smal.csv").write_text(BASE), r'there is no such file; did you mean "smal\.csv"'),
    23: (lambda path: path.mkdir(), "is a directory"),
    26: (os.mkfifo, "is a named pipe, not a regular file"),
}


@pytest.mark.parametrize("row", FILES, ids=lambda row: f"row {row}")
def test_what_is_no_file_is_refused_without_waiting(row, command, tmp_path, shared):
    make, words = FILES[row]
    make(tmp_path / "small.csv")
    write(tmp_path / "small.yaml", SMALL)

    for arguments in (
        ("check", "small.yaml"),
        ("check", "small.csv"),
        ("train", "small.yaml"),
        ("predict", "--csv", "small.csv"),
        ("predict", "--csv", "small.csv", "--run", "small", "--runs", shared / "runs"),
    ):
        code, _, err, seconds, _ = command(*arguments)
        assert code == 5
        assert re.search(rf"{re.escape(str(tmp_path))}/small\.csv: {words}", err), err
        assert seconds < QUICK


@pytest.mark.parametrize(("make", "words"), [(None, "no such file"), (Path.mkdir, "is a directory; name a YAML file")])
def test_row_97_a_config_that_is_no_file_is_refused(make, words, command, tmp_path):
    if make is not None:
        make(tmp_path / "small.yaml")

    for how in ("check", "train"):
        code, _, err, _, _ = command(how, "small.yaml")
        assert code == 4
        assert words in err


def test_row_51_another_clock_is_refused_with_both(command, tmp_path, shared):
    hours = "".join(f"2024-01-01 {hour:02}:00,{hour}\n" for hour in range(24))
    write(tmp_path / "hours.csv", f"date,price\n{hours}")

    code, _, err, _, _ = command("predict", "--csv", "hours.csv", "--run", "small", "--runs", shared / "runs")

    assert code == 6
    assert "the model expects 1 business day between rows, the file has 1 hour" in err


def test_without_the_guard_a_line_that_is_cut_is_forecast_from(command, tmp_path, monkeypatch):
    """The mutant of row 13."""
    monkeypatch.setattr("forecaster.series.rows._refuse_stopped", lambda *_: None)
    put(tmp_path, REFUSED["13 at the delimiter"])

    assert command("check", "small.yaml")[0] == 0


def test_row_72_ids_are_texts_without_the_blanks_around_them(command, tmp_path):
    """A quoted "1", a bare 1 and a 1 between blanks are one series; 01 is another."""
    names = ['"1"', "1", " 1 "]
    dated = [(row.split(",")[0], n) for n, row in enumerate(ROWS)]
    rows = [f"{day},{name},{n}" for day, n in dated for name in (names[n % 3], "01")]
    write(tmp_path / "small.csv", "\n".join(["date,id,price", *rows, ""]))
    write(tmp_path / "small.yaml", SMALL.replace("target: price", "target: price, id: id"))

    code, out, _, _, _ = command("check", "small.yaml")

    assert code == 0
    assert "2 series" in out


def test_row_131_a_file_whose_name_is_not_utf_8_is_checked(command, tmp_path):
    name = os.fsencode(tmp_path) + b"/pr\xfc.csv"
    Path(os.fsdecode(name)).write_text(BASE)

    done = subprocess.run([sys.executable, "-m", "forecaster", "check", name], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(name + b": fine")


def test_refusals_come_before_tensorflow_in_under_a_second(tmp_path):
    """In a process of its own, with Python's own start: 5 for the table, 4 for the config, 2 for the command."""
    write(tmp_path / "small.csv", "")
    write(tmp_path / "small.yaml", SMALL)
    write(tmp_path / "bad.yaml", "a: [")

    for arguments, code in ((("predict", "--csv", "small.csv"), 5), (("train", "bad.yaml"), 4), (("predict",), 2)):
        assert min(timed(arguments, code, tmp_path) for _ in range(2)) < QUICK, arguments


def timed(arguments, code, folder):
    """The seconds of processor that it takes, whatever else runs on the machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    forecast(*arguments, cwd=folder, check=code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_refusal_of_a_table_loads_no_tensorflow(command, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # importing it is an error from here on
    put(tmp_path, REFUSED[56])

    assert command("train", "small.yaml")[0] == 5


ELSEWHERE = {
    24: "tests/series/test_catalogue.py::test_row_24_an_unreadable_file_is_refused_with_owner_and_mode",
    27: "tests/series/test_catalogue.py::test_row_27_a_file_that_changes_while_it_is_read_is_refused",
    43: "tests/series/test_catalogue.py::test_row_43_without_a_zone_both_days_are_named",
    51: "tests/cli/test_catalogue.py::test_row_51_another_clock_is_refused_with_both",
    54: "tests/cli/test_predict.py::test_stale_input_is_forecast_but_marked",
    67: "tests/forecasters/test_sanity.py::test_a_forecast_beyond_that_is_named_with_its_series_and_time",
    69: "tests/series/test_catalogue.py::test_row_69_series_of_different_lengths_share_one_clock",
    70: "tests/workflows/test_forecasting.py::test_a_series_that_is_too_short_falls_back_and_the_others_do_not",
    71: "tests/workflows/test_forecasting.py::test_a_series_without_numbers_is_skipped_and_listed",
    74: "tests/workflows/test_guards.py::test_series_that_are_gone_and_series_that_are_new_are_listed_and_no_fault",
    75: "tests/workflows/test_guards.py::test_when_the_time_is_up_the_rest_repeats_its_last_season",
    76: "tests/series/test_catalogue.py::test_row_76_names_of_series_are_kept_as_they_are",
    80: "tests/cli/test_catalogue.py::test_row_80_a_learning_rate_may_be_written_with_an_exponent",
    97: "tests/cli/test_catalogue.py::test_row_97_a_config_that_is_no_file_is_refused",
}
SECTIONS = {
    "A": (*range(1, 16), 17, 18, 19, 21, 22, 23, 24, 26, 27, 28, 29),
    "B": (*range(30, 36), 37, *range(39, 44)),
    "C": (*range(44, 53), *range(54, 58), *range(59, 68)),
    "D": (69, 70, 71, 72, 74, 75, 76),
    "E": (*range(77, 85), *range(86, 98)),
}


def number(row):
    return int(str(row).split(" ")[0])


@pytest.mark.parametrize("section", SECTIONS)
def test_no_row_of_the_catalogue_is_left_out(section):
    here = {number(row) for table in (REFUSED, ACCEPTED, CONFIGS, FILES) for row in table}

    assert [row for row in SECTIONS[section] if row not in here and row not in ELSEWHERE] == []


@pytest.mark.parametrize("row", ELSEWHERE)
def test_a_row_that_is_tested_elsewhere_is_tested_there(row):
    file, _, name = ELSEWHERE[row].partition("::")

    assert f"def {name}(" in (ROOT / file).read_text()
