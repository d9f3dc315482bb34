"""What a training takes, by arithmetic."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from forecaster.config.model import ModelConfig
from forecaster.config.training import TrainingConfig
from forecaster.models.sizes import shapes_of
from forecaster.series.windows import Window
from forecaster.training.costs import Work, training_bytes, training_seconds, trial_seconds


def work(layers=({"gru": {"units": 32}},), *, lookback=48, windows=1000, **training):
    model = ModelConfig.model_validate({"layers": layers})
    shapes = shapes_of(model, Window(lookback, 12), 1)
    wanted = TrainingConfig.model_validate({"steps": 2000, **training})
    return Work(model, shapes, wanted, windows, judged=200, cutoffs=50, asked=50, values=1200)


@pytest.mark.parametrize(
    "larger",
    [
        work(steps=4000),
        work(({"gru": {"units": 64}},)),
        work(({"gru": {"units": 32}}, {"gru": {"units": 32}})),
        work(lookback=96),
        work(batch_size=64),
        replace(work(), asked=100_000),
    ],
)
def test_more_of_anything_takes_longer(larger):
    assert training_seconds(larger, 1) > training_seconds(work(), 1)


def test_every_network_of_an_ensemble_takes_as_long():
    one, two, three = (training_seconds(work(), count) for count in (1, 2, 3))

    assert three - two == pytest.approx(two - one)


def test_a_training_without_a_refit_takes_less():
    assert training_seconds(work(refit=False), 1) < training_seconds(work(), 1)


def test_a_trial_takes_less_than_a_training_that_is_published():
    assert trial_seconds(work(), 1) < training_seconds(work(), 1)


def test_a_larger_table_and_a_larger_network_take_more_memory():
    wide = work(({"gru": {"units": 512}},))

    assert training_bytes(wide) > training_bytes(work()) + 2**20
    assert training_bytes(replace(work(), values=10**7)) > training_bytes(work()) + 2**29


def test_the_estimate_needs_no_tensorflow():
    loaded = "{'tensorflow', 'keras'} & set(sys.modules)"
    program = f"import sys, forecaster.workflows.estimating; sys.exit(' '.join({loaded}) or 0)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
