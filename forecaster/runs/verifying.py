"""Every file of a run against what its manifests say of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from forecaster.errors import Problem, RunError, quoted
from forecaster.runs.ledger import has_ledger, ledger
from forecaster.runs.ledger_entries import published
from forecaster.runs.ledger_scores import scores
from forecaster.runs.ledger_trainings import trainings
from forecaster.runs.opening import VERSIONS, latest, open_version, versions
from forecaster.runs.published import forecasts_of, load_forecast, place_of
from forecaster.store import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from forecaster.runs.ledger import Ledger

_AWAY = "move it away, and those with -wal and -shm after its name, to begin a new one"


def damage(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with a run: `latest`, the files of every version, the forecasts that were published, the ledger.

    Nothing is changed and no lock is taken; a version that is pruned meanwhile is none any more.

    Args:
        folder: The run's folder.

    Raises:
        SystemFault: If the system refuses.
    """
    return tuple(problem for check in CHECKS for problem in check(folder))


def damage_of(folder: Path, version: str) -> tuple[Problem, ...]:
    """What is wrong with one version: files that are missing, changed, or not its own, and a config that is none.

    Args:
        folder: The run's folder.
        version: The version's name.

    Raises:
        SystemFault: If the system refuses.
    """
    found = tuple(_of_version(folder, version))
    return found if os.path.lexists(folder / VERSIONS / version) else ()


def _of_version(folder: Path, version: str) -> Iterator[Problem]:
    try:
        run = open_version(folder, version)
    except RunError as error:
        yield from error.problems
        return
    damaged = [problem for file in sorted(run.manifest.files) for problem in _problems(run.read, file)]
    yield from damaged or _problems(run.config)
    for name in sorted(set(_names(run.path)) - set(run.manifest.files) - {MANIFEST}):
        hint = "find out who put it there, and remove it; it is never opened"
        yield Problem(f"it is no file of version {version}", hint, str((run.path / name).absolute()))


def _latest(folder: Path) -> Iterator[Problem]:
    def check() -> None:
        version = latest(folder)
        if version not in versions(folder):
            hint = "go back to one that is there with: forecast runs rollback RUN --to VERSION"
            raise RunError(f"version {version} is missing", hint=hint, file=(folder / "latest").absolute())

    yield from _problems(check)


def _versions(folder: Path) -> Iterator[Problem]:
    for version in versions(folder):
        yield from damage_of(folder, version)


def _forecasts(folder: Path) -> Iterator[Problem]:
    recorded: dict[str, str] = {}
    try:
        recorded = _recorded(folder)
    except RunError as error:
        yield from error.problems
    else:
        yield from (problem for look in (scores, trainings) for problem in _problems(_look, folder, look))
    for name in sorted({path.name for path in forecasts_of(folder)} | set(recorded)):
        yield from _problems(_load, folder, name, recorded.get(name))


def _recorded(folder: Path) -> dict[str, str]:
    """The SHA-256 of every forecast that the ledger calls published, by its file."""
    if not has_ledger(folder):
        return {}
    with ledger(folder) as book:
        words = [word for (word,) in book.rows("PRAGMA integrity_check(1)")]
        if words != ["ok"]:
            raise RunError(f"the ledger is damaged: {quoted(words[0])}", hint=_AWAY, file=book.path)
        return {each.entry.file: each.entry.sha256 for each in published(book)}


def _look(folder: Path, look: Callable[[Ledger], object]) -> None:
    """Read a table of the ledger, in which every row is sealed."""
    if has_ledger(folder):
        with ledger(folder) as book:
            look(book)


def _load(folder: Path, name: str, sha256: str | None) -> None:
    load_forecast(place_of(folder, name), sha256)


CHECKS: tuple[Callable[[Path], Iterator[Problem]], ...] = (_latest, _versions, _forecasts)


def _problems(look: Callable[..., object], *what: object) -> tuple[Problem, ...]:
    try:
        look(*what)
    except RunError as error:
        return error.problems
    return ()


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except FileNotFoundError:  # pruned meanwhile
        return []
