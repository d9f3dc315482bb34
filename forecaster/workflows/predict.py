"""`forecast predict`: tables in, forecasts out; the first time, a run is trained."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, ForecasterError, UsageError, about, quoted
from forecaster.runs.versions import Run
from forecaster.series.encoding import strange
from forecaster.series.path_tables import write_paths
from forecaster.series.tables import Table, stale, write_forecast
from forecaster.series.writing import PATHS_ENDING
from forecaster.workflows.forecasting import compared, forecast_panel, mark
from forecaster.workflows.journal import Journal, far
from forecaster.workflows.keeping import Sent, publishing
from forecaster.workflows.locating import Source, doubts, locate
from forecaster.workflows.names import RUNS
from forecaster.workflows.noticing import notice_future, notice_series, notice_shrunk
from forecaster.workflows.published import Published
from forecaster.workflows.request import STDIN, Request, check_command
from forecaster.workflows.tables import read_again
from forecaster.workflows.training import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.config.schema import Config
    from forecaster.series import Floats
    from forecaster.series.forecast import Forecast
    from forecaster.series.panel import Panel
    from forecaster.workflows.forecasting import Beside


def predict(
    run: Run | str | None,
    csv: Path | str,
    *,
    runs: Path = RUNS,
    request: Request | None = None,
    journal: Journal | None = None,
) -> Forecast:
    """Forecast the steps after the newest row of a table; nothing is written but a run that has to be trained.

    Args:
        run: The run, its name, or None for the one that was trained on that table.
        csv: The table.
        runs: The folder of all runs.
        request: Horizon, cutoff and so on.
        journal: Filled in on the way.

    Raises:
        DataError: If the table cannot be read.
        RunError: If the run is missing or damaged, or the table has another clock.
        UnusableError: If the forecast is absurd.
    """
    asked, session = request or Request(), Session(runs, journal=journal or Journal())
    source = Source(Path(csv))
    opened = run if isinstance(run, Run) else locate(source, run, session, wanted=asked.wanted)
    return _forecast(opened, source, asked, session.journal).forecast


def predict_files(
    csvs: Sequence[str], run: str | None, request: Request, session: Session, *, out: str | None = None
) -> Iterator[Published]:
    """Forecast every table and write each forecast; one that cannot be forecast does not keep the others back.

    Args:
        csvs: Paths; `-` is stdin.
        run: The run's name; by default the one that was trained on each table.
        request: What is asked of every table.
        session: Where runs lie, and who watches where one has to be trained.
        out: Where a forecast goes: by default beside its table; `-` is stdout; `{stem}` and `{cutoff}` are filled in.

    Yields:
        Each forecast as soon as it is written; one for stdout to be printed and flushed before the next is asked for.

    Raises:
        UsageError: If stdin comes without a run, or several forecasts would go to one file.
        ForecasterError: The first problem, with those of the other tables, once every other forecast is written.
    """
    check_command(csvs, run, request, out)
    alone, nights = len(csvs) == 1, list[_Night]()
    for csv in csvs:
        source = Source(None, sys.stdin.buffer.read()) if csv == STDIN else Source(Path(csv))
        night = _Night(session if alone else replace(session, journal=Journal(session.journal.command)))
        nights.append(night)
        try:
            with _publishing(source, run, request, night, out=out) as done:
                yield done
        except ForecasterError as error:
            night.error = error
    for night in nights:  # only now that every forecast is out
        if night.again is not None:
            from forecaster.workflows.retraining import retrain_if_due

            retrain_if_due(*night.again, night.session, now=request.moment)
        if not alone:
            _report(night, session.journal)
    errors = [night.error for night in nights if night.error is not None]
    if errors:
        raise type(errors[0]).of([problem for error in errors for problem in error.problems])


@dataclass(eq=False)
class _Night:
    """What becomes of one table.

    Attributes:
        session: With a journal of its own.
        error: Why there is no forecast.
        again: The run and the whole table, where the network may be trained anew.
    """

    session: Session
    error: ForecasterError | None = None
    again: tuple[Run, Table] | None = None


def _report(night: _Night, whole: Journal) -> None:
    """The results of one table of several: into its run, and the gist into those of the command."""
    own = night.session.journal
    try:
        own.write(code=own.code if night.error is None else night.error.exit_code, error=night.error)
    except ForecasterError as unwritten:  # must not mask the code
        whole.warn([f"run_results.json was not written: {unwritten}"])
    whole.warn(own.warnings)
    whole.faults.extend(own.faults)
    whole.inputs.extend(own.inputs)
    whole.outputs.extend(own.outputs)


@contextmanager
def _publishing(
    source: Source, name: str | None, request: Request, night: _Night, *, out: str | None
) -> Iterator[Published]:
    """Forecast a table; what goes to stdout is out once whoever takes the forecast has come back for the next one."""
    session, journal = night.session, night.session.journal
    if journal.file is not None and source.path is not None and journal.file.resolve() == source.path.resolve():
        results, journal.file = journal.file, None
        raise UsageError(f"--results {results} is the table itself", hint="write the results to another file")
    run = locate(source, name, session, wanted=request.wanted)
    journal.run, journal.version = run.name, run.version
    if request.ledger:
        journal.at(run.folder)
    journal.warn(far(run.folder))
    with journal.timed("predict"):
        said = _forecast(run, source, request, journal, session.deadline)
    clock = said.table.panel.clock
    text = write_forecast(said.forecast, said.table.layout, clock)
    cutoff = clock.label(said.table.panel.times[-1:])[0]
    place = _place(source, out, cutoff)
    _check_places(source, place, _beside(source, place), journal)
    paths = None if said.paths is None else write_paths(said.paths, said.forecast, said.table.layout, clock)
    sent = Sent(text, place, paths, _beside(source, place))
    done = Published(run.name, run.version, said.forecast, clock, text, place)
    if said.beside is None:
        sent.write(journal)
        yield done
    else:
        with publishing(run, said.forecast, said.beside, said.table, sent, journal, wait=session.wait):
            yield done
    if request.retrains and run.config().retrain.wanted:
        night.again = run, said.table


def _beside(source: Source, place: Path | None) -> Path:
    """Where paths go: beside the forecast, or beside the table where that goes to stdout."""
    forecast = place or source.path_or_name.absolute()
    return forecast.with_name(f"{forecast.name.removesuffix('.csv').removesuffix('.forecast')}{PATHS_ENDING}")


def _check_places(source: Source, place: Path | None, paths: Path, journal: Journal) -> None:
    """Refuse to write over the table, or over the results."""
    taken = {"the table itself": source.path, "where the results go": journal.file}
    for what, other in taken.items():
        for file in (place, paths):
            if other is not None and file is not None and file.resolve() == other.resolve():
                raise UsageError(f"{quoted(file)} is {what}", hint="name another file with --out")


@dataclass(frozen=True, eq=False)
class _Said:
    """A forecast, the (S, P, H) paths that were asked for, the table up to the cutoff, and what the ledger compares."""

    forecast: Forecast
    paths: Floats | None
    table: Table
    beside: Beside | None


def read_for(run: Run, source: Source, request: Request, journal: Journal) -> Table:
    """The table as its run reads it, up to the cutoff that was asked for.

    Raises:
        DataError: If the table cannot be read.
        RunError: If it has another clock.
        UsageError: If the cutoff is before its oldest row.
    """
    config = run.config()
    table = read_again(run, config, source.path_or_name, content=source.content, strict=request.strict)
    journal.inputs.append({"file": table.file, "sha256": table.sha256})
    journal.warn((*table.notes, *doubts(run, strict=request.strict)))
    for name in table.empty:
        journal.series[name] = {"status": "skipped", "why": "it has no numbers"}
        journal.faults.append(f"series {quoted(name)} has no numbers and was skipped")
    _tell_strange(table, run, journal, strict=request.strict)
    notice_series(table, run, journal)
    if request.cutoff is None:
        notice_future(table, request.moment, journal, strict=request.strict)
    panel = table.panel.with_season(run.manifest.table.season)
    if request.cutoff is not None:
        panel = panel.until(_step(panel, request.cutoff, journal))
    return replace(table, panel=panel)


def _forecast(run: Run, source: Source, request: Request, journal: Journal, deadline: float | None = None) -> _Said:
    config, table = run.config(), read_for(run, source, request, journal)
    panel = table.panel
    with about(table.file):
        answer = forecast_panel(run, config, panel, request.horizon, journal, deadline=deadline)
        paths = None if request.paths is None else answer.paths(panel, request.paths, request.seed or 0)
        beside = compared(run, config, panel, answer.forecast.horizon) if request.ledger else None
    said = answer.forecast
    if (
        request.cutoff is None
        and request.ledger
        and notice_shrunk(table, run, request.moment, journal, strict=request.strict)
    ):
        said = said.marked("stale")
    return _Said(mark(said, run, panel, _old(panel, config, request), journal), paths, table, beside)


def _tell_strange(table: Table, run: Run, journal: Journal, *, strict: bool) -> None:
    """Say which categories the network has never seen: perhaps slips of a finger."""
    for column, texts in strange(table.panel, run.manifest.shapes.channels).items():
        what = (
            f"the network has never seen {', '.join(map(quoted, texts[:5]))}, and takes it for the mean of the others"
        )
        if strict:
            hint = "correct the cells, train again, or leave out --strict"
            raise DataError(what, hint=hint, file=table.file, subject=f"column {column}")
        journal.warn([f"column {column}: {what}"])


def _old(panel: Panel, config: Config, request: Request) -> dict[str, str]:
    """Why the newest row of a series is too old, by its name; none where a cutoff was asked for."""
    most = config.data.max_age
    if most is None or request.cutoff is not None:
        return {}
    reasons = {last: stale(panel.until(last), most, request.moment) for last in set(panel.last.tolist())}
    old = {name: reasons[last] for name, last in zip(panel.ids, panel.last.tolist(), strict=True)}
    return {name: why for name, why in old.items() if why is not None}


def _step(panel: Panel, cutoff: str, journal: Journal) -> int:
    """The last step that is not after `cutoff`; that the table ends before it is a fault."""
    asked = panel.clock.parse(cutoff)
    step = int(np.searchsorted(panel.times, asked, side="right")) - 1
    if (panel.clock.after(panel.times, 1)[0] <= asked).all():
        newest = panel.clock.label(panel.times[-1:])[0]
        journal.faults.append(f"--cutoff {quoted(cutoff)} is beyond the newest row, {newest}: rows are missing")
    if step < 0:
        oldest = panel.clock.label(panel.times[:1])[0]
        raise UsageError(f"--cutoff {quoted(cutoff)} is before the oldest row, {oldest}", hint="give a later one")
    return step


def _place(source: Source, out: str | None, cutoff: str) -> Path | None:
    """Where a forecast goes; None for stdout."""
    if out == STDIN or (out is None and source.path is None):
        return None
    if out is None:
        path = source.path_or_name
        return path.absolute().with_name(f"{source.stem}.forecast.csv")
    safe = re.sub(r"[^0-9A-Za-z+-]", "-", cutoff)
    return Path(out.replace("{stem}", source.stem).replace("{cutoff}", safe)).absolute()
