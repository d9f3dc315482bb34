"""`train --budget`: what is bought, what it is bought by, and what it never looks at."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from commands import SMALL, write

from forecaster.errors import UsageError
from forecaster.series.variations import Variation, variations
from forecaster.workflows import searching, trials
from forecaster.workflows.journal import Journal
from forecaster.workflows.preparing import prepare, read
from forecaster.workflows.searching import search
from forecaster.workflows.train import train
from forecaster.workflows.training import Session
from forecaster.workflows.trials import Budget, Trial, networks_of, seeds_of, trials_of

YAML = SMALL.replace("lookback: 10", "lookback: 14")
SEASON = Variation("skip", ("model.skip=seasonal_naive",), "the value 7 steps ago")
WORSE = Variation("scale", ("model.scale=none",), "no reason")
FEW = 14.0  # seconds: a training takes about 5, a trial about 1


@pytest.fixture(scope="module", autouse=True)
def two():
    """Two variations, one of which is plainly better on a table of weeks, and few networks, to be quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "variations", lambda _config, _facts: (WORSE, SEASON))
        patch.setattr(trials, "MOST_SEEDS", 1)
        patch.setattr(trials, "MOST_NETWORKS", 2)
        yield


def weeks(newest=None, factor=1.0):
    """300 days of a week that repeats, with noise; all of them from `newest` on times a factor."""
    days = np.arange(300)
    values = 50 + 10 * np.sin(2 * np.pi * days / 7) + np.random.default_rng(0).normal(size=300)
    values[len(days) if newest is None else newest :] *= factor
    dates = np.datetime64("2024-01-01") + days
    return "date,price\n" + "".join(f"{date},{value:.3f}\n" for date, value in zip(dates, values, strict=True))


def bought(folder, *overrides, budget=FEW, table=None, **more):
    write(folder / "small.csv", table or weeks())
    journal = Journal()
    yaml = write(folder / "small.yaml", YAML)
    run = train(yaml, runs=folder / "runs", overrides=overrides, budget=budget, journal=journal, **more)
    return run, journal


