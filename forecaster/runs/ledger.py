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

from forecaster.errors import ForecasterError, LockedError, RunError, SystemFault
from forecaster.store import fault, faults, write_new
from forecaster.store.files import flush, temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "ledger.sqlite"
FORMAT = 1
PATIENCE = 10.0  # seconds to wait for another process that writes
_SEAL = 8  # bytes of a checksum
_PAGES = 200  # of the log, after which it is put into the file: 0.8 MB, read by every start
_AWAY = "move it away, and those with -wal and -shm after its name, to begin a new one; or forecast with --no-ledger"
_ELSEWHERE = "mend the disk or the permissions, or forecast with --no-ledger"
SCHEMA = (
    """CREATE TABLE forecasts (
 id INTEGER PRIMARY KEY,
 source TEXT NOT NULL,
 cutoff TEXT NOT NULL,
 moment INTEGER NOT NULL,
 first INTEGER NOT NULL,
 last INTEGER NOT NULL,
 horizon INTEGER NOT NULL,
 series INTEGER NOT NULL,
 version TEXT NOT NULL,
 input TEXT NOT NULL,
 words TEXT NOT NULL,
 hindsight INTEGER NOT NULL,
 file TEXT NOT NULL,
 sha256 TEXT NOT NULL,
 place BLOB,
 place_sha256 TEXT NOT NULL,
 made TEXT NOT NULL,
 host TEXT NOT NULL,
 pid INTEGER NOT NULL,
 born TEXT NOT NULL,
 seal BLOB NOT NULL,
 repeats INTEGER NOT NULL,
 due INTEGER NOT NULL,
 state TEXT NOT NULL CHECK (state IN ('pending', 'published', 'lost'))
)""",
    # The same night twice is one entry.
    "CREATE UNIQUE INDEX once ON forecasts (moment, horizon, version, input) WHERE state = 'published'",
    "CREATE INDEX states ON forecasts (state, moment)",
    "CREATE TABLE rosters (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE, ids BLOB NOT NULL)",
    """CREATE TABLE actuals (
 source TEXT NOT NULL,
 moment INTEGER NOT NULL,
 revision INTEGER NOT NULL,
 roster INTEGER NOT NULL REFERENCES rosters (id),
 mark BLOB NOT NULL,
 numbers BLOB NOT NULL,
 seen TEXT NOT NULL,
 PRIMARY KEY (source, moment, revision)
)""",
    """CREATE TABLE scores (
 forecast INTEGER NOT NULL REFERENCES forecasts (id),
 revision INTEGER NOT NULL,
 whole INTEGER NOT NULL,
 tally TEXT NOT NULL,
 scored TEXT NOT NULL,
 seal BLOB NOT NULL,
 PRIMARY KEY (forecast, revision)
)""",
    """CREATE TABLE trainings (
 id INTEGER PRIMARY KEY,
 kind TEXT NOT NULL,
 outcome TEXT NOT NULL,
 version TEXT,
 why TEXT NOT NULL,
 at TEXT NOT NULL
)""",
)


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

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.path.parent

    def damaged(self, what: str) -> RunError:
        """The error of a ledger in which something is not as it was written."""
        return RunError(f"the ledger is damaged: {what}", hint=_AWAY, file=self.path)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds.

        Raises:
            RunError: If the ledger is damaged.
            LockedError: If another process writes for longer than we wait.
            SystemFault: If the system refuses.
        """
        with _told(self.path):
            return self.connection.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> int:
        """Carry out a statement and give the number of rows that it changed, or of the row that it added.

        Raises:
            sqlite3.IntegrityError: If it would break a rule of the tables.
            ForecasterError: As `rows`.
        """
        with _told(self.path):
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
def ledger(folder: Path) -> Iterator[Ledger]:
    """The ledger of a run, begun where there is none.

    The connection stays open for the next call of this thread: closing it would flush the disk three times.

    Args:
        folder: The run's folder.

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
            raise RunError("it is not a regular file, and a ledger is one", hint=_AWAY, file=place)
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
    with _told(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    try:
        with _told(path):
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
        raise RunError("its tables are not those of a ledger", hint=_AWAY, file=path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what SQLite says in our words: the disk, another process, or a damaged file."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise _meaning(error, path) from error


def _meaning(error: Exception, path: Path) -> ForecasterError:
    name, words = getattr(error, "sqlite_errorname", ""), f"the ledger: {error}"
    if name.startswith("SQLITE_FULL"):
        return SystemFault("the disk is full", hint="free some space and run again", file=path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        hint = "run again when the other process is done"
        return LockedError(f"another process has been writing for {PATIENCE:g} s", hint=hint, file=path)
    if name.startswith(("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_PROTOCOL")):
        return SystemFault(words, hint=_ELSEWHERE, file=path)
    if name.startswith(("SQLITE_NOMEM", "SQLITE_NOLFS", "SQLITE_AUTH")):
        return SystemFault(words, hint=_ELSEWHERE, file=path)
    return RunError(f"the ledger is damaged: {error}", hint=_AWAY, file=path)
