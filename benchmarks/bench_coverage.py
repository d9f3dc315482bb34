"""How often intervals hold what happens: trained networks, many test folds, measured against nominal coverage.

    python benchmarks/bench_coverage.py --data DIR                             five tables, every kind of output
    python benchmarks/bench_coverage.py --data DIR --tables co2 vic --outputs point variational
    python benchmarks/bench_coverage.py configs/sunspots.yaml half_hourly_demand.csv        these, as they stand

A YAML is trained as it stands but for the number of folds and `--outputs`; a CSV by the automatic choice. Every network
has seed 0 and is not refitted. Coverage is pooled over all folds and steps ahead.

Within: with at least 200 folds and 1,000 step-forecasts, within 4 points of 80 % and 3 of 95 %; with fewer, inside the
95 % limits of a binomial of as many trials as there are different steps that were forecast. Beside it stand the limits
of a moving-block bootstrap over folds (blocks of ceil(horizon / stride), 2,000 draws, seed 0): 95 % of the coverages
that folds as dependent as these would give. `--fixed` adds the coverage of intervals that do not learn from the folds
that have passed.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import common
import numpy as np

from forecaster.errors import ForecasterError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from common import Floats

    from forecaster.evaluation.folds import Folds
    from forecaster.runs.versions import Run

AS_IT_STANDS = "as it stands"
QUANTILES = {"quantiles": [0.1, 0.5, 0.9]}
OUTPUTS: dict[str, dict[str, object]] = {
    "point": {"model.output": "point"},
    "quantiles": {"model.output": QUANTILES},
    "gaussian": {"model.output": "gaussian"},
    "student_t": {"model.output": "student_t"},
    "negative_binomial": {
        "model.output": "negative_binomial",
        "model.scale": "mean",
        "model.skip": "none",
        "model.bounds": {"min": 0, "integer": True},
    },
    "variational": {"model.output": QUANTILES, "model.latent": {"units": 8, "anneal": 3}},
}


@dataclass(frozen=True)
class Table:
    """A config, and what it needs.

    Attributes:
        config: The YAML.
        file: Its table below `--data`; None where the config names one.
        counts: Whether its values are whole numbers from 0 on.
        spare: More folds are asked for by this factor, for holes leave some out.
    """

    config: Path
    file: str | None = None
    counts: bool = False
    spare: float = 1.0


TABLES = {
    "co2": Table(common.ROOT / "configs" / "co2.yaml"),
    "prices": Table(common.ROOT / "configs" / "prices.yaml"),
    "temperatures": Table(common.CONFIGS / "temperatures.yaml", "daily-min-temperatures.csv"),
    "vic": Table(common.CONFIGS / "vic.yaml", "vic_electricity.csv"),
    "beijing": Table(common.CONFIGS / "beijing.yaml", "beijing_pm25.csv", counts=True, spare=1.4),
    "brent": Table(common.CONFIGS / "brent.yaml", "brent-daily.csv"),
    "exchange": Table(common.CONFIGS / "exchange.yaml", "exchange_rate.csv"),
    "sunspots": Table(common.ROOT / "configs" / "sunspots.yaml"),
}
DEFAULT = ("co2", "prices", "temperatures", "vic", "beijing")


def measure(record: common.Record, asked: argparse.Namespace, name: str, output: str) -> None:
    """Train one kind of output on one table, and keep and print a row for each interval."""
    if record.found(table=name, output=output):
        return
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = trained(asked, name, output, Path(folder))
            fixed = unlearned(done.run) if asked.fixed else {}
            rows = list(covered(done.folds, fixed))
            skill = done.run.report().skill
    except ForecasterError as error:
        print(cells(record.add(table=name, output=output, refused=str(error))), flush=True)
        return
    for row in rows:
        seconds = time.monotonic() - began
        print(cells(record.add(table=name, output=output, **row, skill=skill, seconds=seconds)), flush=True)


def trained(asked: argparse.Namespace, name: str, output: str, folder: Path) -> common.Trained:
    """The network of one table and output."""
    from forecaster.workflows.init import init

    table = TABLES.get(name) or Table(Path(name))
    config, changes = table.config, dict(OUTPUTS.get(output, {}))
    if config.suffix not in {".yaml", ".yml"}:
        init(config, out=folder / "chosen.yaml")
        config = folder / "chosen.yaml"
    if table.file is not None:
        changes["data.path"] = common.located(asked.data, table.file)
    changes |= {"evaluation.folds": round(asked.folds * table.spare), "training.refit": False, "training.seed": 0}
    return common.train(config, folder / "runs", changes)


def covered(folds: Folds, fixed: dict[str, float | None]) -> Iterator[dict[str, Any]]:
    """For each interval: its coverage, the limits, and whether it is within them."""
    said = folds.forecasts[folds.judged]
    cutoffs, groups = np.unique(folds.cutoffs, return_inverse=True)
    stride = int(np.diff(cutoffs).min()) if len(cutoffs) > 1 else folds.horizon
    counts = {"folds": len(cutoffs), "steps": folds.actual.size, "horizon": folds.horizon, "stride": stride}
    distinct = different(folds)
    for place, interval in enumerate(said.intervals):
        inside = (said.lower[..., place] <= folds.actual) & (folds.actual <= said.upper[..., place])
        by_fold: Floats = np.bincount(groups, inside.mean(axis=1)) / np.bincount(groups)
        share = float(inside.mean())
        yield {
            **counts,
            "nominal": interval,
            "covered": share,
            "bootstrap": common.block_limits(by_fold, -(-folds.horizon // stride)),
            "binomial": common.binomial_limits(distinct, interval),
            "within": common.within(interval, share, folds=len(cutoffs), steps=folds.actual.size, different=distinct),
            "fixed": fixed.get(f"coverage_{100 * interval:g}"),
        }


def different(folds: Folds) -> int:
    """How many different steps of all series were forecast: folds that overlap tell of the same ones."""
    series = np.unique(np.array(folds.series, dtype=object), return_inverse=True)[1]
    steps = folds.cutoffs[:, None] + np.arange(1, folds.horizon + 1)
    return len(np.unique(np.stack([np.repeat(series, folds.horizon), steps.ravel()]), axis=1).T)


def unlearned(run: Run) -> dict[str, float | None]:
    """The scores on the same folds with the intervals of the calibration part alone, which stay as they are."""
    from forecaster.evaluation.folds import from_csv
    from forecaster.forecasters.runtime import Graph
    from forecaster.workflows.assessing import Again, Intervals, reassess
    from forecaster.workflows.tables import read_again

    config, manifest = run.config(), run.manifest
    panel = read_again(run, config, Path(config.data.path)).panel.with_season(manifest.table.season)
    graph = Graph(run.read("scored.onnx"), manifest.shapes, manifest.shapes.scale)
    cutoffs = np.unique(from_csv(run.read("folds.csv").decode()).cutoffs)
    again = Again(border=int(cutoffs[0]) + 1, calibration=cutoffs[:0], test=cutoffs, folds=None)
    intervals = Intervals.from_json(run.read("calibration.json"))
    return reassess(graph, panel, config, intervals, again).metrics["model"]


FIRST = ("table", "output", "folds", "horizon", "stride", "steps")
HEAD = (*FIRST, "nominal", "covered", "within", "bootstrap", "binomial", "fixed", "skill", "seconds")


def cells(row: dict[str, Any]) -> str:
    """One row of the printed table."""
    if "refused" in row:
        return common.line([row["table"], row["output"], f"refused: {row['refused']}"])
    shares = [f"{low:.1%} to {high:.1%}" for low, high in (row["bootstrap"], row["binomial"])]
    skill = "" if row["skill"] is None else f"{row['skill']:.0%}"
    first = [row[key] for key in FIRST]
    told = [f"{row['nominal']:.0%}", f"{row['covered']:.1%}", "yes" if row["within"] else "NO", *shares]
    fixed = "" if row["fixed"] is None else f"{row['fixed']:.1%}"
    return common.line([*first, *told, fixed, skill, f"{row['seconds']:.0f}"])


def pairs(asked: argparse.Namespace) -> list[tuple[str, str]]:
    """Which outputs on which tables."""
    if asked.files:
        return [(str(file), output) for file in asked.files for output in asked.outputs or [AS_IT_STANDS]]
    every = asked.outputs or list(OUTPUTS)
    return [
        (name, output)
        for name in asked.tables or DEFAULT
        for output in every
        if TABLES[name].counts or output != "negative_binomial"
    ]


def main() -> None:
    """Train each, and print a row for each interval."""
    needs = [table.file for table in TABLES.values() if table.file]
    parser = common.parser(__doc__, needs=needs, required=False, resumes=True)
    parser.add_argument("files", nargs="*", type=Path, help="configs or tables, instead of those named below")
    parser.add_argument("--tables", nargs="+", choices=TABLES, help=f"default: {' '.join(DEFAULT)}")
    parser.add_argument("--outputs", nargs="+", choices=OUTPUTS, help="default: every one that fits the table")
    parser.add_argument("--folds", type=int, default=common.FOLDS, help="at most")
    parser.add_argument("--fixed", action="store_true", help="also intervals that do not learn")
    asked = parser.parse_args()
    protocol = f"{asked.folds} folds at most, seed of the networks 0, bootstrap seed {common.BOOTSTRAP_SEED}"
    record = common.Record("bench_coverage", protocol, file=asked.json, resume=asked.resume)
    print(common.line(HEAD) + "\n|" + "--|" * len(HEAD))
    for row in record.rows:
        print(cells(row))
    for name, output in pairs(asked):
        measure(record, asked, name, output)
    told = [row for row in record.rows if "within" in row]
    print(f"within: {sum(row['within'] for row in told)} of {len(told)} intervals")
    record.close(within=sum(row["within"] for row in told), intervals=len(told))


if __name__ == "__main__":
    main()
