"""The commands of every night: predict, score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecaster.cli import options
from forecaster.cli.options import (
    AlsoJson,
    Cutoff,
    Horizon,
    Json,
    LockWait,
    NoLedger,
    NoTrain,
    Now,
    Out,
    Paths,
    PredictLimit,
    Previous,
    Results,
    RunArgument,
    RunOption,
    Runs,
    Seed,
    Set,
    Strict,
    Tables,
    Template,
    Verbose,
)
from forecaster.cli.sessions import session_of
from forecaster.workflows.names import RUNS


def predict(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    csv: Tables,
    run: RunOption = None,
    out: Out = None,
    horizon: Horizon = None,
    cutoff: Cutoff = None,
    paths: Paths = None,
    seed: Seed = None,
    template: Template = None,
    as_json: AlsoJson = False,
    no_train: NoTrain = False,
    no_ledger: NoLedger = False,
    previous: Previous = False,
    changes: Set = None,
    strict: Strict = False,
    time_limit: PredictLimit = None,
    lock_wait: LockWait = "0s",
    now: Now = None,
    runs: Runs = RUNS,
    results: Results = None,
    verbose: Verbose = False,
) -> int:
    """Forecast the steps after a table's newest row; the first time, train a run for it.

    Example: forecast predict --csv prices.csv
    """
    from forecaster.cli.words import published
    from forecaster.workflows.predict import predict_files
    from forecaster.workflows.request import Request
    from forecaster.workflows.template import write_template

    request = Request(
        horizon=horizon,
        cutoff=cutoff,
        now=now,
        strict=strict,
        may_train=not no_train,
        previous=previous,
        overrides=tuple(changes or ()),
        paths=paths,
        seed=seed,
        ledger=not no_ledger,
    )
    with session_of(
        context, runs=runs, results=results, lock_wait=lock_wait, time_limit=time_limit, verbose=verbose
    ) as session:
        if no_ledger:
            session.journal.folder = None
        if template is not None:
            write_template(csv, run, request, session, out=template)
            return session.journal.code
        for done in predict_files(csv, run, request, session, out=out):
            published(done, as_json=as_json, talkative=options.talkative(verbose))
    return session.journal.code


def score(
    context: typer.Context,
    run: RunArgument = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="The table as it is now; default: the run's own.", metavar="FILE", readable=False),
    ] = None,
    as_json: Json = False,
    runs: Runs = RUNS,
    results: Results = None,
    verbose: Verbose = False,
) -> int:
    """Compare what was forecast with what has happened since, and say whether to train again.

    Example: forecast score --csv prices.csv
    """
    from forecaster.workflows.score import score as work

    journal = options.journal_of(context, runs=runs, results=results)
    report = work(run, csv, runs=runs, journal=journal)
    if as_json:
        typer.echo(report.to_json(), nl=False)
    elif options.talkative(verbose):
        typer.echo(report.to_table())
    return journal.code
