"""What temperature, holidays and the calendar are worth: the same network with and without them.

    python benchmarks/bench_covariates.py --data DIR [--folds 60] [--seeds 3] [--json FILE]

Half-hourly demand in Victoria, `benchmarks/configs/vic.yaml`: a day ahead, on cutoffs five days and a half-hour apart,
so that they fall on every hour. The temperature of the day that is forecast is the one that was measured: PERFECT
FORESIGHT, which no weather forecast gives. Holidays and the calendar are known ahead in truth. All networks have the
same layers, steps, seeds and folds. The limits of a ratio are those of a bootstrap over folds (2,000 draws, seed 0),
for the first seed. Goal: an error at least 10 % lower with all than with none.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import common
import numpy as np

if TYPE_CHECKING:
    from common import Floats

    from forecaster.evaluation.folds import Folds

GOAL = 0.10
STRIDE = 241  # half-hours: five days and one, which shares no factor with the day
CALENDAR = ["hour", "weekday", "month"]
WITHOUT, WITH = "nothing", "calendar, holidays and temperature"
VARIANTS: dict[str, dict[str, object]] = {
    WITHOUT: {"data.known": [], "data.calendar": []},
    "calendar": {"data.known": [], "data.calendar": CALENDAR},
    "calendar and holidays": {"data.known": ["Holiday"], "data.calendar": CALENDAR},
    "holidays and temperature": {"data.known": ["Holiday", "Temperature"], "data.calendar": []},
    WITH: {"data.known": ["Holiday", "Temperature"], "data.calendar": CALENDAR},
}


def ratio_limits(errors: Floats, other: Floats) -> tuple[float, float]:
    """95 % limits of the ratio of two mean errors of the same (N,) folds."""
    rng = np.random.default_rng(common.BOOTSTRAP_SEED)
    draws = rng.integers(0, len(errors), size=(common.DRAWS, len(errors)))
    low, high = np.quantile(errors[draws].mean(axis=1) / other[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def naive(folds: Folds) -> float:
    """The error of repeating the last week on the same folds."""
    return float(np.abs(folds.actual - folds.forecasts["seasonal_naive"].values).mean())


def measure(table: Path, changes: dict[str, object], runs: Path, seed: int, folds: int) -> common.Trained:
    fixed = {
        "data.path": table,
        "training.seed": seed,
        "training.refit": False,
        "evaluation.folds": folds,
        "evaluation.stride": STRIDE,
    }
    return common.train(common.CONFIGS / "vic.yaml", runs, {**fixed, **changes})


def tell(record: common.Record, name: str, seeds: list[common.Trained], base: list[common.Trained]) -> dict[str, Any]:
    """Keep and print one row: the mean error over the seeds beside that of the networks that are told nothing."""
    if any(not np.array_equal(one.folds.cutoffs, base[0].folds.cutoffs) for one in seeds):
        raise SystemExit(f"{name}: scored on other folds than {WITHOUT}")
    maes = [float(one.errors.mean()) for one in seeds]
    ratio = float(np.mean(maes) / np.mean([one.errors.mean() for one in base]))
    low, high = ratio_limits(seeds[0].errors.mean(axis=1), base[0].errors.mean(axis=1))
    seconds = float(np.mean([one.seconds for one in seeds]))
    cells = [name, f"{np.mean(maes):.1f}", " ".join(f"{mae:.1f}" for mae in maes), f"{ratio:.3f}"]
    print(common.line([*cells, f"{low:.3f} to {high:.3f}", f"{seconds:.0f}"]), flush=True)
    row = {"told": name, "maes": maes, "ratio": ratio, "limits": [low, high], "seconds": seconds}
    return record.add(**row, folds=seeds[0].folds.count)


def main() -> None:
    """Train every variant with every seed, and print a row each."""
    parser = common.parser(__doc__, needs=["vic_electricity.csv"])
    parser.add_argument("--folds", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=1, help="networks of each kind, from seed 0 on")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS), metavar="NAME")
    asked = parser.parse_args()
    table = common.located(asked.data, "vic_electricity.csv")
    protocol = (
        f"a day ahead on {asked.folds} folds {STRIDE} half-hours apart, temperature with perfect foresight, "
        f"seeds 0 to {asked.seeds - 1}"
    )
    record = common.Record("bench_covariates", protocol, file=asked.json)
    print(common.line(["told", "MAE", "by seed", "÷ nothing's", "95 % limits, seed 0", "seconds"]))
    print("|--|--:|--|--:|--|--:|")
    base: list[common.Trained] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in dict.fromkeys([WITHOUT, *asked.variants]):
            seeds = [measure(table, VARIANTS[name], Path(folder), seed, asked.folds) for seed in range(asked.seeds)]
            base = base or seeds
            tell(record, name, seeds, base)
    close(record, naive(base[0].folds))


def close(record: common.Record, baseline: float) -> None:
    """Say how seasonal naive does, and whether the goal is reached."""
    print(f"repeating the last week: MAE {baseline:.1f}")
    found = record.found(told=WITH)
    if found is None:
        record.close(seasonal_naive=baseline)
        return
    reached = found["ratio"] <= 1 - GOAL
    word = "reached" if reached else "missed"
    print(f"{1 - found['ratio']:.1%} lower with all, under perfect foresight; goal {GOAL:.0%}: {word}")
    record.close(seasonal_naive=baseline, ratio=found["ratio"], goal=1 - GOAL, reached=reached)


if __name__ == "__main__":
    main()
