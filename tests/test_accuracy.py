"""`docs/accuracy.md`: what the benchmarks measured, beside the figures of others."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are no part of the installed package
from benchmarks import accuracy, published


def kept(folder, stem, rows, **more):
    whole = {"benchmark": stem, "protocol": "as it is done", "versions": {"numpy": "2.0"}, "hardware": "2 cores"}
    (folder / f"{stem}.json").write_text(json.dumps({**whole, "rows": rows, "tried": 1, **more}))


def test_a_page_without_figures_says_that_nothing_was_measured(tmp_path):
    text = accuracy.page(tmp_path)

    assert "| 96 | not measured | 0.351 / 0.392 |" in text
    assert "| Weekly | not measured |" in text
    assert text.count("not measured") == 2 * 5 + 2 + 3
    assert text.count("\nNot measured.\n") == 4


def test_the_page_shows_the_mean_over_seeds_beside_the_published_figures(tmp_path):
    row = {"horizon": 96, "mae": 0.4, "seconds": 100.0, "parameters": 1000}
    kept(tmp_path, "etth1", [{**row, "seed": 0, "mse": 0.3}, {**row, "seed": 1, "mse": 0.4}])

    text = accuracy.page(tmp_path)

    assert "| 96 | 0.350 / 0.400 | 0.351 / 0.392 |" in text
    assert "| 192 | not measured | 0.392 / 0.414 |" in text
    assert "Ours: the mean of 2 seeds, 1,000 parameters, at most 100 s each. Protocol: as it is done. " in text
    assert "Other configs scored on the test data: 1. 2 cores; numpy 2.0." in text


def network(**more):
    scores = {"smape": 7.0, "mase": 2.0, "wql": 0.05, "coverage": 0.8}
    return {"forecaster": "network", "seed": 0, "seconds": 50.0, **scores, **more}


def test_the_page_shows_m4_panels_and_tables(tmp_path):
    kept(tmp_path, "m4_weekly", [network(owa=0.75)])
    kept(tmp_path, "nn5", [network(), {**network(), "forecaster": "AutoETS", "seed": None, "coverage": None}])
    network_scores = {"wql": 0.1, "coverage": 0.79, "held": 79, "cells": 100}
    scores = {"network": network_scores, "AutoETS": {"wql": 0.2}}
    row = {"table": "brent", "seed": 0, "folds": 8, "horizon": 14, "ratios": {"naive": 1.0, "AutoETS": 0.9}}
    row |= {"ratio": 1.0, "scores": scores, "verdict": "no better", "seconds": 60.0}
    kept(tmp_path, "tables", [row], refused={"tesla": "why"})

    text = accuracy.page(tmp_path)

    assert "| Weekly | 0.750 |  | 7.000 / 2.000 | 50 | 1.755 |" in text
    assert "| network, seed 0 | 7.00 | 2.000 | 0.0500 | 0.80 | 50 |" in text
    assert "| AutoETS | 7.00 | 2.000 | 0.0500 |  | 50 |" in text
    line = "| brent | 0 | 8 of 14 steps | 1.000 |  | 0.900 | 1.000 | 0.1000 | 0.2000 | 0.79 | no better | 60 |"
    assert line in text
    assert "Coverage pooled over all cells: 0.790." in text


def test_the_page_pools_the_intervals_of_every_benchmark(tmp_path):
    kept(tmp_path, "m4_weekly", [network(owa=0.75, coverage=0.9), network(owa=0.75, seed=1, coverage=0.8)])
    kept(tmp_path, "nn5", [network(coverage=0.75), {**network(wql=0.04), "forecaster": "AutoETS", "seed": None}])

    text = accuracy.page(tmp_path)

    assert "| M4 Weekly | 0.0500 |  |  | 0.850 | 4,667 |" in text
    assert "| NN5, daily | 0.0500 | 0.0400 | 1.250 | 0.750 | 6,216 |" in text
    pooled = (0.85 * 4667 + 0.75 * 6216) / (4667 + 6216)
    assert f"| all |  |  |  | {pooled:.3f} | 10,883 |" in text


@pytest.mark.parametrize("more", [{"part": "validation"}, {"trial": True}, {"complete": False}])
def test_figures_of_validation_data_of_some_series_or_of_half_a_benchmark_are_not_shown(tmp_path, more):
    kept(tmp_path, "m4_weekly", [network(owa=0.1)], **more)

    assert "| Weekly | not measured |" in accuracy.page(tmp_path)


def test_every_figure_of_others_says_whose_it_is():
    names = {name for others in [*published.ETT.values(), *published.M4.values(), *published.PANELS.values()]
             for name in others}  # fmt: skip

    assert names == set(published.SOURCES)
