"""How often the verdict calls luck skill: 100 random walks, which nothing forecasts better than their last value.

Run it with `python benchmarks/bench_verdict.py`; it takes about a minute on one core. The goal is "better" at most
10 times of 100 for every competitor; 5 are expected of one that is exactly as good.
"""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import forecaster
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.metrics import scales
from forecaster.evaluation.verdict import judge
from forecaster.forecasters.baselines import Naive
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.forecast import Forecast

WALKS = 100
TRAINED = 400
PROTOCOLS = ((8, 14, 14), (20, 14, 7), (20, 5, 5), (50, 1, 1), (200, 5, 1))  # folds, horizon, stride


@dataclass(frozen=True)
class Competitor:
    """A forecaster made from the last value and what it adds to it."""

    kind: str
    seed: int
    name: str = "model"
    lookback: int = 10

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        said = Naive().forecast(past, horizon)
        values, ahead = past.series(0), np.arange(1, horizon + 1)
        return replace(said, values=said.values + getattr(self, f"_{self.kind}")(values, ahead))

    def _ar1(self, values: Floats, ahead: Ints) -> Floats:
        slope, level = np.polyfit(values[:-1], values[1:], 1)
        mean = level / (1 - slope)
        return (values[-1] - mean) * (slope**ahead - 1)

    def _drift(self, values: Floats, ahead: Ints) -> Floats:
        return 0.5 * (values[-1] - values[0]) / (len(values) - 1) * ahead

    def _noise(self, values: Floats, ahead: Ints) -> Floats:
        return 0.1 * np.random.default_rng([self.seed, len(values)]).normal(size=len(ahead))

    def _momentum(self, values: Floats, ahead: Ints) -> Floats:
        return 0.1 * (values[-1] - values[-6]) * np.ones(len(ahead))


def walk(seed: int, steps: int) -> Panel:
    values = 100 + np.cumsum(np.random.default_rng(seed).normal(size=steps))
    clock = Clock(kind="step", every=1)
    return Panel(values, np.array([0, steps]), np.array([0]), ("walk",), np.arange(steps), clock)


def words(kind: str, folds: int, horizon: int, stride: int) -> list[str]:
    said = []
    for seed in range(WALKS):
        steps = TRAINED + (folds - 1) * stride + horizon
        panel = walk(seed, steps)
        cutoffs = steps - 1 - horizon - stride * np.arange(folds)[::-1]
        result = backtest(Competitor(kind, seed), panel, cutoffs, horizon, [Naive()])
        said.append(judge(result, scales(panel.until(int(cutoffs[0]))), "naive").word)
    return said


def main() -> None:
    print(f"forecaster {forecaster.__version__}, numpy {np.__version__}, Python {platform.python_version()}")
    print(f"{WALKS} gaussian random walks, seeds 0 to {WALKS - 1}, {TRAINED} steps before the first cutoff")
    print("folds horizon stride  competitor  better  no better  worse  too few folds")
    began, most = time.monotonic(), 0
    for folds, horizon, stride in PROTOCOLS:
        for kind in ("ar1", "drift", "noise", "momentum"):
            said = words(kind, folds, horizon, stride)
            counts = [said.count(word) for word in ("better", "no better", "worse", "too few folds")]
            most = max(most, counts[0])
            print(f"{folds:5} {horizon:7} {stride:6}  {kind:10}  " + "  ".join(f"{count:6}" for count in counts))
    print(f'"better" at most {most} times of {WALKS}; {time.monotonic() - began:.0f} s')


if __name__ == "__main__":
    main()
