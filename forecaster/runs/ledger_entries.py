"""One entry a forecast: pending before anything is written, published when everything is, else lost.

    pending ──► kept file renamed into `forecasts/` ──► the user's file renamed into place ──► published

A process that dies on the way leaves a pending entry. The next one looks at what lies on the disk: with both files
whole the forecast is out, and is published; otherwise the entry is lost, and the kept file goes.
"""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecaster.errors import SystemFault
from forecaster.runs.ledger_rows import NAMES, Entry, Recorded, place_bytes, sealed, written
from forecaster.runs.published import drop_forecast, place_of, through
from forecaster.store import digest, faults
from forecaster.store.processes import alive, born_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.runs.ledger import Ledger

_DAY = timedelta(days=1)  # after which nobody on another machine (or in a container of another name) is still at work
_at_work: set[tuple[int, str, int]] = set()  # entries that this process is about to publish


_COLUMNS = ", ".join(NAMES)
_STATES = {"pending", "published", "lost"}
_SELECT = f"SELECT id, {_COLUMNS}, turn, seal, made, pid, repeats, due, state FROM forecasts"  # noqa: S608  (names of our own)
_INSERT = (
    f"INSERT INTO forecasts ({_COLUMNS}, seal, made, host, pid, born, repeats, turn, due, state) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(NAMES))}, ?, ?, ?, ?, ?, 0, 0, 1, 'pending')"
)
_SAME = "source = ? AND moment = ? AND horizon = ? AND version = ? AND input = ? AND state = 'published' AND id <> ?"


def begin(book: Ledger, entry: Entry) -> int:
    """Note that a forecast is about to be published, and give the entry's number.

    Raises:
        ForecasterError: If the ledger cannot be written.
    """
    record, pid = written(entry), os.getpid()
    with book.changing():
        number = book.change(_INSERT, *record.values(), sealed(record, 0), _now(), platform.node(), pid, born_of(pid))
        _at_work.add((pid, str(book.path), number))
    return number


def publish(book: Ledger, number: int) -> None:
    """Both files are in place: the forecast counts from now on. The same night once more adds to its first entry.

    A power cut may take this back: the entry is pending again, and the next start finds both files.

    Raises:
        ForecasterError: If the ledger cannot be written.
    """
    with book.relaxed(), book.changing():
        one = _pending(book, number)
        if one is None:
            raise SystemFault(
                "another process has taken this forecast for lost while it was written",
                hint="forecast again; keep the runs on a disk that one machine uses",
                file=book.path,
            )
        _publish(book, one)


def settle(book: Ledger, number: int) -> None:
    """Decide on an entry by what lies on the disk, if it is still pending: published, or lost.

    Nobody else decides meanwhile: of two starts that find the same entry, the second finds it settled.

    Raises:
        ForecasterError: If the ledger or the disk cannot be read and written.
    """
    with book.relaxed(), book.changing():  # before this the next start finds the same
        one = _pending(book, number)
        if one is None:
            return
        if _is_out(book, one.entry):
            _publish(book, one)
            return
        _remove(book, one.entry)
        if _twin(book, one) is None:
            book.change("UPDATE forecasts SET state = 'lost' WHERE id = ? AND state = 'pending'", number)
        else:
            book.change("DELETE FROM forecasts WHERE id = ? AND state = 'pending'", number)


def leave(book: Ledger, number: int) -> None:
    """This process has done what it can for an entry: if it is still pending, the next start may settle it."""
    _at_work.discard((os.getpid(), str(book.path), number))


def reconcile(book: Ledger) -> None:
    """Settle the entries of processes that are gone.

    Raises:
        ForecasterError: If the ledger or the disk cannot be read and written.
    """
    pending = book.rows("SELECT id, made, host, pid, born FROM forecasts WHERE state = 'pending'")
    for number, made, host, pid, born in pending:
        elsewhere = host != platform.node()
        if made < _now(_DAY) if elsewhere else _gone(book, number, pid, born):
            settle(book, number)


def published(book: Ledger) -> list[Recorded]:
    """Every published forecast, by its cutoff, then in the order in which they were last published.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    return list(_recorded(book, "WHERE state = 'published' ORDER BY moment, turn"))


def newest(book: Ledger, source: str) -> Recorded | None:
    """The published forecast with the latest cutoff; of several, the one that came last.

    Args:
        book: The run's ledger.
        source: The table whose forecast it is; if it has none, that of any other.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    which = "WHERE state = 'published' ORDER BY source = ? DESC, moment DESC, turn DESC LIMIT 1"
    return next(_recorded(book, which, source), None)


