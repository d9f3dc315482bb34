"""The options that several commands share, each spelt and explained once."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecaster.config.durations import seconds_of
from forecaster.errors import UsageError, quoted
from forecaster.workflows.names import RUNS

if TYPE_CHECKING:
    from forecaster.workflows.journal import Journal

Runs = Annotated[
    Path, typer.Option("--runs", envvar="FORECAST_RUNS", help="The folder that holds the runs.", metavar="DIR")
]
OwnRuns = Annotated[
    Path | None,
    typer.Option("--runs", help="The folder that holds the runs; default: $FORECAST_RUNS, else runs.", metavar="DIR"),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="A key of the config and its value, the last word.", metavar="KEY=VALUE"),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more, also without a terminal.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere.")]
Results = Annotated[Path | None, typer.Option("--results", help="Where run_results.json goes instead.", metavar="FILE")]
RunArgument = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="A run's name; may be left out if there is one.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TimeLimit = Annotated[
    str | None,
    typer.Option("--time-limit", help="Stop training after this long and publish the best so far.", metavar="10m"),
]

Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="Compare variations of the config on its validation part, and train several networks of the best: about "
        "this long on two cores, counted in arithmetic.",
        metavar="10m",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Start over where an earlier training was ended, instead of going on.")
]
PredictLimit = Annotated[
    str | None,
    typer.Option(
        "--time-limit",
        help="End training and forecasting after about this long: the rest repeats its last season.",
        metavar="10m",
    ),
]

LockWait = Annotated[
    str, typer.Option("--lock-wait", help="Wait this long while another process is at work on the run.", metavar="10s")
]
Previous = Annotated[bool, typer.Option("--previous", help="Take the version before the latest.")]


def positive(text: str) -> int:
    """A whole number above 0, as an option gives it."""
    if not text.isdecimal() or int(text) == 0:
        raise typer.BadParameter(f"{quoted(text)} is not a whole number above 0")
    return int(text)


def seed(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise typer.BadParameter(f"{quoted(text)} is not a whole number, 0 or above")
    return int(text)


Tables = Annotated[list[str], typer.Option("--csv", help="The table; may be repeated; - is stdin.", metavar="FILE")]
RunOption = Annotated[str | None, typer.Option("--run", help="The run; default: the one trained on that file.")]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        help="Default: beside the table, as STEM.forecast.csv; {stem} and {cutoff} are filled in; - is stdout.",
        metavar="FILE",
    ),
]
Horizon = Annotated[int | None, typer.Option("--horizon", parser=positive, metavar="N", help="Steps to forecast.")]
Cutoff = Annotated[str | None, typer.Option("--cutoff", help="Forecast as of this date.", metavar="DATE")]
AlsoJson = Annotated[bool, typer.Option("--json", help="Print the forecast as JSON as well.")]
NoTrain = Annotated[bool, typer.Option("--no-train", help="Refuse to train where there is no run.")]
NoLedger = Annotated[
    bool, typer.Option("--no-ledger", help="Write nothing into the run, which is then not trained either.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Doubtful input is an error.")]


class PlotKind(StrEnum):
    """What `plot` draws."""

    overview = "overview"
    memory = "memory"
    attention = "attention"
    importance = "importance"


Kind = Annotated[PlotKind, typer.Option("--kind", help="What to draw.")]
WindowEnd = Annotated[
    str | None, typer.Option("--window", help="The cutoff of the window to look into; default: newest.", metavar="T")
]
Paths = Annotated[
    int | None,
    typer.Option("--paths", parser=positive, metavar="N", help="Draw N joint paths too, into STEM.paths.csv."),
]
Seed = Annotated[
    int | None, typer.Option("--seed", parser=seed, metavar="N", help="The same seed draws the same paths.")
]
Template = Annotated[
    Path | None,
    typer.Option("--template", help="Write the rows to come, to fill in and append, and leave.", metavar="FILE"),
]
Now = Annotated[str | None, typer.Option("--now", hidden=True, help="The time, for tests.")]


def seconds(limit: str | None) -> float | None:
    """The seconds of `90`, `90s`, `10m` or `1h`.

    >>> seconds("10m")
    600.0
    """
    if limit is None:
        return None
    try:
        return seconds_of(limit)
    except UsageError as error:
        problem = error.problems[0]
        raise typer.BadParameter(f"{problem.what}; {problem.hint}") from None


def wait(length: str) -> float:
    """The seconds of `--lock-wait`, which may be none.

    >>> wait("0s"), wait("2m")
    (0.0, 120.0)
    """
    return 0.0 if length in {"0", "0s", "0m", "0h"} else seconds(length) or 0.0


def journal_of(context: typer.Context, *, runs: Path | None = None, results: Path | None = None) -> Journal:
    """The journal of this command line, told where its results belong.

    A command that takes no `--runs` leaves them in the usual folder of runs, where there is one.
    """
    journal: Journal = context.obj
    usual = Path(os.environ.get("FORECAST_RUNS", RUNS))
    place = runs or (usual if usual.is_dir() else None)
    journal.folder = place.absolute() if place else None
    journal.file = results.absolute() if results else None
    return journal


def runs_of(context: typer.Context, own: Path | None) -> Path:
    """The folder of runs of a command below `forecast runs`: its own, else what was said before it.

    Raises:
        typer.BadParameter: If `--json` was said before it, which belongs to the list.
    """
    before = context.parent.params if context.parent else {}
    if before.get("as_json"):
        raise typer.BadParameter("it belongs to the list of runs", param_hint="--json")
    return own or before.get("runs", RUNS)


def talkative(verbose: bool) -> bool:
    """Whether anybody reads what a command says of its work: cron does not."""
    return verbose or sys.stdout.isatty()
