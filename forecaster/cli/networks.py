"""The commands about networks: train, update, evaluate, plot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecaster.cli import options
from forecaster.cli.options import (
    Budget,
    Fresh,
    Json,
    LockWait,
    Previous,
    Results,
    RunArgument,
    Runs,
    Set,
    TimeLimit,
    Verbose,
)
from forecaster.cli.sessions import session_of
from forecaster.workflows.names import RUNS


def train(  # noqa: PLR0913, PLR0917  (a command has as many parameters as it has options)
    context: typer.Context,
    config: Annotated[Path, typer.Argument(help="The YAML.", readable=False)],
    changes: Set = None,
    budget: Budget = None,
    time_limit: TimeLimit = None,
    lock_wait: LockWait = "0s",
    fresh: Fresh = False,
    runs: Runs = RUNS,
    results: Results = None,
    verbose: Verbose = False,
) -> int:
    """Train a network, score it on folds it has not seen, and publish it as a run.

    Example: forecast train configs/sine.yaml --set training.seed=1
    """
    from forecaster.cli.words import trained
    from forecaster.workflows.train import train_in

    with session_of(
        context, runs=runs, results=results, lock_wait=lock_wait, time_limit=time_limit, verbose=verbose, fresh=fresh
    ) as session:
        run = train_in(session, config, overrides=changes or [], budget=options.seconds(budget))
    if options.talkative(verbose):
        typer.echo(trained(run, session.journal))
    return session.journal.code


def update(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    run: RunArgument = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", help="The table, with newer rows; default: the run's own.", metavar="FILE", readable=False
        ),
    ] = None,
    time_limit: TimeLimit = None,
    lock_wait: LockWait = "0s",
    fresh: Fresh = False,
    runs: Runs = RUNS,
    results: Results = None,
    verbose: Verbose = False,
) -> int:
    """Train a run further on newer rows, and publish that if it is no worse on rows that neither has seen.

    Example: forecast update prices --csv prices.csv
    """
    from forecaster.cli.words import updated
    from forecaster.workflows.update import update_in

    with session_of(
        context, runs=runs, results=results, lock_wait=lock_wait, time_limit=time_limit, verbose=verbose, fresh=fresh
    ) as session:
        outcome = update_in(session, run, csv)
    if options.talkative(verbose):
        typer.echo(updated(outcome))
    return session.journal.code


def evaluate(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    run: RunArgument = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Another table with the run's columns.", metavar="FILE", readable=False)
    ] = None,
    folds: Annotated[
        int | None, typer.Option(parser=options.positive, metavar="N", help="How many of the newest folds.")
    ] = None,
    previous: Previous = False,
    as_json: Json = False,
    runs: Runs = RUNS,
    results: Results = None,
) -> int:
    """Score a run against naive forecasts, on folds its judged network has not seen.

    Example: forecast evaluate air --folds 4
    """
    from forecaster.workflows.evaluate import evaluate as work

    journal = options.journal_of(context, runs=runs, results=results)
    report = work(run, csv, runs=runs, folds=folds, previous=previous, journal=journal)
    typer.echo(report.to_json() if as_json else report.to_table())
    return journal.code


def plot(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    run: RunArgument = None,
    out: Annotated[Path | None, typer.Option("--out", help="A .png or .svg; default: RUN.png.", metavar="FILE")] = None,
    series: Annotated[str | None, typer.Option("--series", help="Which series of a panel.")] = None,
    kind: options.Kind = options.PlotKind.overview,
    window: options.WindowEnd = None,
    runs: Runs = RUNS,
    results: Results = None,
) -> None:
    """Draw the newest forecast, the folds beside the naive forecast, the error by step and the losses.

    Or look inside: what the memory keeps, where attention rests, what the forecast rests on.

    Example: forecast plot air --kind memory --out memory.png
    """
    from forecaster.workflows.plot import Look
    from forecaster.workflows.plot import plot as work

    journal = options.journal_of(context, runs=runs, results=results)
    place = work(run, Look(kind.value, series, window), runs=runs, out=out, journal=journal)
    if options.talkative(False):
        typer.echo(f"{place}")
