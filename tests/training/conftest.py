from dataclasses import replace

import numpy as np
import pytest

from forecaster.config.channels import Channels
from forecaster.config.model import ModelConfig
from forecaster.config.training import TrainingConfig
from forecaster.models import sizes
from forecaster.series.flat import flatten
from forecaster.series.panel import Panel
from forecaster.series.windows import Window, cut

WINDOW = Window(lookback=6, horizon=2)
TRAINED, JUDGED = 70, 100  # steps of the table before the validation part, and before the end


@pytest.fixture(scope="session")
def model_of():
    """A tiny network: `model_of(scale="none")`."""

    def make(**changes):
        options = {"scale": "last", "layers": [{"simple_rnn": {"units": 4}}], "output": "point"} | changes
        return ModelConfig.model_validate(options, strict=False)

    return make


@pytest.fixture(scope="session")
def shapes_of():
    """A network's shapes, with the one series where something is learned for it."""

    def make(model, window=WINDOW):
        series = ("a",) if "series" in model.embed or model.skip == "smoothing" else ()
        return sizes.shapes_of(model, window, 4, Channels(series=series))

    return make


@pytest.fixture(scope="session")
def training_of():
    """A short training: `training_of(steps=3)`."""

    def make(**changes):
        options = {"epochs": 3, "batch_size": 16} | changes
        if "steps" in changes:
            del options["epochs"]
        return TrainingConfig.model_validate(options, strict=False)

    return make


@pytest.fixture(scope="session")
def values():
    """(100,) a wave and some noise, always the same."""
    steps = np.arange(JUDGED)
    return np.sin(steps / 3) + 0.1 * np.random.default_rng(0).normal(size=JUDGED)


@pytest.fixture(scope="session")
def material_of(values):
    """Training and validation windows of one series: `material_of(validation=False)`."""
    from forecaster.training.loop import Material

    def make(series=values, *, window=WINDOW, scale="last", validation=True, before=TRAINED):
        count = len(series)
        panel = Panel(series, np.array([0, count]), np.array([0]), ("a",), np.arange(count), None)
        judged = cut(panel, window, since=TRAINED, before=JUDGED)
        flat = replace(flatten(panel, scale), codes=np.zeros(1, np.float32))
        return Material(flat, window, cut(panel, window, before=before), judged if validation else judged[:0])

    return make


@pytest.fixture(scope="session")
def fitted(model_of, shapes_of, training_of, material_of):
    """Train the tiny network: `fitted({"seed": 1}, validation=False)`."""
    from forecaster.training.loop import Around, fit

    def train(changes=(), *, model=None, material=None, validation=True, courses=None, warm=None, **around):
        model = model or model_of()
        material = material or material_of(scale=model.scale, validation=validation)
        return fit(
            model,
            shapes_of(model),
            training_of(**dict(changes)),
            material,
            courses=courses,
            warm=warm,
            around=Around(**around),
        )

    return train


@pytest.fixture(scope="session")
def bits():
    """The bytes of the networks' weights: equal where all bits are."""
    from forecaster.training.weights import to_safetensors

    return lambda fitted: to_safetensors(fitted.networks)
