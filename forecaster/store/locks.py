"""One process at a time in a folder; the kernel frees the lock even on kill -9."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecaster.errors import LockedError
from forecaster.store.reasons import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = ".lock"
_POLL = 0.05  # seconds between two attempts
_LONGEST_NOTE = 100  # bytes of what a holder wrote about itself
_held: dict[tuple[int, int, str], int] = {}  # by process, thread and folder: how many blocks hold it


@contextmanager
def lock(folder: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold `folder` alone; the folder is created where it is missing.

    A thread that holds it already may enter again.

    Args:
        folder: What is locked, by its file `.lock`.
        wait: Seconds to wait for another process.

    Raises:
        LockedError: If another process still holds it after `wait`, with its pid and age.
        SystemFault: If the system refuses.
    """
    key = (os.getpid(), threading.get_ident(), os.path.realpath(folder))
    if key in _held:
        yield
        return
    opened = _acquire(folder, wait)
    _held[key] = opened
    try:
        yield
    finally:
        del _held[key]
        os.close(opened)


def _acquire(folder: Path, wait: float) -> int:
    path = folder / LOCK
    with faults(path):
        folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            _wait(opened, folder, wait)
            os.ftruncate(opened, 0)
            os.pwrite(opened, f"{os.getpid()} {time.time():.0f}\n".encode(), 0)
        except BaseException:
            os.close(opened)
            raise
    return opened


def _wait(opened: int, folder: Path, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise LockedError(
                    f"{_holder(opened)} is at work on it, after a wait of {wait:g} s",
                    hint="run again when it is done, or wait longer with --lock-wait",
                    file=folder.absolute(),
                ) from None
            time.sleep(_POLL)
        else:
            return


def _holder(opened: int) -> str:
    try:
        pid, since = (int(word) for word in os.pread(opened, _LONGEST_NOTE, 0).split())
    except ValueError:  # it has only just taken the lock
        return "another process"
    return f"process {pid}, started {max(0, int(time.time()) - since)} s ago,"
