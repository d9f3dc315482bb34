"""What the figures of `benchmarks/` are computed with: their formulas, their configs, and how each is started."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forecaster.config.reading import read_config

ROOT = Path(__file__).parents[1]
BENCHMARKS = [file for file in sorted((ROOT / "benchmarks").glob("bench_*.py")) if ".parse_args()" in file.read_text()]
CONFIGS = sorted((ROOT / "benchmarks" / "configs").glob("*.yaml"))


@pytest.fixture
def load(monkeypatch):
    """Import a benchmark by its name, with those that it imports, and forget them all."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name == "common" or name.startswith("bench_"):
            del sys.modules[name]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_config_of_a_benchmark_is_one(config):
    lines = config.read_text().splitlines()

    assert read_config(config).data.path
    assert lines[0] == "# yaml-language-server: $schema=../../configs/forecaster.schema.json"


@pytest.mark.slow
@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda path: path.stem)
def test_every_benchmark_with_options_explains_itself(benchmark):
    done = subprocess.run([sys.executable, benchmark, "--help"], capture_output=True, text=True, check=True)

    assert f"usage: {benchmark.name}" in done.stdout
    assert f"python benchmarks/{benchmark.name}" in done.stdout


def test_binomial_limits_hold_95_of_100_outcomes(load):
    common = load("common")
    hits = np.random.default_rng(0).binomial(40, 0.8, size=100_000) / 40

    low, high = common.binomial_limits(40, 0.8)

    assert (low, high) == (0.675, 0.925)
    assert 0.95 <= np.mean((low <= hits) & (hits <= high)) < 0.98


@pytest.mark.parametrize(
    ("covered", "folds", "fine"), [(0.77, 200, True), (0.75, 200, False), (0.7, 8, True), (0.6, 8, False)]
)
def test_many_folds_are_held_to_points_and_few_to_what_luck_allows(load, covered, folds, fine):
    steps = folds * 5

    assert load("common").within(0.8, covered, folds=folds, steps=steps, different=min(steps, 40)) is fine


def test_changes_of_a_config_are_written_as_set_takes_them(load):
    forcing = {"seq2seq": {"forcing": {"from": 1, "to": 0}}}

    written = load("common").overrides({"model.decoder": forcing, "model.segment": None, "data.path": Path("a.csv")})

    assert written == [
        "model.decoder={seq2seq: {forcing: {from: 1, to: 0}}}",
        "model.segment=null",
        "data.path=a.csv",
    ]


def test_an_interrupted_benchmark_goes_on_from_its_figures(load, tmp_path):
    common, file = load("common"), tmp_path / "figures.json"
    common.Record("bench", "seed 0", file=file).add(lag=10, mae=np.float64(0.5), worst=np.nan)

    again = common.Record("bench", "seed 0", file=file, resume=True)
    other = common.Record("bench", "seed 1", file=file, resume=True)

    assert again.found(lag=10) == {"lag": 10, "mae": 0.5, "worst": None}
    assert again.found(lag=100) is None
    assert other.found(lag=10) is None


def test_figures_of_another_config_are_not_gone_on_from(load, tmp_path):
    common, file = load("common"), tmp_path / "figures.json"
    common.Record("bench", "seed 0", file=file, config="a: 1", tried=0).add(lag=10, mae=0.5)

    same = common.Record("bench", "seed 0", file=file, resume=True, config="a: 1  # one", tried=1)
    other = common.Record("bench", "seed 0", file=file, resume=True, config="a: 2", tried=0)

    assert same.found(lag=10) == {"lag": 10, "mae": 0.5}
    assert other.found(lag=10) is None


def test_figures_say_whether_a_benchmark_came_to_its_end(load, tmp_path):
    common, file = load("common"), tmp_path / "figures.json"
    record = common.Record("bench", "seed 0", file=file)

    record.add(lag=10)
    before = json.loads(file.read_text())["complete"]
    record.close()

    assert (before, json.loads(file.read_text())["complete"]) == (False, True)


def test_a_table_goes_between_its_marks_and_nowhere_else(load, tmp_path):
    common, page = load("common"), tmp_path / "page.md"
    page.write_text("a\n<!-- memory: written by x -->\nold\n<!-- memory: end -->\nb\n")

    common.written(page, "memory", r"new \1")

    assert page.read_text() == "a\n<!-- memory: written by x -->\nnew \\1\n<!-- memory: end -->\nb\n"
    with pytest.raises(SystemExit, match="no <!-- forcing: written"):
        common.written(page, "forcing", "new")


def test_a_table_that_is_missing_is_told_with_where_it_comes_from(load, tmp_path):
    with pytest.raises(SystemExit, match=r"nn5.csv: not in .*; it is the 111 daily series"):
        load("common").located(tmp_path, "nn5.csv")


def test_a_lag_shorter_than_a_segment_is_taken_step_by_step(load):
    memory = load("bench_memory")

    assert {segment for lag, _, segment in memory.kinds([10])} == {None}
    assert {segment for lag, _, segment in memory.kinds([400])} == {None, 24}
    assert "| 400 | `gru` | 17 | 1 of 2 |" in memory.row(
        400,
        "`gru`",
        24,
        [{"ratio": 0.05, "updates": 90, "seconds": 1.0}, {"ratio": None, "updates": None, "seconds": 1}],
    )


def test_every_output_is_measured_where_it_fits(load):
    coverage = load("bench_coverage")
    names = {"co2", "beijing"}

    class Asked:
        files, tables, outputs = (), tuple(names), None

    pairs = set(coverage.pairs(Asked))
    assert ("beijing", "negative_binomial") in pairs
    assert ("co2", "negative_binomial") not in pairs
    assert {output for _, output in pairs} == set(coverage.OUTPUTS)


def test_a_hole_in_a_lookback_is_found_by_its_date(load, tmp_path):
    table = tmp_path / "dust.csv"
    rows = [f"2010,1,{1 + hour // 24},{hour % 24},{'NA' if hour == 30 else 5}" for hour in range(48)]
    table.write_text("\n".join(["year,month,day,hour,pm2.5", *rows]) + "\n")
    cutoffs = np.array(["2010-01-02T05", "2010-01-02T06", "2010-01-02T10"], dtype="datetime64[us]")

    assert load("bench_beijing").holes(table, cutoffs, 4).tolist() == [False, True, False]
