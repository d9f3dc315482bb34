"""Reading below a folder, never through a link, and never more than was announced."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING

from forecaster.errors import RunError
from forecaster.store.reasons import fault

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not make us wait
_CHUNK = 2**22
_LINKS = (errno.ELOOP, errno.ENOTDIR)
_SOCKETS = (errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP)  # what has no bytes to open


class MissingFileError(RunError):
    """A file was not there: damaged, or pruned since `latest` was resolved."""


def read_below(folder: Path, *names: str, most: int) -> bytes:
    """The bytes of `folder / names...`, each part opened in the one before and none of them a link.

    Args:
        folder: The run's folder, which is not a link either.
        names: Folders, then the file.
        most: Bytes that are read at the most, and one more, so that a longer file is noticed.

    Raises:
        MissingFileError: If a part is missing.
        RunError: If a part is a link, or the file is not a regular one.
        SystemFault: If the system refuses.
    """
    place = folder.joinpath(*names)
    with ExitStack() as opened:
        try:
            inside = _open(opened, str(folder), None, _FOLDER)
            for name in names[:-1]:
                inside = _open(opened, name, inside, _FOLDER)
            file = _open(opened, names[-1], inside, _FILE)
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise RunError("it is not a regular file", hint="train again", file=place.absolute())
            return _read(file, most + 1)
        except FileNotFoundError:
            raise MissingFileError("it is missing", hint="train again", file=place.absolute()) from None
        except OSError as error:
            if error.errno in _SOCKETS:
                raise RunError("it is not a regular file", hint="train again", file=place.absolute()) from None
            if error.errno not in _LINKS:
                raise fault(error, place) from error
            raise RunError(
                "a link, or no folder, lies on the way; a run holds only files of its own",
                hint="put the folder itself there, or train again",
                file=place.absolute(),
            ) from None


def _open(opened: ExitStack, name: str, inside: int | None, flags: int) -> int:
    descriptor = os.open(name, flags, dir_fd=inside)
    opened.callback(os.close, descriptor)
    return descriptor


def _read(file: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := os.read(file, min(most, _CHUNK))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)
