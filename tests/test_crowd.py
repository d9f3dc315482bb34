"""Goal 4: many commands at once on one run. The full form is benchmarks/reliability/crowd.py."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import forecast

sys.path.append(str(Path(__file__).parents[1]))
from benchmarks.reliability import crowd

PUBLISH = """
import contextlib, sys
from dataclasses import replace
from pathlib import Path
from forecaster.errors import ForecasterError
from forecaster.runs import publishing, versions
if sys.argv[2] == "unlocked":
    publishing.lock = lambda folder: contextlib.nullcontext()
runs = Path(sys.argv[1])
run = versions.open_run(runs, "small")
files = {file: run.read(file) for file in run.manifest.files}
codes = set()
for _ in range(8):
    try:
        versions.publish(runs, "small", files, replace(run.manifest, files={}), verify=lambda _: None)
    except ForecasterError as error:
        codes.add(error.exit_code)
    except Exception as error:
        codes.add(1)
print(*sorted(codes))
"""


@pytest.fixture(autouse=True)
def as_it_was():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.slow
def test_trainings_and_forecasts_at_once_end_with_code_0_or_11_and_no_forecast_is_mixed(trained, tmp_path):
    home = shutil.copytree(trained, tmp_path / "home", symlinks=True)

    assert crowd.crowded(home, trains=2, predicts=4, apart=0) == []


def published_at_once(home, how):
    """The codes of four processes that publish versions of one run at the same time."""
    commands = [sys.executable, "-c", PUBLISH, str(home / "runs"), how]
    processes = [subprocess.Popen(commands, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    return {int(code) for process in processes for code in process.communicate(timeout=120)[0].split()}


def test_versions_published_at_once_are_refused_by_the_lock_alone(home):
    assert published_at_once(home, "locked") <= {11}
    assert forecast("runs", "verify", "small", cwd=home).returncode == 0


def test_without_the_lock_versions_published_at_once_trip_over_each_other(home):
    """The mutant: one sweeps away what the other is writing."""
    assert published_at_once(home, "unlocked") - {11} != set()


def test_a_forecast_that_mixes_versions_is_caught(home):
    """The mutant of the comparison: a forecast changed by hand."""
    forecast("predict", "--csv", "small.csv", "--run", "small", "--out", "said-0.csv", cwd=home, check=0)
    assert crowd.mixed(home, [0]) == []

    (home / "said-0.csv").write_text((home / "said-0.csv").read_text().replace("1", "2"))

    assert crowd.mixed(home, [0]) == ["forecast 0 is not that of any version"]
