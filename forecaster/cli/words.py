"""What commands print, from what workflows return."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from forecaster.evaluation.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.runs.versions import Returned, Run
    from forecaster.workflows.challenge import Outcome
    from forecaster.workflows.journal import Journal
    from forecaster.workflows.published import Published
    from forecaster.workflows.runs import Row

_KIB = 1024


def trained(run: Run, journal: Journal) -> str:
    """The five lines that end a training: on what, how long, how good, the verdict, and what to type next."""
    manifest, report = run.manifest, run.report()
    errors = ", ".join(
        f"{name.replace('_', ' ')} {values['mae']:.4g}"
        for name, values in report.metrics.items()
        if values["mae"] is not None
    )
    return "\n".join(
        (
            f"trained   {run.name} on {manifest.table.path} ({manifest.table.rows:,} rows to {run.newest})",
            f"took      {journal.timings.get('total', 0.0):.0f} s, {manifest.steps:,} updates"
            + (", then as many on the whole table" if manifest.borders.refit else ""),
            f"error     mean absolute, on {counted(report.folds, 'fold')}: {errors}",
            f"verdict   {manifest.result.verdict_text}",
            (
                f"run       {run.folder.absolute()}; "
                f"next: forecast predict --csv {manifest.table.path}, or forecast plot {run.name}"
            ),
        )
    )


def updated(outcome: Outcome) -> str:
    """What became of a challenger, in a line."""
    run = outcome.run
    return f"{run.name}: {'published' if outcome.published else 'kept'} {run.version}: {outcome.why}"


def published(done: Published, *, as_json: bool, talkative: bool) -> None:
    """Print a forecast: as JSON, as the CSV that goes to stdout, or a line that says where it lies."""
    if as_json:
        typer.echo(done.to_json())
    elif done.printed:
        typer.echo(done.text, nl=False)
    elif talkative:
        typer.echo(done.summary())


def listed(rows: Sequence[Row], *, as_json: bool) -> str:
    """The runs as a table, or as JSON."""
    if as_json:
        return json.dumps([asdict(row) for row in rows], indent=1)
    if not rows:
        return "no runs yet; train one: forecast train CONFIG, or forecast predict --csv FILE"
    cells = [("name", "when", "skill", "verdict", "size", "data")]
    cells += [
        (row.name, "damaged", "", "", "", row.problem)
        if row.problem
        else (
            row.name,
            row.created,
            "-" if row.skill is None else f"{row.skill:.0%}",
            row.verdict,
            f"{row.bytes / _KIB:.0f} KiB",
            row.table,
        )
        for row in rows
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(5)]
    return "\n".join("  ".join([*(f"{row[i]:<{widths[i]}}" for i in range(5)), row[5]]) for row in cells)


def returned(done: Returned) -> str:
    """What a run went back to, in one line."""
    what = f"{done.run.name} forecasts with version {done.run.version} of {done.run.manifest.created}"
    if done.left == done.run.version:
        return f"{what}, as before"
    return f"{what}; {done.left} stays on disk" if done.left else what


def verified(rows: Sequence[Row]) -> str:
    """What is whole, one line a run."""
    return "\n".join(f"{row.name}: {counted(len(row.versions), 'version')}, all files as written" for row in rows)