def cutoffs(book: Ledger, source: str, most: int = 5) -> list[int]:
    """The latest cutoffs of a table's published forecasts, as the clock counts them, the latest first."""
    which = "WHERE state = 'published' AND source = ? ORDER BY moment DESC LIMIT ?"
    return [one.entry.moment for one in _recorded(book, which, source, most)]


def states(book: Ledger) -> dict[str, int]:
    """How many entries there are in each state.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    found = dict(book.rows("SELECT state, count(*) FROM forecasts GROUP BY state"))
    if not set(found) <= _STATES:
        raise book.damaged("an entry is in a state that there is not")
    return found


def _recorded(book: Ledger, which: str, *values: object) -> Iterator[Recorded]:
    for number, *rest in book.rows(f"{_SELECT} {which}", *values):
        record: dict[str, Any] = dict(zip(NAMES, rest, strict=False))
        turn, mark, *beside = rest[len(NAMES) :]
        if mark != sealed(record, turn):
            raise book.damaged(f"entry {number} is not as it was written")
        record["words"] = tuple(record["words"].split(", "))
        record["place"] = None if record["place"] is None else os.fsdecode(record["place"])
        record["hindsight"] = bool(record["hindsight"])
        yield Recorded(number, Entry(**record), *beside)


def _pending(book: Ledger, number: int) -> Recorded | None:
    """The entry, unless another process has settled it."""
    return next(_recorded(book, "WHERE id = ? AND state = 'pending'", number), None)


def _twin(book: Ledger, one: Recorded) -> int | None:
    """The published entry of the same night."""
    entry = one.entry
    key = (entry.source, entry.moment, entry.horizon, entry.version, entry.input, one.id)
    return next((number for (number,) in book.rows(f"SELECT id FROM forecasts WHERE {_SAME}", *key)), None)  # noqa: S608


def _publish(book: Ledger, one: Recorded) -> None:
    told = (*_last_word(book, one.entry), one.id)
    try:
        book.change(
            "UPDATE forecasts SET state = 'published', turn = ?, seal = ? WHERE id = ? AND state = 'pending'", *told
        )
    except sqlite3.IntegrityError:
        _merge(book, one)


def _last_word(book: Ledger, entry: Entry) -> tuple[int, bytes]:
    """The next turn, by a counter and no clock, and the entry's seal with it."""
    ((turn,),) = book.rows("SELECT max(turn) + 1 FROM forecasts")
    return turn, sealed(written(entry), turn)


def _merge(book: Ledger, one: Recorded) -> None:
    """The same night once more: where it went is kept, what it said is kept already, and it is again the last word."""
    entry = one.entry
    _remove(book, entry)
    first = next(_recorded(book, "WHERE id = ?", _twin(book, one)))
    told = (place_bytes(entry.place), entry.place_sha256, *_last_word(book, first.entry), first.id)
    book.change(
        "UPDATE forecasts SET repeats = repeats + 1, place = ?, place_sha256 = ?, turn = ?, seal = ? WHERE id = ?",
        *told,
    )
    book.change("DELETE FROM forecasts WHERE id = ? AND state = 'pending'", one.id)


def _remove(book: Ledger, entry: Entry) -> None:
    drop_forecast(book.folder, entry.file)
    if entry.place is not None:
        left = Path(os.path.realpath(entry.place)).with_name(through(entry.file))
        with faults(left):
            left.unlink(missing_ok=True)


def _is_out(book: Ledger, entry: Entry) -> bool:
    """Whether the kept forecast is whole, and the user's file is the one that was written with it."""
    if entry.place is None:
        return False
    return _is(place_of(book.folder, entry.file), entry.sha256) and _is(Path(entry.place), entry.place_sha256)


def _is(file: Path, sha256: str) -> bool:
    try:
        return file.is_file() and digest(file) == sha256
    except (OSError, SystemFault):
        return False


def _gone(book: Ledger, number: int, pid: int, born: str) -> bool:
    """Whether the process that began an entry works on it no more."""
    if pid == os.getpid() and born == born_of(pid):
        return (pid, str(book.path), number) not in _at_work
    return not alive(pid) or born_of(pid) != born


def _now(ago: timedelta = timedelta(0)) -> str:
    return (datetime.now(UTC) - ago).isoformat(timespec="seconds")
