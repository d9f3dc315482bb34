"""A version is whole or absent: lock, sweep, preflight, write, load back, flush, rename, swap `latest`, prune."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forecaster.errors import RunError, SystemFault
from forecaster.runs.manifest import KNOWN, FileMark, Manifest, to_json
from forecaster.runs.opening import LATEST, VERSIONS, Run, folder_of, latest, versions
from forecaster.store import MANIFEST, digest, directory, discard, lock, point, preflight, sweep, write_new

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KEPT = 5  # versions of a run
_TWICE = 2  # the new version, and as much again for what the file system adds


def publish(
    runs: Path,
    name: str,
    files: Mapping[str, bytes],
    manifest: Manifest,
    *,
    verify: Callable[[Path], None],
    version: str | None = None,
) -> Run:
    """Add a version to a run and let `latest` point to it; the last five are kept.

    Whatever ends the process, `latest` is the old version or the new one, and either is whole. A caller that wants to
    wait for the run's lock, or needs it for longer, holds it already.

    Args:
        runs: The folder of all runs.
        name: The run's name; its folder is created where it is missing.
        files: The bytes of each file, under the names that a version knows.
        manifest: All but `version`, `created`, `files` and `parent`, which are filled in here.
        verify: Called with the folder in which the version was written, before it gets its name; raises to refuse it.
        version: As `next_version` gave it to a caller that holds the run's lock and names it in its files.

    Returns:
        The version, its files at hand.

    Raises:
        LockedError: If another process is at work on the run.
        SystemFault: If the version cannot be written.
        RunError: If the run's folder is a link.
    """
    unknown = sorted(set(files) - set(KNOWN))
    if unknown:
        raise ValueError(f"no version holds a file named {unknown[0]}")
    folder = folder_of(runs, name)
    own(folder)
    with lock(folder):
        sweep(folder)
        preflight(folder, needed=_TWICE * sum(len(content) for content in files.values()))
        whole = _completed(manifest, folder, files, version or next_version(folder))
        with directory(folder, f"{VERSIONS}/{whole.version}") as filling:
            _write(filling, {**files, MANIFEST: to_json(whole)})
            verify(filling)
        _swap(folder, whole.version)
        for old in versions(folder)[:-KEPT]:
            if old != whole.version:  # `latest` points to it, whatever the order of the names
                discard(folder / VERSIONS / old, into=folder)
    return Run(name, folder, whole.version, whole, dict(files))


def own(folder: Path) -> None:
    """Refuse a run that lies elsewhere.

    Raises:
        RunError: If the run's folder, or that of its versions, is a link.
    """
    for place in (folder, folder / VERSIONS):
        if place.is_symlink():
            raise RunError("it is a link, and a run holds only its own", hint="move it here", file=place.absolute())


def next_version(folder: Path) -> str:
    """The name of the version that is published next: a counter, and four random digits.

    Args:
        folder: The run's folder, whose lock the caller holds.
    """
    newest = max([*versions(folder), _parent(folder) or "0"])
    return f"{int(newest.partition('-')[0]) + 1:010d}-{os.urandom(2).hex()}"


def _parent(folder: Path) -> str | None:
    try:
        return latest(folder)
    except RunError:  # none yet, or one that nobody can read any more
        return None


def _completed(manifest: Manifest, folder: Path, files: Mapping[str, bytes], version: str) -> Manifest:
    return replace(
        manifest,
        run=folder.name,
        version=version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        files={name: FileMark(digest(content), len(content)) for name, content in files.items()},
        parent=_parent(folder),
    )


def _write(filling: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        write_new(filling / name, content)
    for name, content in files.items():
        if digest(filling / name) != digest(content):
            raise SystemFault(
                "what was read back is not what was written",
                hint="look at the disk and the memory, then run again",
                file=(filling / name).absolute(),
            )


def _swap(folder: Path, version: str) -> None:
    try:
        point(folder / LATEST, f"{VERSIONS}/{version}")
    except SystemFault:
        if not _is_latest(folder, version):
            discard(folder / VERSIONS / version, into=folder)
        raise


def _is_latest(folder: Path, version: str) -> bool:
    try:
        return latest(folder) == version
    except RunError:
        return False
