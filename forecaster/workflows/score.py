"""`forecast score`: what was published beside what has happened since, and whether to train again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import RunError
from forecaster.evaluation.live import Promised, live_report
from forecaster.evaluation.tallies import Scored, Tally, Units, tally
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_actuals import actuals_of, note_actuals
from forecaster.runs.ledger_entries import published, reconcile, states
from forecaster.runs.ledger_scores import in_other_units, mark_due, put_score, scores
from forecaster.runs.published import load_forecast, place_of
from forecaster.runs.versions import Run, find_run, open_run
from forecaster.series.forecast import Forecast
from forecaster.store import write_file
from forecaster.workflows.evaluate import chosen_run
from forecaster.workflows.journal import Journal
from forecaster.workflows.keeping import counted
from forecaster.workflows.names import RUNS, source_of
from forecaster.workflows.tables import read_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.schema import Config
    from forecaster.evaluation.live import LiveReport
    from forecaster.runs.ledger import Ledger
    from forecaster.runs.ledger_actuals import Changed
    from forecaster.runs.ledger_rows import Recorded
    from forecaster.runs.ledger_scores import Score
    from forecaster.runs.saved import SavedForecast
    from forecaster.series import Ints
    from forecaster.series.tables import Table

FILE = "score.json"
_HINDSIGHT = "with hindsight"
_ELSEWHERE = "of another table"
_AGAIN = "made again from a newer table or by another version"
_WAITING = "waiting for what happens"
_LOST = "lost: their process was killed before they were out"


def score(
    run: Run | str | None = None,
    csv: Path | str | None = None,
    *,
    runs: Path = RUNS,
    journal: Journal | None = None,
) -> LiveReport:
    """Compare the forecasts that a run has published with what has happened since, and keep the report in the run.

    Args:
        run: A run, its name, or None for the one that was trained on `csv`, or the only one.
        csv: The table as it is now; by default the one that the run was trained on.
        runs: The folder of all runs.
        journal: Filled in on the way.

    Raises:
        RunError: If the run or its ledger is missing or damaged, or the table has another clock.
        DataError: If the table cannot be read.
        SystemFault: If the ledger or the report cannot be written.
    """
    journal = journal or Journal()
    opened = _opened(run, csv, runs)
    journal.at(opened.folder)
    journal.run, journal.version = opened.name, opened.version
    config = opened.config()
    table = read_again(opened, config, Path(csv or config.data.path))
    journal.inputs.append({"file": table.file, "sha256": table.sha256})
    journal.warn(table.notes)
    with journal.timed("score"):
        report = live(opened, table, config)
    place = opened.folder.absolute() / FILE
    write_file(place, report.to_json().encode())
    journal.outputs.append(str(place))
    journal.verdict = f"retrain: {'yes' if report.retrain else 'no'}, because {report.because}"
    return report


def _opened(run: Run | str | None, csv: Path | str | None, runs: Path) -> Run:
    found = find_run(runs, Path(csv)) if run is None and csv is not None else None
    return open_run(runs, found.name) if found is not None else chosen_run(run, runs)


def live(run: Run, table: Table, config: Config | None = None) -> LiveReport:
    """What has become of the published forecasts of a run, by a table that has been read already.

    Only forecasts about whose steps the table says something new are read; of the others the ledger keeps the errors.

    Args:
        run: The run; the decision is about the version that it stands for.
        table: The whole table, as it is now; of the forecasts those of the same table count.
        config: Of the run, where it has been read already.

    Raises:
        RunError: If the ledger or a forecast is damaged.
        SystemFault: If the ledger cannot be written.
    """
    config, report = config or run.config(), run.report()
    units, left, panel = Units.of(report), dict[str, int](), table.panel
    with ledger(run.folder) as book:
        reconcile(book)
    with ledger(run.folder) as book, book.relaxed():  # all of it could be worked out again
        _note(book, table)
        chosen = _chosen(published(book), source_of(table.file), left)
        newest = int(counted(panel.times[-1:])[0])
        other = in_other_units(book, _unit(units, report.horizon))  # of a version before or after this one
        for one in chosen:
            if (one.due and one.entry.first <= newest) or one.id in other:
                _score_one(book, one, units, report.horizon, newest)
        known, lost = scores(book), states(book).get("lost", 0)
    moments = np.unique(np.concatenate([counted(panel.times), [one.entry.moment for one in chosen]]).astype(np.int64))
    looked = [_scored(one, known[one.id], moments) for one in chosen if one.id in known]
    scored = [one for one in looked if one.tally.anything]
    left |= {why: count for why, count in ((_WAITING, len(chosen) - len(scored)), (_LOST, lost)) if count}
    stride = config.evaluation.stride
    promised = Promised(report, stride if isinstance(stride, int) else report.horizon, config.evaluation.intervals)
    return live_report(scored, promised, run=run.name, version=run.version, left_out=left)


def _chosen(entries: Sequence[Recorded], source: str, left: dict[str, int]) -> list[Recorded]:
    """Of every cutoff of a table the forecast that came last, those with hindsight apart."""
    own = [one for one in entries if one.entry.source == source]
    honest = [one for one in own if not one.entry.hindsight]
    newest = {one.entry.moment: one for one in honest}
    counts = {
        _HINDSIGHT: len(own) - len(honest),
        _AGAIN: len(honest) - len(newest),
        _ELSEWHERE: len(entries) - len(own),
    }
    left.update({why: count for why, count in counts.items() if count})
    return list(newest.values())


def _note(book: Ledger, table: Table) -> None:
    """Keep what the table says has happened, and mark the forecasts of which it says something new."""
    source, panel = source_of(table.file), table.panel
    entries = [one for one in published(book) if one.entry.source == source]
    if not entries:
        return

    def mark(changed: Changed) -> None:
        for one in entries:
            if due := changed.due(one.entry.first, one.entry.last):
                mark_due(book, one.id, due)

    since = min(one.entry.first for one in entries)
    note_actuals(book, source, panel, counted(panel.times), since=since, seen=table.sha256, noted=mark)


def _score_one(book: Ledger, one: Recorded, units: Units, horizon: int, newest: int) -> None:
    saved = load_forecast(place_of(book.folder, one.entry.file), one.entry.sha256)
    errors = _tally(book, one.entry.source, saved, units, horizon)
    unit, whole = _unit(units, horizon), one.entry.last <= newest
    put_score(book, one.id, errors.to_dict(), unit=unit, whole=whole, revised=one.due > 1)


def _unit(units: Units, horizon: int) -> str:
    """In what a tally is measured, over how many steps."""
    return f"{units.mark} {horizon}"


def _tally(book: Ledger, source: str, saved: SavedForecast, units: Units, horizon: int) -> Tally:
    """The errors of a kept forecast, at the steps that the backtest has judged too."""
    steps = slice(0, horizon)
    moments, places = np.unique(saved.moments[:, steps], return_inverse=True)
    happened = actuals_of(book, source, saved.ids, moments)
    shape = saved.moments[:, steps].shape
    actual = happened[places.reshape(shape), np.arange(shape[0])[:, None]]
    return tally(actual, _forecast(saved, steps), saved.beside[:, steps], units.array(saved.ids))


def _forecast(saved: SavedForecast, steps: slice) -> Forecast:
    return Forecast(
        ids=saved.ids,
        cutoffs=np.zeros(len(saved.ids), dtype=np.int64),
        times=saved.moments[:, steps],
        values=saved.values[:, steps],
        intervals=saved.intervals,
        lower=saved.lower[:, steps],
        upper=saved.upper[:, steps],
        status=tuple(words[steps] for words in saved.status),
    )


def _scored(one: Recorded, kept: Score, moments: Ints) -> Scored:
    try:
        errors = Tally.from_dict(kept.tally)
    except ValueError:
        raise RunError(
            f"the score of entry {one.id} cannot be read",
            hint="upgrade forecaster, or move the ledger away to begin a new one",
        ) from None
    cutoff = int(np.searchsorted(moments, one.entry.moment))
    return Scored(cutoff, one.entry.cutoff, one.entry.version, errors, kept.revision)
