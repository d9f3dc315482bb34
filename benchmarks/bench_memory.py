"""How long each kind of layer remembers: the table in docs/models.md.

    python benchmarks/bench_memory.py            measure, and print the table
    python benchmarks/bench_memory.py --write    and put it into docs/models.md

Every training is `configs/memory.yaml` with another layer, lag and seed, and without the refit, since only the judged
network is scored. Its error is the mean absolute one on the newest 50 blocks, divided by that of always saying the
mean.
"""

from __future__ import annotations

import argparse
import math
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import forecaster
from forecaster.errors import UnusableError
from forecaster.evaluation.folds import from_csv

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "models.md"
LAYERS = {
    "`simple_rnn`": "[{simple_rnn: {units: 32}}]",
    "`lstm`, `forget_bias: chrono`": "[{lstm: {units: 32, forget_bias: chrono}}]",
    "`gru`, `forget_bias: chrono`": "[{gru: {units: 32, forget_bias: chrono}}]",
}
LAGS = (10, 100)
SEEDS = range(5)
BLOCKS = 400
SOLVED = 0.1


@dataclass(frozen=True)
class Row:
    """One layer at one lag: the ratio of its error to that of saying the mean, and its seconds, for each seed.

    A ratio is NaN where the network was refused: it diverged, or its graph forecasts otherwise than it did itself.
    """

    lag: int
    layer: str
    ratios: list[float]
    seconds: list[float]

    def __str__(self) -> str:
        told = [ratio for ratio in self.ratios if not math.isnan(ratio)]
        solved = f"{sum(ratio < SOLVED for ratio in told)} of {len(self.ratios)}"
        errors = [f"{of(told):.3f}" if told else "" for of in (min, statistics.median, max)]
        refused = str(len(self.ratios) - len(told))
        took = f"{statistics.median(self.seconds):.0f}"
        return f"| {' | '.join([str(self.lag), self.layer, solved, *errors, refused, took])} |"


def measure(lag: int, layers: str, seed: int, folder: Path) -> float:
    """The error of one training, divided by that of always saying the mean."""
    block = lag + 1
    changes = {
        "data.path": folder / f"memory-{lag}.csv",
        "data.generate.lag": lag,
        "data.generate.steps": BLOCKS * block,
        "window.lookback": lag,
        "window.stride": block,
        "evaluation.stride": block,
        "model.layers": layers,
        "training.seed": seed,
        "training.refit": "false",
    }
    overrides = [f"{key}={value}" for key, value in changes.items()]
    try:
        run = forecaster.train(ROOT / "configs" / "memory.yaml", runs=folder / "runs", overrides=overrides)
    except UnusableError as error:
        print(f"lag {lag}, {layers}, seed {seed}: {error}", file=sys.stderr, flush=True)
        return math.nan
    folds = from_csv(run.read("folds.csv").decode())
    error = np.abs(folds.actual - folds.forecasts[folds.judged].values).mean()
    return float(error / np.abs(folds.actual - folds.actual.mean()).mean())


def rows(lags: tuple[int, ...], seeds: int) -> list[Row]:
    """Every layer at every lag; each is printed when it is measured, for it takes a while."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for lag in lags:
            for name, layers in LAYERS.items():
                ratios, seconds = [], []
                for seed in SEEDS[:seeds]:
                    began = time.monotonic()
                    ratios.append(measure(lag, layers, seed, Path(folder)))
                    seconds.append(time.monotonic() - began)
                found.append(Row(lag, name, ratios, seconds))
                print(found[-1], flush=True)
    return found


def table(found: list[Row]) -> str:
    """The table with its protocol, as Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("forecaster", "tensorflow", "keras"))
    protocol = f"{BLOCKS} blocks of lag + 1 steps, scored on the newest 50, seeds 0 to {len(found[0].ratios) - 1}"
    return "\n".join(
        [
            "| lag | layer of 32 units | solved | error ÷ the mean's: least | median | most | refused | seconds |",
            "|--:|--|--|--:|--:|--:|--:|--:|",
            *map(str, found),
            "",
            f"`configs/memory.yaml` with these layers: {protocol}, {versions}.",
        ]
    )


def written(page: str, text: str) -> str:
    """The page with the text between its two marks."""
    return re.sub(
        r"(<!-- memory: written.*?-->\n).*?(<!-- memory: end -->)", rf"\g<1>{text}\n\g<2>", page, flags=re.DOTALL
    )


def main() -> None:
    """Measure, print, and write where asked for."""
    parser = argparse.ArgumentParser(description="How long each kind of layer remembers.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/models.md")
    parser.add_argument("--lags", type=int, nargs="+", default=list(LAGS))
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    options = parser.parse_args()
    text = table(rows(tuple(options.lags), options.seeds))
    print(f"\n{text}")
    if options.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
