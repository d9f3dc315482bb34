"""A forecast as it is told, kept in its run, and listed with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from forecaster.runs.published import load_forecast, newest_forecast
from forecaster.runs.versions import open_run
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.workflows.keeping import keep
from forecaster.workflows.published import Published
from forecaster.workflows.runs import rows

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


def test_what_is_kept_is_read_again_to_the_bit(home):
    run = open_run(home / "runs", "small")
    keep(run, forecast(), STEPS, cutoff="6")

    kept = load_forecast(newest_forecast(run.folder))

    assert (kept.ids, kept.times) == (("a", "b"), (("7", "8"), ("7", "8")))
    assert kept.values.tolist() == [[1.0, 2.0], [30.0, 40.5]]
    assert kept.upper.tolist() == [[[2.0], [3.0]], [[31.0], [41.5]]]
    assert kept.status == (("ok", "ok"), ("ok", "rolled"))


def test_a_forecast_without_marks_is_kept_as_ok(home):
    run = open_run(home / "runs", "small")
    keep(run, forecast(status=()), STEPS, cutoff="6")

    assert load_forecast(newest_forecast(run.folder)).status == (("ok", "ok"),) * 2


def test_the_file_is_named_by_a_counter_the_cutoff_and_the_version(home):
    run = open_run(home / "runs", "small")
    before = len(list((home / "runs/small").glob("forecasts/*")))
    keep(run, forecast(), STEPS, cutoff="2024-03-05 06:00")

    name = newest_forecast(run.folder).name
    assert name.startswith(f"{before + 1:010d}-202403050600-{run.version}-")


def test_nothing_that_was_kept_is_ever_replaced(home):
    run = open_run(home / "runs", "small")

    for _ in range(3):
        keep(run, forecast(), STEPS, cutoff="6")

    assert len({path.name[:10] for path in (home / "runs/small/forecasts").iterdir()}) == 3


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