def prepared(folder, *overrides):
    write(folder / "small.csv", weeks())
    config = read(write(folder / "small.yaml", YAML), overrides)
    return config, prepare(config)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A run that was bought, and its journal."""
    return bought(tmp_path_factory.mktemp("once"))


def searched(folder, table=None):
    """What a search tells, without the training after it."""
    write(folder / "small.csv", table or weeks())
    config = read(write(folder / "small.yaml", YAML))
    session = Session(folder / "runs")
    search(session, prepare(config), Budget(FEW, config))
    return session.journal.chosen


def test_a_variation_that_is_plainly_better_is_trained_and_told_of(once):
    run, journal = once

    told = {entry["what"]: entry["why"] for entry in journal.chosen}
    assert run.config().model.skip.seasonal_naive == (7,)
    assert run.config().model.scale == "last"
    assert "validation error" in told["tried model.skip=seasonal_naive"]
    assert "validation error" in told["tried model.scale=none"]
    assert told["search"].startswith("3 configs were compared on 30 folds of the validation part")
    assert "model.skip=seasonal_naive was taken" in told["search"]
    assert told["search"] in run.manifest.notes


def test_the_same_budget_buys_the_same_bits(once, tmp_path):
    run, journal = bought(tmp_path)

    assert run.read("model.onnx") == once[0].read("model.onnx")
    assert journal.chosen == once[1].chosen


def test_what_came_after_the_validation_part_changes_no_choice(once, tmp_path):
    newer = weeks(prepared(tmp_path)[1].parts.calibration, 3.0)

    chosen = searched(tmp_path, newer)

    assert chosen == once[1].chosen


def test_a_search_that_looks_further_is_caught_by_the_test_above(tmp_path, monkeypatch):
    newer = weeks(prepared(tmp_path)[1].parts.calibration, 3.0)
    monkeypatch.setattr(trials, "variations", lambda _config, _facts: (SEASON,))
    monkeypatch.setattr(searching, "_cutoffs", lambda prepared: prepared.parts.folds)
    monkeypatch.setattr(searching, "_known", lambda prepared: prepared.panel)

    before, after = searched(tmp_path), searched(tmp_path, newer)

    assert before != after


def test_without_a_validation_part_the_budget_buys_networks_alone(tmp_path):
    run, journal = bought(tmp_path, "evaluation.validation=0", budget=8.0)

    assert run.config().training.ensemble > 1
    assert run.config().model.skip == "none"
    assert run.manifest.shapes.members == run.config().training.ensemble
    assert any("no validation part to compare variations on" in warning for warning in journal.warnings)
    assert any(note.startswith("training.ensemble=") for note in run.manifest.notes)


def test_a_budget_buys_networks_alone_where_every_cutoff_touches_a_hole(tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "MOST_FOLDS", 1)
    border = prepared(tmp_path)[1].parts.calibration
    lines = weeks().splitlines()
    holed = "\n".join([*lines[: border - 11], *lines[border - 1 :]]) + "\n"

    run, journal = bought(tmp_path, "data.gaps=mask", table=holed)

    assert run.config().model.skip == "none"
    assert run.config().training.ensemble > 1
    assert any("cannot be compared on the validation part (no fold can be" in warning for warning in journal.warnings)


def test_the_newest_cutoff_stands_for_all(tmp_path, monkeypatch):
    table = prepared(tmp_path)[1]
    every = searching._cutoffs(table)
    monkeypatch.setattr(searching, "MOST_FOLDS", 1)

    assert searching._cutoffs(table).tolist() == [every[-1]]


def test_a_budget_smaller_than_the_config_trains_it_as_it_is(tmp_path):
    run, journal = bought(tmp_path, budget="1s")

    assert run.config().training.ensemble == 1
    assert any("the budget of 1 s buys nothing, since the config" in warning for warning in journal.warnings)


def test_a_deadline_ends_the_search_and_a_network_is_published(tmp_path):
    run, journal = bought(tmp_path, seconds=0.01)

    assert run.config().model.skip == "none"
    assert journal.faults[0] == "--time-limit was reached before the config itself was tried"


def test_a_larger_budget_holds_more_variations_and_more_networks(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "variations", variations)
    monkeypatch.setattr(trials, "MOST_SEEDS", 3)
    config, table = prepared(tmp_path)
    itself = Trial(None, table)

    held = [len(trials_of(itself, Budget(seconds, config))) for seconds in (14.0, 20.0, 60.0)]
    seeds = [seeds_of([itself] * 5, Budget(seconds, config)) for seconds in (10.0, 60.0)]
    networks = [networks_of(itself, seconds) for seconds in (1.0, 6.0, 8.0)]

    assert held == sorted(set(held))
    assert held[0] > 1
    assert seeds == [1, 3]
    assert networks == [1, 1, 2]


def test_a_variation_that_would_part_the_table_elsewhere_is_not_tried(tmp_path):
    config, table = prepared(tmp_path)
    further = Variation("lookback", ("window.lookback=280",), "")

    assert trials.trial_of(further, Trial(None, table), Budget(600.0, config)) is None


def test_a_variation_that_contradicts_the_config_is_not_tried(tmp_path):
    config, table = prepared(tmp_path, "model.decoder=recursive")
    smooth = Variation("skip", ("model.skip=smoothing",), "")

    assert trials.trial_of(smooth, Trial(None, table), Budget(600.0, config)) is None


def test_a_budget_that_is_no_length_of_time_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r'"soon" is not a length of time; write it as 90s, 10m or 1h'):
        bought(tmp_path, budget="soon")


def test_a_night_that_may_train_anew_loads_nothing_of_the_search():
    told = "import sys, forecaster.workflows.retraining; print('forecaster.workflows.searching' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
