"""A challenger is published only where it is no worse on steps that neither network has seen."""

from __future__ import annotations

import json

import numpy as np
import pytest
from commands import business_days, forecast, write

from forecaster.runs.versions import open_run
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel
from forecaster.training.weights import to_safetensors
from forecaster.workflows import challenge
from forecaster.workflows.challenge import Arena, arena_of
from forecaster.workflows.preparing import prepare_table
from forecaster.workflows.tables import read_again
from forecaster.workflows.update import update

ROWS = 300  # of the table that the run was trained on


@pytest.fixture
def grown(home):
    """Give the home's table so many rows more, and its run."""

    def grow(more):
        write(home / "small.csv", business_days(ROWS + more))
        return open_run(home / "runs", "small")

    return grow


@pytest.fixture
def updated(home, grown):
    def work(more, **options):
        grown(more)
        return update("small", home / "small.csv", runs=home / "runs", **options)

    return work


@pytest.fixture
def prepared(home, grown):
    """The run, and its config with the table as it is now."""

    def prepare(more):
        run = grown(more)
        return run, prepare_table(run.config(), read_again(run, run.config(), home / "small.csv"))

    return prepare


@pytest.mark.parametrize(("more", "missing"), [(0, 3), (1, 2), (2, 1)])
def test_with_too_few_new_rows_nothing_is_trained_and_the_missing_ones_are_told(updated, more, missing, monkeypatch):
    monkeypatch.setattr(challenge, "fit_judged", None)

    outcome = updated(more)

    assert not outcome.published
    assert f"a comparison of 3 steps needs {missing} more; nothing was trained" in outcome.why


def test_every_fold_lies_after_all_that_either_network_has_seen(prepared):
    run, ready = prepared(60)

    arena = arena_of(run, ready)

    seen = np.array(run.manifest.borders.seen["model.onnx"], dtype="datetime64[us]")
    assert len(arena.cutoffs) > 0
    assert ready.panel.times[arena.cutoffs + 1].min() > seen
    assert arena.cutoffs.min() + 1 >= ready.parts.calibration


def test_with_the_first_fold_possible_a_challenger_is_trained(updated):
    outcome = updated(3)

    assert "1 fold that neither has seen" in outcome.why


def test_a_published_update_goes_on_from_the_weights_and_says_so(updated, home, monkeypatch):
    before = open_run(home / "runs", "small")
    begins = []
    real = challenge.fit_judged
    monkeypatch.setattr(challenge, "fit_judged", lambda *a, warm: begins.append(warm) or real(*a, warm=warm))
    monkeypatch.setattr(challenge, "_duel", lambda *_: (True, "better than before"))

    outcome = updated(60)

    after = open_run(home / "runs", "small")
    assert begins == [before.read("scored.safetensors")]
    assert outcome.published
    assert (after.manifest.made, after.manifest.parent) == ("update", before.version)
    assert after.manifest.notes[0] == f"update of {before.version}: better than before"
    assert after.config().training == before.config().training
    assert after.manifest.borders.seen["model.onnx"] > before.manifest.borders.seen["model.onnx"]
    assert (before.path / "model.onnx").is_file()


def test_what_the_network_is_told_stays_as_its_weights_know_it(updated, home, monkeypatch):
    monkeypatch.setattr(challenge, "_duel", lambda *_: (True, "better"))
    before = open_run(home / "runs", "small").manifest.shapes

    updated(60)

    assert open_run(home / "runs", "small").manifest.shapes == before


def test_a_worse_challenger_is_not_published(updated, home, monkeypatch):
    before = (home / "runs/small/latest").readlink()
    monkeypatch.setattr(challenge, "_duel", lambda *_: (False, "worse than before"))

    outcome = updated(60)

    assert (outcome.published, outcome.why, outcome.run.version) == (False, "worse than before", before.name)
    assert not (home / "runs/small/checkpoint").exists()
    assert (home / "runs/small/latest").readlink() == before


class Says:
    """A network that is off by as much."""

    lookback, horizon, name, masked = 2, 1, "model", False

    def __init__(self, off):
        self.off = off

    def forecast(self, past, horizon):
        from forecaster.forecasters.baselines import Naive

        said = Naive().forecast(past, horizon)
        return said.__class__(**{**vars(said), "values": said.values + self.off})


