"""A table that lacks rows it once had, and dates that it does not reach: told, and never a quiet success."""

from __future__ import annotations

import json

import pytest
from commands import SMALL, business_days, forecast, write

from forecaster.workflows import noticing
from forecaster.workflows.train import train

ROWS = 120


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write(folder / "small.csv", business_days(ROWS))
    train(write(folder / "small.yaml", SMALL), runs=folder / "runs")
    return folder


@pytest.fixture
def night(made):
    """Forecast the table with so many rows; the lines on stderr, and the results."""

    def predict(rows, *options, code=0):
        write(made / "small.csv", business_days(rows))
        done = forecast("predict", "--csv", "small.csv", *options, cwd=made, check=code)
        return done.stderr.splitlines(), json.loads((made / "runs/small/run_results.json").read_text())

    predict.folder = made
    return predict


def test_a_table_that_ends_before_what_was_forecast_last_is_told_and_its_forecast_marked(night):
    night(ROWS + 5)

    (line,), results = night(ROWS + 3, code=3)

    assert "the newest row is" in line
    assert line.endswith("rows are missing from the table")
    assert results["code"] == 3
    assert (night.folder / "small.forecast.csv").read_text().splitlines()[1].endswith("stale")


def test_a_table_that_ends_before_the_training_did_is_told(night):
    (line,), _ = night(ROWS - 30, code=3)

    assert "rows are missing from the table" in line


def test_with_strict_nothing_is_written_over_the_last_good_forecast(night):
    night(ROWS + 5)
    before = (night.folder / "small.forecast.csv").read_bytes()

    (line,), _ = night(ROWS + 2, "--strict", code=5)

    assert "small.csv: the newest row is" in line
    assert (night.folder / "small.forecast.csv").read_bytes() == before


def test_a_night_that_is_asked_for_by_its_date_lacks_no_rows(night):
    night(ROWS + 5)

    lines, _ = night(ROWS + 5, "--cutoff", "2024-06-10")

    assert lines == []


def test_a_table_that_only_grows_or_stays_is_no_fault(night):
    for rows in (ROWS + 6, ROWS + 6, ROWS + 7):
        assert night(rows)[0] == []


def test_without_the_look_a_cut_table_replaces_the_good_forecast_in_silence(made, monkeypatch):
    """The mutant: what the tests above would find."""
    from forecaster.workflows.predict import predict_files
    from forecaster.workflows.request import Request
    from forecaster.workflows.training import Session

    monkeypatch.setattr(noticing, "cutoffs", lambda *_: [])
    session = Session(made / "runs")
    write(made / "small.csv", business_days(ROWS + 1))

    list(predict_files([str(made / "small.csv")], None, Request(), session))

    assert session.journal.code == 0


def test_a_cutoff_beyond_the_newest_row_is_told(night):
    (line,), _ = night(ROWS + 8, "--cutoff", "2030-01-01", code=3)

    assert '--cutoff "2030-01-01" is beyond the newest row, 2024-06-26: rows are missing' in line


def test_a_weekend_after_the_newest_business_day_is_not_beyond_it(night):
    """2024-06-28 is a Friday."""
    assert night(ROWS + 10, "--cutoff", "2024-06-30")[0] == []


def test_a_newer_table_of_another_name_takes_no_rows_from_the_run_s_own(tmp_path):
    write(tmp_path / "small.csv", business_days(ROWS))
    train(write(tmp_path / "small.yaml", SMALL), runs=tmp_path / "runs")
    write(tmp_path / "other.csv", business_days(ROWS + 30))
    forecast("predict", "--csv", "other.csv", "--run", "small", cwd=tmp_path, check=0)

    done = forecast("predict", "--csv", "small.csv", cwd=tmp_path, check=0)

    assert done.stderr == ""


def test_once_a_mistyped_date_is_mended_nothing_is_missing(tmp_path):
    """The forecast as of 2031 stays in the ledger; the table that never held that day is whole."""
    write(tmp_path / "small.csv", business_days(ROWS))
    train(write(tmp_path / "small.yaml", SMALL), runs=tmp_path / "runs")
    days = business_days(ROWS + 1)
    write(tmp_path / "small.csv", days + "2031-06-03,100\n")
    wrong = forecast("predict", "--csv", "small.csv", "--now", "2024-06-20", cwd=tmp_path)

    write(tmp_path / "small.csv", days)
    done = forecast("predict", "--csv", "small.csv", "--now", "2024-06-20", cwd=tmp_path, check=0)

    assert wrong.returncode == 0
    assert done.stderr == ""
