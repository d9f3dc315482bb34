"""What `forecast update` is worth: a network that learned once, one that goes on learning, one that is trained anew.

A config is trained on the oldest part of its table. Then the table grows, a twelfth of it at a time, and before every
growth three networks forecast it, at cutoffs a horizon apart: the first one as it was, the run that `forecast update`
kept, and one trained anew on all rows so far. Only rows that none of them has seen are scored.

    python benchmarks/bench_update.py
    python benchmarks/bench_update.py --only co2 --seeds 3
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import common
import numpy as np
from common import Record

import forecaster
from forecaster.config.reading import read_config
from forecaster.evaluation.backtest import backtest
from forecaster.forecasters.runtime import Graph
from forecaster.series.tables import read_table

if TYPE_CHECKING:
    from forecaster.runs.versions import Run
    from forecaster.series.panel import Panel

CONFIGS = ("co2", "prices", "sunspots", "macro")
BEGIN, STEPS = 7, 12  # of so many equal parts of the table, those that the first training sees


@dataclass
class Learner:
    """One of the three, its runs, and what it has cost and missed so far."""

    name: str
    run: Run | None = None
    seconds: float = 0.0
    errors: float = 0.0
    values: int = 0
    published: int = 0


def grown(config: Path, folder: Path, rows: int) -> Path:
    """The config's table, its oldest rows alone."""
    source = Path(read_config(config).data.path)
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    place = folder / source.name
    place.write_text("".join(lines[: rows + 1]), encoding="utf-8")
    return place


def learn(one: Learner, config: Path, table: Path, folder: Path, seed: int) -> None:
    """Let a learner see the table as it is now."""
    changes, began = [f"data.path={table}", f"training.seed={seed}", "name=learner"], time.monotonic()
    if one.run is None or one.name == "anew":
        one.run = forecaster.train(config, runs=folder / one.name, overrides=changes)
    elif one.name == "update":
        outcome = forecaster.update("learner", table, runs=folder / one.name)
        one.run, one.published = outcome.run, one.published + outcome.published
    one.seconds += time.monotonic() - began


def score(one: Learner, panel: Panel, since: int, until: int) -> None:
    """Forecast the rows that come next, a horizon apart."""
    if one.run is None:
        return
    shapes = one.run.manifest.shapes
    cutoffs = np.arange(since - 1, until - shapes.horizon, shapes.horizon)
    graph = Graph(one.run.read("model.onnx"), shapes, shapes.scale)
    folds = backtest(graph, panel.with_season(one.run.manifest.table.season), cutoffs, shapes.horizon)
    errors = np.abs(folds.actual - folds.forecasts["model"].values)
    one.errors, one.values = one.errors + float(errors.sum()), one.values + errors.size


def measured(config: Path, seed: int) -> dict[str, object]:
    panel = read_table(read_config(config).data).panel
    borders = np.linspace(0, panel.steps, STEPS + 1).astype(int)[BEGIN:]
    learners = [Learner(name) for name in ("once", "update", "anew")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for since, until in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
            table = grown(config, folder, since)
            for one in learners:
                learn(one, config, table, folder, seed)
                score(one, panel, since, until)
    row: dict[str, object] = {"config": config.stem, "seed": seed, "published": learners[1].published}
    for one in learners:
        row |= {f"mae_{one.name}": one.errors / one.values, f"seconds_{one.name}": one.seconds}
    return row


def main() -> None:
    made = common.parser(__doc__)
    made.add_argument("--only", nargs="+", default=CONFIGS, choices=CONFIGS, help="these configs")
    made.add_argument("--seeds", type=int, default=1, help="trainings of each (1)")
    asked = made.parse_args()
    record = Record("update", f"{STEPS - BEGIN} growths of a twelfth, seeds 0 to {asked.seeds - 1}", file=asked.json)
    print("config     seed  once    update (ratio)  anew (ratio)   seconds: update, anew   published")
    for name in asked.only:
        for seed in range(asked.seeds):
            row = record.add(**measured(common.ROOT / "configs" / f"{name}.yaml", seed))
            once, update, anew = (float(str(row[f"mae_{each}"])) for each in ("once", "update", "anew"))
            print(
                f"{name:<10} {seed:>4}  {once:<7.4g} {update:<7.4g} {update / once:.3f}   {anew:<7.4g} "
                f"{anew / once:.3f}   {row['seconds_update']:.0f}, {row['seconds_anew']:.0f}   "
                f"{row['published']} of {STEPS - BEGIN - 1}",
                flush=True,
            )
    record.close()


if __name__ == "__main__":
    main()
