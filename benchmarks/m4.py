"""The M4 competition: sMAPE, MASE and OWA as its organisers compute them.

    python -m benchmarks.m4 --data DIR --frequency Weekly [--seeds 3] [--config FILE] [--baselines DIR]
        [--json FILE]

Protocol (Makridakis, Spiliotis and Assimakopoulos, 2020): sMAPE is the mean of 200 |y - f| / (|y| + |f|) over all steps
of all series; MASE the mean over series of the mean |y - f| by the mean |y[t] - y[t - m]| of the training values; OWA
the mean of sMAPE and MASE, each by Naive2's over the same series. Naive2 is computed here, and compared with what was
published where it is known. The config is configs/benchmarks/m4_FREQUENCY.yaml; where there is none, what `forecast
init` chooses. The network is trained and forecasts as for any user; every seed is scored by itself, and so is the mean
of the forecasts of all seeds. Seconds are those of training and forecasting together.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import common, statistical, trials, wide
from benchmarks.naive2 import naive2
from benchmarks.scoring import Scores, scores, seasonal_naive, spread
from benchmarks.trials import Said

if TYPE_CHECKING:
    import argparse

    from benchmarks.wide import Wide

ENDINGS = (".csv", ".csv.gz")
CLOSE = 0.0006  # half a unit of the third decimal, which was published
DETAILS = "FREQUENCY-train.csv[.gz] and -test.csv of Mcompetitions/M4-methods"


@dataclass(frozen=True)
class Frequency:
    """One of the six.

    Attributes:
        season: Of MASE and Naive2.
        horizon: Steps ahead.
        clock: The season that stands for its dates, as in `wide.CLOCKS`.
        naive2: sMAPE and MASE as published; None where they are not known here.
        seasonal_naive: The same of the seasonal naive forecast.
    """

    season: int
    horizon: int
    clock: int
    naive2: tuple[float, float] | None = None
    seasonal_naive: tuple[float, float] | None = None


FREQUENCIES = {
    "Yearly": Frequency(1, 6, 1),
    "Quarterly": Frequency(4, 8, 4),
    "Monthly": Frequency(12, 18, 12),
    "Weekly": Frequency(1, 13, 52, naive2=(9.161, 2.777), seasonal_naive=(9.161, 2.777)),
    "Daily": Frequency(1, 14, 7),
    "Hourly": Frequency(24, 48, 24, naive2=(18.383, 2.395), seasonal_naive=(13.912, 1.193)),
}


def tables(folder: Path, name: str) -> tuple[Path, Path]:
    """The training and the test table of a frequency, in a folder or one below it.

    Raises:
        SystemExit: If one is missing.
    """
    return _located(folder, f"{name}-train"), _located(folder, f"{name}-test")


def _located(folder: Path, stem: str) -> Path:
    for place in (
        place for ending in ENDINGS for place in [folder / f"{stem}{ending}", *folder.glob(f"*/{stem}{ending}")]
    ):
        if place.is_file():
            return place.absolute()
    raise SystemExit(f"{stem}.csv: not in {folder} or one folder below; it is one of {DETAILS}")


def owa(found: Scores, naive: Scores) -> float:
    """The mean of the two ratios to Naive2.

    >>> owa(Scores(8.0, 1.5, 0, 0), Scores(10.0, 2.0, 0, 0))
    0.775
    """
    return (found.smape / naive.smape + found.mase / naive.mase) / 2


def check(found: Scores, published: tuple[float, float] | None, who: str) -> None:
    """Refuse to go on from figures that are not the competition's.

    Raises:
        SystemExit: If they are not.
    """
    if published is not None and not np.allclose((found.smape, found.mase), published, rtol=0, atol=CLOSE):
        raise SystemExit(f"{who}: sMAPE {found.smape:.4f} and MASE {found.mase:.4f}, but {published} were published")


def simple(series: Wide, kind: Frequency) -> list[Said]:
    """Naive2 and the seasonal naive forecast."""
    repeated = seasonal_naive(series.past, kind.season, series.horizon)
    return [
        Said("Naive2", naive2(series.past, kind.season, series.horizon)),
        Said("seasonal naive", spread(series.past, kind.season, repeated)),
    ]


def config_of(asked: argparse.Namespace, table: Path, changes: list[str]) -> tuple[Path, list[str]]:
    """The config of a frequency, and what is changed in it; where there is none, the automatic choice."""
    place = asked.config or common.ROOT / "configs" / "benchmarks" / f"m4_{asked.frequency.lower()}.yaml"
    if asked.automatic or (asked.config is None and not place.is_file()):
        return trials.chosen(table, changes), []
    return place, [f"data.path={table}", *changes]


def options() -> argparse.ArgumentParser:
    parser = common.parser(__doc__, resumes=True)
    told = f"where {DETAILS} lie, in it or one folder further down"
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help=told)
    parser.add_argument("--frequency", choices=list(FREQUENCIES), required=True)
    parser.add_argument("--config", type=Path, metavar="FILE", help="the network and its training")
    parser.add_argument("--automatic", action="store_true", help="no config: what `forecast init` chooses")
    trials.options(parser)
    return parser


def main() -> None:
    """Score the network of every seed, their mean, Naive2 and the seasonal naive forecast."""
    asked = options().parse_args()
    kind = FREQUENCIES[asked.frequency]
    whole = wide.pair(*tables(asked.data, asked.frequency))
    series = (whole.earlier() if asked.validate else whole).some(asked.series)
    with trials.workplace() as folder:
        table = folder / f"m4_{asked.frequency.lower()}.csv"
        wide.write(series, kind.clock, table)
        config, changes = config_of(asked, table, [f"window.horizon={kind.horizon}", *asked.changes])
        record = recorded(asked, len(series), config.read_text(encoding="utf-8"))
        others = simple(series, kind)
        marks = [scores(series, kind.season, said.values) for said in others]
        if record.head["part"] == "test" and len(series) == len(whole):
            for said, found, published in zip(others, marks, (kind.naive2, kind.seasonal_naive), strict=True):
                check(found, published, said.name)
        trials.head("OWA")

        def tell(said: Said) -> None:
            found = scores(series, kind.season, said.values)
            trials.tell(record, said, found, owa=owa(found, marks[0]))

        ahead, seeds = wide.moments(kind.clock, kind.horizon, ahead=kind.horizon), list[Said]()
        for said in others:
            if record.found(forecaster=said.name) is None:
                tell(said)
        for seed in range(asked.seeds):
            if record.found(forecaster="network", seed=seed) is None:
                seeds.append(trials.tried(config, seed, changes, table, series.ids, ahead))
                tell(seeds[-1])
    if len(seeds) == asked.seeds > 1:
        tell(trials.together(seeds))
    for said in trials.statistics(series, kind.season, asked.baselines, record):
        tell(said)
    record.close(baseline_versions=statistical.versions(asked.baselines))


def recorded(asked: argparse.Namespace, count: int, config: str) -> common.Record:
    """The record of so many series, with all that its figures depend on."""
    kind, part = FREQUENCIES[asked.frequency], "validation" if asked.validate else "test"
    protocol = f"{asked.frequency}, {count} series, {kind.horizon} steps ahead ({part}), season {kind.season}"
    protocol += f"; seeds 0 to {asked.seeds - 1} {asked.changes or ''}"
    return common.Record(
        "m4",
        protocol.strip(),
        file=asked.json,
        resume=asked.resume,
        table=asked.frequency,
        part=part,
        trial=trials.partial(asked),
        config=config,
        tried=asked.tried,
    )


if __name__ == "__main__":
    main()
