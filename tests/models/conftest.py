"""Small networks over windows of twelve steps, and the windows themselves."""

import numpy as np
import pytest

from forecaster.config.schema import ModelConfig
from forecaster.models.sizes import Shapes, shapes_of


def _tuples(value):
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _model(*layers, **options):
    return ModelConfig.model_validate(_tuples({"layers": layers, **options}))


class _Window:
    lookback = 12
    horizon = 4


def _network(model, *, seed=0, season=5, window=_Window):
    from forecaster.models.build import build

    return build(model, shapes_of(model, window, season), seed=seed)


@pytest.fixture(scope="session")
def model():
    """A function: layers and options of `model:` in YAML's words to a ModelConfig."""
    return _model


@pytest.fixture(scope="session")
def network():
    """A function: a ModelConfig to a network from 12 steps to 4."""
    return _network


@pytest.fixture(scope="session")
def windows():
    """(9, 12) random walks and (9, 1) floors, a hundredth of each walk's range."""
    walks = np.random.default_rng(7).normal(size=(9, 12)).cumsum(axis=1).astype(np.float32)
    return walks, 0.01 * np.ptp(walks, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def targets():
    """(9, 4) what came after the windows."""
    return np.random.default_rng(8).normal(size=(9, 4)).astype(np.float32)


@pytest.fixture(scope="session")
def shapes():
    """From 12 steps to 4, three levels."""
    return Shapes(12, 4, (0.1, 0.5, 0.9))
