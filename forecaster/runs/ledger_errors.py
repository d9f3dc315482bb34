"""What SQLite says, in our words and with our exit codes."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecaster.errors import ForecasterError, LockedError, RunError, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 10.0  # seconds to wait for another process that writes, if no more is asked for
AWAY = "move it away, and those with -wal and -shm after its name, to begin a new one; or forecast with --no-ledger"
_ELSEWHERE = "mend the disk or the permissions, or forecast with --no-ledger"


@contextmanager
def told(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Say what SQLite says in our words, after so many seconds of waiting for another process.

    Raises:
        SystemFault: If it is the disk.
        LockedError: If it is another process.
        RunError: If the file is damaged.
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise meaning(error, path, patience) from error


def meaning(error: Exception, path: Path, patience: float = PATIENCE) -> ForecasterError:
    """The error with our exit code for one of SQLite's, about the ledger at `path`."""
    name, words = getattr(error, "sqlite_errorname", ""), f"the ledger: {error}"
    if name.startswith("SQLITE_FULL"):
        return SystemFault("the disk is full", hint="free some space and run again", file=path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        hint = "run again when the other process is done"
        return LockedError(f"another process has been writing for {patience:g} s", hint=hint, file=path)
    if name.startswith(("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_PROTOCOL")):
        return SystemFault(words, hint=_ELSEWHERE, file=path)
    if name.startswith(("SQLITE_NOMEM", "SQLITE_NOLFS", "SQLITE_AUTH")):
        return SystemFault(words, hint=_ELSEWHERE, file=path)
    return RunError(f"the ledger is damaged: {error}", hint=AWAY, file=path)
