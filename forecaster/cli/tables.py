"""The commands about tables and configs: generate, check, init, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecaster.cli import options
from forecaster.cli.options import (
    Results,
    Set,
    Strict,
)


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


def schema(context: typer.Context, results: Results = None) -> None:
    """Print the JSON Schema of the config, for editors.

    Example: forecast schema > forecaster.schema.json
    """
    from forecaster.workflows.schema import schema as work

    options.journal_of(context, results=results)
    typer.echo(work(), nl=False)
