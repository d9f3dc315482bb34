"""What a command did, for `run_results.json`: what was chosen and why, what was noticed, how long it took."""

from __future__ import annotations

import json
import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from forecaster.store import faults, remote, tidy, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from forecaster.errors import ForecasterError

FILE = "run_results.json"
PUBLISHED_OTHERWISE = 3  # published, but not what was asked for
_LIBRARIES = ("numpy", "pandas", "onnxruntime")


@dataclass
class Journal:
    """Filled while a command works; written whatever becomes of it.

    Attributes:
        command: The command, as typed.
        folder: Where the results go: the run's folder once it is known, the runs folder before.
        file: Where the results go instead, if the user said so.
        faults: Why the outcome is not what was asked for; any of them makes the exit code 3.
        series: What became of each series: `ok`, `fallback`, `skipped` or `failed`, with why.
        halted: Where a training was when it was asked to end; the same command goes on there.
    """

    command: str = "library"
    folder: Path | None = None
    file: Path | None = None
    run: str | None = None
    version: str | None = None
    verdict: str | None = None
    warnings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    chosen: list[dict[str, str]] = field(default_factory=list)
    series: dict[str, dict[str, str]] = field(default_factory=dict)
    inputs: list[dict[str, str]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    halted: str | None = None
    started: float = field(default_factory=time.time)

    def at(self, folder: Path) -> None:
        """The results belong into this folder, from now on."""
        self.folder = folder.absolute()

    def warn(self, notes: Iterable[str]) -> None:
        """Keep what a reader of the results should know, each sentence once."""
        self.warnings.extend(note for note in notes if note not in self.warnings)

    def choose(self, key: str, why: str) -> None:
        """Keep one choice and its reason."""
        self.chosen.append({"what": key, "why": why})

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Keep the seconds that a stage takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.timings[stage] = round(time.monotonic() - began, 3)

    @property
    def code(self) -> int:
        """The exit code of a command that raised nothing."""
        return PUBLISHED_OTHERWISE if self.faults else 0

    def to_dict(self, *, code: int, error: ForecasterError | None = None) -> dict[str, Any]:
        """The results as they stand in the file."""
        return {
            "schema": 1,
            "command": self.command,
            "run": self.run,
            "version": self.version,
            "status": "ok" if code == 0 else "published with faults" if code == PUBLISHED_OTHERWISE else "failed",
            "code": code,
            "error": error.lines() if error else [],
            "verdict": self.verdict,
            "faults": self.faults,
            "warnings": self.warnings,
            "chosen": self.chosen,
            "series": self.series,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            "seconds": round(time.time() - self.started, 3),
            "timings": self.timings,
            "versions": {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}},
        }

    def write(self, *, code: int, error: ForecasterError | None = None) -> None:
        """Write the results, atomically, where this command's results belong.

        Raises:
            SystemFault: If they cannot be written; the caller keeps its own code.
        """
        place = self.file or (self.folder / FILE if self.folder else None)
        if place is None:
            return
        with faults(place.parent):
            place.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(code=code, error=error), indent=1, ensure_ascii=False)
        # A name that is not UTF-8 has surrogates in it, and what Python writes for these is how JSON escapes them.
        write_file(place, text.encode("utf-8", "backslashreplace") + b"\n")
        if self.folder and self.folder.is_dir():
            tidy(self.folder)


def _version(library: str) -> str | None:
    """Of a library; None where it is missing, which is what the results then are about."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def far(folder: Path) -> list[str]:
    """A warning where a folder lies on a network file system, whose locks and renames are not to be relied on."""
    kind = remote(folder)
    if kind is None:
        return []
    return [f"{folder.absolute()} is on a network file system ({kind}): keep the runs on a local disk"]