@pytest.fixture
def duel(monkeypatch):
    """Two networks by their errors -> whether the challenger wins, on so many folds, and the words."""

    def fight(champion, challenger, folds):
        panel = Panel(np.full(40, 5.0), np.array([0, 40]), np.array([0]), ("a",), np.arange(40), Clock("step", 1))
        run = type("Run", (), {"version": "0000000001-abcd", "read": lambda *_: b""})
        run.manifest = type("Manifest", (), {"shapes": type("Shapes", (), {"scale": "last"})})
        monkeypatch.setattr(challenge, "Graph", lambda *_: Says(champion))
        ready = type("Prepared", (), {"panel": panel, "window": type("Window", (), {"horizon": 1})})
        arena = Arena(np.arange(39 - folds, 39), 39 - folds, 0)
        return challenge._duel(run, Says(challenger), ready, arena)

    return fight


@pytest.mark.parametrize(
    ("champion", "challenger", "folds", "won", "words"),
    [
        (2.0, 1.0, 12, True, r"better than 0000000001-abcd on 12 folds that neither has seen (MAE 1.00 against 2.00)"),
        (1.0, 2.0, 12, False, "worse than 0000000001-abcd on 12 folds that neither has seen (MAE 2.00 against 1.00)"),
        (1.0, 1.0, 12, True, "no worse than 0000000001-abcd on 12 folds"),
        (2.0, 1.0, 4, True, "on average no worse than 0000000001-abcd on 4 folds"),
        (1.0, 2.0, 4, False, "on average worse than 0000000001-abcd on 4 folds"),
    ],
)
def test_the_challenger_wins_unless_it_is_worse(duel, champion, challenger, folds, won, words):
    assert duel(champion, challenger, folds)[0] == won
    assert words in duel(champion, challenger, folds)[1]


def test_a_run_that_does_not_hold_the_judged_weights_is_trained_afresh(prepared, monkeypatch):
    run, ready = prepared(60)
    files = {name: mark for name, mark in run.manifest.files.items() if name != "scored.safetensors"}
    object.__setattr__(run.manifest, "files", files)

    told, story = challenge._continued(run, ready, challenge.Story("update"))

    assert (told, story.warm, story.fitted) == (ready, None, None)
    assert story.notes == ("trained from fresh weights: this version does not hold them",)


def test_weights_that_have_seen_the_new_calibration_part_are_not_gone_on_from(prepared):
    """As where the oldest rows of a table are cut off each night."""
    run, ready = prepared(60)
    object.__setattr__(ready, "parts", type("Parts", (), {"calibration": 10}))

    _, story = challenge._continued(run, ready, challenge.Story("update"))

    assert story.warm is None
    assert "have seen part of what it is judged on" in story.notes[0]


def test_a_training_from_given_weights_begins_there(fitted_small):
    first = fitted_small(steps=5)

    again = fitted_small(steps=1, rate=1e-12, warm=to_safetensors(first.networks))

    for one, other in zip(first.networks, again.networks, strict=True):
        for before, after in zip(one.training.weights, other.training.weights, strict=True):
            np.testing.assert_allclose(np.asarray(after), np.asarray(before), atol=1e-6)


@pytest.fixture
def fitted_small(prepared):
    from forecaster.training.loop import Material, fit

    def train(*, steps, rate=0.01, warm=None):
        _, ready = prepared(0)
        optimizer = {"adam": {"learning_rate": rate}}
        training = type(ready.config.training).model_validate({"steps": steps, "optimizer": optimizer}, strict=False)
        material = Material(ready.flat, ready.window, ready.training, ready.validation[:0])
        return fit(ready.config.model, ready.shapes, training, material, warm=warm)

    return train


def test_the_command_is_silent_in_cron_and_keeps_its_reason(home, grown):
    grown(1)

    done = forecast("update", "small", "--csv", "small.csv", cwd=home, check=0)

    results = json.loads((home / "runs/small/run_results.json").read_text())
    assert (done.stdout, done.stderr) == ("", "")
    assert "nothing was trained" in results["chosen"][-1]["why"]


def test_with_v_the_command_says_what_became_of_the_challenger(home, grown):
    run = grown(1)

    done = forecast("update", "small", "--csv", "small.csv", "-v", cwd=home, check=0)

    assert done.stdout.startswith(f"small: kept {run.version}: 1 step came after")


def test_another_clock_is_refused(home):
    hours = "".join(f"2024-01-01 {hour:02d}:00,{hour}\n" for hour in range(24))
    write(home / "hours.csv", f"date,price\n{hours}")

    done = forecast("update", "small", "--csv", "hours.csv", cwd=home, check=6)

    assert "the model expects" in done.stderr
