"""Writes the golden runs of this version: `python tests/golden/make.py`, once for every release, never over an old one.

Each is a folder `VERSION/NAME` with a table, a run that was trained on it, and what it forecast. Later versions have to
read the run and say the same within 1e-5: `tests/test_golden.py`. They are made in a folder below the temporary one,
whose name the manifests keep.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import forecaster

HERE = Path(__file__).parent
DAYS = 160
QUANTILES = """\
name: quantiles
data: {path: quantiles.csv, time: date, target: price}
window: {lookback: 10, horizon: 3}
model: {layers: [{gru: {units: 4}}]}
training: {steps: 60}
"""
PANEL = """\
name: panel
data: {path: panel.csv, time: date, target: sales, id: shop, known: [promotion], static: [region], calendar: [weekday]}
window: {lookback: 14, horizon: 7}
model:
  scale: standard
  embed: {series: 2}
  layers: [{lstm: {units: 4}}]
  decoder: {seq2seq: {forcing: {from: 1, to: 0}}}
training: {steps: 40}
evaluation: {folds: 5, calibration: 0}
"""
DRAWS = """\
name: draws
data: {path: draws.csv, time: hour, target: load, gaps: mask}
window: {lookback: 24, horizon: 6}
model: {layers: [{bigru: {units: 3}}, {attention: {heads: 1}}], latent: {units: 2}, output: student_t, segment: 4}
training: {steps: 40, ensemble: 2}
"""


def quantiles() -> str:
    days = np.busday_offset("2024-01-01", np.arange(DAYS), roll="forward")
    prices = 100 + np.cumsum(np.random.default_rng(0).normal(size=DAYS))
    return "date,price\n" + "".join(f"{day},{price:.2f}\n" for day, price in zip(days, prices, strict=True))


def panel() -> str:
    chance, lines = np.random.default_rng(1), ["date,shop,region,promotion,sales"]
    days = np.datetime64("2024-01-01") + np.arange(DAYS + 7)
    for shop, region in (("Aa", "north"), ("Be", "south"), ("Ce", "north")):
        sold = 20 + 5 * np.sin(np.arange(len(days)) * 2 * np.pi / 7) + chance.normal(size=len(days))
        for step, day in enumerate(days):
            promotion = int(step % 9 == 0)
            cell = f"{sold[step] + 4 * promotion:.1f}" if step < DAYS else ""
            lines.append(f"{day},{shop},{region},{promotion},{cell}")
    return "\n".join(lines) + "\n"


def draws() -> str:
    hours = np.datetime64("2024-01-01T00:00") + np.arange(3 * DAYS).astype("timedelta64[h]")
    load = 50 + 10 * np.sin(np.arange(len(hours)) * 2 * np.pi / 24) + np.random.default_rng(2).standard_t(4, len(hours))
    cells = [f"{value:.2f}" if step % 41 else "" for step, value in enumerate(load)]
    return "hour,load\n" + "".join(f"{hour},{cell}\n" for hour, cell in zip(hours, cells, strict=True))


STORIES = {"quantiles": (QUANTILES, quantiles), "panel": (PANEL, panel), "draws": (DRAWS, draws)}


def make(name: str, folder: Path) -> None:
    """One golden run: trained, forecast once, with what it said under a name that git keeps."""
    config, table = STORIES[name]
    (folder / f"{name}.yaml").write_text(config)
    (folder / f"{name}.csv").write_text(table())
    forecaster.train(folder / f"{name}.yaml", runs=folder / "runs")
    command = [sys.executable, "-m", "forecaster", "predict", "--csv", f"{name}.csv", "--run", name]
    subprocess.run(command, cwd=folder, check=True)  # a process of its own closes the ledger
    (folder / f"{name}.forecast.csv").rename(folder / "said.csv")
    for left in (".lock", "run_results.json"):
        (folder / "runs" / name / left).unlink(missing_ok=True)


def main() -> None:
    place = HERE / forecaster.__version__
    if place.exists():
        sys.exit(f"{place} is there already; golden runs are made once for a release")
    made = Path(tempfile.gettempdir()) / "golden"
    for name in STORIES:
        (made / name).mkdir(parents=True)
        make(name, made / name)
    shutil.move(made, place)


if __name__ == "__main__":
    main()
