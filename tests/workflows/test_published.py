"""A forecast as it is told, kept in its run, and listed with it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import published as published_entries
from forecaster.runs.published import load_forecast, newest_forecast
from forecaster.runs.versions import open_run
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.store import digest
from forecaster.workflows.forecasting import Beside
from forecaster.workflows.journal import Journal
from forecaster.workflows.keeping import Sent, publish
from forecaster.workflows.published import Published
from forecaster.workflows.runs import rows
from forecaster.workflows.tables import read_again

STEPS = Clock("step", 1)


def forecast(*, status=(("ok", "ok"), ("ok", "rolled"))):
    """Two series, two steps, one interval."""
    values = np.array([[1.0, 2.0], [30.0, 40.5]])
    return Forecast(
        ids=("a", "b"),
        cutoffs=np.array([6, 6]),
        times=np.array([[7, 8], [7, 8]]),
        values=values,
        intervals=(0.8,),
        lower=values[..., None] - 1,
        upper=values[..., None] + 1,
        status=status,
    )


def published(place=Path("/srv/a.csv"), **more):
    return Published("air", "0000000001-abcd", forecast(**more), STEPS, "csv", place)


def test_a_person_is_told_the_file_the_steps_the_last_one_and_the_run():
    plain = published(status=(("ok", "ok"),) * 2)

    assert plain.summary() == "/srv/a.csv: 2 steps to 8, by run air"


def test_what_is_not_ok_is_told_once_and_in_order():
    doubtful = published(status=(("stale", "rolled"), ("ok", "rolled")))

    assert doubtful.summary().endswith("by run air (rolled, stale)")


def test_the_table_is_printed_where_it_has_no_file():
    assert published(place=None).printed
    assert not published().printed


def test_a_series_is_an_object_whose_lists_are_as_long_as_the_horizon():
    whole = json.loads(published().to_json())

    assert (whole["schema"], whole["run"], whole["version"]) == (1, "air", "0000000001-abcd")
    assert whole["series"][1] == {
        "series": "b",
        "times": ["7", "8"],
        "forecast": [30.0, 40.5],
        "lower_80": [29.0, 39.5],
        "upper_80": [31.0, 41.5],
        "status": ["ok", "rolled"],
    }


def dated(**more):
    """The same forecast, of two business days."""
    return replace(forecast(**more), times=np.stack([DAYS, DAYS]))


def keep(run, said, table, *, sha256="a" * 64):
    """Publish a made-up forecast of a run, as if it came from that table."""
    table = replace(table, sha256=sha256)
    beside = Beside("naive", np.full(said.values.shape, 0.5))
    sent = Sent("csv", run.folder.parent.parent / "out.csv", None, run.folder / "paths.csv")
    publish(run, said, beside, table, sent, Journal())


@pytest.fixture
def run(home):
    return open_run(home / "runs", "small")


@pytest.fixture
def table(run, home):
    """The table of the run: its newest day is 2025-02-21, a Friday."""
    return read_again(run, run.config(), home / "small.csv")


DAYS = np.array(["2025-02-24", "2025-02-25"], dtype="datetime64[us]")


def test_what_is_kept_is_read_again_to_the_bit(run, table):
    keep(run, dated(), table)

    kept = load_forecast(newest_forecast(run.folder))

    assert (kept.ids, kept.times) == (("a", "b"), (("2025-02-24", "2025-02-25"),) * 2)
    assert kept.values.tolist() == [[1.0, 2.0], [30.0, 40.5]]
    assert kept.upper.tolist() == [[[2.0], [3.0]], [[31.0], [41.5]]]
    assert kept.status == (("ok", "ok"), ("ok", "rolled"))
    assert (kept.baseline, kept.beside.tolist()) == ("naive", [[0.5, 0.5], [0.5, 0.5]])


def test_a_forecast_without_marks_is_kept_as_ok(run, table):
    keep(run, dated(status=()), table)

    assert load_forecast(newest_forecast(run.folder)).status == (("ok", "ok"),) * 2


def test_the_file_is_named_by_a_counter_the_cutoff_and_the_version(run, table):
    before = len(list(run.folder.glob("forecasts/*")))
    keep(run, dated(), table)

    name = newest_forecast(run.folder).name
    assert name.startswith(f"{before + 1:010d}-20250221-{run.version}-")


def test_nothing_that_was_kept_is_ever_replaced(run, table):

    for digit in "abc":
        keep(run, dated(), table, sha256=digit * 64)

    assert len({path.name[:10] for path in (run.folder / "forecasts").iterdir()}) == 3


def test_the_ledger_says_what_was_forecast_from_what_and_where_it_went(run, table):
    keep(run, dated(), table)

    with ledger(run.folder) as book:
        (one,) = published_entries(book)

    entry = one.entry
    assert (entry.cutoff, entry.moment) == ("2025-02-21", int(np.datetime64("2025-02-21", "us").astype(int)))
    assert [entry.first, entry.last] == DAYS.astype(np.int64).tolist()
    assert (entry.horizon, entry.series, entry.version, entry.input) == (2, 2, run.version, "a" * 64)
    assert (entry.words, entry.place_sha256) == (("ok", "rolled"), digest(b"csv"))
    assert entry.place == str(run.folder.parent.parent / "out.csv")
    assert entry.sha256 == digest(newest_forecast(run.folder))


def test_a_run_is_listed_with_the_size_of_its_newest_version(trained):
    (row,) = rows(trained / "runs")

    assert row.bytes == sum(file.stat().st_size for file in (trained / "runs/small/latest").iterdir())
    assert (row.name, row.table, row.problem) == ("small", str(trained / "small.csv"), None)


def test_a_run_is_listed_with_the_skill_and_the_verdict_of_its_report(trained):
    (row,) = rows(trained / "runs")
    report = open_run(trained / "runs", "small").report()

    assert (row.skill, row.verdict) == (pytest.approx(report.skill, rel=1e-6), report.verdict)


def test_a_damaged_run_is_listed_beside_the_whole_ones(home):
    (home / "runs/torn").mkdir()
    (home / "runs/torn/latest").symlink_to("versions/none")

    small, torn = rows(home / "runs")

    assert small.problem is None
    assert (torn.name, torn.bytes) == ("torn", 0)
    assert "torn" in torn.problem


def test_a_folder_that_is_not_there_holds_no_runs(tmp_path):
    assert rows(tmp_path / "none") == []
