"""Runs that earlier versions published are read, and forecast as they did; `tests/golden/make.py` makes them."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import forecast

from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import published
from forecaster.runs.manifest import FORMAT
from forecaster.runs.versions import open_run

GOLDEN = sorted(path.parent for path in (Path(__file__).parent / "golden").glob("*/*/said.csv"))
TEXTS = ("date", "hour", "shop", "status")
TOLERANCE = 1e-5


def cells(file):
    """A forecast as texts and (R, M) numbers."""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    texts = [[row[name] for name in row if name in TEXTS] for row in rows]
    return texts, np.array([[float(row[name]) for name in row if name not in TEXTS] for row in rows])


@pytest.fixture(params=GOLDEN, ids=lambda path: f"{path.parent.name} {path.name}")
def golden(request, tmp_path):
    """A copy of a golden run: its folder, and its name."""
    return shutil.copytree(request.param, tmp_path / "golden", symlinks=True), request.param.name


def test_there_are_golden_runs_of_this_format():
    found = {open_run(path / "runs", path.name).manifest.format for path in GOLDEN}

    assert FORMAT in found


def test_a_golden_run_forecasts_as_it_did(golden):
    folder, name = golden

    forecast("predict", "--csv", f"{name}.csv", "--run", name, cwd=folder, check=0)

    (texts, numbers), (now, again) = cells(folder / "said.csv"), cells(folder / f"{name}.forecast.csv")
    assert now == texts
    assert (np.abs(again - numbers) <= TOLERANCE * np.maximum(1, np.abs(numbers))).all()


def test_the_comparison_would_notice_a_ten_thousandth(golden):
    folder, _ = golden
    _, numbers = cells(folder / "said.csv")

    assert not (np.abs(1.0001 * numbers - numbers) <= TOLERANCE * np.maximum(1, np.abs(numbers))).all()


def test_a_golden_ledger_knows_its_forecast_and_takes_the_next(golden):
    folder, name = golden
    with ledger(folder / "runs" / name) as book:
        before = [one.entry.cutoff for one in published(book)]

    forecast("predict", "--csv", f"{name}.csv", "--run", name, "--cutoff", oldest_seen(folder, name), cwd=folder)

    with ledger(folder / "runs" / name) as book:
        assert len(before) == 1
        assert len(published(book)) == 2


def oldest_seen(folder, name):
    """A moment a few rows before the end of the table."""
    rows = (folder / f"{name}.csv").read_text().splitlines()[1:]
    return [row.split(",")[0] for row in rows if not row.endswith(",")][-3]


@pytest.mark.parametrize("command", [("evaluate",), ("score", "--csv"), ("runs", "verify"), ("plot", "--out")])
def test_every_command_reads_a_golden_run(golden, command):
    folder, name = golden
    shutil.copy(folder / f"{name}.csv", folder / "table.csv")
    more = {"--csv": [f"{name}.csv"], "--out": ["picture.png"], "evaluate": ["--csv", "table.csv"]}
    rest = more.get(command[-1], [])

    words = [command[0], *([command[1]] if command[0] == "runs" else []), name]
    options = [word for word in command[1:] if word.startswith("--")]
    forecast(*words, *options, *rest, cwd=folder, check=0)
