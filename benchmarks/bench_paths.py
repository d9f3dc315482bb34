"""Joint paths of the future: do they cover, are they as rough as the data, and what is their dependence worth?

    python benchmarks/bench_paths.py [--tables co2 prices] [--kinds copula] [--json FILE]
    python benchmarks/bench_paths.py --data DIR --tables co2 prices temperatures vic beijing

Three ways to draw them: `variational`, an encoder to a latent and a seq2seq decoder from it; `student_t`, a seq2seq
decoder that is fed its own draws; `copula`, quantiles at once, joined by a Gaussian copula of the calibration
residuals. Both decoders are trained with teacher forcing throughout, so that what they draw next follows from what was
drawn, and without a validation part: judged running free, such a network looks best before it has learned to follow its
last value (on oil prices the lag-1 autocorrelation below was -0.47 so, and -0.05 without). Paths are those that would
have been published at each test cutoff: by the judged network, around the intervals of that cutoff, with the dependence
learned from the calibration part alone.

Told are the share of actuals between the paths' own 10 % and 90 % (2.5 % and 97.5 %) quantiles, pooled over steps; the
lag-1 autocorrelation of the differences from step to step, of paths and of what happened on the same folds (goal:
within 0.1); and the energy score of the paths beside that of the same numbers drawn at each step independently.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bench_coverage
import common
import numpy as np

from forecaster.errors import ForecasterError
from forecaster.evaluation.energy import energy_score, roughness, torn
from forecaster.evaluation.folds import rows_of
from forecaster.forecasters.dependence import Copula
from forecaster.forecasters.paths import joint, needed
from forecaster.forecasters.runtime import Graph
from forecaster.workflows.assessing import Intervals
from forecaster.workflows.tables import read_again

if TYPE_CHECKING:
    import argparse

    from common import Floats

    from forecaster.runs.versions import Run

CLOSE = 0.1  # between the autocorrelations
FORCED: dict[str, object] = {
    "model.decoder": {"seq2seq": {"forcing": {"from": 1, "to": 1}}},
    "training.optimizer": {"adam": {"learning_rate": 0.002}},
    "evaluation.validation": 0,
}
KINDS: dict[str, dict[str, object]] = {
    "variational": {**FORCED, "model.output": "gaussian", "model.latent": {"units": 8, "anneal": 3}},
    "student_t": {**FORCED, "model.output": "student_t"},
    "copula": {"model.decoder": "direct", "model.output": {"quantiles": [0.1, 0.5, 0.9]}},
}


@dataclass(frozen=True, eq=False)
class Drawn:
    """N folds: what happened, and P paths of each.

    Attributes:
        last: (N,) the value at the cutoff.
        actual: (N, H)
        paths: (N, P, H)
    """

    last: Floats
    actual: Floats
    paths: Floats

    def coverage(self, interval: float) -> float:
        """The share of actuals between the paths' own quantiles."""
        low, high = np.quantile(self.paths, [(1 - interval) / 2, (1 + interval) / 2], axis=1)
        return float(((low <= self.actual) & (self.actual <= high)).mean())

    def roughnesses(self) -> tuple[float, float]:
        """Of the paths and of what happened, each from the value at the cutoff on."""
        start = np.broadcast_to(self.last[:, None, None], (*self.paths.shape[:2], 1))
        paths = roughness(np.concatenate([start, self.paths], axis=2))
        return paths, roughness(np.concatenate([self.last[:, None], self.actual], axis=1))


@dataclass(frozen=True, eq=False)
class Drawer:
    """What is needed of a run to draw as it would have at any cutoff."""

    graph: Graph
    copula: Copula

    @classmethod
    def of(cls, run: Run) -> Drawer:
        """The judged network, and the dependence of its errors in the calibration part."""
        shapes, intervals = run.manifest.shapes, Intervals.from_json(run.read("calibration.json"))
        graph = Graph(run.read("scored.onnx"), shapes, shapes.scale)
        return cls(graph, Copula((intervals.part or intervals.calibrations)[graph.name].dependence))

    def draw(self, done: common.Trained, count: int, seed: int) -> Drawn:
        """Paths at every fold, each with random numbers of its own."""
        config, folds = done.run.config(), done.folds
        panel = read_again(done.run, config, Path(config.data.path)).panel.with_season(done.run.manifest.table.season)
        paths = np.empty((len(folds), count, folds.horizon))
        for row, cutoff in enumerate(folds.cutoffs.tolist()):
            own, drawn = seed + row, None
            if self.graph.draws:
                drawn = self.graph.paths(panel.until(cutoff), needed(count), own, self.copula)
            said = rows_of(folds.forecasts[folds.judged], np.array([row]))
            paths[row] = joint(replace(said, ids=(folds.series[row],)), self.copula, count, own, drawn)[0]
        return Drawn(folds.last, folds.actual, paths)


