"""The picture of a run, from its files and its table."""

from __future__ import annotations

import numpy as np
import pytest
from commands import business_days

from forecaster.errors import UsageError
from forecaster.runs.versions import open_run
from forecaster.series.clock import Clock
from forecaster.workflows.plot import local, picture_of


def test_the_history_goes_on_to_the_newest_row_of_the_table(home, trained):
    run = open_run(trained / "runs", "small")
    newest = str(picture_of(run).times[-1].astype("datetime64[D]"))

    assert newest == business_days(300).splitlines()[-1].split(",")[0]


def test_without_the_table_the_history_is_that_of_the_training(trained, tmp_path, monkeypatch):
    run = open_run(trained / "runs", "small")
    whole = picture_of(run)
    monkeypatch.setattr("forecaster.workflows.plot._now", lambda *_: None)

    assert picture_of(run).times.tolist() == whole.times.tolist()
    assert picture_of(run).values.tolist() == whole.values.tolist()


def test_an_axis_shows_the_hours_of_the_tables_zone():
    clock = Clock("fixed", 3_600_000_000, zone="Europe/Berlin")
    times = np.array(["2024-07-01T22:00", "2024-12-01T23:00"], dtype="datetime64[us]")

    assert [str(time)[:16] for time in local(times, clock)] == ["2024-07-02T00:00", "2024-12-02T00:00"]


def test_a_series_that_is_none_is_refused_with_those_that_are(trained):
    with pytest.raises(UsageError, match=r'--series "cost": no such series; choose one of "price"'):
        picture_of(open_run(trained / "runs", "small"), "cost")


def test_what_is_drawn_of_a_run_are_its_own_numbers(trained):
    run = open_run(trained / "runs", "small")

    picture = picture_of(run)

    assert picture.verdict == run.report().verdict_text
    assert picture.errors["model"].shape == (3,)
    assert picture.folds.actual.shape == (run.report().folds, 3)
