"""Directories that appear whole, links that move in one step, and the sweeping up after a crash."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from forecaster.errors import LockedError
from forecaster.store.files import MANIFEST, TEMPORARY, TRASH, flush, in_use, temporary
from forecaster.store.locks import lock
from forecaster.store.reasons import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def directory(parent: Path, name: str) -> Iterator[Path]:
    """A temporary directory to fill, which becomes `parent / name` at the end of the block, or vanishes.

    Files are flushed with the manifest last, then the directory, then it is renamed, then its new parent is flushed:
    after a power cut a directory under its final name holds all its bytes.

    Args:
        parent: Where the temporary directory lies; created where it is missing.
        name: The final name in it, such as `versions/0000000042-6f3a`.

    Yields:
        The temporary directory, empty.

    Raises:
        SystemFault: If the system refuses.
    """
    final, filling = parent / name, temporary(parent)
    with faults(filling):
        final.parent.mkdir(parents=True, exist_ok=True)
        filling.mkdir()
    try:
        yield filling
        _settle(filling)
        with faults(final):
            os.rename(filling, final)  # noqa: PTH104  (beside the other calls of os that crash tests count)
        flush(final.parent)
        flush(parent)
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def _settle(folder: Path) -> None:
    with faults(folder):
        files = sorted(folder.iterdir(), key=lambda file: (file.name == MANIFEST, file.name))
    for file in files:
        flush(file)
    flush(folder)


def point(link: Path, target: str) -> None:
    """Let a symbolic link point to `target`, relative to the link's folder, in one step.

    Raises:
        SystemFault: If the system refuses.
    """
    new = temporary(link.parent)
    with faults(link):
        try:
            os.symlink(target, new)  # noqa: PTH211  (beside the other calls of os that crash tests count)
            os.replace(new, link)  # noqa: PTH105
        finally:
            new.unlink(missing_ok=True)
    flush(link.parent)


def discard(path: Path, *, into: Path) -> None:
    """Delete a directory so that nobody ever sees half of it: renamed first, then removed.

    Args:
        path: What goes.
        into: The folder in which `sweep` finds it after a crash.

    Raises:
        SystemFault: If the system refuses.
    """
    trash = temporary(into, TRASH)
    with faults(path):
        os.rename(path, trash)  # noqa: PTH104
        shutil.rmtree(trash)


def remove(folder: Path) -> None:
    """As `discard`, beside itself, where there is such a directory.

    Raises:
        SystemFault: If the system refuses.
    """
    if folder.is_dir() and not folder.is_symlink():
        discard(folder, into=folder.parent)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed left behind in `folder`; the caller holds the folder's lock.

    What a living process is writing stays: results, scores and the ledger are written without the lock.

    Raises:
        SystemFault: If the system refuses.
    """
    with faults(folder):
        for left in sorted(folder.iterdir()):
            if not left.name.startswith((TEMPORARY, TRASH)) or in_use(left.name):
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Sweep after a command that holds no lock, where a crash left something and nobody is at work on `folder`.

    Raises:
        SystemFault: If the system refuses.
    """
    with faults(folder):
        names = os.listdir(folder)  # noqa: PTH208
    if any(name.startswith((TEMPORARY, TRASH)) and not in_use(name) for name in names):
        with suppress(LockedError), lock(folder):
            sweep(folder)