def trained(asked: argparse.Namespace, name: str, kind: str, folder: Path) -> common.Trained:
    """A table of `bench_coverage` with the network of one kind."""
    table, changes = bench_coverage.TABLES[name], dict(KINDS[kind])
    if table.file is not None:
        changes["data.path"] = common.located(asked.data, table.file)
    folds = round(asked.folds * table.spare)
    changes |= {"evaluation.folds": folds, "training.refit": False, "training.seed": asked.seed}
    return common.train(table.config, folder / "runs", changes)


def figures(drawn: Drawn, distinct: int, seed: int) -> dict[str, Any]:
    """Everything that is told of one table and kind."""
    folds, steps = len(drawn.last), drawn.actual.size
    row: dict[str, Any] = {"folds": folds, "steps": steps, "horizon": drawn.actual.shape[1]}
    for interval in common.POINTS:
        share = drawn.coverage(interval)
        row[f"coverage_{100 * interval:g}"] = share
        fine = common.within(interval, share, folds=folds, steps=steps, different=distinct)
        row[f"within_{100 * interval:g}"] = fine
    row["roughness"], row["roughness_of_data"] = drawn.roughnesses()
    row["close"] = abs(row["roughness"] - row["roughness_of_data"]) <= CLOSE
    row["energy"] = energy_score(drawn.actual, drawn.paths)
    row["energy_independent"] = energy_score(drawn.actual, torn(drawn.paths, seed))
    return row


def cells(row: dict[str, Any]) -> str:
    """One row of the printed table."""
    if "refused" in row:
        return common.line([row["table"], row["kind"], f"refused: {row['refused']}"])
    covered = [f"{row[f'coverage_{name}']:.1%} {'yes' if row[f'within_{name}'] else 'NO'}" for name in ("80", "95")]
    rough = [f"{row['roughness']:.2f}", f"{row['roughness_of_data']:.2f}", "yes" if row["close"] else "NO"]
    energy = [f"{row['energy']:.4g}", f"{row['energy_independent']:.4g}"]
    return common.line([row["table"], row["kind"], row["folds"], *covered, *rough, *energy, f"{row['seconds']:.0f}"])


def measure(record: common.Record, asked: argparse.Namespace, name: str, kind: str) -> None:
    """One table and kind."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = trained(asked, name, kind, Path(folder))
            drawn = Drawer.of(done.run).draw(done, asked.paths, asked.seed)
            row = figures(drawn, bench_coverage.different(done.folds), asked.seed)
    except ForecasterError as error:
        row = {"refused": str(error)}
    print(cells(record.add(table=name, kind=kind, **row, seconds=time.monotonic() - began)), flush=True)


ROUGH, ENERGY = ("lag-1 of paths", "of data", "close"), ("energy", "independent")
HEAD = ("table", "kind", "folds", "80 %", "95 %", *ROUGH, *ENERGY, "seconds")


def main() -> None:
    """Every kind on every table."""
    files = [table.file for table in bench_coverage.TABLES.values() if table.file]
    parser = common.parser(__doc__, needs=files, required=False, resumes=True)
    parser.add_argument("--tables", nargs="+", choices=bench_coverage.TABLES, default=["co2", "prices"])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--folds", type=int, default=common.FOLDS, help="at most")
    parser.add_argument("--paths", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0, help="of the networks, the paths and the shuffling")
    asked = parser.parse_args()
    protocol = f"{asked.folds} folds at most, {asked.paths} paths of each, seed {asked.seed}"
    record = common.Record("bench_paths", protocol, file=asked.json, resume=asked.resume)
    print(common.line(HEAD) + "\n|" + "--|" * len(HEAD))
    for row in record.rows:
        print(cells(row))
    for name in asked.tables:
        for kind in asked.kinds:
            if record.found(table=name, kind=kind) is None:
                measure(record, asked, name, kind)
    record.close()


if __name__ == "__main__":
    main()
