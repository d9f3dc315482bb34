"""Tables of one series a row, with no config: what `forecast init` chooses, beside what statistics offers.

    python -m benchmarks.panel --train T.csv --test T.csv --season 12 [--seeds 3] [--baselines DIR] [--json FILE]
    python -m benchmarks.panel --train T.csv --holdout 56 --season 7

Protocol: the training table becomes a long table with the dates of the clock that --season stands for (1 years, 4
quarters, 12 months, 52 weeks, 7 days, 24 hours). `forecast init` chooses a config for it; only the horizon is said,
that of the test table (M1, M3, tourism ...) or of --holdout (NN5: the columns are moments). The network is trained and
forecasts as for any user. sMAPE and MASE (by the past's own seasonal naive error) are means over series of their means
over steps, of the median; WQL is twice the pinball loss at .1, .5 and .9, the 80 % interval's ends and the median,
by the sum of |actual|; coverage is that of the 80 % interval. Seconds are those of training and forecasting together.
Every seed is scored by itself, and so is the mean of the forecasts of all seeds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import common, scoring, statistical, trials, wide
from benchmarks.trials import Said

if TYPE_CHECKING:
    import argparse

    from benchmarks.wide import Wide

NAIVE = "seasonal naive"


def table_of(asked: argparse.Namespace) -> Wide:
    """The series that were asked for, and what is to be forecast of them."""
    if (asked.test is None) == (asked.holdout is None):
        raise SystemExit("give either --test T.csv or --holdout STEPS")
    found = wide.pair(asked.train, asked.test) if asked.test else wide.held_out(asked.train, asked.holdout)
    return (found.earlier() if asked.validate else found).some(asked.series)


def options() -> argparse.ArgumentParser:
    parser = common.parser(__doc__, resumes=True)
    parser.add_argument("--train", type=Path, metavar="T.csv", required=True, help="a series a row: id, then values")
    parser.add_argument("--test", type=Path, metavar="T.csv", help="what came after, of the same series")
    told = "instead of --test: the last columns of the training table, whose columns are moments"
    parser.add_argument("--holdout", type=int, metavar="STEPS", help=told)
    parser.add_argument("--season", type=int, required=True, choices=sorted(wide.CLOCKS), help="steps in one cycle")
    trials.options(parser)
    return parser


def main() -> None:
    """Score the network of every seed, their mean, and the baselines."""
    asked = options().parse_args()
    series, seeds = table_of(asked), list[Said]()
    ahead = wide.moments(asked.season, series.horizon, ahead=series.horizon)
    with trials.workplace() as folder:
        table = folder / f"{asked.train.stem}.csv"
        wide.write(series, asked.season, table)
        config = trials.chosen(table, [f"window.horizon={series.horizon}", *asked.changes])
        record = recorded(asked, series, config.read_text(encoding="utf-8"))

        def tell(said: Said) -> None:
            trials.tell(record, said, scoring.scores(series, asked.season, said.values))

        for seed in range(asked.seeds):
            if record.found(forecaster="network", seed=seed) is None:
                seeds.append(trials.tried(config, seed, [], table, series.ids, ahead))
                tell(seeds[-1])
    if len(seeds) == asked.seeds > 1:
        tell(trials.together(seeds))
    if record.found(forecaster=NAIVE) is None:
        naive = scoring.seasonal_naive(series.past, asked.season, series.horizon)
        tell(Said(NAIVE, scoring.spread(series.past, asked.season, naive)))
    for said in trials.statistics(series, asked.season, asked.baselines, record):
        tell(said)
    record.close(baseline_versions=statistical.versions(asked.baselines))


def recorded(asked: argparse.Namespace, series: Wide, config: str) -> common.Record:
    """The record, with all that its figures depend on; the config is printed."""
    part = "validation" if asked.validate else "test"
    protocol = f"{asked.train.stem}, {len(series)} series, {series.horizon} steps ahead ({part}), season {asked.season}"
    protocol += f"; no config: as `forecast init` chooses {asked.changes or ''}; seeds 0 to {asked.seeds - 1}"
    record = common.Record(
        "panel",
        protocol,
        file=asked.json,
        resume=asked.resume,
        table=asked.train.stem,
        part=part,
        trial=trials.partial(asked),
        config=config,
        tried=asked.tried,
    )
    print("\n".join(f"#   {line}" for line in config.splitlines()), flush=True)
    trials.head()
    return record


if __name__ == "__main__":
    main()
