"""The benchmarks of public tables: their formulas and their protocols."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from forecaster.config.reading import read_config
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel
from forecaster.series.windows import Window
from forecaster.workflows.check import check

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are no part of the installed package
from benchmarks import ablation, asof, common, m4, panel, scoring, statistical, tables, wide

ROOT = Path(__file__).parents[1]
PROGRAMS = ("ett", "m4", "panel", "tables", "ablation")
CONFIGS = sorted((ROOT / "configs" / "benchmarks").glob("*.yaml"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_benchmark_of_public_tables_explains_itself(name, capsys, monkeypatch):
    program = importlib.import_module(f"benchmarks.{name}")
    monkeypatch.setattr(sys, "argv", ["benchmark", "--help"])

    with pytest.raises(SystemExit, match="0"):
        program.main()

    assert f"python -m benchmarks.{name} --" in capsys.readouterr().out


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_config_of_a_public_benchmark_is_one_that_editors_can_check(config):
    lines = config.read_text().splitlines()

    assert read_config(config).data.path
    assert lines[0] == "# yaml-language-server: $schema=../forecaster.schema.json"


def test_owa_is_the_mean_of_both_ratios():
    assert m4.owa(scoring.Scores(8.0, 1.5, 0, 0), scoring.Scores(10.0, 2.0, 0, 0)) == pytest.approx(0.775)


def test_figures_that_are_not_those_of_the_competition_end_the_benchmark():
    m4.check(scoring.Scores(9.1613, 2.7773, 0, 0), (9.161, 2.777), "Naive2")

    with pytest.raises(SystemExit, match=r"Naive2: sMAPE 9.1620 and MASE 2.7773, but \(9.161, 2.777\)"):
        m4.check(scoring.Scores(9.162, 2.7773, 0, 0), (9.161, 2.777), "Naive2")


def test_a_frequency_that_is_missing_is_told_with_where_it_comes_from(tmp_path):
    with pytest.raises(SystemExit, match=r"Daily-train.csv: not in .*; it is one of .* of Mcompetitions/M4-methods"):
        m4.tables(tmp_path, "Daily")


@pytest.mark.parametrize("name", ["Weekly", "Hourly"])
def test_a_config_of_m4_fits_the_table_that_is_written_for_it(name, tmp_path):
    kind = m4.FREQUENCIES[name]
    rng, steps = np.random.default_rng(0), np.arange(900)
    past = tuple(100 + 20 * np.sin(2 * np.pi * steps / 24) + rng.normal(size=900) for _ in range(3))
    table = tmp_path / f"m4_{name.lower()}.csv"
    wide.write(wide.Wide(("a", "b", "c"), past, np.zeros((3, kind.horizon))), kind.clock, table)
    asked = SimpleNamespace(config=None, automatic=False, frequency=name)

    config, changes = m4.config_of(asked, table, [f"window.horizon={kind.horizon}"])

    assert config == ROOT / "configs" / "benchmarks" / f"m4_{name.lower()}.yaml"
    assert "fine" in check(config, overrides=changes)


@pytest.mark.parametrize(
    ("name", "horizon", "count"), [("ETTh1", 96, 2785), ("ETTh1", 720, 2161), ("ETTm1", 96, 11425)]
)
def test_every_window_of_the_test_rows_is_scored(name, horizon, count):
    ett = importlib.import_module("benchmarks.ett")
    limits = ett.borders(name)
    channel = Panel(
        np.zeros(limits.end), np.array([0, limits.end]), np.array([0]), ("OT",), np.arange(limits.end), Clock("step", 1)
    )

    starts = ett.scored_windows(channel, Window(720, horizon, stride=7), limits)

    assert len(starts) == count
    assert starts[0] == limits.test - 720
    assert starts[-1] == limits.end - 720 - horizon


def test_the_borders_are_those_of_the_papers():
    ett = importlib.import_module("benchmarks.ett")

    assert ett.borders("ETTh2") == ett.Borders(8640, 11520, 14400)
    assert ett.borders("ETTm2") == ett.Borders(34560, 46080, 57600)


DAYS = np.datetime64("2024-01-01") + np.arange(60)


@pytest.fixture
def newest_first(tmp_path):
    """A price of 60 days, the newest first, with a quoted line break in a note."""
    rows = [f'{day},{100 + place},"a\nb"' for place, day in enumerate(DAYS)]
    (tmp_path / "price.csv").write_text("\n".join(["date,price,note", *reversed(rows)]) + "\n")
    return tmp_path / "price.csv"


def test_a_table_as_of_an_earlier_day_has_the_rows_up_to_it(newest_first, tmp_path):
    whole = asof.whole(newest_first, ["data.target=price"])

    text = whole.upto(1, tmp_path / "earlier.csv").read_text()

    assert text == 'date,price,note\n2024-01-02,101,"a\nb"\n2024-01-01,100,"a\nb"\n'
    assert whole.upto(59, tmp_path / "whole.csv").read_bytes() == newest_first.read_bytes()


def test_two_thirds_of_a_table_lie_before_its_folds():
    assert tables.cutoffs(144, 12).tolist() == [95, 107, 119, 131]
    assert len(tables.cutoffs(10_000, 14)) == 8
    assert tables.cutoffs(20, 12).tolist() == [7]


def test_the_folds_of_a_table_end_where_their_cutoffs_do(newest_first):
    whole = asof.whole(newest_first, ["data.target=price"])

    found = tables.folds_of(whole, np.array([49, 54]), 5, 7, [0])
    scored = found.score(np.stack([found.actual - 3, found.actual + 2, found.actual + 3], axis=-1))

    assert [values[-1] for values in found.past] == [149, 154]
    assert found.actual.tolist() == [[[150, 151, 152, 153, 154]], [[155, 156, 157, 158, 159]]]
    assert (scored["mae"], scored["scaled"], scored["coverage"], scored["cells"]) == (2, 2 / 7, 1, 10)


def test_a_table_above_its_best_baseline_and_an_undeserved_verdict_are_told():
    def row(table, ratio, verdict, held):
        return {"table": table, "ratio": ratio, "verdict": verdict, "scores": {
            "network": {"held": held, "cells": 10, "coverage": held / 10, "wql": 0.1}, "AutoETS": {"wql": 0.2},
        }}  # fmt: skip

    found = tables.summary([row("brent-daily", 1.03, "better", 7), row("milk", 1.02, "better", 8)])

    assert found["missed"] == ["brent-daily"]
    assert found["overstated"] == ["brent-daily"]
    assert found["coverage"] == 0.75
    assert found["wql_by_ets"] == pytest.approx(0.5)


def test_a_rule_is_worth_the_error_without_it_over_the_error_with_it():
    with_it = [scoring.Scores(1.0, 1.0, 0.5, 0.8), scoring.Scores(1.0, 2.0, 0.5, 0.8)]
    without = [scoring.Scores(1.0, 2.0, 0.5, 0.8), scoring.Scores(1.0, 16.0, 2.0, 0.8)]

    assert ablation.ratios(without, with_it) == pytest.approx((4.0, 2.0))  # of 2 and 8, and of 1 and 4


def test_a_rule_that_was_overruled_before_is_not_overruled_again(tmp_path, monkeypatch):
    asked, file = [], tmp_path / "figures.json"
    rules = [ablation.Rule(1, "one", ("a=1",)), ablation.Rule(2, "two", ("b=1", "c=1"))]
    monkeypatch.setattr(ablation, "scored", lambda *given: asked.append(given[-1]) or scoring.Scores(1, 1, 1, 1))

    for resume in (False, True):
        record = common.Record("ablation", "", file=file, resume=resume)
        ablation.measured(record, "nn5", [None], 7, rules[: 1 + resume])

    assert asked == [[], ("a=1",), [], ("b=1", "c=1")]
    assert [row["rule"] for row in record.rows] == [1, 2]


def test_short_tables_are_single_series_of_a_panel():
    names = tuple(f"s{number}" for number in range(20))
    past = tuple(np.arange(50.0 + 2 * number) for number in range(20))
    many = wide.Wide(names, past, np.arange(60.0).reshape(20, 3))

    drawn = [*ablation.singles(many)]

    assert len(drawn) == 15  # those of sixty steps and more
    for table in drawn:
        row = names.index(table.ids[0])
        assert len(table.past[0]) == len(past[row]) >= ablation.LEAST
        np.testing.assert_array_equal(table.actual, many.actual[row : row + 1])


def test_a_hole_that_statsforecast_could_not_take_is_filled_with_the_season_before():
    values = np.array([1.0, 2.0, np.nan, 4.0, np.nan])

    assert statistical.filled(values, 2).tolist() == [1, 2, 1, 4, 1]


@pytest.mark.parametrize("given", [["--holdout", "5", "--test", "t.csv"], []])
def test_what_is_to_be_forecast_of_a_panel_is_said_once(given):
    asked = panel.options().parse_args(["--train", "t.csv", "--season", "12", *given])

    with pytest.raises(SystemExit, match=r"give either --test T\.csv or --holdout STEPS"):
        panel.table_of(asked)


@pytest.mark.slow
def test_a_panel_is_trained_and_scored_with_no_config(tmp_path, monkeypatch, capsys):
    steps = np.arange(60)
    rows = [",".join([f"s{k}", *map(str, 50 + k + 10 * np.sin(steps * np.pi / 6))]) for k in range(3)]
    (tmp_path / "t.csv").write_text("\n".join([",".join(["id", *(f"V{k}" for k in steps)]), *rows]) + "\n")
    given = ["--train", tmp_path / "t.csv", "--holdout", "6", "--season", "12", "--set", "training.steps=5"]
    monkeypatch.setattr(sys, "argv", ["panel", *map(str, given), "--json", str(tmp_path / "out.json"), "--tried", "2"])

    panel.main()

    found = json.loads((tmp_path / "out.json").read_text())
    assert [row["forecaster"] for row in found["rows"]] == ["network", "seasonal naive"]
    assert found["rows"][0]["missing"] == 0
    assert (found["tried"], found["part"]) == (2, "test")
    assert "#   window:" in capsys.readouterr().out
    assert read_config_text(found["config"], tmp_path).window.horizon == 6


def read_config_text(text, folder):
    (folder / "chosen.yaml").write_text(text)
    return read_config(folder / "chosen.yaml")


@pytest.mark.slow
def test_a_folder_of_tables_is_scored_fold_by_fold_and_what_is_refused_is_told(
    newest_first, tmp_path, monkeypatch, capsys
):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "words.csv").write_text("a,b\nx,y\n")
    given = ["--data", str(tmp_path), "--folds", "2", "--set", "training.steps=5", "--json", str(tmp_path / "out.json")]
    monkeypatch.setattr(sys, "argv", ["tables", *given])

    tables.main()

    found = json.loads((tmp_path / "out.json").read_text())
    (row,) = found["rows"]
    assert (row["table"], row["folds"], row["unsaid"]) == ("price", 2, 0)
    assert row["scores"]["network"]["cells"] == 2 * row["horizon"]
    assert row["ratio"] == max(row["ratios"].values())
    assert list(found["refused"]) == ["words"]
    assert "| words | 0 | refused: " in capsys.readouterr().out


def test_a_table_that_nobody_described_is_told_too(tmp_path):
    with pytest.raises(SystemExit, match=r"ETTh1.csv: not in .*; it is electricity transformers"):
        common.located(tmp_path, "ETTh1.csv")
    with pytest.raises(SystemExit, match=r"x.csv: not in .*; it is no table that is known here"):
        common.located(tmp_path, "x.csv")
