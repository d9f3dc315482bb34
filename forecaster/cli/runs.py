"""`forecast runs` and the commands below it."""

from __future__ import annotations

from typing import Annotated

import typer

from forecaster.cli import options
from forecaster.cli.options import Json, LockWait, OwnRuns, Results, RunArgument, Runs, Verbose
from forecaster.workflows.names import RUNS

listing = typer.Typer(rich_markup_mode=None)


@listing.callback(invoke_without_command=True)
def list_runs(context: typer.Context, as_json: Json = False, runs: Runs = RUNS, results: Results = None) -> None:
    """List the runs: name, when, data, skill and size.

    Example: forecast runs
    """
    from forecaster.cli.words import listed
    from forecaster.workflows.runs import rows

    if context.invoked_subcommand is not None:
        return
    options.journal_of(context, runs=runs if runs.is_dir() else None, results=results)
    typer.echo(listed(rows(runs), as_json=as_json))


@listing.command()
def rollback(
    context: typer.Context,
    run: RunArgument = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Another version than the one before the latest.", metavar="VERSION")
    ] = None,
    lock_wait: LockWait = "0s",
    runs: OwnRuns = None,
    results: Results = None,
    verbose: Verbose = False,
) -> int:
    """Forecast with the version before the latest again, once it is verified whole; the newer one stays on disk.

    Example: forecast runs rollback air
    """
    from forecaster.cli.words import returned
    from forecaster.workflows.runs import rollback as work

    place = options.runs_of(context, runs)
    journal = options.journal_of(context, runs=place if place.is_dir() else None, results=results)
    done = work(run, to=to, runs=place, wait=options.wait(lock_wait), journal=journal)
    if options.talkative(verbose):
        typer.echo(returned(done))
    return journal.code


@listing.command()
def verify(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A run's name; without one, all of them.")] = None,
    runs: OwnRuns = None,
    results: Results = None,
    verbose: Verbose = False,
) -> int:
    """Compare every file of a run, or of all runs, with its checksum.

    Example: forecast runs verify air
    """
    from forecaster.cli.words import verified
    from forecaster.workflows.runs import verify as work

    place = options.runs_of(context, runs)
    journal = options.journal_of(context, runs=place if place.is_dir() else None, results=results)
    found = work(run, runs=place, journal=journal)
    if options.talkative(verbose):
        typer.echo(verified(found))
    return journal.code
