"""Single tables as users have them, with no config: rolling folds, beside the baselines.

    python -m benchmarks.tables --data DIR [--baselines DIR] [--seeds 3] [--json FILE]

Protocol: of every CSV in a folder and one below it, `forecast init` chooses the config. The newest cutoffs are scored,
8 of them or as many as leave two thirds of the table before the first, a horizon apart. The network is trained ONCE, on
a copy of the table that ends at the first cutoff (only the horizon is said: that of the whole table), and forecasts at
every cutoff from a copy that ends there, as `forecast predict` does. Beside it: the last value, the last season (as
the training found it), and AutoETS fitted anew at every cutoff to the newest 2,000 values (a season longer than the 24
steps that it can have is replaced by the longest cycle of the clock that it can). MAE is the mean over folds, steps
and series; the ratio is that of the means over series of MAE by the past's own seasonal naive error, which for a single
series is the ratio of the MAEs; WQL and the coverage of the 80 % interval are pooled over all cells. Cells that the
network said nothing of, and those whose actual is missing, count for nobody. Seconds are those of the training.
Goal: nowhere more than 2 % above the best baseline; coverage, pooled over all tables, within 4 points of 80 %.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import asof, common, scoring, statistical, trials
from forecaster.errors import ForecasterError

if TYPE_CHECKING:
    import argparse

    from benchmarks.asof import Whole
    from benchmarks.wide import Floats
    from forecaster.runs.versions import Run
    from forecaster.series import Ints

FOLDS, KEPT = 8, 3  # a table has at least so many times the steps of all folds
LONGEST_SEASON = 24  # steps that AutoETS can take for a season
MOST, POINTS = 1.02, 0.04
HONEST = ("exchange_rate", "brent-daily")  # of which nothing is known to beat the last value
SETTINGS: dict[str, list[str]] = {
    "AEP_hourly.csv": ["data.duplicates=mean"],  # the message proposes it for the hours that clocks repeat
}
DROPPED = {
    "tesla.csv": 2,  # the message proposes to remove this line, a quote of the hour in a table of days
}
TITLE = ("table", "seed", "steps", "H", "season", "folds", "MAE", "WQL", "80 % coverage", "÷ naive", "÷ last season",
         "÷ AutoETS", "÷ best", "verdict", "seconds")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Folds:
    """What happened after F cutoffs, and what everybody said.

    Attributes:
        cutoffs: (F,) steps.
        past: F·S arrays, those of the first cutoff before those of the second.
        actual: (F, S, H)
        units: (S,) the seasonal naive error before the first cutoff.
    """

    cutoffs: Ints
    past: tuple[Floats, ...]
    actual: Floats
    units: Floats

    def score(self, said: Floats) -> dict[str, Any]:
        """MAE, scaled MAE, WQL and coverage of (F, S, H, Q) forecasts."""
        errors = np.abs(self.actual - said[..., scoring.MIDDLE])
        each = np.nanmean(np.moveaxis(errors, 1, 0).reshape(len(self.units), -1), axis=1)
        held = scoring.inside(self.actual, said)
        return {
            "mae": float(each.mean()),
            "scaled": float(np.nanmean(each / self.units)),
            "wql": scoring.weighted_loss(self.actual, said),
            "coverage": float(held.mean()),
            "held": int(held.sum()),
            "cells": len(held),
        }


def cutoffs(steps: int, horizon: int, most: int = FOLDS) -> Ints:
    """(F,) the newest cutoffs of a table, a horizon apart, the oldest first.

    >>> cutoffs(144, 12).tolist()
    [95, 107, 119, 131]
    """
    count = max(1, min(most, steps // (KEPT * horizon)))
    return np.asarray(steps - 1 - horizon * np.arange(count, 0, -1))


def folds_of(whole: Whole, places: Ints, horizon: int, season: int, series: list[int]) -> Folds:
    """The folds of some of a table's series."""
    values = whole.values[series]
    first = [int(np.flatnonzero(~np.isnan(row))[0]) for row in values]
    past = tuple(row[begin : place + 1] for place in places.tolist() for row, begin in zip(values, first, strict=True))
    changes = [np.abs(one[season:] - one[:-season]) for one in past[: len(series)]]
    units = np.array([np.nanmean(change) if np.nansum(change) > 0 else np.nan for change in changes])
    actual = np.stack([values[:, place + 1 : place + 1 + horizon] for place in places.tolist()])
    return Folds(places, past, actual, units)


