"""`latest` goes back to a version that is still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecaster.errors import RunError, quoted
from forecaster.runs.opening import LATEST, VERSIONS, Run, before, folder_of, latest, open_version, versions
from forecaster.runs.publishing import own
from forecaster.runs.verifying import damage_of
from forecaster.store import lock, point, sweep

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = 5


@dataclass(frozen=True)
class Returned:
    """What a run went back to.

    Attributes:
        run: At the version that is the latest now.
        left: The version that was the latest before; None where nobody could say.
    """

    run: Run
    left: str | None


def rollback(runs: Path, name: str, *, to: str | None = None, wait: float = 0.0) -> Returned:
    """Let `latest` point to the version before it, or to another one, once every byte of that one is right.

    All versions stay; the next training publishes under a number above all of them.

    Args:
        runs: The folder of all runs.
        name: The run's name.
        to: A version's name, or its number; by default the one before the latest.
        wait: Seconds to wait for another process at work on the run.

    Raises:
        RunError: If there is no such version, or it is damaged; `latest` stays as it is.
        LockedError: If another process is at work on the run.
        SystemFault: If the link cannot be written.
    """
    folder = folder_of(runs, name)
    if to is None or not versions(folder):
        latest(folder)  # no run is made by locking it
    own(folder)
    with lock(folder, wait=wait):
        sweep(folder)
        left = _left(folder, to)
        target = before(folder, latest(folder)) if to is None else _named(folder, to)
        damaged = damage_of(folder, target)
        if damaged:
            raise RunError.of(damaged)
        if target != left:
            point(folder / LATEST, f"{VERSIONS}/{target}")
        return Returned(open_version(folder, target), left)


def _left(folder: Path, to: str | None) -> str | None:
    try:
        return latest(folder)
    except RunError:
        if to is None:
            raise
        return None  # a link that leads nowhere is mended by naming a version


def _named(folder: Path, to: str) -> str:
    there = versions(folder)
    number = to.zfill(10) if to.isdecimal() else None
    found = [version for version in there if version == to or version.partition("-")[0] == number]
    if len(found) != 1:
        known = ", ".join(there[-_SHOWN:])
        raise RunError(
            f"there is no version {quoted(to)}" if not found else f"{len(found)} versions have the number {to}",
            hint=f"name one of {known}",
            file=folder.absolute(),
        )
    return found[0]
