"""What a night of very many series costs in the ledger: seconds and megabytes, to write it and to score it.

Run it with `python -m benchmarks.reliability.night`. The forecasts are made up (no network is asked): 14 steps and two
intervals for each of 100,000 series, published as `predict` does it, and scored as `score` does it, a day after the
other. The goal: under 20 seconds and 100 megabytes each night.
"""

from __future__ import annotations

import argparse
import platform
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import forecaster
from forecaster.evaluation.report import Report
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.panel import Panel
from forecaster.workflows.forecasting import Beside
from forecaster.workflows.journal import Journal
from forecaster.workflows.keeping import Sent, publish
from forecaster.workflows.score import live

H, DAYS, INTERVALS = 14, 60, (0.8, 0.95)
SECONDS, MEGABYTES = 20.0, 100.0
CLOCK = Clock("fixed", 86_400_000_000, form="%Y-%m-%d")


def table(series: int, seed: int) -> Panel:
    """So many random walks over 60 days."""
    walks = np.cumsum(np.random.default_rng(seed).normal(size=(series, DAYS)), axis=1)
    return Panel(
        values=walks.ravel(),
        offsets=np.arange(series + 1) * DAYS,
        starts=np.zeros(series, dtype=np.int64),
        ids=tuple(f"series {place}" for place in range(series)),
        times=(np.datetime64("2026-01-01") + np.arange(DAYS)).astype("datetime64[us]"),
        clock=CLOCK,
    )


def run_of(folder: Path, panel: Panel) -> Any:
    """A run that has judged those series and learned from none of their days."""
    both = {"model": {"mae": 2.0, "mase": 1.0, "coverage_80": 0.8}, "naive": {"mae": 2.0, "mase": 1.0}}
    report = Report(
        *("night", "0000000001-abcd", 8, H, both, 0.0, "no better", ""),
        by_step=[{"step": step + 1, **both} for step in range(H)],
        by_series=[{"series": name, **both} for name in panel.ids],
        by_fold=[{"cutoff": str(fold), **both} for fold in range(8)],
        baseline="naive",
    )
    return SimpleNamespace(
        name="night",
        folder=folder,
        version=report.version,
        report=lambda: report,
        config=lambda: SimpleNamespace(evaluation=SimpleNamespace(stride=H, intervals=INTERVALS)),
        manifest=SimpleNamespace(
            borders=SimpleNamespace(seen={"model.onnx": "2025-12-31", "scored.onnx": "2025-12-31"})
        ),
    )


def said(past: Panel, seed: int) -> tuple[Forecast, Beside]:
    """A forecast with all its digits, and the naive one."""
    rng, newest = np.random.default_rng(seed), past.values[past.offsets[1:] - 1]
    naive = np.repeat(newest[:, None], H, axis=1)
    values = naive + rng.normal(size=naive.shape)
    widths = np.abs(rng.normal(size=(*naive.shape, len(INTERVALS)))) * np.sqrt(np.arange(1, H + 1))[:, None]
    ends = {"lower": values[..., None] - widths, "upper": values[..., None] + widths}
    made = Forecast(past.ids, past.last, past.future(H), values, intervals=INTERVALS, **ends)
    return made, Beside("naive", naive)


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"forecaster {forecaster.__version__}, python {platform.python_version()}, numpy {np.__version__}")
    print(f"{asked.series:,} series of {H} steps and {len(INTERVALS)} intervals, seed {asked.seed}")
    folder, good = Path(tempfile.mkdtemp(prefix="forecaster-night-")), True
    try:
        panel = table(asked.series, asked.seed)
        run = run_of(folder, panel)
        for night in range(asked.nights):
            past, before = panel.until(30 + night), megabytes(folder)
            made, beside = said(past, night)
            sent = Sent("made up", folder / "out.csv", None, folder / "paths.csv")
            began = time.monotonic()
            table_of = SimpleNamespace(panel=past, sha256=str(night), file="night.csv")
            publish(run, made, beside, table_of, sent, Journal())  # type: ignore[arg-type]
            written = time.monotonic() - began
            began = time.monotonic()
            report = live(run, table_of)  # type: ignore[arg-type]
            scored, grown = time.monotonic() - began, megabytes(folder) - before
            good = good and written < SECONDS and scored < SECONDS and grown < MEGABYTES
            costs = f"{written:.1f} s to write, {scored:.1f} s to score {report.forecasts} forecasts, {grown:.1f} MB"
            print(f"night {night + 1}: {costs}")
    finally:
        shutil.rmtree(folder)
    print(f"memory at the most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
