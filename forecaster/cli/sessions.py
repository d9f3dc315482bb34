"""What surrounds a command that may train: its journal, who watches, who may end it, and for how long."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecaster.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import typer

    from forecaster.workflows.training import Session


@contextmanager
def session_of(
    context: typer.Context,
    *,
    runs: Path,
    results: Path | None,
    lock_wait: str,
    time_limit: str | None,
    verbose: bool,
    fresh: bool = False,
) -> Iterator[Session]:
    """The session of a command line, with the options that `train`, `update` and `predict` share."""
    from forecaster.cli.progress import watching
    from forecaster.cli.signals import Signals
    from forecaster.workflows.training import Session

    journal = options.journal_of(context, runs=runs, results=results)
    with watching(verbose=verbose) as watch:
        session = Session(runs, None, options.wait(lock_wait), watch, journal, Signals(), fresh=fresh)
        yield session.limited(options.seconds(time_limit))
