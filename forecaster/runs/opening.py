"""A run as it lies on disk: `latest` resolved once, and every file checked against the manifest before it is used."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from forecaster.errors import DAMAGED, ConfigError, RunError, quoted
from forecaster.runs.consistent import check_config, check_values
from forecaster.runs.manifest import LARGEST, Manifest, from_json, largest
from forecaster.runs.understanding import check_json, understood
from forecaster.store import MANIFEST, MissingFileError, digest, fault, read_below

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from forecaster.config.schema import Config
    from forecaster.evaluation.report import Report
    from forecaster.series.clock import Clock

Value = TypeVar("Value")
LATEST = "latest"
VERSIONS = "versions"
_VERSION = re.compile(r"\d{10}-[0-9a-f]{4}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ALWAYS = 2**16  # bytes that any file may have
_NETWORK = 2**24  # bytes of a network beside its parameters
_EACH = 8  # bytes of a parameter, and as much again for what a graph is made of
_SHOWN = 5


@dataclass(frozen=True)
class Run:
    """One version of a run.

    Attributes:
        name: The run's name, which is its folder's.
        folder: The run's folder.
        version: Such as `0000000042-6f3a`: a counter, and four random digits.
        manifest: What the version holds and was made from.
        contents: Files that were read and checked already.
    """

    name: str
    folder: Path
    version: str
    manifest: Manifest
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def path(self) -> Path:
        """The version's folder."""
        return self.folder / VERSIONS / self.version

    @property
    def clock(self) -> Clock:
        """The clock of its table.

        Raises:
            RunError: If it is none.
        """
        from forecaster.series.clock import Clock

        return Clock.from_dict(self.manifest.table.clock)

    @property
    def newest(self) -> str:
        """The newest moment of its table, as the user's file writes it."""
        kind = np.int64 if isinstance(self.manifest.table.newest, int) else "datetime64[us]"
        return self.clock.label(np.array([self.manifest.table.newest], dtype=kind))[0]

    def read(self, file: str) -> bytes:
        """The bytes of a file of the version, once its size and SHA-256 are those of the manifest.

        Raises:
            RunError: If the manifest does not name the file, or the file is damaged, missing or a link.
        """
        if file in self.contents:
            return self.contents[file]
        mark = self.manifest.files.get(file)
        if mark is None:
            raise RunError(f"this version holds no {file}", hint="train again", file=self.path.absolute())
        place = (self.path / file).absolute()
        if mark.bytes > _ALWAYS and mark.bytes > self._most(file):
            what = f"{file} is damaged: {MANIFEST} says that it has {mark.bytes} bytes, and none of ours is so large"
            raise RunError(what, hint=DAMAGED, file=place)
        content = read_below(self.folder, VERSIONS, self.version, file, most=mark.bytes)
        if len(content) != mark.bytes:
            size = os.lstat(place).st_size
            what = f"{file} is damaged: it has {size} bytes, and {MANIFEST} says {mark.bytes}"
            raise RunError(what, hint=DAMAGED, file=place)
        if digest(content) != mark.sha256:
            what = f"{file} is damaged: its SHA-256 is not the one in {MANIFEST}"
            raise RunError(what, hint=DAMAGED, file=place)
        if file.endswith(".json"):
            check_json(content, place)
        return content

    def parsed(self, file: str, make: Callable[[bytes], Value]) -> Value:
        """What a file of the version says, once it is whole.

        Args:
            file: Its name.
            make: Reads its bytes.

        Raises:
            RunError: If it is damaged, or says something else than we write.
        """
        content = self.read(file)
        with understood(self.path / file):
            return make(content)

    def _most(self, file: str) -> int:
        """Bytes that a large file may have: a network as many as the config allows it parameters."""
        allowed = largest(file, self.manifest.table.rows)
        if allowed is None:
            limits, ensemble = self.config().limits, self.config().training.ensemble
            return _NETWORK + _EACH * limits.parameters * (ensemble if isinstance(ensemble, int) else 1)
        return allowed

    def config(self) -> Config:
        """The resolved config that the version was trained with.

        Raises:
            RunError: If it is damaged, or this version of forecaster does not read it.
        """
        return self._config

    @cached_property
    def _config(self) -> Config:
        """Read once: a forecast asks for it six times, and each reading takes 3 ms."""
        from forecaster.config.reading import parse_config

        def read(content: bytes) -> Config:
            return parse_config(content.decode(), file=str(self.path.absolute() / "config.yaml"), base=self.path)

        config = self.parsed("config.yaml", read)
        check_config(self.manifest, config, self.path / "config.yaml")
        return config

    def report(self) -> Report:
        """How the judged network did when the version was published.

        Raises:
            RunError: If it is damaged.
        """
        from forecaster.evaluation.report import Report

        return self.parsed("report.json", lambda content: Report.from_dict(json.loads(content)))

    def doubts(self) -> tuple[str, ...]:
        """Why someone else might have changed the version: a sentence for each folder that others may write."""
        found = []
        for place in (self.folder, self.path):
            status = os.lstat(place)
            if status.st_mode & stat.S_IWOTH:
                found.append(f"{place.absolute()} may be written by everyone (mode {status.st_mode & 0o7777:04o})")
            if status.st_uid not in {os.geteuid(), 0}:
                found.append(f"{place.absolute()} belongs to uid {status.st_uid}, and we are uid {os.geteuid()}")
        return tuple(found)


