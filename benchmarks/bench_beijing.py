"""Fine dust in Beijing with its 2,067 missing hours: a network that is told what is missing, beside lines drawn there.

    python benchmarks/bench_beijing.py --data DIR [--seeds 3] [--folds 240] [--json FILE]

`benchmarks/configs/beijing.yaml`: 24 hours ahead from 72, with the weather and the direction of the wind (a column of
categories) up to the cutoff. `mask` leaves the holes open and tells the network; `interpolate` draws straight lines
through them, with the same network, covariates, seeds and updates. All are scored on the same folds, 41 hours apart:
those of which all 24 actuals were measured. A line through a hole that ends at a cutoff knows the first value after
it, so `interpolate` is favoured there, if at all. Goal: `mask` has a lower error than `interpolate` and than repeating
the last day.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import common
import numpy as np

if TYPE_CHECKING:
    from common import Floats
    from numpy.typing import NDArray

    from forecaster.evaluation.folds import Folds
    from forecaster.series import Times

STRIDE = 41  # hours: it shares no factor with the day
VARIANTS: dict[str, dict[str, object]] = {
    "mask": {},
    "interpolate": {"data.gaps": "interpolate"},
    "mask, no covariates": {"data.past": [], "model.embed": {}},
}


@dataclass(frozen=True, eq=False)
class Scored:
    """Absolute errors on the folds that everyone is scored on.

    Attributes:
        cutoffs: (N,) their moments.
        errors: (N, H)
    """

    cutoffs: Times
    errors: Floats


def scored(folds: Folds, name: str) -> Scored:
    """The errors of one forecaster, by cutoff."""
    order = np.argsort(folds.cutoff_times)
    errors = np.abs(folds.actual - folds.forecasts[name].values)
    return Scored(folds.cutoff_times[order], np.asarray(errors)[order])


def common_rows(mine: Scored, theirs: Scored) -> Floats:
    """(N, H) the errors of `theirs` on the folds of `mine`."""
    places = np.searchsorted(theirs.cutoffs, mine.cutoffs)
    if places.max() >= len(theirs.cutoffs) or not np.array_equal(theirs.cutoffs[places], mine.cutoffs):
        raise SystemExit("a fold that was scored with holes was not scored with lines drawn through them")
    return theirs.errors[places]


def holes(table: Path, cutoffs: Times, lookback: int) -> NDArray[np.bool_]:
    """(N,) whether a value is missing in the lookback before each cutoff."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = np.datetime64(f"{rows[0]['year']}-{int(rows[0]['month']):02d}-{int(rows[0]['day']):02d}", "h")
    missing = np.array([row["pm2.5"] in {"", "NA"} for row in rows])
    places = (cutoffs.astype("datetime64[h]") - first - int(rows[0]["hour"])).astype(np.int64)
    return np.array([missing[place - lookback + 1 : place + 1].any() for place in places])


def tell(
    record: common.Record, name: str, errors: Floats, holed: NDArray[np.bool_], seed: int | None, took: float
) -> None:
    """Keep and print the error of one forecaster, over all folds and over those with a hole in the lookback."""
    whole, part = float(errors.mean()), float(errors[holed].mean()) if holed.any() else float("nan")
    record.add(forecaster=name, seed=seed, mae=whole, mae_with_holes=part, folds=len(errors), seconds=took)
    told = ["" if seed is None else seed, f"{whole:.2f}", f"{part:.2f}", f"{took:.0f}" if took else ""]
    print(common.line([name, *told]), flush=True)


def main() -> None:
    """Train every variant with every seed; print a row each."""
    parser = common.parser(__doc__, needs=["beijing_pm25.csv"])
    parser.add_argument("--folds", type=int, default=240, help="holes leave out some")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind, from seed 0 on")
    asked = parser.parse_args()
    table = common.located(asked.data, "beijing_pm25.csv")
    protocol = f"24 hours ahead on at most {asked.folds} folds {STRIDE} hours apart, seeds 0 to {asked.seeds - 1}"
    record = common.Record("bench_beijing", protocol, file=asked.json)
    print(common.line(["forecaster", "seed", "MAE", "MAE, hole in the lookback", "seconds"]) + "\n|--|--:|--:|--:|--:|")
    fixed = {"data.path": table, "training.refit": False, "evaluation.stride": STRIDE, "evaluation.folds": asked.folds}
    base: Scored | None = None
    with tempfile.TemporaryDirectory() as folder:
        for name, changes in VARIANTS.items():
            for seed in range(asked.seeds):
                changed = {**fixed, **changes, "training.seed": seed}
                done = common.train(common.CONFIGS / "beijing.yaml", Path(folder), changed)
                mine = scored(done.folds, done.folds.judged)
                if base is None:
                    base = mine
                    holed = holes(table, base.cutoffs, done.run.manifest.shapes.lookback)
                    for other in done.folds.baselines:
                        tell(record, other, scored(done.folds, other).errors, holed, None, 0.0)
                tell(record, name, common_rows(base, mine), holed, seed, done.seconds)
    close(record)


def close(record: common.Record) -> None:
    """Say who has the lowest error, on the mean over the seeds."""
    names = dict.fromkeys(row["forecaster"] for row in record.rows)
    means = {name: float(np.mean([row["mae"] for row in record.rows if row["forecaster"] == name])) for name in names}
    mask = means["mask"]
    reached = mask < min(means["interpolate"], means["seasonal_naive"])
    told = ", ".join(f"{name} {mean:.2f}" for name, mean in means.items())
    print(f"{told}\nmask below interpolate and seasonal naive: {'reached' if reached else 'missed'}")
    record.close(means=means, reached=reached)


if __name__ == "__main__":
    main()
