"""What every benchmark of public tables does: train as a user does, forecast as a user does, and say what came out."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import forecaster
from benchmarks import common, scoring, statistical
from forecaster.errors import settable
from forecaster.workflows.init import init
from forecaster.workflows.request import Request

if TYPE_CHECKING:
    import argparse
    from collections import Counter
    from collections.abc import Iterator

    from benchmarks.scoring import Scores
    from benchmarks.wide import Floats, Times, Wide
    from forecaster.runs.versions import Run

TITLE = ("forecaster", "seed", "sMAPE", "MASE", "WQL", "80 % coverage", "seconds", "")


@dataclass(frozen=True, eq=False)
class Said:
    """What one forecaster said.

    Attributes:
        name: As it stands in the table.
        values: (S, H, Q) at `scoring.LEVELS`; NaN where nothing was said.
        seconds: From the table to the forecasts, with training.
        seed: Of the network.
        words: How many cells have another status than `ok`, by its name.
    """

    name: str
    values: Floats
    seconds: float = 0.0
    seed: int | None = None
    words: dict[str, int] = field(default_factory=dict)


def options(parser: argparse.ArgumentParser, *, validates: bool = True) -> None:
    """The options that the benchmarks of public tables share."""
    parser.add_argument("--seeds", type=int, default=1, help="networks, from seed 0 on (1)")
    told = "a key of the config, as `forecast train` takes it; may be repeated"
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes", help=told)
    parser.add_argument("--baselines", type=Path, metavar="DIR", help=statistical.TOLD)
    told = "how many other configs were scored on these test data: told on the page"
    parser.add_argument("--tried", type=int, metavar="N", help=told)
    if validates:
        told = "take the newest horizon of the training table as the test: what choices are made by"
        parser.add_argument("--validate", action="store_true", help=told)
        parser.add_argument("--series", type=int, metavar="N", help="only so many series, for a trial")


def partial(asked: argparse.Namespace) -> bool:
    """Whether only some of the series were looked at: no figures for a page."""
    return asked.series is not None


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def chosen(table: Path, changes: list[str]) -> Path:
    """The YAML that the automatic choice writes for a table, beside it."""
    place = table.with_suffix(".yaml")
    with settable():
        init(table, out=place, overrides=changes)
    return place


def trained(config: Path, seed: int, changes: list[str], runs: Path) -> Run:
    """A run of its own for every seed, as `forecast train CONFIG --set ...`."""
    return forecaster.train(config, runs=runs / f"seed{seed}", overrides=[*changes, f"training.seed={seed}"])


def forecasted(run: Run, table: Path, ids: tuple[str, ...], ahead: Times) -> tuple[Floats, Counter[str]]:
    """What a run says of certain moments after a table, as `forecast predict --csv TABLE`."""
    forecast = forecaster.predict(run, table, request=Request(ledger=False))
    return scoring.aligned(forecast, ids, ahead)


def tried(config: Path, seed: int, changes: list[str], table: Path, ids: tuple[str, ...], ahead: Times) -> Said:
    """Train and forecast with one seed, and take the time of both."""
    began = time.monotonic()
    run = trained(config, seed, changes, table.parent / "runs")
    values, words = forecasted(run, table, ids, ahead)
    return Said("network", values, time.monotonic() - began, seed, dict(words))


def statistics(series: Wide, season: int, environment: Path | None, record: common.Record) -> Iterator[Said]:
    """AutoETS and AutoTheta, where there is an environment for them and the record does not know them yet."""
    if environment is not None and any(record.found(forecaster=name) is None for name in statistical.MODELS):
        for name, (values, seconds) in statistical.baselines(series.past, season, series.horizon, environment).items():
            yield Said(name, values, seconds)


def together(seeds: list[Said]) -> Said:
    """The mean of what several seeds said."""
    values = np.mean([said.values for said in seeds], axis=0)
    return Said(f"mean of {len(seeds)} networks", values, sum(said.seconds for said in seeds))


def tell(record: common.Record, said: Said, found: Scores, **more: Any) -> None:
    """Keep and print one row."""
    row = {"forecaster": said.name, "seed": said.seed, **asdict(found), **more, "seconds": round(said.seconds, 1)}
    record.add(**row, statuses=said.words, missing=int(np.isnan(said.values).any(axis=-1).sum()))
    words = ", ".join(f"{count} {word}" for word, count in said.words.items())
    cells = [said.name, "" if said.seed is None else said.seed, f"{found.smape:.2f}", f"{found.mase:.3f}"]
    cells += [f"{found.wql:.4f}", f"{found.coverage:.2f}", *(f"{value:.3f}" for value in more.values())]
    print(common.line([*cells, f"{said.seconds:.0f} s", words]), flush=True)


def head(*more: str) -> None:
    """Print the head of the table."""
    title = [*TITLE[:-2], *more, *TITLE[-2:]]
    print(common.line(title) + "\n|" + "--|" * len(title), flush=True)
