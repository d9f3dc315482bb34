"""What training publishes, and when it does not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from commands import SMALL, business_days, write

from forecaster.errors import UnusableError
from forecaster.workflows.journal import Journal
from forecaster.workflows.train import holding, train
from forecaster.workflows.training import Session

CONTENTS = {
    "MANIFEST.json",
    "calibration.json",
    "config.yaml",
    "folds.csv",
    "history.csv",
    "losses.csv",
    "scored.safetensors",
    "model.onnx",
    "report.json",
    "scored.onnx",
    "weights.safetensors",
}


def published(folder, *overrides, rows=150, **more):
    write(folder / "small.csv", business_days(rows))
    return train(write(folder / "small.yaml", SMALL), runs=folder / "runs", overrides=overrides, **more)


def test_a_version_holds_what_the_contract_says(trained):
    assert {path.name for path in (trained / "runs/small/latest").iterdir()} == CONTENTS


def test_the_resolved_config_trains_the_same_network(trained, tmp_path):
    resolved = (trained / "runs/small/latest/config.yaml").read_text()

    again = train(write(tmp_path / "small.yaml", resolved), runs=tmp_path / "runs")

    assert again.read("model.onnx") == (trained / "runs/small/latest/model.onnx").read_bytes()


def test_the_judged_network_has_not_seen_what_it_is_judged_on(trained):
    from forecaster.runs.versions import open_run

    borders = open_run(trained / "runs", "small").manifest.borders

    assert borders.seen["scored.onnx"] < borders.calibration <= borders.test < borders.seen["model.onnx"]


def test_the_report_names_its_version_and_what_each_network_has_seen(trained):
    from forecaster.runs.versions import open_run

    run = open_run(trained / "runs", "small")

    assert (run.report().run, run.report().version) == ("small", run.version)
    assert run.report().seen == run.manifest.borders.seen


def test_without_a_refit_the_judged_network_is_published(tmp_path):
    run = published(tmp_path, "training.refit=false")

    assert run.read("model.onnx") == run.read("scored.onnx")
    assert run.manifest.borders.seen["model.onnx"] == run.manifest.borders.seen["scored.onnx"]


def test_what_a_kill_left_of_a_checkpoint_goes_when_the_run_is_held_again(tmp_path):
    left = tmp_path / "small/checkpoint/.tmp-1"
    left.mkdir(parents=True)
    (left / "weights.safetensors").write_bytes(b"half")
    (left.parent / "0-1").mkdir()

    with holding(Session(tmp_path), "small"):
        pass

    assert [path.name for path in left.parent.iterdir()] == ["0-1"]


def test_a_second_training_adds_a_version(tmp_path):
    first, second = published(tmp_path), published(tmp_path, "training.seed=1")

    assert second.version > first.version
    assert second.manifest.parent == first.version
    assert (tmp_path / "runs/small/latest").readlink().name == second.version


def test_a_short_table_says_that_its_intervals_come_from_the_test_folds(tmp_path):
    run = published(tmp_path, rows=45)

    assert run.report().intervals_from == "test folds, each left out"
    assert any("coverage" in note for note in run.report().notes)


def test_a_training_that_diverges_publishes_nothing(tmp_path):
    published(tmp_path)
    before = (tmp_path / "runs/small/latest").readlink()

    with pytest.raises(UnusableError, match=r"not finite|the loss is"):
        published(
            tmp_path,
            "training.optimizer={sgd: {learning_rate: 1.0, clip_norm: null}}",
            "training.loss=mse",
            "model.output=point",
            "model.scale=none",
            "model.layers=[{simple_rnn: {units: 8, activation: linear}}]",
        )

    assert (tmp_path / "runs/small/latest").readlink() == before


def test_a_network_without_skill_is_not_published_where_the_config_says_so(tmp_path):
    with pytest.raises(UnusableError, match=r"on_no_skill: .*(no better|worse) than"):
        published(tmp_path, "evaluation.on_no_skill=fail", "evaluation.folds=30", "window.horizon=1", rows=300)

    assert not (tmp_path / "runs/small/latest").exists()


def test_a_time_limit_publishes_the_best_so_far_and_says_so(tmp_path):
    journal = Journal()

    run = published(tmp_path, "training.steps=2000000", seconds=8, journal=journal)

    assert journal.code == 3
    assert "--time-limit" in journal.faults[0]
    assert 0 < run.manifest.steps < 2_000_000


def test_what_the_watcher_sees_is_both_trainings(tmp_path):
    seen = []

    published(tmp_path, watch=seen.append)

    assert {progress.stage for progress in seen} == {"training", "refit"}
    assert all(0 < progress.epoch <= progress.epochs for progress in seen)


@pytest.mark.slow
def test_two_processes_on_one_and_two_cores_publish_the_same_bits(tmp_path):
    digests = []
    for name, cores in (("one", {0}), ("two", os.sched_getaffinity(0))):
        folder = tmp_path / name
        write(folder / "small.csv", business_days(200))
        write(folder / "small.yaml", SMALL.replace("units: 4", "units: 16, dropout: 0.1"))
        subprocess.run(
            [sys.executable, "-m", "forecaster", "train", "small.yaml"],
            cwd=folder,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(len(cores))},
            preexec_fn=lambda cores=cores: os.sched_setaffinity(0, cores),
        )
        latest = folder / "runs/small/latest"
        files = ("weights.safetensors", "model.onnx", "scored.onnx")
        digests.append([hashlib.sha256((latest / file).read_bytes()).hexdigest() for file in files])

    assert digests[0] == digests[1]


@pytest.mark.parametrize("scale", ["none", "last", "mean", "standard", "log"])
def test_a_lookback_of_one_step_is_enough_for_every_scale(tmp_path, scale):
    run = published(tmp_path, "window.lookback=1", "window.horizon=1", f"model.scale={scale}")

    assert run.report().metrics["model"]["mae"] > 0


def test_a_series_that_has_not_moved_by_the_end_of_any_lookback_is_refused_before_training(tmp_path):
    from forecaster.errors import DataError

    lines = business_days(40).splitlines()
    still = [line.split(",")[0] + ",5.0" if number < 10 else line for number, line in enumerate(lines[1:])]
    write(tmp_path / "small.csv", "\n".join([lines[0], *still]) + "\n")
    overrides = ["window.lookback=5", "window.horizon=15"]

    with pytest.raises(DataError, match=r"nothing to learn from"):
        train(write(tmp_path / "small.yaml", SMALL), runs=tmp_path / "runs", overrides=overrides)


def test_a_blend_changes_what_is_forecast_and_not_the_network(trained, tmp_path):
    from forecaster.runs.versions import open_run
    from forecaster.workflows.predict import predict

    alone = open_run(trained / "runs", "small")
    blended = published(tmp_path, "model.blend={theta: 0.5}", rows=300)

    said, mixed = (predict(run, tmp_path / "small.csv") for run in (alone, blended))

    assert blended.manifest.shapes == replace(alone.manifest.shapes, theta=0.5)
    assert blended.read("model.onnx") == alone.read("model.onnx")
    assert blended.manifest.result.mae != alone.manifest.result.mae
    assert not np.allclose(mixed.values, said.values)
    assert np.diff(mixed.quantiles) == pytest.approx(np.diff(said.quantiles), rel=1e-9)
