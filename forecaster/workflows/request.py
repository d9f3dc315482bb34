"""What `forecast predict` is asked for, and what it cannot be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import UsageError, quoted
from forecaster.workflows.locating import Source, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

STDIN = "-"
LONGEST = 100_000  # steps of a horizon
MOST_PATHS = 10_000


@dataclass(frozen=True)
class Request:
    """What is asked of every table.

    Attributes:
        horizon: Steps; by default those that the network was trained for.
        cutoff: The last moment that may be seen; by default the table's newest.
        now: The time, ISO; by default the clock's.
        strict: Whether doubtful input is an error.
        may_train: Whether a table without a run gets one.
        previous: The version before the latest.
        overrides: `key=value` of the config, where a run is trained.
        paths: How many joint paths of the future are drawn too.
        seed: Of the paths; 0 by default.
        ledger: Whether the forecast is recorded in its run; if not, nothing is written there and nothing is trained.
    """

    horizon: int | None = None
    cutoff: str | None = None
    now: str | None = None
    strict: bool = False
    may_train: bool = True
    previous: bool = False
    overrides: tuple[str, ...] = ()
    paths: int | None = None
    seed: int | None = None
    ledger: bool = True

    @property
    def wanted(self) -> Wanted:
        """What is asked of the run."""
        return Wanted(self.may_train and self.ledger, self.previous, self.overrides)

    @property
    def retrains(self) -> bool:
        """Whether the network may be trained anew once the forecast is out."""
        return self.may_train and self.ledger and self.cutoff is None and not self.previous

    @property
    def moment(self) -> datetime:
        """What counts as now, in UTC unless it says otherwise.

        Raises:
            UsageError: If `now` is not a time.
        """
        if self.now is None:
            return datetime.now(UTC)
        try:
            said = datetime.fromisoformat(self.now)
        except ValueError:
            raise UsageError(f"--now {quoted(self.now)} is not a time", hint="write it as 2024-03-05T06:00") from None
        return said if said.tzinfo else said.replace(tzinfo=UTC)


def check_command(csvs: Sequence[str], run: str | None, request: Request, out: str | None) -> None:
    """Refuse what a command line cannot mean, before anything is read.

    Args:
        csvs: The tables, as they were given.
        run: The run that was named.
        request: What is asked of every table.
        out: Where forecasts are to go.

    Raises:
        UsageError: With the option that is wrong.
    """
    _ = request.moment  # a time that is none is told before anything is read
    if STDIN in csvs and run is None:
        raise UsageError("--csv - has no name that a run could be found by", hint="name the run with --run")
    if request.horizon is not None and request.horizon > LONGEST:
        raise UsageError(f"--horizon {request.horizon} is out of reach", hint=f"ask for at most {LONGEST:,} steps")
    if request.paths is not None and request.paths > MOST_PATHS:
        raise UsageError(f"--paths {request.paths} is out of reach", hint=f"ask for at most {MOST_PATHS:,}")
    if request.paths is None and request.seed is not None:
        raise UsageError("--seed draws nothing by itself", hint="add --paths N")
    if request.paths is not None and (out == STDIN or (out is None and STDIN in csvs)):
        raise UsageError("--paths needs a file to write to", hint="name the forecast's file with --out")
    stems = [Source(Path(csv)).stem for csv in csvs]
    if out is not None and "{stem}" in out and len(set(stems)) < len(stems):
        raise UsageError(f"--out {quoted(out)}: two tables have one name", hint="forecast them one by one")
    if len(csvs) > 1 and out not in {None, STDIN} and "{stem}" not in str(out):
        raise UsageError(f"--out {quoted(out)} for {len(csvs)} tables", hint="write {stem} into the name")
