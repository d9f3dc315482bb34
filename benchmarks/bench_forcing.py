"""What teacher forcing does to a decoder that runs free in the end: the table in docs/models/seq2seq.md.

    python benchmarks/bench_forcing.py [--write]
    python benchmarks/bench_forcing.py --table vic --data DIR --json FILE

`benchmarks/configs/forcing.yaml` (weekly CO2, half a year ahead) with a share of teacher forcing of 1, falling from 1
to 0, and of 0, each with three seeds and the same updates. The error is the mean absolute one on the test folds, where
every decoder reads its own last value: it runs free. Beside it stand two losses of the epoch whose weights are
kept, in the units of the scaled window: that of training, where the decoder read what the share says (with a share of 1
the forced error), and that of validation, where it ran free. Refused is a network that diverged, or whose graph
forecasts otherwise than it did itself.
"""

from __future__ import annotations

import csv
import io
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import common

from forecaster.errors import UnusableError

if TYPE_CHECKING:
    import argparse

    from forecaster.runs.versions import Run

PAGE = common.ROOT / "docs" / "models" / "seq2seq.md"
SHARES = {"1": (1, 1), "1 to 0": (1, 0), "0": (0, 0)}
TABLES = {"co2": ("forcing.yaml", None), "vic": ("vic.yaml", "vic_electricity.csv")}


def best_losses(run: Run) -> dict[str, float]:
    """The losses of training and validation in the epoch that was best in validation."""
    epochs = csv.DictReader(io.StringIO(run.read("losses.csv").decode()))
    losses = [{part: float(epoch[part]) for part in ("training", "validation")} for epoch in epochs]
    return min(losses, key=lambda loss: loss["validation"])


def measure(record: common.Record, asked: argparse.Namespace, share: str, seed: int, folder: Path) -> None:
    """One training."""
    name, file = TABLES[asked.table]
    first, last = SHARES[share]
    changes: dict[str, object] = {
        "model.decoder": {"seq2seq": {"forcing": {"from": first, "to": last}}},
        "model.output": "point",
        "training.early_stopping": None,
        "training.refit": False,
        "training.seed": seed,
        "evaluation.folds": asked.folds,
    }
    if file is not None:
        changes["data.path"] = common.located(asked.data, file)
    try:
        done = common.train(common.CONFIGS / name, folder, changes)
    except UnusableError as error:
        record.add(table=asked.table, share=share, seed=seed, refused=str(error))
        return
    naive = min(done.run.report().metrics[other]["mae"] or float("nan") for other in done.folds.baselines)
    figures = {"mae": float(done.errors.mean()), **best_losses(done.run), "seconds": done.seconds}
    record.add(table=asked.table, share=share, seed=seed, **figures, best_baseline=naive)


def told(rows: list[dict[str, Any]]) -> str:
    """One row of the table: a share, over its seeds."""
    known = [row for row in rows if "refused" not in row]
    if not known:
        return common.line([rows[0]["share"], *[""] * 4, len(rows), ""])
    mae, training, validation = (f"{mean(known, key):.3f}" for key in ("mae", "training", "validation"))
    by_seed = " ".join(f"{row['mae']:.3f}" for row in known)
    refused, seconds = len(rows) - len(known), f"{mean(known, 'seconds'):.0f}"
    return common.line([rows[0]["share"], mae, by_seed, training, validation, refused, seconds])


def mean(rows: list[dict[str, Any]], key: str) -> float:
    """Of one figure, over the seeds."""
    return statistics.mean(float(row[key]) for row in rows)


LOSSES = ("training loss", "validation loss")
HEAD = ("share of teacher forcing", "free-running error", "by seed", *LOSSES, "refused", "seconds")


def table(record: common.Record, asked: argparse.Namespace) -> str:
    """The table with its protocol, as Markdown."""
    groups = {share: [row for row in record.rows if row["share"] == share] for share in SHARES}
    known = [f"{row['best_baseline']:.3f}" for row in record.rows if "refused" not in row]
    naive = f"the best baseline on the same folds: {known[0] if known else 'unknown'}"
    versions = common.told(common.LIBRARIES[:3])
    config = f"`benchmarks/configs/{TABLES[asked.table][0]}`"
    return "\n".join(
        [
            common.line(HEAD),
            "|--|--:|--|--:|--:|--:|--:|",
            *(told(rows) for rows in groups.values() if rows),
            "",
            f"{config}: {asked.folds} folds, seeds 0 to {asked.seeds - 1}, {versions}; {naive}.",
        ]
    )


def main() -> None:
    """Measure, print, and write where asked for."""
    parser = common.parser(__doc__, needs=["vic_electricity.csv"], required=False, resumes=True)
    parser.add_argument("--table", choices=TABLES, default="co2")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folds", type=int, default=40)
    parser.add_argument("--write", nargs="?", type=Path, const=PAGE, metavar="PAGE", help="put the table into the docs")
    asked = parser.parse_args()
    protocol = f"{asked.table}, {asked.folds} folds, shares {', '.join(SHARES)}, seeds 0 to {asked.seeds - 1}"
    record = common.Record("bench_forcing", protocol, file=asked.json, resume=asked.resume)
    with tempfile.TemporaryDirectory() as folder:
        for share in SHARES:
            for seed in range(asked.seeds):
                if record.found(share=share, seed=seed) is None:
                    measure(record, asked, share, seed, Path(folder))
            print(told([row for row in record.rows if row["share"] == share]), flush=True)
    text = table(record, asked)
    print(f"\n{text}")
    if asked.write:
        common.written(asked.write, "forcing", text)
    record.close()


if __name__ == "__main__":
    main()
