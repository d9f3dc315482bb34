"""One small network, trained once, for every test that needs a run."""

from __future__ import annotations

import shutil

import pytest
from commands import SMALL, business_days, write
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with small.csv, small.yaml and runs/small; not to be written to."""
    from forecaster.workflows.train import train

    folder = tmp_path_factory.mktemp("trained")
    write(folder / "small.csv", business_days(300))
    train(write(folder / "small.yaml", SMALL), runs=folder / "runs")
    made = sorted((folder / "runs/small").rglob("*"))
    yield folder
    assert sorted((folder / "runs/small").rglob("*")) == made, "a test wrote to the shared run"


@pytest.fixture
def home(trained, tmp_path):
    """A copy of that folder that a test may change; its run still records the original table."""
    return shutil.copytree(trained, tmp_path / "home", symlinks=True)
