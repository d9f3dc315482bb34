"""The command line, put together from the functions of `tables`, `networks`, `nights` and `runs`.

A command is parse → one workflow → print; workflows are imported inside it, so that `--help` waits for nothing.
"""

from __future__ import annotations

from typing import Annotated

import typer

from forecaster.cli import networks, nights, tables
from forecaster.cli.options import Debug
from forecaster.cli.runs import listing

app = typer.Typer(
    help="Tomorrow's values from a table of past ones, with a recurrent network that is honest about its skill.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    tables.generate,
    networks.train,
    networks.evaluate,
    nights.predict,
    nights.score,
    networks.update,
    networks.plot,
    tables.check,
    tables.init,
    tables.schema,
)
for command in COMMANDS:
    app.command()(command)
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
