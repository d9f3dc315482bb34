"""Which run a table or a command means: one file's model never silently forecasts another's."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.config import names
from forecaster.errors import ForecasterError, RunError, quoted
from forecaster.runs.manifest import LARGEST
from forecaster.runs.opening import LATEST, NAME, VERSIONS, Run, latest, open_run
from forecaster.store import MANIFEST, read_below

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 10
_OWN_NAME = "give it a run of its own with --run NAME, which is trained if there is none"


@dataclass(frozen=True)
class Damaged:
    """A run that cannot be opened, and why."""

    name: str
    folder: Path
    error: ForecasterError

    @property
    def problem(self) -> str:
        """What is wrong, in one line."""
        return self.error.lines()[0]


def stem_of(path: Path) -> str:
    """The name of a table without folder and ending.

    >>> stem_of(Path("/srv/oil prices.csv.gz"))
    'oil prices'
    """
    name = path.name.removesuffix(".gz")
    return Path(name).stem


def run_name(stem: str) -> str:
    """The name of a run for a table called `stem`, by the rule of `config.names`; `run` where nothing is left of it.

    >>> run_name("oil prices (2024)"), run_name("数据")
    ('oil-prices-2024', 'run')
    """
    return names.run_name(stem) or "run"


def list_runs(runs: Path) -> list[Run | Damaged]:
    """Every run in a folder, by name; those that cannot be opened are listed as damaged. Only manifests are read."""
    found: list[Run | Damaged] = []
    for name in _names(runs):
        try:
            found.append(open_run(runs, name))
        except ForecasterError as error:
            found.append(Damaged(name, runs / name, error))
    return found


def only_run(runs: Path) -> Run:
    """The run of a folder that holds one.

    Raises:
        RunError: If there is none, or more than one, or the one is damaged.
    """
    there = _names(runs)
    if len(there) == 1:
        return open_run(runs, there[0])
    if not there:
        raise RunError(f"no run in {runs.absolute()}", hint="train first: forecast train CONFIG")
    raise RunError(f"{len(there)} runs in {runs.absolute()}: {_listed(there)}", hint="name one of them")


def find_run(runs: Path, csv: Path, *, agrees: Callable[[Run], bool] | None = None) -> Run | None:
    """The run that was trained on a table, or None where a new one may be named after it.

    That is the run whose manifest records the table's resolved path; of several, the one named after the table. A run
    that only has the table's name is taken if the file that it was trained on is gone and the rows agree.

    Args:
        runs: The folder of all runs.
        csv: The table.
        agrees: Whether the table's rows are, where they overlap, those that a run was trained on.

    Raises:
        RunError: If several runs record the table and none is named after it, if the run of that name belongs to
            another table, or if the run that would be taken is damaged.
    """
    path, name = str(csv.resolve()), run_name(stem_of(csv))
    named = open_run(runs, name) if _is_run(runs / name) else None
    if named is not None and named.manifest.table.path == path:
        return named
    recorded = _recorded(runs, path)
    if len(recorded) > 1:
        listed = _listed([run.name for run in recorded])
        raise RunError(f"{len(recorded)} runs were trained on it: {listed}", hint="name one with --run", file=path)
    if recorded:
        return recorded[0]
    return None if named is None else _namesake(named, path, agrees)


def _recorded(runs: Path, path: str) -> list[Run]:
    found = []
    for run in list_runs(runs):
        if isinstance(run, Damaged):
            if _mentions(run, path):
                raise run.error
        elif run.manifest.table.path == path:
            found.append(run)
    return found


def _mentions(damaged: Damaged, path: str) -> bool:
    """Whether what is left of a manifest names the table: then it is this one that must be mended, not a new one."""
    try:
        left = read_below(damaged.folder, VERSIONS, latest(damaged.folder), MANIFEST, most=LARGEST)
    except ForecasterError:
        return False
    return json.dumps(path).encode() in left


def _namesake(run: Run, path: str, agrees: Callable[[Run], bool] | None) -> Run:
    recorded = run.manifest.table.path
    if Path(recorded).exists():
        raise RunError(f"run {run.name} was trained on {quoted(recorded)}, another file", hint=_OWN_NAME, file=path)
    if agrees is not None and agrees(run):
        return run
    raise RunError(
        f"run {run.name} was trained on {quoted(recorded)}, which is gone, and the rows do not continue it",
        hint=_OWN_NAME,
        file=path,
    )


def _names(runs: Path) -> list[str]:
    try:
        entries = os.listdir(runs)  # noqa: PTH208  (a thousand Paths would take longer than their manifests)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(name for name in entries if NAME.fullmatch(name) and _is_run(runs / name))


def _is_run(folder: Path) -> bool:
    return os.path.lexists(folder / LATEST)


def _listed(there: list[str]) -> str:
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return ", ".join(there[:_SHOWN]) + more
