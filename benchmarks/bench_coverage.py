"""How often intervals hold what happens: trained networks, many test folds, measured against nominal coverage.

    python benchmarks/bench_coverage.py configs/prices.yaml configs/co2.yaml half_hourly_demand.csv

A YAML is trained as it stands but for the number of folds; a CSV is trained by the automatic choice. The limits are
those of a moving-block bootstrap over folds (blocks of ceil(horizon / stride), 2,000 draws, seed 0): 95 % of the
coverages that folds as dependent as these would give. `fixed` is the coverage of intervals that do not learn from the
folds that have passed. Half-hourly demand of Victoria, for one, is in the R package
tsibbledata as vic_elec.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.reading import read_config
from forecaster.evaluation.folds import from_csv
from forecaster.forecasters.runtime import Graph
from forecaster.series.choice import choose
from forecaster.workflows.assessing import Again, Intervals, reassess
from forecaster.workflows.publishing import versions
from forecaster.workflows.tables import read_again
from forecaster.workflows.train import train

if TYPE_CHECKING:
    from forecaster.runs.versions import Run

DRAWS, SEED = 2000, 0


def main() -> None:
    """Train each, and print a row a table and interval."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path, help="configs or tables")
    parser.add_argument("--folds", type=int, default=200)
    asked = parser.parse_args()
    print(f"# {asked.folds} folds at most, seed of the networks 0, bootstrap seed {SEED}; {platform.processor()}")
    print("# " + ", ".join(f"{name} {version}" for name, version in versions().items()))
    print("table                 folds  horizon  stride  nominal  covered  95 % limits     fixed  skill")
    for table in asked.tables:
        measure(table, asked.folds)


def measure(table: Path, folds: int) -> None:
    config = read_config(table) if table.suffix in {".yaml", ".yml"} else choose(table).config
    evaluation = config.evaluation.model_copy(update={"folds": folds})
    with tempfile.TemporaryDirectory() as runs:
        run = train(config.model_copy(update={"evaluation": evaluation}), runs=Path(runs))
        report, scored = run.report(), from_csv(run.read("folds.csv").decode())
        fixed = unlearned(run)
    said = scored.forecasts["model"]
    cutoffs, groups = np.unique(scored.cutoffs, return_inverse=True)
    stride = int(np.diff(cutoffs).min()) if len(cutoffs) > 1 else scored.horizon
    for place, interval in enumerate(said.intervals):
        inside = (said.lower[..., place] <= scored.actual) & (scored.actual <= said.upper[..., place])
        by_fold = np.bincount(groups, inside.mean(axis=1)) / np.bincount(groups)
        low, high = limits(by_fold, -(-scored.horizon // stride))
        before, skill = fixed[f"coverage_{100 * interval:g}"], report.skill or float("nan")
        head = f"{table.stem:20}  {len(cutoffs):5}  {scored.horizon:7}  {stride:6}  {interval:7.0%}"
        print(f"{head}  {by_fold.mean():7.1%}  {low:.1%} to {high:.1%}  {before:7.1%}  {skill:5.0%}", flush=True)


def unlearned(run: Run) -> dict[str, float | None]:
    """The scores on the same folds with the intervals of the calibration part alone, which stay as they are."""
    config, manifest = run.config(), run.manifest
    panel = read_again(run, config, Path(config.data.path)).panel.with_season(manifest.table.season)
    graph = Graph(run.read("scored.onnx"), manifest.shapes, manifest.shapes.scale)
    cutoffs = np.unique(from_csv(run.read("folds.csv").decode()).cutoffs)
    again = Again(border=int(cutoffs[0]) + 1, calibration=cutoffs[:0], test=cutoffs, folds=None)
    intervals = Intervals.from_json(run.read("calibration.json"))
    return reassess(graph, panel, config, intervals, again).metrics["model"]


def limits(values: np.ndarray, block: int) -> tuple[float, float]:
    """95 % limits of the mean of dependent values, by a circular moving-block bootstrap."""
    around = np.concatenate([values, values[: block - 1]])
    means = np.convolve(around, np.ones(block) / block, mode="valid")
    draws = np.random.default_rng(SEED).integers(0, len(values), size=(DRAWS, -(-len(values) // block)))
    low, high = np.quantile(means[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
