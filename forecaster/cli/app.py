"""Every command: parse → one workflow → print. Workflows are imported inside, so that `--help` waits for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecaster.cli import options
from forecaster.cli.options import (
    AlsoJson,
    Cutoff,
    Debug,
    Fresh,
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
    TimeLimit,
    Verbose,
)
from forecaster.cli.runs import listing
from forecaster.workflows.names import RUNS

app = typer.Typer(
    help="Tomorrow's values from a table of past ones, with a recurrent network that is honest about its skill.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(listing, name="runs")


def _version(value: bool) -> None:
    if value:
        from forecaster import __version__

        typer.echo(f"forecaster {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    _debug: Debug = False,
) -> None: ...


@app.command()
def generate(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="KIND|CONFIG", help="A kind of table, or a config with data.generate.")
    ],
    out: Annotated[Path | None, typer.Option("--out", help="The file to write.", metavar="FILE")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--set", help="An option of the kind, such as steps=500.", metavar="KEY=VALUE")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(parser=options.seed, metavar="N", help="The same seed gives the same bytes.")
    ] = None,
    results: Results = None,
) -> None:
    """Write a synthetic table: sine, trend-season, random-walk, regimes, memory or panel.

    Example: forecast generate panel --set series=50 --seed 7 --out sales.csv
    """
    from forecaster.workflows.generate import generate as work

    options.journal_of(context, results=results)
    place = work(what, out=out, options=option or [], seed=seed)
    if options.talkative(False):
        typer.echo(f"{place}")


@app.command()
def train(  # noqa: PLR0913, PLR0917  (a command has as many parameters as it has options)
    context: typer.Context,
    config: Annotated[Path, typer.Argument(help="The YAML.", readable=False)],
    changes: Set = None,
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
    from forecaster.cli.progress import watching
    from forecaster.cli.signals import Signals
    from forecaster.cli.words import trained
    from forecaster.workflows.train import train_in
    from forecaster.workflows.training import Session

    journal = options.journal_of(context, runs=runs, results=results)
    with watching(verbose=verbose) as watch:
        session = Session(runs, None, options.wait(lock_wait), watch, journal, Signals(), fresh=fresh)
        run = train_in(session.limited(options.seconds(time_limit)), config, overrides=changes or [])
    if options.talkative(verbose):
        typer.echo(trained(run, journal))
    return journal.code


@app.command()
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


@app.command()
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
    from forecaster.cli.progress import watching
    from forecaster.cli.signals import Signals
    from forecaster.cli.words import published
    from forecaster.workflows.predict import Request, predict_files
    from forecaster.workflows.template import write_template
    from forecaster.workflows.training import Session

    journal = options.journal_of(context, runs=runs, results=results)
    if no_ledger:
        journal.folder = None
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
    with watching(verbose=verbose) as watch:
        session = Session(runs, None, options.wait(lock_wait), watch, journal, Signals())
        session = session.limited(options.seconds(time_limit))
        if template is not None:
            write_template(csv, run, request, session, out=template)
            return journal.code
        for done in predict_files(csv, run, request, session, out=out):
            published(done, as_json=as_json, talkative=options.talkative(verbose))
    return journal.code


@app.command()
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


@app.command()
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
    from forecaster.cli.progress import watching
    from forecaster.cli.signals import Signals
    from forecaster.cli.words import updated
    from forecaster.workflows.training import Session
    from forecaster.workflows.update import update_in

    journal = options.journal_of(context, runs=runs, results=results)
    with watching(verbose=verbose) as watch:
        session = Session(runs, None, options.wait(lock_wait), watch, journal, Signals(), fresh=fresh)
        outcome = update_in(session.limited(options.seconds(time_limit)), run, csv)
    if options.talkative(verbose):
        typer.echo(updated(outcome))
    return journal.code


@app.command()
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


@app.command()
def check(
    context: typer.Context,
    what: Annotated[Path, typer.Argument(metavar="CONFIG|CSV", help="A YAML or a table.", readable=False)],
    network: Annotated[bool, typer.Option("--network", help="Print the layers, their shapes and the memory.")] = False,
    changes: Set = None,
    results: Results = None,
    strict: Strict = False,
    fix: Annotated[
        Path | None,
        typer.Option("--fix", help="Write a repaired copy: sorted, without repetitions, holes filled.", metavar="FILE"),
    ] = None,
) -> None:
    """Check a config and its table, or a table alone, without training: every problem, and the YAML that mends it.

    Example: forecast check configs/air.yaml --network
    """
    from forecaster.workflows.check import examine

    options.journal_of(context, results=results)
    done = examine(what, overrides=changes or [], network=network, strict=strict, fix=fix)
    if done.text:
        typer.echo(done.text)
    if done.error is not None:
        raise done.error


@app.command()
def init(
    context: typer.Context,
    csv: Annotated[Path, typer.Argument(help="The table.", readable=False)],
    out: Annotated[
        Path | None, typer.Option("--out", help="The YAML to write; default: stdout.", metavar="FILE")
    ] = None,
    changes: Set = None,
    results: Results = None,
) -> None:
    """Write the commented config that the automatic choice would use for a table.

    Example: forecast init prices.csv --out prices.yaml
    """
    from forecaster.workflows.init import init as work

    options.journal_of(context, results=results)
    text = work(csv, out=out, overrides=changes or [])
    if out is None:
        typer.echo(text, nl=False)


@app.command()
def schema(context: typer.Context, results: Results = None) -> None:
    """Print the JSON Schema of the config, for editors.

    Example: forecast schema > forecaster.schema.json
    """
    from forecaster.workflows.schema import schema as work

    options.journal_of(context, results=results)
    typer.echo(work(), nl=False)
