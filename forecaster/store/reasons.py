"""What the operating system refuses, in plain words and with the absolute path."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = "free some space and run again; what was published before is untouched"
_REASONS = {
    errno.ENOSPC: ("the disk is full", _SPACE),
    errno.EDQUOT: ("the disk quota is used up", _SPACE),
    errno.EROFS: ("the file system is read-only", "give a folder that can be written"),
    errno.EIO: ("the device reports an input/output error", "look at the disk, then run again"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n) and run again"),
    errno.ENOLCK: ("the file system has no locks", "keep the runs on a local disk"),
    errno.EOPNOTSUPP: ("the file system does not support this", "keep the runs on a local disk"),
}
_PERMISSION = (errno.EACCES, errno.EPERM)


def fault(error: OSError, path: Path) -> SystemFault:
    """The system's refusal as an error with code 8, its reason in words.

    Args:
        error: What the system said.
        path: What was being read or written, where the error itself does not name it.
    """
    name = error.filename if isinstance(error.filename, str) else path
    place = Path(os.path.abspath(name))  # noqa: PTH100  (Path.resolve would follow links and may itself be refused)
    if error.errno in _PERMISSION:
        return SystemFault(f"permission denied: {_owner(place)}", hint="change the owner or the mode", file=place)
    unknown = ((error.strerror or str(error)).lower(), "look at the path, then run again")
    what, hint = _REASONS.get(error.errno or 0, unknown)
    return SystemFault(what, hint=hint, file=place)


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Turn every `OSError` inside into a `SystemFault` that names `path`.

    Raises:
        SystemFault: If the system refuses anything.
    """
    try:
        yield
    except OSError as error:
        raise fault(error, path) from error


def _owner(path: Path) -> str:
    for place in (path, *path.parents):
        try:
            status = os.lstat(place)
        except OSError:
            continue
        name = "it" if place == path else str(place)
        mode = stat.S_IMODE(status.st_mode)
        return f"{name} belongs to {_user(status.st_uid)} with mode {mode:04o}, and we are {_user(os.geteuid())}"
    return f"we are {_user(os.geteuid())}"


def _user(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
