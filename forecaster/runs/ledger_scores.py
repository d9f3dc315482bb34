"""How far each forecast was off, as often as that was found out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecaster.runs.ledger import seal

if TYPE_CHECKING:
    from forecaster.runs.ledger import Ledger

# Read from the table, whose rows are sealed, not by an index, in which a flipped bit hides a row.
_COLUMNS = "forecast, revision, whole, tally, unit, scored, seal"


@dataclass(frozen=True)
class Score:
    """One look at a forecast.

    Attributes:
        revision: How often an actual had been revised by then, after it had been scored.
        tally: Sums of errors, as JSON.
        unit: In what they are measured: only sums of one unit may be added up.
        whole: Whether every step had passed.
        scored: When: UTC, ISO 8601.
    """

    revision: int
    tally: dict[str, Any]
    unit: str
    whole: bool
    scored: str


def mark_due(book: Ledger, number: int, due: int) -> None:
    """Note that a forecast has to be scored: 1 because more is known of what happened, 2 because that was revised.

    Raises:
        ForecasterError: If the ledger cannot be written.
    """
    book.change("UPDATE forecasts SET due = max(due, ?) WHERE id = ?", due, number)


def put_score(book: Ledger, number: int, tally: dict[str, Any], *, unit: str, whole: bool, revised: bool) -> None:
    """Keep the score of a forecast: beside the one before it where an actual was revised, in its place otherwise.

    It is up to date from then on.

    Args:
        book: The run's ledger.
        number: Of the entry.
        tally: What `json.dumps` can write.
        unit: In what it is measured.
        whole: Whether every step has passed.
        revised: Whether an actual that was scored is another now.

    Raises:
        ForecasterError: If the ledger cannot be written.
    """
    with book.changing():
        ((newest,),) = book.rows("SELECT max(revision) FROM scores WHERE forecast = ?", number)
        revision = 0 if newest is None else newest + int(revised)
        row = (number, revision, int(whole), json.dumps(tally), unit, datetime.now(UTC).isoformat(timespec="seconds"))
        book.change(f"INSERT OR REPLACE INTO scores ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", *(*row, seal(*row)))  # noqa: S608
        book.change("UPDATE forecasts SET due = 0 WHERE id = ?", number)


def scores(book: Ledger) -> dict[int, Score]:
    """The newest score of every forecast that has one, by the number of its entry.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    found = book.rows(f"SELECT {_COLUMNS} FROM scores NOT INDEXED ORDER BY forecast, revision")  # noqa: S608
    for row in found:  # the older ones too: a damaged number may have moved a row behind another
        _check(book, row)
    return {number: _score(book, row) for number, row in {row[0]: row for row in found}.items()}


def in_other_units(book: Ledger, unit: str) -> set[int]:
    """The numbers of the entries whose newest score is not measured in `unit`.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    newest = "SELECT forecast, max(revision), unit FROM scores NOT INDEXED GROUP BY forecast"
    return {number for (number,) in book.rows(f"SELECT forecast FROM ({newest}) WHERE unit <> ?", unit)}  # noqa: S608


def history(book: Ledger, number: int) -> list[Score]:
    """Every score of a forecast, the first one first.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    found = book.rows(f"SELECT {_COLUMNS} FROM scores WHERE forecast = ? ORDER BY revision", number)  # noqa: S608
    return [_score(book, row) for row in found]


def _check(book: Ledger, row: tuple[Any, ...]) -> None:
    *written, sealed = row
    if sealed != seal(*written):
        raise book.damaged(f"a score of entry {row[0]} is not as it was written")


def _score(book: Ledger, row: tuple[Any, ...]) -> Score:
    _check(book, row)
    _, revision, whole, tally, unit, scored, _ = row
    return Score(revision, json.loads(tally), unit, bool(whole), scored)
