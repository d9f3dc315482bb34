"""One network for the 111 series of NN5, with their holes, beside repeating the last week.

    python benchmarks/bench_panel_nn5.py --data DIR [--seeds 3] [--json FILE]

The newest 56 days are taken away; `benchmarks/configs/nn5.yaml` is trained on the other 735, once for each seed, and
forecasts them. MASE: of each series the mean absolute error over the test days that have a value, divided by the mean
|y[t] - y[t-7]| over the 735 days, where both are there; then the mean over series. sMAPE: the mean of
200 |y - f| / (|y| + |f|) in the same way. Seasonal naive repeats the newest value of each weekday. The median of the
last eight values of each weekday is told too: what can be had without a network. Goal: a MASE at least 15 % below that
of seasonal naive.
"""

from __future__ import annotations

import csv
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import common
import numpy as np

import forecaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common import Floats

    from forecaster.series.forecast import Forecast

AHEAD, SEASON, GOAL = 56, 7, 0.15
FIRST_DAY = np.datetime64("1996-03-18", "D")  # a Monday
WEEKS = 8


@dataclass(frozen=True, eq=False)
class Table:
    """The competition's table.

    Attributes:
        ids: (S,)
        past: (S, T) what may be learned from, NaN in holes.
        actual: (S, H) what happened then.
    """

    ids: tuple[str, ...]
    past: Floats
    actual: Floats

    @property
    def units(self) -> Floats:
        """(S,) the error of repeating the last week, within the past."""
        return np.asarray(np.nanmean(np.abs(self.past[:, SEASON:] - self.past[:, :-SEASON]), axis=1))


def read(path: Path) -> Table:
    """The file of one series a row."""
    with path.open(newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    values = np.array([[float(cell) if cell not in {"", "NA"} else np.nan for cell in row[1:]] for row in rows])
    return Table(tuple(row[0] for row in rows), values[:, :-AHEAD], values[:, -AHEAD:])


def write(table: Table, place: Path) -> None:
    """The past as a table of one column a series, an empty cell where there is no value."""
    days = FIRST_DAY + np.arange(table.past.shape[1])
    with place.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["date", *table.ids])
        for day, values in zip(days, table.past.T.tolist(), strict=True):
            lines.writerow([day, *("" if np.isnan(value) else repr(value) for value in values)])


def weekdays(past: Floats, weeks: int) -> Floats:
    """(S, H) the median of the newest `weeks` values of each weekday; of one, the seasonal naive forecast."""
    said = np.empty((len(past), AHEAD))
    for row, values in enumerate(past):
        for day in range(SEASON):
            same = values[len(values) - SEASON + day :: -SEASON]
            said[row, day::SEASON] = np.median(same[~np.isnan(same)][:weeks])
    return said


def scores(table: Table, said: Floats) -> tuple[float, float]:
    """MASE and sMAPE of (S, H) forecasts, over the values that are there."""
    errors, sizes = np.abs(table.actual - said), np.abs(table.actual) + np.abs(said)
    shares = 200 * errors / np.where(sizes == 0, 1.0, sizes)
    return float(np.mean(np.nanmean(errors, axis=1) / table.units)), float(np.mean(np.nanmean(shares, axis=1)))


def coverages(table: Table, forecast: Forecast) -> dict[str, float]:
    """The share of test values inside each interval."""
    actual, there = table.actual[..., None], ~np.isnan(table.actual)
    inside = (forecast.lower <= actual) & (actual <= forecast.upper)
    return {f"{interval:g}": float(inside[there].mean(axis=0)[i]) for i, interval in enumerate(forecast.intervals)}


def network(table: Table, place: Path, seed: int, changes: Sequence[str]) -> tuple[Forecast, float]:
    """Train on the past, and forecast from it; with the seconds of both."""
    began = time.monotonic()
    overrides = common.overrides({"data.path": place, "training.seed": seed})
    run = forecaster.train(common.CONFIGS / "nn5.yaml", runs=place.parent / "runs", overrides=[*overrides, *changes])
    forecast = forecaster.predict(run, place)
    if forecast.ids != table.ids or forecast.horizon != AHEAD:
        raise SystemExit(f"{len(forecast.ids)} series of {forecast.horizon} steps were forecast, in another order")
    return forecast, time.monotonic() - began


def tell(record: common.Record, table: Table, name: str, said: Floats, **more: object) -> None:
    """Keep and print the scores of one forecaster."""
    mase, smape = scores(table, said)
    naive = scores(table, weekdays(table.past, 1))[0]
    record.add(forecaster=name, mase=mase, smape=smape, ratio=mase / naive, **more)
    told = (f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in more.items())
    print(common.line([name, f"{mase:.3f}", f"{smape:.2f}", f"{mase / naive:.3f}", ", ".join(told)]), flush=True)


def main() -> None:
    """Score the baselines, then a network for each seed."""
    parser = common.parser(__doc__, needs=["nn5.csv"])
    parser.add_argument("--seeds", type=int, default=1, help="networks, from seed 0 on")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a change of the config")
    asked = parser.parse_args()
    table = read(common.located(asked.data, "nn5.csv"))
    holes, days = int(np.isnan(table.past).sum()), table.past.shape[1]
    protocol = f"{len(table.ids)} series of {days} days with {holes:,} holes, {AHEAD} days ahead; seeds 0 to "
    changed = f", {' '.join(asked.set)}" if asked.set else ""
    record = common.Record("bench_panel_nn5", f"{protocol}{asked.seeds - 1}{changed}", file=asked.json)
    print(common.line(["forecaster", "MASE", "sMAPE", "MASE ÷ seasonal naive's", ""]) + "\n|--|--:|--:|--:|--|")
    tell(record, table, "seasonal naive", weekdays(table.past, 1))
    tell(record, table, f"median of {WEEKS} weeks", weekdays(table.past, WEEKS))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "nn5.csv"
        write(table, place)
        for seed in range(asked.seeds):
            forecast, seconds = network(table, place, seed, asked.set)
            marked = sum(any(word != "ok" for word in row) for row in forecast.status)
            more = {"seconds": seconds, "marked": marked, "coverage": coverages(table, forecast)}
            tell(record, table, f"network, seed {seed}", forecast.values, **more)
    close(record)


def close(record: common.Record) -> None:
    """Say whether the goal is reached, on the mean over the seeds."""
    ratio = float(np.mean([row["ratio"] for row in record.rows if "seconds" in row]))
    word = "reached" if ratio <= 1 - GOAL else "missed"
    print(f"MASE {1 - ratio:.1%} below seasonal naive's, mean over seeds; goal {GOAL:.0%}: {word}")
    record.close(ratio=ratio, goal=1 - GOAL, reached=ratio <= 1 - GOAL)


if __name__ == "__main__":
    main()