def folder_of(runs: Path, name: str) -> Path:
    """The folder of a run, whether or not it exists.

    Raises:
        ConfigError: If the name is not one.
    """
    if NAME.fullmatch(name) is None:
        raise ConfigError(
            f"{quoted(name)} is not the name of a run",
            hint="use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
        )
    return runs / name


def open_run(runs: Path, name: str, *, previous: bool = False, files: Collection[str] = ()) -> Run:
    """The latest version of a run, or the one before it.

    Args:
        runs: The folder of all runs.
        name: The run's name.
        previous: The version before the latest.
        files: Read and checked at once, so that a version that is pruned meanwhile cannot come between them.

    Raises:
        ConfigError: If the name is not one.
        RunError: If there is no such run, or the version or one of `files` is damaged, too new or outside the run.
    """
    folder = folder_of(runs, name)
    try:
        return _load(folder, previous=previous, files=files)
    except MissingFileError:  # pruned since `latest` was resolved, unless it happens again
        return _load(folder, previous=previous, files=files)


def open_version(folder: Path, version: str, *, files: Collection[str] = ()) -> Run:
    """One version of a run, whether or not it is the latest.

    Args:
        folder: The run's folder.
        version: The version's name.
        files: Read and checked at once.

    Raises:
        RunError: If there is no such version, or it or one of `files` is damaged, too new or outside the run.
    """
    place = folder / VERSIONS / version / MANIFEST
    content = read_below(folder, VERSIONS, version, MANIFEST, most=LARGEST)
    manifest = from_json(content, place.absolute())
    if manifest.version != version:
        what = f"{MANIFEST} is that of version {quoted(manifest.version)}"
        raise RunError(what, hint=DAMAGED, file=place.absolute())
    check_values(manifest, place)
    run = Run(folder.name, folder, version, manifest)
    return replace(run, contents={file: run.read(file) for file in files})


def _load(folder: Path, *, previous: bool, files: Collection[str]) -> Run:
    version = latest(folder)
    return open_version(folder, before(folder, version) if previous else version, files=files)


def latest(folder: Path) -> str:
    """The name of the version to which `latest` points.

    Raises:
        RunError: If there is none, or the link leads anywhere else.
    """
    link = folder / LATEST
    try:
        target = os.readlink(link)  # noqa: PTH115  (Path.readlink would drop what is odd about it)
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(f"no model in {folder.absolute()}", hint=_others(folder)) from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise fault(error, link) from error
        raise RunError("it is not a link to a version", hint="train again", file=link.absolute()) from None
    above, _, version = target.rpartition("/")
    if above != VERSIONS or _VERSION.fullmatch(version) is None:
        what = f"it points to {quoted(target)}, which is no version of this run"
        raise RunError(what, hint="train again", file=link.absolute())
    return version


def versions(folder: Path) -> list[str]:
    """The names of all versions of a run, oldest first; by their counter, never by a time."""
    try:
        return sorted(name for name in os.listdir(folder / VERSIONS) if _VERSION.fullmatch(name))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []


def before(folder: Path, version: str) -> str:
    """The name of the version that was the latest before another one was published.

    It is the parent in its manifest, which after a return is not the one with the number before. Where nobody can read
    that any more, or it was pruned, the number decides.

    Raises:
        RunError: If there is none.
    """
    older = [name for name in versions(folder) if name < version]
    if not older:
        raise RunError(f"there is no version before {version}", hint="train again", file=folder.absolute())
    parent = _parent(folder, version)
    return parent if parent in older else older[-1]


def _parent(folder: Path, version: str) -> str | None:
    place = folder / VERSIONS / version / MANIFEST
    try:
        return from_json(read_below(folder, VERSIONS, version, MANIFEST, most=LARGEST), place.absolute()).parent
    except RunError:  # a damaged version is why one goes back
        return None


def _others(folder: Path) -> str:
    there = sorted(place.parent.name for place in folder.parent.glob(f"*/{LATEST}"))
    known = f", or take one of {', '.join(there[:_SHOWN])}" if there else ""
    return f"train first: forecast train CONFIG{known}"
