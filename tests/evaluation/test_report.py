"""The report: its schema, its numbers, and its table."""

import json
from dataclasses import replace

import numpy as np
import pytest

from forecaster.errors import RunError
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.intervals import calibrate_folds, with_intervals
from forecaster.evaluation.metrics import Scale, scales
from forecaster.evaluation.report import Report, report
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive
from forecaster.forecasters.calibration import Wanted


@pytest.fixture
def made(panel):
    """A panel of two random walks, one a hundred times the other, scored on eight folds of three steps."""
    rng = np.random.default_rng(1)
    table = panel(np.cumsum(rng.normal(size=120)), 100 * np.cumsum(rng.normal(size=120)), season=4)
    baselines = [Naive(), SeasonalNaive(4), Drift()]
    model = Naive(name="model", lookback=10)
    asked = {"intervals": (0.8, 0.95), "pinball_levels": (0.1, 0.5, 0.9), "lookback": 10}
    calibrations = calibrate_folds(backtest(model, table, range(40, 90), 3, baselines), Wanted(**asked))
    folds = with_intervals(backtest(model, table, range(94, 117, 3), 3, baselines), calibrations)
    return report(folds, scales(table.until(94)), "naive", run="walks", version="0000000001-abcd")


def test_the_schema_is_the_documented_one(made):
    stored = made.to_dict()

    assert list(stored)[:12] == [
        *("schema", "run", "version", "folds", "horizon", "metrics", "skill"),
        *("verdict", "verdict_text", "by_step", "by_series", "by_fold"),
    ]
    assert list(stored)[12:] == ["baseline", "intervals_from", "seen", "notes"]
    assert (stored["schema"], stored["run"], stored["folds"], stored["horizon"]) == (1, "walks", 8, 3)


@pytest.mark.parametrize("name", ["model", "naive", "seasonal_naive", "drift"])
def test_every_forecaster_has_every_score(made, name):
    assert list(made.metrics[name]) == [
        *("mae", "rmse", "smape", "mase", "rmsse", "pinball", "wql"),
        *("coverage_80", "interval_score_80", "coverage_95", "interval_score_95"),
    ]
    assert None not in made.metrics[name].values()


def test_the_steps_average_to_the_whole(made):
    assert [entry["step"] for entry in made.by_step] == [1, 2, 3]
    assert np.mean([entry["drift"]["mae"] for entry in made.by_step]) == pytest.approx(made.metrics["drift"]["mae"])


def test_the_series_average_to_the_whole(made):
    assert [entry["series"] for entry in made.by_series] == ["a", "b"]
    assert np.mean([entry["model"]["mase"] for entry in made.by_series]) == pytest.approx(made.metrics["model"]["mase"])


def test_the_folds_average_to_the_whole(made):
    assert [entry["cutoff"] for entry in made.by_fold] == [str(cutoff) for cutoff in range(94, 117, 3)]
    assert np.mean([entry["naive"]["mae"] for entry in made.by_fold]) == pytest.approx(made.metrics["naive"]["mae"])


def test_skill_is_one_less_the_ratio_of_scaled_errors(folds):
    made = folds([[4.0], [4.0]], {"model": [[3.0], [3.0]], "naive": [[0.0], [0.0]]})

    assert report(made, {"a": Scale(2.0, 4.0)}, "naive").skill == 0.75


def test_skill_against_a_perfect_baseline_is_null(folds):
    made = folds([[4.0]], {"model": [[3.0]], "naive": [[4.0]]})

    assert report(made, {"a": Scale(2.0, 4.0)}, "naive").skill is None


def test_what_cannot_be_computed_is_null_in_the_json(folds):
    made = folds([[4.0]], {"model": [[3.0]], "naive": [[0.0]]})

    stored = json.loads(report(made, {"a": Scale(np.nan, np.nan)}, "naive").to_json())

    assert stored["metrics"]["model"] == {
        "mae": 1,
        "rmse": 1,
        "smape": pytest.approx(200 / 7),
        "mase": None,
        "rmsse": None,
    }
    assert stored["skill"] is None
    assert stored["by_series"][0]["model"] == {"mae": 1, "mase": None}


def test_what_was_left_out_is_said(folds):
    made = replace(folds([[4.0]], {"model": [[3.0]], "naive": [[0.0]]}), left_out={"without all actuals": 3})

    assert report(made, {}, "naive", notes=["first"]).notes == ("first", "3 left out: without all actuals")


def test_a_report_survives_its_json(made):
    assert Report.from_dict(json.loads(made.to_json())) == made


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema": 2}, "report.json: schema 2, this version reads 1"),
        ({"extra": 1}, "missing or unknown keys: extra"),
        ({"folds": "8"}, "folds is '8'"),
        ({"metrics": None}, "metrics is None"),
    ],
)
def test_a_report_that_was_not_written_here_is_refused(made, change, complaint):
    with pytest.raises(RunError, match=complaint):
        Report.from_dict({**made.to_dict(), **change})


def test_a_list_is_no_report():
    with pytest.raises(RunError, match="schema 'list', this version reads 1"):
        Report.from_dict([])


def test_the_table_is_aligned_and_ends_with_the_verdict(made):
    heading, head, *rows, verdict = made.to_table().splitlines()

    assert heading.startswith("8 folds of 3 steps, 2 series; ")
    assert head.split() == ["model", "naive", "seasonal", "naive", "drift"]
    assert {len(row) for row in rows} == {len(head)}
    assert verdict.startswith("skill 0 %; no better than repeating the last value (MASE ")
    assert verdict.endswith("; it copies the last value")


def test_the_table_fits_a_terminal(made):
    assert max(map(len, made.to_table().splitlines()[1:-1])) <= 80
