"""A config that is right, and a way to see everything that is said of one that is not."""

from pathlib import Path

import pytest

from forecaster.config.reading import parse_config
from forecaster.errors import ConfigError

GOOD = """\
data: {path: prices.csv, target: close}
window:
  lookback: 60
  horizon: 14
model:
  layers:
    - lstm: {units: 64}
    - dropout: 0.1
"""


@pytest.fixture
def good():
    """Eight lines; `lookback: 60` is the third, the LSTM the seventh."""
    return GOOD


@pytest.fixture
def parsed():
    """Text -> Config."""

    def parse(text, overrides=()):
        return parse_config(text, file="a.yaml", base=Path("/srv/prices"), overrides=overrides)

    return parse


@pytest.fixture
def complaints(parsed):
    """Text that is refused -> the lines of the refusal."""

    def complain(text, overrides=()):
        with pytest.raises(ConfigError, match=";") as refusal:
            parsed(text, overrides)
        return [str(problem) for problem in refusal.value.problems]

    return complain
