"""Training as it is seen: a bar on a terminal, one line an epoch with `-v` elsewhere, silence in cron."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from forecaster.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecaster.workflows.watching import Progress

BACKEND = "tensorflow"


def _words(progress: Progress) -> str:
    validation = "" if progress.validation is None else f"  validation {progress.validation:.4g}"
    return f"{progress.stage}  loss {progress.training:.4g}{validation}"


def _lines() -> Callable[[Progress], None]:
    """One line an epoch, after one of what the environment asks for in vain."""
    told = [False]

    def line(progress: Progress) -> None:
        ignored = os.environ.get("KERAS_BACKEND", BACKEND)
        if not told[0] and ignored != BACKEND:
            typer.echo(f"KERAS_BACKEND={printable(ignored)} is ignored: networks are trained by {BACKEND}", err=True)
        told[0] = True
        typer.echo(f"{_words(progress)}  epoch {progress.epoch}/{progress.epochs}", err=True)

    return line


@contextmanager
def watching(*, verbose: bool) -> Iterator[Callable[[Progress], None]]:
    """What training calls after every epoch."""
    if not sys.stderr.isatty():
        yield _lines() if verbose else lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task("", total=progress.epochs)
            bar.update(tasks[progress.stage], completed=progress.epoch, description=_words(progress))

        yield show
