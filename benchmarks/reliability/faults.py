"""Goal 7: the system refuses a write: code 8, the last version intact, nothing left over after the next start.

    python -m benchmarks.reliability.faults
    python -m benchmarks.reliability.faults --mutant

The first, the second, ... call of every kind that writes is refused with ENOSPC, EIO or EACCES, until a command runs
through without reaching the refused call; `train` and `update`, which learn each time, take one of the three by turns.
What SQLite and the libraries write themselves passes no call of Python's: `size` lets no file grow beyond 0, 8, 16, ...
KiB, whoever writes it. Their flushing and renaming is not covered.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import resource
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.reliability.common import called, ended, head, predicted, table, trained, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAULT = 8  # the exit code
CODES = (errno.ENOSPC, errno.EIO, errno.EACCES)
CALLS = ("open", "write", "fsync", "rename", "replace", "symlink", "mkdir")
SIZE, STEP, LARGEST = "size", 2**13, 2**17  # bytes; no file of the small run is larger
GROWN = {"predict": 303, "score": 303, "update": 303}  # rows of the table then; of the others 300
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


def train(folder: Path) -> tuple[int, str]:
    """Train for a few steps, with a checkpoint of each network."""
    few = ("--set", "training.steps=4", "--set", "training.seed=7")
    return called("train", folder / "small.yaml", "--runs", folder / "runs", *few)


def update(folder: Path) -> tuple[int, str]:
    """Train further on the rows that came."""
    return called("update", "small", "--csv", folder / "small.csv", "--runs", folder / "runs")


def score(folder: Path) -> tuple[int, str]:
    """Compare the forecast with the rows that came."""
    return called("score", "small", "--csv", folder / "small.csv", "--runs", folder / "runs")


def plot(folder: Path) -> tuple[int, str]:
    """Draw the run."""
    return called("plot", "small", "--runs", folder / "runs", "--out", folder / "small.svg")


COMMANDS: dict[str, Callable[[Path], tuple[int, str]]] = {
    "publish": publish,
    "predict": predict,
    "rollback": rollback,
    "plot": plot,
    "score": score,
    "update": update,
    "train": train,
}
LEARNING = {"update", "train"}


@contextlib.contextmanager
def limited(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def refusing(call: str, code: int, place: int) -> Iterator[list[int]]:
    """Have the system refuse one call; the list grows with every call of that kind that writes."""
    if call == SIZE:
        with limited((place - 1) * STEP):
            yield list(range(place)) if place * STEP <= LARGEST else []
        return
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


def state(folder: Path) -> tuple[dict[str, object], bytes | None, list[str]]:
    """What must stay: the files of the latest version, the user's forecast; and temporary names in the run.

    What differs from one publication to the next is left out: the version's name, and when it was created.
    """
    forecast, version = folder / "small.forecast.csv", version_of(folder / "runs")
    left = [str(path) for path in sorted(folder.rglob("*")) if path.name.startswith((".tmp-", ".trash-"))]
    files: dict[str, object] = {
        path.name: path.read_bytes().replace(version.name.encode(), b"VERSION") for path in sorted(version.iterdir())
    }
    record = json.loads((version / "MANIFEST.json").read_bytes())
    files["MANIFEST.json"] = {  # `verify` compares the checksums
        **record,
        **dict.fromkeys(("version", "created", "checksum")),
        "files": sorted(record["files"]),
    }
    return files, forecast.read_bytes() if forecast.exists() else None, left


def begun(source: Path, place: Path, command: str) -> Path:
    """A copy in which a command can begin."""
    home = Path(shutil.copytree(source, place / "home", symlinks=True))
    table(home, GROWN.get(command, 300))
    return home


def refuse_every(source: Path, place: Path, command: str, call: str, code: int) -> tuple[int, list[str]]:
    """Refuse the n-th call for every n: how many were refused, and what was not as promised."""
    wrong, refused = [], 0
    home = begun(source, place, command)
    before, ended_with = state(home), COMMANDS[command](home)
    if ended_with[0]:
        raise SystemExit(f"{command}: {ended_with}")
    after = state(home)
    shutil.rmtree(home)
    while True:
        home = begun(source, place, command)
        with refusing(call, code, refused + 1) as calls:
            ended_with = COMMANDS[command](home)
        if len(calls) <= refused:
            shutil.rmtree(home)
            return refused, wrong
        refused += 1
        wrong += [f"{command} {call} {refused}: {what}" for what in _promised(home, (before, after), ended_with, call)]
        shutil.rmtree(home)


def _promised(home: Path, around: tuple[Any, Any], ended_with: tuple[int, str], call: str) -> Iterator[str]:
    """What is not as promised after a refusal, and after the next start."""
    (before, after), (code, said) = around, ended_with
    unneeded = call in {"mkdir", SIZE} or "was not written" in said  # the folder is there; results mask no code
    if code != FAULT and not (code == 0 and unneeded):
        yield f"code {code}: {said.strip()[:200]}"
    files, forecast, _ = state(home)
    if called("runs", "verify", "small", "--runs", home / "runs")[0]:
        yield "the run is damaged"
    if code and not _whole(files, forecast, before, after):
        yield "what was published before is not intact"
    if not code and (files, forecast) != after[:2]:
        yield "what should be published is not"
    if predicted(home)[0] or publish(home)[0]:
        yield "the next start does not work"
    if state(home)[2]:
        yield f"left over: {state(home)[2][:3]}"


def _whole(files: dict[str, object], forecast: bytes | None, before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    """Whether version and forecast are the old ones, or the new ones to the last byte: then only flushing failed."""
    return files in (before[0], after[0]) and forecast in (before[1], after[1])


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
            for number, call in enumerate((*CALLS, SIZE)):
                codes = CODES[number % 3 :][:1] if command in LEARNING else CODES
                for code in (errno.EFBIG,) if call == SIZE else codes:
                    count, wrong = refuse_every(source, Path(place), command, call, code)
                    print(f"{command:9} {call:8} {errno.errorcode[code]:7} {count:3} refused", *wrong[:2], flush=True)
                    missed += wrong
    ended(missed)


if __name__ == "__main__":
    main()