def copied(table: Path, folder: Path) -> Path:
    """The table in a folder of its own, without the line that its error proposes to remove."""
    place = folder / table.name
    shutil.copyfile(table, place)
    if table.name in DROPPED:
        lines = place.read_bytes().splitlines(keepends=True)
        place.write_bytes(b"".join(lines[: DROPPED[table.name] - 1] + lines[DROPPED[table.name] :]))
    return place


def said_at(run: Run, whole: Whole, folder: Path, places: Ints, ids: tuple[str, ...]) -> tuple[Floats, Counter[str]]:
    """(F, S, H, Q) what a run says at every cutoff; NaN where it refuses to."""
    horizon, words, said = run.manifest.shapes.horizon, Counter[str](), []
    for place in places.tolist():
        ahead = whole.panel.times[place + 1 : place + 1 + horizon]
        table = whole.upto(place, folder / Path(whole.config.data.path).name)
        try:
            values, odd = trials.forecasted(run, table, ids, ahead)
        except ForecasterError as error:
            print(f"# {table.name} at step {place}: {error}", flush=True)
            values, odd = np.full((len(ids), horizon, len(scoring.LEVELS)), np.nan), Counter({"refused": 1})
        said.append(values)
        words += odd
    return np.stack(said), words


def short_season(whole: Whole, season: int) -> int:
    """The longest cycle that AutoETS can take."""
    cycles = [season, *whole.panel.clock.seasons()] if season > 1 else []
    return max((cycle for cycle in cycles if cycle <= LONGEST_SEASON), default=1)


def others(whole: Whole, found: Folds, season: int, environment: Path | None) -> dict[str, Floats]:
    """(F, S, H, Q) what every baseline says."""
    shape, horizon = (*found.actual.shape, len(scoring.LEVELS)), found.actual.shape[-1]
    said = {
        name: scoring.spread(found.past, each, scoring.seasonal_naive(found.past, each, horizon)).reshape(shape)
        for name, each in {"naive": 1, "seasonal_naive": season}.items()
    }
    if environment is not None:
        fitted = statistical.baselines(found.past, short_season(whole, season), horizon, environment, ["AutoETS"])
        said["AutoETS"] = fitted["AutoETS"][0].reshape(shape)
    return said


def measured(table: Path, folder: Path, seed: int, asked: argparse.Namespace) -> dict[str, Any]:
    """One table, one seed: the figures of everybody.

    Raises:
        ForecasterError: If the table is refused.
    """
    changes = [*SETTINGS.get(table.name, []), *asked.changes]
    whole = asof.whole(copied(table, folder), changes)
    horizon = int(whole.config.window.horizon)
    places = cutoffs(whole.panel.steps, horizon, asked.folds)
    (past := folder / "past").mkdir()
    began = time.monotonic()
    known = whole.upto(int(places[0]), past / table.name)
    config = trials.chosen(known, [f"window.horizon={horizon}", *changes])
    run = trials.trained(config, seed, [], past / "runs")
    seconds = round(time.monotonic() - began, 1)
    row = {"table": table.stem, "seed": seed, "steps": whole.panel.steps, "horizon": horizon, "folds": len(places)}
    row |= compared(run, whole, folder, places, asked.baselines)
    return {**row, "seconds": seconds, "config": config.read_text(encoding="utf-8")}


def compared(run: Run, whole: Whole, folder: Path, places: Ints, environment: Path | None) -> dict[str, Any]:
    """What a run says at every cutoff beside what the baselines say, on the cells of which it says something."""
    season = run.manifest.table.season
    rows = [row for row, start in enumerate(whole.panel.starts.tolist()) if start + 2 * season < places[0]]
    ids = tuple(whole.panel.ids[row] for row in rows)
    said, words = said_at(run, whole, folder, places, ids)
    found = folds_of(whole, places, said.shape[2], season, rows)
    both = replace(found, actual=np.where(np.isnan(said).any(axis=-1), np.nan, found.actual))
    everybody = {"network": said, **others(whole, both, season, environment)}
    scored = {name: both.score(values) for name, values in everybody.items()}
    ratios = {name: scored["network"]["scaled"] / one["scaled"] for name, one in scored.items() if name != "network"}
    best = max(ratios, key=lambda name: ratios[name])
    unsaid = int((~np.isnan(found.actual)).sum()) - scored["network"]["cells"]
    row = {"series": len(ids), "season": season, "scores": scored, "ratios": ratios, "best": best}
    row |= {"ratio": ratios[best], "verdict": run.manifest.result.verdict}
    return {**row, "statuses": dict(words), "unsaid": unsaid}


