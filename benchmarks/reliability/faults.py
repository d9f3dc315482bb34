"""Goal 7: the system refuses a write: code 8, the last version intact, nothing left over after the next start.

    python -m benchmarks.reliability.faults
    python -m benchmarks.reliability.faults --mutant

The first, the second, ... call of every kind that writes is refused with ENOSPC, EIO or EACCES, until a command runs
through without reaching the refused call.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.reliability.common import called, ended, head, predicted, trained, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAULT = 8  # the exit code
CODES = (errno.ENOSPC, errno.EIO, errno.EACCES)
CALLS = ("open", "write", "fsync", "rename", "replace", "symlink", "mkdir")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def publish(folder: Path) -> tuple[int, str]:
    """Publish the files of the run's version once more: what `train` does once it is done."""
    from dataclasses import replace

    from forecaster.errors import ForecasterError
    from forecaster.runs import versions

    run = versions.open_run(folder / "runs", "small")
    files = {file: run.read(file) for file in run.manifest.files}
    manifest = replace(run.manifest, files={})
    try:
        versions.publish(folder / "runs", "small", files, manifest, verify=lambda _: None)
    except ForecasterError as error:
        return error.exit_code, str(error)
    return 0, ""


def rollback(folder: Path) -> tuple[int, str]:
    """Go back to the version before the latest."""
    return called("runs", "rollback", "small", "--runs", folder / "runs")


def predict(folder: Path) -> tuple[int, str]:
    """Forecast the table."""
    return predicted(folder)


def plot(folder: Path) -> tuple[int, str]:
    """Draw the run."""
    return called("plot", "small", "--runs", folder / "runs", "--out", folder / "small.svg")


COMMANDS: dict[str, Callable[[Path], tuple[int, str]]] = {
    "publish": publish,
    "predict": predict,
    "rollback": rollback,
    "plot": plot,
}


@contextlib.contextmanager
def refusing(call: str, code: int, place: int) -> Iterator[list[int]]:
    """Have the system refuse one call; the list grows with every call of that kind that writes."""
    real, calls = getattr(os, call), []

    def refused(*arguments: Any, **named: Any) -> Any:
        if call == "open" and not arguments[1] & WRITING:
            return real(*arguments, **named)
        calls.append(len(calls))
        if len(calls) == place:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    with patch.object(os, call, refused):
        yield calls


def state(folder: Path) -> tuple[dict[str, bytes], bytes | None, list[str]]:
    """What must stay: the files of the latest version, the user's forecast; and temporary names in the run."""
    forecast = folder / "small.forecast.csv"
    left = [str(path) for path in sorted(folder.rglob("*")) if path.name.startswith((".tmp-", ".trash-"))]
    files = {path.name: path.read_bytes() for path in sorted(version_of(folder / "runs").iterdir())}
    return files, forecast.read_bytes() if forecast.exists() else None, left


def refuse_every(source: Path, place: Path, command: str, call: str, code: int) -> tuple[int, list[str]]:
    """Refuse the n-th call for every n: how many were refused, and what was not as promised."""
    wrong, refused = [], 0
    while True:
        home = Path(shutil.copytree(source, place / "home", symlinks=True))
        before = state(home)
        with refusing(call, code, refused + 1) as calls:
            ended_with, said = COMMANDS[command](home)
        if len(calls) <= refused:
            shutil.rmtree(home)
            return refused, wrong
        refused += 1
        wrong += [f"{command} {call} {refused}: {what}" for what in _promised(home, before, ended_with, said, call)]
        shutil.rmtree(home)


def _promised(home: Path, before: tuple[Any, ...], code: int, said: str, call: str) -> Iterator[str]:
    """What is not as promised after a refusal, and after the next start."""
    unneeded = call == "mkdir" or "was not written" in said  # the folder is there; results mask no code
    if code != FAULT and not (code == 0 and unneeded):
        yield f"code {code}: {said.strip()[:200]}"
    files, forecast, _ = state(home)
    if called("runs", "verify", "small", "--runs", home / "runs")[0]:
        yield "the run is damaged"
    if code and (files, forecast) != before[:2] and not _moved(files, forecast, before):
        yield "what was published before is not intact"
    if predicted(home)[0] or publish(home)[0]:
        yield "the next start does not work"
    if state(home)[2]:
        yield f"left over: {state(home)[2][:3]}"


def _moved(files: dict[str, bytes], forecast: bytes | None, before: tuple[Any, ...]) -> bool:
    """Whether the new version or forecast is out whole, and only its flushing was refused."""
    kept = forecast is None or forecast == before[1] or forecast.count(b"\n") == before[1].count(b"\n")
    return kept and set(files) == set(before[0])


@contextlib.contextmanager
def careless() -> Iterator[None]:
    """The mutant: files are written where they belong, without a temporary name and a rename."""

    def write(path: Path, content: bytes, **_: object) -> None:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            os.write(opened, content[:10])
            os.write(opened, content[10:])
        except OSError as error:
            from forecaster.store import fault

            raise fault(error, path) from error
        finally:
            os.close(opened)

    with patch("forecaster.workflows.keeping.write_file", write), patch("forecaster.runs.published.write_file", write):
        yield


def main() -> None:
    """Refuse every call of every kind, in every command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS), choices=list(COMMANDS))
    parser.add_argument("--mutant", action="store_true", help="write files in place")
    asked = parser.parse_args()
    head("writes that the system refuses", calls=" ".join(CALLS), commands=" ".join(asked.commands))
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as place, careless() if asked.mutant else contextlib.nullcontext():
        source = Path(place) / "whole"
        trained(source, versions=2)
        for command in asked.commands:
            for call in CALLS:
                for code in CODES:
                    count, wrong = refuse_every(source, Path(place), command, call, code)
                    print(f"{command:9} {call:8} {errno.errorcode[code]:7} {count:3} refused", *wrong[:2], flush=True)
                    missed += wrong
    ended(missed)


if __name__ == "__main__":
    main()
