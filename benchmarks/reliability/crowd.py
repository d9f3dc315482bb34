"""Goal 4: 20 trainings and 20 forecasts at once: code 0 or 11 only, every forecast of one published version.

    python -m benchmarks.reliability.crowd
    python -m benchmarks.reliability.crowd --trains 4 --predicts 8 --apart 2

Most trainings are of one run, so that its lock lets one through at a time; `--apart` of them have runs of their own. A
training takes 600 MB, and only those learn at once that hold a lock.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.common import called, ended, head, trained

FINE = {0, 11}  # exit codes
PATIENCE = 900  # seconds; more is a deadlock


def _start(home: Path, *arguments: object, number: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "forecaster", *map(str, arguments)]
    quiet = (home / f"said-{number}").open("wb")
    with quiet:
        return subprocess.Popen(
            words, cwd=home, stdout=quiet, stderr=quiet, env={**os.environ, "TF_NUM_INTRAOP_THREADS": "1"}
        )


def crowded(home: Path, trains: int, predicts: int, apart: int) -> list[str]:
    """Let so many commands loose at once on the run of a folder; what was not as promised.

    Args:
        home: As `trained` made it.
        trains: Trainings of the run `small`.
        predicts: Forecasts by it, each to a file of its own.
        apart: Trainings of other runs.
    """
    began, processes = time.monotonic(), []
    kinds = [("train", n) for n in range(trains)] + [("apart", n) for n in range(apart)]
    kinds += [("predict", n) for n in range(predicts)]
    kinds.sort(key=lambda kind: kind[1])
    for number, (kind, n) in enumerate(kinds):
        arguments = {
            "train": ("train", "small.yaml", "--set", f"training.seed={n + 10}", "--lock-wait", "2s"),
            "apart": ("train", "small.yaml", "--set", f"name=other-{n}", "--set", f"training.seed={n}"),
            "predict": ("predict", "--csv", "small.csv", "--run", "small", "--out", f"said-{number}.csv"),
        }[kind]
        processes.append((kind, number, _start(home, *arguments, number=number)))
    wrong, codes = [], {}
    for kind, number, process in processes:
        try:
            code = process.wait(max(1.0, PATIENCE - (time.monotonic() - began)))
        except subprocess.TimeoutExpired:
            process.kill()
            wrong.append(f"{kind} {number} hangs")
            continue
        codes[kind, code] = codes.get((kind, code), 0) + 1
        told = (home / f"said-{number}").read_text()
        if code not in FINE or (code == 0 and told):
            wrong.append(f"{kind} {number}: code {code}: {told[:200]}")
    print(f"codes {codes}, {time.monotonic() - began:.0f} s", flush=True)
    return wrong + mixed(
        home, [number for kind, number, process in processes if kind == "predict" and not process.poll()]
    )


def mixed(home: Path, numbers: list[int]) -> list[str]:
    """Forecasts that are not what one published version says, asked for once more where it is still there."""
    wrong, said = [], {}
    with contextlib.closing(sqlite3.connect(home / "runs/small/ledger.sqlite")) as ledger:
        told = dict(ledger.execute("SELECT place_sha256, version FROM forecasts WHERE state = 'published'"))
    for number in numbers:
        content = (home / f"said-{number}.csv").read_bytes()
        version = told.get(hashlib.sha256(content).hexdigest())
        if version is None:
            wrong.append(f"forecast {number} is not that of any version")
        else:
            said[version] = content.decode()
    if called("runs", "verify", "--runs", home / "runs")[0]:
        wrong.append("a run is damaged")
    versions = {path.name for path in (home / "runs/small/versions").iterdir()}
    for version in sorted(set(said) & versions):
        called("runs", "rollback", "small", "--to", version, "--runs", home / "runs", check=0)
        again = ("--run", "small", "--runs", home / "runs", "--out", home / "again.csv")
        called("predict", "--csv", home / "small.csv", *again, check=0)
        if (home / "again.csv").read_text() != said[version]:
            wrong.append(f"a forecast is not that of version {version}")
    print(f"{len(numbers)} forecasts, of {len(said)} versions", flush=True)
    return wrong


def main() -> None:
    """Let them loose, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trains", type=int, default=17)
    parser.add_argument("--apart", type=int, default=3)
    parser.add_argument("--predicts", type=int, default=20)
    asked = parser.parse_args()
    head("trainings and forecasts at once", **vars(asked))
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        trained(home)
        ended(crowded(home, asked.trains, asked.predicts, asked.apart))


if __name__ == "__main__":
    main()
