"""How long each kind of layer remembers: the table in docs/models.md.

    python benchmarks/bench_memory.py                              measure, and print the table
    python benchmarks/bench_memory.py --write                      and put it into docs/models.md
    python benchmarks/bench_memory.py --lags 400 --seeds 2 --json memory.json --resume

Every training is `configs/memory.yaml` with another layer, lag and seed, step by step or in segments of 24 (a lag of
400 is then 17 recurrent steps). It takes all 1,500 updates, for over a long lag nothing is learned in the first hundred
and patience would end there; its weights are those of the best epoch. There is no refit, since only the judged network
is scored. Its error is the mean absolute one on the newest 50 blocks, divided by that of always saying the mean. The
updates needed are those after which the validation loss was first under a hundredth of the cue's variance.
"""

from __future__ import annotations

import csv
import io
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import common
import numpy as np

from forecaster.errors import UnusableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from forecaster.runs.versions import Run

PAGE = common.ROOT / "docs" / "models.md"
LAYERS = {
    "`simple_rnn`": [{"simple_rnn": {"units": 32}}],
    "`lstm`, `forget_bias: chrono`": [{"lstm": {"units": 32, "forget_bias": "chrono"}}],
    "`gru`, `forget_bias: chrono`": [{"gru": {"units": 32, "forget_bias": "chrono"}}],
}
LAGS = (10, 100, 400)
SEEDS, BLOCKS, SEGMENT = 5, 400, 24
SOLVED = 0.1  # of the error of saying the mean
LEARNED = 0.01 / 3  # of the squared error: a hundredth of the variance of a number between -1 and 1


def kinds(lags: list[int]) -> Iterator[tuple[int, str, int | None]]:
    """Every lag, layer and segment; no segment where the lag is shorter."""
    for lag in lags:
        for name in LAYERS:
            yield lag, name, None
            if lag > SEGMENT:
                yield lag, name, SEGMENT


def measure(lag: int, layer: str, segment: int | None, seed: int, folder: Path) -> dict[str, Any]:
    """One training: its error, divided by that of always saying the mean, and the updates that it needed.

    Both are None where the network was refused: it diverged, or its graph forecasts otherwise than it did itself.
    """
    block, began = lag + 1, time.monotonic()
    changes: dict[str, object] = {
        "data.path": folder / f"memory-{lag}.csv",
        "data.generate.lag": lag,
        "data.generate.steps": BLOCKS * block,
        "window.lookback": lag,
        "window.stride": block,
        "evaluation.stride": block,
        "model.layers": LAYERS[layer],
        "model.segment": segment,
        "training.early_stopping": None,
        "training.seed": seed,
        "training.refit": False,
    }
    try:
        done = common.train(common.ROOT / "configs" / "memory.yaml", folder / "runs", changes)
    except UnusableError as error:
        return {"ratio": None, "updates": None, "refused": str(error), "seconds": time.monotonic() - began}
    ratio = float(done.errors.mean() / np.abs(done.folds.actual - done.folds.actual.mean()).mean())
    return {"ratio": ratio, "updates": needed(done.run), "trained": done.run.manifest.steps, "seconds": done.seconds}


def needed(run: Run) -> int | None:
    """The updates after which the validation loss was first as low as of what has been learned; None: never."""
    epochs = csv.DictReader(io.StringIO(run.read("losses.csv").decode()))
    return next((int(epoch["steps"]) for epoch in epochs if float(epoch["validation"]) < LEARNED), None)


def row(lag: int, layer: str, segment: int | None, found: list[dict[str, Any]]) -> str:
    """One row of the table: one layer at one lag, over its seeds."""
    ratios = [one["ratio"] for one in found if one["ratio"] is not None]
    updates = [one["updates"] for one in found if one["updates"] is not None]
    steps = lag if segment is None else math.ceil(lag / segment)
    solved = f"{sum(ratio < SOLVED for ratio in ratios)} of {len(found)}"
    errors = [f"{of(ratios):.3f}" if ratios else "" for of in (min, statistics.median, max)]
    first = f"{statistics.median(updates):.0f}" if updates else ""
    took = f"{statistics.median(one['seconds'] for one in found):.0f}"
    return common.line([lag, layer, steps, solved, *errors, first, len(found) - len(ratios), took])


ERRORS = ("error ÷ the mean's: least", "median", "most")
HEAD = ("lag", "layer of 32 units", "recurrent steps", "solved", *ERRORS, "updates needed", "refused", "seconds")


def table(record: common.Record, asked: argparse.Namespace) -> str:
    """The table with its protocol, as Markdown."""
    versions = common.told(common.LIBRARIES[:3])
    protocol = (
        f"step by step or in segments of {SEGMENT}, without early stopping, {BLOCKS} blocks of lag + 1 steps, "
        f"scored on the newest 50, seeds 0 to {asked.seeds - 1}"
    )
    return "\n".join(
        [
            common.line(HEAD),
            "|--:|--|--:|--|--:|--:|--:|--:|--:|--:|",
            *(row(*kind, rows_of(record, *kind, asked.seeds)) for kind in kinds(asked.lags)),
            "",
            f"`configs/memory.yaml` with these layers: {protocol}, {versions}.",
        ]
    )


def rows_of(record: common.Record, lag: int, layer: str, segment: int | None, seeds: int) -> list[dict[str, Any]]:
    """What was found for one row of the table."""
    keys = {"lag": lag, "layer": layer, "segment": segment}
    return [one for seed in range(seeds) if (one := record.found(**keys, seed=seed)) is not None]


def main() -> None:
    """Measure, print, and write where asked for."""
    parser = common.parser(__doc__, resumes=True)
    parser.add_argument("--write", nargs="?", type=Path, const=PAGE, metavar="PAGE", help="put the table into the docs")
    parser.add_argument("--lags", type=int, nargs="+", default=list(LAGS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    asked = parser.parse_args()
    protocol = f"configs/memory.yaml without early stopping, {BLOCKS} blocks of lag + 1 steps, segments of {SEGMENT}"
    record = common.Record("bench_memory", protocol, file=asked.json, resume=asked.resume)
    with tempfile.TemporaryDirectory() as folder:
        for lag, layer, segment in kinds(asked.lags):
            for seed in range(asked.seeds):
                keys = {"lag": lag, "layer": layer, "segment": segment, "seed": seed}
                if record.found(**keys) is None:
                    record.add(**keys, **measure(lag, layer, segment, seed, Path(folder)))
            print(row(lag, layer, segment, rows_of(record, lag, layer, segment, asked.seeds)), flush=True)
    text = table(record, asked)
    print(f"\n{text}")
    if asked.write:
        common.written(asked.write, "memory", text)
    record.close()


if __name__ == "__main__":
    main()