def told(row: dict[str, Any]) -> str:
    """One row for people."""
    network, ratios = row["scores"]["network"], row["ratios"]
    cells = [row[key] for key in ("table", "seed", "steps", "horizon", "season", "folds")]
    cells += [f"{network['mae']:.4g}", f"{network['wql']:.4f}", f"{network['coverage']:.2f}"]
    cells += [f"{ratios[name]:.3f}" if name in ratios else "" for name in ("naive", "seasonal_naive", "AutoETS")]
    return common.line([*cells, f"{row['ratio']:.3f}", row["verdict"], f"{row['seconds']:.0f} s"])


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Pooled coverage, and who misses what."""
    held, cells = (sum(row["scores"]["network"][key] for row in rows) for key in ("held", "cells"))
    wql = [
        row["scores"]["network"]["wql"] / row["scores"]["AutoETS"]["wql"] for row in rows if "AutoETS" in row["scores"]
    ]
    honest = {row["table"]: row["verdict"] for row in rows if row["table"] in HONEST}
    return {
        "coverage": held / cells if cells else None,
        "coverage_of_tables": float(np.mean([row["scores"]["network"]["coverage"] for row in rows])) if rows else None,
        "wql_by_ets": float(np.exp(np.mean(np.log(wql)))) if wql else None,
        "missed": sorted({row["table"] for row in rows if row["ratio"] > MOST}),
        "overstated": sorted(name for name, verdict in honest.items() if verdict == "better"),
    }


def options() -> argparse.ArgumentParser:
    parser = common.parser(__doc__)
    told_ = "a folder with CSVs, in it or one folder further down"
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help=told_)
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="only these, such as brent-daily.csv")
    parser.add_argument("--folds", type=int, default=FOLDS, help=f"at most so many cutoffs of a table ({FOLDS})")
    trials.options(parser, validates=False)
    return parser


def main() -> None:
    """Measure every table with every seed, and say which miss the goal."""
    asked = options().parse_args()
    tables = sorted([*asked.data.glob("*.csv"), *asked.data.glob("*/*.csv")])
    tables = [table for table in tables if asked.tables is None or table.name in asked.tables]
    protocol = f"{len(tables)} tables, at most {asked.folds} folds a horizon apart; no config: as `forecast init` "
    protocol += f"chooses {asked.changes or ''}; seeds 0 to {asked.seeds - 1}"
    record = common.Record("tables", protocol, file=asked.json)
    print(common.line(TITLE) + "\n|" + "--|" * len(TITLE), flush=True)
    refused: dict[str, str] = {}
    for table in tables:
        for seed in range(asked.seeds):
            try:
                with trials.workplace() as folder:
                    row = record.add(**measured(table.absolute(), folder, seed, asked))
            except ForecasterError as error:
                refused[table.stem] = str(error)
                print(common.line([table.stem, seed, f"refused: {error}"]), flush=True)
                break
            print(told(row), flush=True)
    end = summary(record.rows)
    pooled, each = (end[key] or np.nan for key in ("coverage", "coverage_of_tables"))
    print(f"# coverage {pooled:.3f} over all cells, {each:.3f} over tables")
    print(f"# more than {MOST - 1:.0%} above the best baseline: {', '.join(end['missed']) or 'none'}")
    print(f"# a verdict of `better` where none is deserved: {', '.join(end['overstated']) or 'none'}")
    used = statistical.versions(asked.baselines)
    record.close(**end, refused=refused, trial=asked.tables is not None, tried=asked.tried, baseline_versions=used)


if __name__ == "__main__":
    main()
