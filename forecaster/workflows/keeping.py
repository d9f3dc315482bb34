"""Every forecast that is published is kept in its run, and entered in its ledger."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ForecasterError
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import begin, leave, reconcile, settle
from forecaster.runs.ledger_entries import publish as publish_entry
from forecaster.runs.ledger_rows import Entry
from forecaster.runs.packing import pack
from forecaster.runs.published import keep_forecast, name_forecast, through
from forecaster.runs.saved import SavedForecast
from forecaster.store import digest, faults, write_file
from forecaster.workflows.forecasting import known_later
from forecaster.workflows.names import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forecaster.runs.versions import Run
    from forecaster.series import Ints, Times
    from forecaster.series.clock import Clock
    from forecaster.series.forecast import Forecast
    from forecaster.series.tables import Table
    from forecaster.workflows.forecasting import Beside
    from forecaster.workflows.journal import Journal


@dataclass(frozen=True)
class Sent:
    """What the user gets.

    Attributes:
        text: The forecast as CSV.
        place: Its file; None for stdout.
        paths: Joint paths as CSV, where they were asked for.
        beside: Their file.
    """

    text: str
    place: Path | None
    paths: str | None
    beside: Path

    def write(self, journal: Journal, through: str | None = None) -> None:
        """Put the files in place, the forecast last: where it is out, so are the paths beside it.

        Args:
            journal: Told of every file.
            through: The temporary name of the forecast.

        Raises:
            SystemFault: If one cannot be written.
        """
        with self._paths(journal):
            if self.place is not None:
                _write(self.place, self.text, journal, through)
            else:
                journal.outputs.append("stdout")

    @contextmanager
    def _paths(self, journal: Journal) -> Iterator[None]:
        """New paths in place; the old ones again where the forecast that they belong to does not follow."""
        if self.paths is None:
            yield
            return
        with faults(self.beside):
            old = self.beside.read_bytes() if self.beside.is_file() else None
        _write(self.beside, self.paths, journal)
        try:
            yield
        except BaseException:
            with suppress(ForecasterError, OSError):  # the forecast's own problem is the one to tell
                if old is None:
                    self.beside.resolve().unlink()
                else:
                    write_file(self.beside, old)
            journal.outputs.remove(str(self.beside))
            raise


def publish(
    run: Run, said: Forecast, beside: Beside, table: Table, sent: Sent, journal: Journal, *, wait: float = 0.0
) -> None:
    """As `publishing`, for a file: stdout has nobody who prints inside.

    Raises:
        ForecasterError: As there.
    """
    with publishing(run, said, beside, table, sent, journal, wait=wait):
        pass


@contextmanager
def publishing(
    run: Run, said: Forecast, beside: Beside, table: Table, sent: Sent, journal: Journal, *, wait: float = 0.0
) -> Iterator[None]:
    """Enter a forecast in the ledger, keep it, write the user's file, and only then call it published.

    What goes to stdout is printed and flushed inside, and called published where nothing was raised there.

    Args:
        run: The run.
        said: The forecast, with every mark.
        beside: What a baseline said of the same steps.
        table: What it was made from, up to the cutoff.
        sent: What the user gets.
        journal: Told of every file.
        wait: Seconds to wait for another process that writes into the ledger, if more than usual.

    Raises:
        ForecasterError: If anything cannot be written; the user's file is then the old one, and nothing is kept.
    """
    clock, panel = table.panel.clock, table.panel
    cutoff = clock.label(panel.times[-1:])[0]
    content = pack(_saved(said, beside, clock))
    hindsight = known_later(run, panel)
    words = {word for row in set(said.status) for word in row} or {"ok"}
    moments = counted(said.times)
    with ledger(run.folder, wait=wait) as book:
        reconcile(book)
        name = name_forecast(run.folder, cutoff=cutoff, version=run.version)
        entry = Entry(
            source=source_of(table.file),
            cutoff=cutoff,
            moment=int(counted(panel.times[-1:])[0]),
            first=int(moments.min()),
            last=int(moments.max()),
            horizon=said.horizon,
            series=len(said.ids),
            version=run.version,
            input=table.sha256,
            words=tuple(sorted(words | ({"hindsight"} if hindsight else set()))),
            hindsight=hindsight,
            file=name,
            sha256=digest(content),
            place=None if sent.place is None else str(sent.place),
            place_sha256=digest(sent.text.encode()),
        )
        number = begin(book, entry)
        try:
            keep_forecast(run.folder, name, content)
            sent.write(journal, through(name))
            if sent.place is not None:
                publish_entry(book, number)
            yield
            if sent.place is None:
                publish_entry(book, number)
        except BaseException:
            with suppress(ForecasterError):  # else the next start does it
                settle(book, number)
            raise
        finally:
            leave(book, number)


def counted(times: Times) -> Ints:
    """Moments as the clock counts them: microseconds since 1970, or steps."""
    return (times.astype("datetime64[us]") if times.dtype.kind == "M" else times).astype(np.int64)


def _saved(said: Forecast, beside: Beside, clock: Clock) -> SavedForecast:
    moments = counted(said.times)
    return SavedForecast(
        ids=said.ids,
        times=_labels(said.times, clock),
        values=said.values,
        intervals=said.intervals,
        lower=said.lower if said.intervals else np.empty((*said.values.shape, 0)),
        upper=said.upper if said.intervals else np.empty((*said.values.shape, 0)),
        status=said.status or (("ok",) * said.horizon,) * len(said.ids),
        moments=moments,
        baseline=beside.baseline,
        beside=beside.values,
    )


def _labels(times: Times, clock: Clock) -> tuple[tuple[str, ...], ...]:
    """(S, H) moments as the user's file writes them; of series that end together, the same row."""
    rows: dict[bytes, tuple[str, ...]] = {}
    for row in times:
        if row.tobytes() not in rows:
            rows[row.tobytes()] = tuple(clock.label(row))
    return tuple(rows[row.tobytes()] for row in times)


def _write(place: Path, text: str, journal: Journal, through: str | None = None) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, text.encode(), through=through)
    journal.outputs.append(str(place))
