"""The ledger of a run: what was forecast, what became of it, and what was trained. The only door to SQLite.

One file in the run's folder, `ledger.sqlite`, and SQLite's own log beside it: a process that is killed leaves both such
that the next one reads what was committed. A change is on the disk before `changing` ends. No lock of the run is taken:
SQLite lets one process write after the other. `ledger_entries`, `ledger_actuals`, `ledger_scores` and
`ledger_trainings` say what stands in the tables.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from forecaster.errors import ForecasterError, RunError
from forecaster.runs import ledger_errors
from forecaster.runs.ledger_errors import AWAY, told
from forecaster.runs.ledger_schema import FORMAT, SCHEMA
from forecaster.store import fault, faults, write_new
from forecaster.store.files import flush, temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "ledger.sqlite"
_SEAL = 8  # bytes of a checksum
_LONGEST_WAIT = 2_000_000.0  # seconds: SQLite counts milliseconds in 31 bits
_PAGES = 200  # of the log, after which it is put into the file: 0.8 MB, read by every start


def seal(*values: object) -> bytes:
    """A checksum of what stands in a row: SQLite has none, and a bit that flips on the disk goes unnoticed."""
    return blake2b(repr(values).encode("utf-8", "surrogateescape"), digest_size=_SEAL).digest()


class Ledger:
    """An open ledger; `ledger` gives one.

    Args:
        path: Its file.
        connection: To it, in autocommit mode.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self._patience = ledger_errors.PATIENCE

    def wait(self, seconds: float) -> None:
        """Wait so long for another process that writes, or as long as always where that is longer."""
        patience = min(max(ledger_errors.PATIENCE, seconds), _LONGEST_WAIT)
        if patience != self._patience:
            self.rows(f"PRAGMA busy_timeout = {round(1000 * patience)}")
            self._patience = patience

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.path.parent

    def damaged(self, what: str) -> RunError:
        """The error of a ledger in which something is not as it was written."""
        return RunError(f"the ledger is damaged: {what}", hint=AWAY, file=self.path)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds.

        Raises:
            RunError: If the ledger is damaged.
            LockedError: If another process writes for longer than we wait.
            SystemFault: If the system refuses.
        """
        with told(self.path, self._patience):
            return self.connection.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> int:
        """Carry out a statement and give the number of rows that it changed, or of the row that it added.

        Raises:
            sqlite3.IntegrityError: If it would break a rule of the tables.
            ForecasterError: As `rows`.
        """
        with told(self.path, self._patience):
            done = self.connection.execute(sql, values)
        return int((done.lastrowid or 0) if sql.startswith("INSERT") else done.rowcount)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Everything inside happens or nothing does; nobody else writes meanwhile. Inside another it belongs to it.

        Raises:
            ForecasterError: As `rows`.
        """
        if self.connection.in_transaction:
            yield
            return
        self.rows("BEGIN IMMEDIATE")
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            with suppress(ForecasterError):  # SQLite may have done it already
                self.rows("ROLLBACK")
            raise

    @contextmanager
    def relaxed(self) -> Iterator[None]:
        """What is changed inside survives the process, but perhaps not a power cut within the next seconds.

        For what the next start finds out again. It spares a flush of the disk each time.

        Raises:
            ForecasterError: As `rows`.
        """
        self.rows("PRAGMA synchronous = normal")
        try:
            yield
        finally:
            self.rows("PRAGMA synchronous = full")


@contextmanager
def ledger(folder: Path, *, wait: float = 0.0) -> Iterator[Ledger]:
    """The ledger of a run, begun where there is none.

    The connection stays open for the next call of this thread: closing it would flush the disk three times.

    Args:
        folder: The run's folder.
        wait: Seconds to wait for another process that writes; less than ten are ten.

    Raises:
        RunError: If the ledger is damaged, a link, or of a newer format.
        LockedError: If another process writes for longer than we wait.
        SystemFault: If the system refuses.
    """
    path = folder.absolute() / FILE
    if not _is_file(path):
        _begin(path)
    kept = _kept.taken(path) or _opened(path)
    try:
        kept.wait(wait)
        yield kept
    except BaseException:
        kept.connection.close()
        raise
    _kept.give(kept)


def has_ledger(folder: Path) -> bool:
    """Whether a run has a ledger.

    Raises:
        RunError: If it is a link, or no file.
    """
    return _is_file(folder.absolute() / FILE)


class _Kept(threading.local):
    """The connection that this thread used last, for as long as its file is the same and the process too."""

    def __init__(self) -> None:
        self.key: tuple[int, int, int] | None = None
        self.ledger: Ledger | None = None

    def taken(self, path: Path) -> Ledger | None:
        book, self.ledger = self.ledger, None
        if book is not None and (book.path != path or self.key != _identity(path)):
            self._close(book)
            return None
        return book

    def give(self, book: Ledger) -> None:
        self._close(self.ledger)
        self.key, self.ledger = _identity(book.path), book

    def _close(self, book: Ledger | None) -> None:
        if book is not None and self.key is not None and self.key[0] == os.getpid():  # never what a fork inherited
            book.connection.close()

    def __del__(self) -> None:
        self._close(self.ledger)


_kept = _Kept()


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return os.getpid(), status.st_dev, status.st_ino


def _is_file(path: Path) -> bool:
    """Whether the ledger is there; neither it nor SQLite's files beside it may lead out of the run."""
    for place in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        try:
            mode = os.lstat(place).st_mode
        except (FileNotFoundError, NotADirectoryError):
            if place == path:
                return False
            continue
        except OSError as error:
            raise fault(error, place) from error
        if not stat.S_ISREG(mode):
            raise RunError("it is not a regular file, and a ledger is one", hint=AWAY, file=place)
    return True


def _begin(path: Path) -> None:
    """An empty ledger, whole or absent; of two processes that begin one, the first wins."""
    filling = temporary(path.parent)
    with faults(path):
        try:
            write_new(filling, _empty())
            flush(filling)
            with suppress(FileExistsError):
                os.link(filling, path)
        finally:
            filling.unlink(missing_ok=True)
    flush(path.parent)


def _empty() -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in (*SCHEMA, f"PRAGMA user_version = {FORMAT}"):
            connection.execute(statement)
        content = bytearray(connection.serialize())
    finally:
        connection.close()
    content[18:20] = b"\2\2"  # write-ahead log, as `PRAGMA journal_mode = wal` would set it (SQLite's file format, 1.3)
    return bytes(content)


def _opened(path: Path) -> Ledger:
    with told(path):
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=ledger_errors.PATIENCE, check_same_thread=False
        )
    try:
        with told(path):
            for setting in ("trusted_schema = off", "synchronous = full", f"wal_autocheckpoint = {_PAGES}"):
                connection.execute(f"PRAGMA {setting}")
            (written,) = connection.execute("PRAGMA user_version").fetchone()
            tables = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        _check(path, written, tables)
    except BaseException:
        connection.close()
        raise
    return Ledger(path, connection)


def _check(path: Path, written: int, tables: set[str]) -> None:
    """Only what we know is read: nobody else's tables, views or triggers."""
    if written > FORMAT:
        raise RunError(f"format {written}, this version reads {FORMAT}", hint="upgrade forecaster", file=path)
    if tables != set(SCHEMA):
        raise RunError("its tables are not those of a ledger", hint=AWAY, file=path)
