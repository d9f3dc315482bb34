"""Which process began something, and whether it is still there: numbers of processes are used again."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PROCESSES = Path("/proc")
_STARTED = 19  # which field of /proc/PID/stat, counted after the name: when the process began


def alive(pid: int) -> bool:
    """Whether there is a process with that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def born_of(pid: int) -> str:
    """When a process began, which tells it from a later one with its number; empty where the system does not say."""
    return _ours(pid) if pid == os.getpid() else _started(pid)


@cache
def _ours(pid: int) -> str:
    return _started(pid)


def _started(pid: int) -> str:
    try:
        return (
            (_PROCESSES / str(pid) / "stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[_STARTED]
        )
    except (OSError, IndexError):
        return ""
