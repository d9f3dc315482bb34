"""`forecast runs`: what has been published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecaster.runs.versions import Run, list_runs

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


def rows(runs: Path) -> list[Row]:
    """Every run in a folder, by name, the damaged ones included."""
    return [_row(run) if isinstance(run, Run) else Row(run.name, problem=run.problem) for run in list_runs(runs)]


def _row(run: Run) -> Row:
    manifest = run.manifest
    size = sum(file.stat().st_size for file in run.path.iterdir() if file.is_file())
    return Row(run.name, manifest.created, manifest.table.path, manifest.result.skill, manifest.result.verdict, size)
