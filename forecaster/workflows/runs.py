"""`forecast runs`: what has been published, whether it is whole, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecaster.errors import RunError
from forecaster.runs.versions import Damaged, Returned, Run, damage, folder_of, list_runs, only_run, versions_of
from forecaster.runs.versions import rollback as go_back
from forecaster.workflows.journal import Journal
from forecaster.workflows.names import RUNS

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One run, as it is listed; `problem` says why where it cannot be read."""

    name: str
    created: str = ""
    table: str = ""
    skill: float | None = None
    verdict: str = ""
    bytes: int = 0
    problem: str | None = None
    version: str = ""
    versions: tuple[str, ...] = ()


def rows(runs: Path) -> list[Row]:
    """Every run in a folder, by name, the damaged ones included."""
    return [_row(run) if isinstance(run, Run) else _broken(run) for run in list_runs(runs)]


def rollback(
    run: Run | str | None = None,
    *,
    to: str | None = None,
    runs: Path = RUNS,
    wait: float = 0.0,
    journal: Journal | None = None,
) -> Returned:
    """Let a run forecast with the version before its latest, or with another one, once that has been verified whole.

    The newer version stays on disk, and can be gone back to by name; the next training gets a number above both.

    Args:
        run: A run, its name, or None for the only one.
        to: A version's name, or its number; by default the one before the latest.
        runs: The folder of all runs.
        wait: Seconds to wait for another process at work on the run.
        journal: Filled in on the way.

    Raises:
        RunError: If there is no such run or version, or the version is damaged.
        LockedError: If another process is at work on the run.
        SystemFault: If the link cannot be written.
    """
    journal = journal or Journal()
    folder = _folder(run, runs)
    _tell(journal, folder)
    done = go_back(folder.parent, folder.name, to=to, wait=wait)
    journal.version, journal.verdict = done.run.version, done.run.manifest.result.verdict_text
    journal.choose("latest", f"{done.run.version}, in place of {done.left or 'one that could not be read'}")
    return done


def verify(run: Run | str | None = None, *, runs: Path = RUNS, journal: Journal | None = None) -> list[Row]:
    """Compare every file of a run, or of all runs, with what the manifests say of it.

    Args:
        run: A run, its name, or None for all of them.
        runs: The folder of all runs.
        journal: Filled in on the way.

    Returns:
        What is whole.

    Raises:
        RunError: With every problem, or if there is no such run.
        SystemFault: If the system refuses.
    """
    journal = journal or Journal()
    if run is None:
        found = [(each.name, each.folder) for each in list_runs(runs)]
        if not found:
            only_run(runs)
    else:
        folder = _folder(run, runs)
        found = [(folder.name, folder)]
        _tell(journal, folder)
    damaged = [problem for _, folder in found for problem in damage(folder)]
    if damaged:
        raise RunError.of(damaged)
    names = {name for name, _ in found}
    return [row for row in rows(found[0][1].parent) if row.name in names]


def _folder(run: Run | str | None, runs: Path) -> Path:
    if run is None:
        return only_run(runs).folder
    return run.folder if isinstance(run, Run) else folder_of(runs, run)


def _tell(journal: Journal, folder: Path) -> None:
    journal.run = folder.name
    if folder.is_dir():
        journal.at(folder)


def _row(run: Run) -> Row:
    manifest = run.manifest
    size = sum(file.stat().st_size for file in run.path.iterdir() if file.is_file())
    return Row(
        run.name,
        manifest.created,
        manifest.table.path,
        manifest.result.skill,
        manifest.result.verdict,
        size,
        version=run.version,
        versions=tuple(versions_of(run.folder)),
    )


def _broken(run: Damaged) -> Row:
    return Row(run.name, problem=run.problem, versions=tuple(versions_of(run.folder)))
