"""Small networks over windows of twelve steps, the windows themselves, and everything that may stand beside them."""

import numpy as np
import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.config.model import ModelConfig
from forecaster.models.sizes import Shapes, shapes_of


def _tuples(value):
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _model(*layers, **options):
    return ModelConfig.model_validate(_tuples({"layers": layers, **options}))


NOTHING = Channels()


class _Window:
    lookback = 12
    horizon = 4


def _network(model, *, seed=0, season=5, window=_Window, channels=NOTHING, masked=False):
    from forecaster.models.build import build

    return build(model, shapes_of(model, window, season, channels, masked), seed=seed)


def _inputs(shapes, count=9, *, seed=7):
    """Random walks and, where the network is told more, draws of everything else; no noise."""
    draws = np.random.default_rng(seed)
    found = {name: draws.normal(size=(count, *size)) for name, size in shapes.inputs.items()}
    walks = found["window"].cumsum(axis=1)
    for name, channels in (("past", "past"), ("known", "known"), ("static", "static")):
        for place, channel in enumerate(getattr(shapes.channels, channels)):
            if channel.categories:
                found[name][..., place] = draws.integers(len(channel.categories) + 1, size=found[name].shape[:-1])
    found |= {"window": walks, "floor": 0.01 * np.ptp(walks, axis=1, keepdims=True)}
    if "present" in found:
        found["present"] = found["present"] > 0
    if "series" in found:
        found["series"] = draws.integers(len(shapes.channels.series) + 1, size=(count, 1))
    if "noise" in found:
        found["noise"][:] = 0
    return {name: np.asarray(value, dtype=np.float32) for name, value in found.items()}


def _taught(inputs, shapes, *, share=0.0, weight=1.0):
    count = len(inputs["window"])
    target = inputs["window"][:, -1:] + np.random.default_rng(8).normal(size=(count, shapes.horizon))
    pace = np.tile(np.array([[share, weight]]), (count, 1))
    given = {name: value for name, value in inputs.items() if name != "noise"}
    return given | {"target": target.astype(np.float32), "pace": pace.astype(np.float32)}


@pytest.fixture(scope="session")
def model():
    """A function: layers and options of `model:` in YAML's words to a ModelConfig."""
    return _model


@pytest.fixture(scope="session")
def network():
    """A function: a ModelConfig to a network from 12 steps to 4."""
    return _network


@pytest.fixture(scope="session")
def inputs_of():
    """A function: shapes to what a prediction graph reads, `inputs_of(shapes, 9)`; its noise is 0."""
    return _inputs


@pytest.fixture(scope="session")
def taught():
    """A function: what a prediction graph reads to what a training graph reads, `taught(inputs, shapes, share=0.5)`."""
    return _taught


@pytest.fixture(scope="session")
def told():
    """Two covariates of each kind, a number and a category, and three series."""
    return Channels(
        past=(Channel("load", 0.5, 2.0), Channel("wind", categories=("N", "S"), embed=2)),
        known=(Channel("rain", categories=("no", "yes"), embed=1), Channel("hour", -1.0, 3.0)),
        static=(Channel("size", 2.0), Channel("kind", categories=("x",), embed=3)),
        series=("a", "b", "c"),
    )


@pytest.fixture(scope="session")
def windows():
    """(9, 12) random walks and (9, 1) floors, a hundredth of each walk's range."""
    walks = np.random.default_rng(7).normal(size=(9, 12)).cumsum(axis=1).astype(np.float32)
    return walks, 0.01 * np.ptp(walks, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def inputs(windows):
    """The windows by name."""
    return dict(zip(("window", "floor"), windows, strict=True))


@pytest.fixture(scope="session")
def targets():
    """(9, 4) what came after the windows."""
    return np.random.default_rng(8).normal(size=(9, 4)).astype(np.float32)


@pytest.fixture(scope="session")
def lessons(inputs, targets):
    """What a training graph reads, in one step without teacher forcing."""
    return inputs | {"target": targets, "pace": np.tile(np.array([[0, 1]], dtype=np.float32), (9, 1))}


@pytest.fixture(scope="session")
def shapes():
    """From 12 steps to 4, three levels."""
    return Shapes(12, 4, (0.1, 0.5, 0.9))
