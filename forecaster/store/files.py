"""One file at a time: written whole or not at all, and known by its SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from typing import TYPE_CHECKING

from forecaster.errors import SystemFault
from forecaster.store.processes import alive, born_of
from forecaster.store.reasons import faults

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "MANIFEST.json"
TEMPORARY = ".tmp-"
TRASH = ".trash-"
_OWNED = re.compile(r"\.(tmp|trash)-(?P<pid>\d{1,10})-(?P<born>\d*)-")
_SPARE = 2**20  # bytes that must be free beyond what is about to be written
_CHUNK = 2**20


def temporary(folder: Path, prefix: str = TEMPORARY) -> Path:
    """A name in `folder` that nobody else uses, and that tells by whom it is used."""
    pid = os.getpid()
    return folder / f"{prefix}{pid}-{born_of(pid)}-{os.urandom(8).hex()}"


def in_use(name: str) -> bool:
    """Whether another process that is still there writes under a temporary name.

    >>> in_use(".tmp-1")
    False

    A name that tells no process is one that a crash left. Our own count as left, too: who sweeps is not writing.
    """
    owner = _OWNED.match(name)
    if owner is None:
        return False
    pid, born = int(owner["pid"]), owner["born"]
    return pid != os.getpid() and alive(pid) and born_of(pid) == born


def digest(content: bytes | Path) -> str:
    """SHA-256 in hexadecimal of some bytes, or of the file at a path.

    >>> digest(b"")[:16]
    'e3b0c44298fc1c14'

    Raises:
        SystemFault: If the file cannot be read.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    total = hashlib.sha256()
    with faults(content), content.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()


def write_new(path: Path, content: bytes) -> None:
    """Create a file that does not exist yet; the caller flushes it with its directory.

    Raises:
        SystemFault: If the file exists, or the system refuses.
    """
    with faults(path):
        created = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(created, rest) :]
        finally:
            os.close(created)


def flush(path: Path) -> None:
    """Bring a file, or a directory's list of names, to the disk.

    Raises:
        SystemFault: If the system refuses.
    """
    with faults(path):
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def write_file(path: Path, content: bytes, *, through: str | None = None) -> None:
    """Put a file in place of whatever was there, so that a reader sees the old bytes or the new ones.

    A link is followed, and the mode of the file that is replaced is kept.

    Args:
        path: The file.
        content: Its bytes.
        through: The temporary name in its folder, where the caller has to know what a crash may leave; nobody else
            writes under it.

    Raises:
        SystemFault: If the system refuses, or `path` is a directory or a device.
    """
    with faults(path):
        place = path.resolve() if path.is_symlink() else path
        replaced = place.stat() if place.exists() else None
        if replaced is not None and not stat.S_ISREG(replaced.st_mode):
            raise SystemFault("it is not a regular file", hint="give the name of a file", file=place.absolute())
        new = place.with_name(through) if through else temporary(place.parent)
        try:
            write_new(new, content)
            if replaced is not None:
                new.chmod(stat.S_IMODE(replaced.st_mode))
            flush(new)
            os.replace(new, place)  # noqa: PTH105  (beside the other calls of os that crash tests count)
        finally:
            new.unlink(missing_ok=True)
        flush(place.parent)


def preflight(folder: Path, *, needed: int = 0) -> None:
    """Find out before the work whether its result can be written; creates the folder.

    Args:
        folder: Where something will be written.
        needed: Its size in bytes.

    Raises:
        SystemFault: If the folder cannot be written, or its disk has too little space.
    """
    probe = temporary(folder)
    with faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            write_new(probe, b"\0")
        finally:
            probe.unlink(missing_ok=True)
        free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise SystemFault(
            f"{_size(needed + _SPARE)} are needed and {_size(free)} are free",
            hint="free some space and run again",
            file=folder.absolute(),
        )


def _size(count: float) -> str:
    units = ("bytes", "KiB", "MiB", "GiB", "TiB")
    power = min(max(0, int(count).bit_length() - 1) // 10, len(units) - 1)
    return f"{count / 1024**power:.3g} {units[power]}"
