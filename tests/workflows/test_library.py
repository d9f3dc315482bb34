"""`import forecaster`: lazily, and every promised name."""

from __future__ import annotations

import subprocess
import sys

import pytest

import forecaster


def test_importing_loads_no_library():
    program = "import sys, forecaster; sys.exit(' '.join({'numpy', 'pydantic', 'pandas'} & set(sys.modules)) or 0)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("name", forecaster.__all__)
def test_every_name_is_there(name):
    assert getattr(forecaster, name).__name__ == name


def test_an_unknown_name_is_refused_with_those_that_exist():
    with pytest.raises(AttributeError, match=r"'trian'.*train"):
        forecaster.trian  # noqa: B018


def test_a_run_is_evaluated_and_forecast_from_python(trained):
    run = forecaster.evaluate("small", runs=trained / "runs")
    said = forecaster.predict("small", trained / "small.csv", runs=trained / "runs")

    assert run.metrics["model"]["mae"] > 0
    assert said.values.shape == (1, 3)
    assert (said.lower[..., 0] <= said.values).all()
