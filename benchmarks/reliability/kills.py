"""Goal 2: kill -9 at random moments of train, update and predict loses nothing, and changes no bit.

Every trial copies a folder, starts the command, kills it after a random time (half of the trials kill the second
attempt too), and looks: whatever `latest` points to is whole, and so is every other version. Then the command is given
again, and has to end with code 0 and the very bits of a command that nobody killed. Kills at every single system call
of a publication, a checkpoint and a forecast are in `tests/`.

    python -m benchmarks.reliability.kills                  # 200 trials; half an hour
    python -m benchmarks.reliability.kills --trials 10
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks.common import ROOT, Record, parser
from forecaster.errors import ForecasterError
from forecaster.runs.ledger import has_ledger, ledger
from forecaster.runs.ledger_entries import states
from forecaster.runs.manifest import from_json
from forecaster.runs.versions import Run

BITS = ("weights.safetensors", "scored.safetensors", "model.onnx", "scored.onnx", "report.json")
ROWS, NEWER = 300, 60
CONFIG = """\
name: small
data: {path: small.csv, time: date, target: price}
window: {lookback: 10, horizon: 3}
model: {layers: [{gru: {units: 16, dropout: 0.1}}], output: point}
training: {steps: 1500, early_stopping: {patience: 1000}, ensemble: 2}
"""
COMMANDS = {
    "train": ("train", "small.yaml"),
    "update": ("update", "small", "--csv", "small.csv"),
    "predict": ("predict", "--csv", "small.csv", "--run", "small"),
}
SHARES = {"train": 0.4, "update": 0.2, "predict": 0.4}


@dataclass(frozen=True)
class Straight:
    """What a command does when nobody kills it: where it starts from, the bits it ends with, and its seconds."""

    start: Path
    bits: tuple[str, ...]
    seconds: float


def table(rows: int) -> str:
    days = np.busday_offset("2024-01-01", np.arange(rows), roll="forward")
    prices = 100 + np.cumsum(np.random.default_rng(0).normal(size=rows))
    return "date,price\n" + "".join(f"{day},{price:.2f}\n" for day, price in zip(days, prices, strict=True))


def command(kind: str) -> list[str]:
    return [sys.executable, "-m", "forecaster", *COMMANDS[kind]]


def started(kind: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        command(kind), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def done(kind: str, folder: Path) -> None:
    """Run a command to its end; anything but silence and code 0 ends the benchmark."""
    with started(kind, folder) as process:
        out, words = process.communicate()
    if process.returncode or out or words:
        raise SystemExit(f"{kind} ended with {process.returncode}: {(out + words).decode()}")


def bits_of(folder: Path) -> tuple[str, ...]:
    """The hashes of what `latest` holds and of the user's forecast; the version's own name is left out."""
    latest, said = folder / "runs/small/latest", folder / "small.forecast.csv"
    files = [(latest / name).read_bytes() for name in BITS]
    files[-1] = files[-1].replace(latest.readlink().name.encode(), b"")
    return tuple(sha256(each).hexdigest() for each in [*files, said.read_bytes() if said.exists() else b""])


def straight(folder: Path) -> dict[str, Straight]:
    """Every command from its start to its end."""
    blank = folder / "blank"
    blank.mkdir()
    (blank / "small.yaml").write_text(CONFIG)
    (blank / "small.csv").write_text(table(ROWS))
    found, start = {}, blank
    for kind in COMMANDS:
        place = folder / f"after-{kind}"
        shutil.copytree(start, place, symlinks=True)
        began = time.monotonic()
        done(kind, place)
        found[kind] = Straight(start, bits_of(place), time.monotonic() - began)
        start = folder / f"before-{kind}"  # of the next command: the table has grown since
        shutil.copytree(place, start, symlinks=True)
        (start / "small.csv").write_text(table(ROWS + NEWER))
    return found


def whole(folder: Path) -> list[str]:
    """What is not whole in a run: nothing, whatever was killed."""
    run, wrong = folder / "runs/small", []
    if run.is_dir() and (run / "versions").is_dir():
        for version in sorted(run.glob("versions/[0-9]*")):
            try:
                manifest = from_json((version / "MANIFEST.json").read_bytes(), version)
                opened = Run("small", run, version.name, manifest)
                for name in manifest.files:
                    opened.read(name)
            except (ForecasterError, OSError) as error:
                wrong.append(f"{version.name}: {error}")
    if (run / "latest").is_symlink() and not (run / "latest").exists():
        wrong.append("latest points to nothing")
    return wrong


def left(folder: Path) -> list[str]:
    """What a command that ran to its end must not leave: temporary names, checkpoints, forecasts not accounted for."""
    run = folder / "runs/small"
    found = [place.name for place in run.rglob(".t*-*")] + [place.name for place in run.glob("checkpoint")]
    if has_ledger(run):
        with ledger(run) as book:
            found += [f"{count} {state}" for state, count in states(book).items() if state == "pending"]
    return found


def trial(kind: str, known: Straight, folder: Path, chance: random.Random) -> dict[str, object]:
    """Kill a command once or twice, then let it run to its end."""
    place = folder / "trial"
    shutil.copytree(known.start, place, symlinks=True)
    kills, wrong = [], []
    for _ in range(chance.choice((1, 2))):
        process = started(kind, place)
        after = chance.uniform(0, known.seconds)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills.append(round(after, 2))
        wrong += whole(place)
    done(kind, place)
    results = json.loads((place / "runs/small/run_results.json").read_text())
    resumed = any("went on" in each["why"] for each in results["chosen"])
    wrong += whole(place) + left(place)
    same = bits_of(place) == known.bits
    shutil.rmtree(place)
    return {"command": kind, "kills": kills, "resumed": resumed, "same_bits": same, "wrong": wrong}


def plan(trials: int, chance: random.Random) -> list[str]:
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(share * trials))]
    chance.shuffle(kinds)
    return kinds


def main() -> int:
    made = parser(__doc__)
    made.add_argument("--trials", type=int, default=200, help="kills to survive (200)")
    made.add_argument("--seed", type=int, default=0, help="of the moments (0)")
    asked = made.parse_args()
    record = Record("kills", f"{asked.trials} trials, one or two kills each, seed {asked.seed}", file=asked.json)
    chance = random.Random(asked.seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        known = straight(Path(name))
        print({kind: f"{each.seconds:.1f} s" for kind, each in known.items()}, flush=True)
        for number, kind in enumerate(plan(asked.trials, chance), start=1):
            row = record.add(trial=number, **trial(kind, known[kind], Path(name), chance))
            if row["wrong"] or not row["same_bits"]:
                print(f"MISSED {row}", flush=True)
    rows = record.rows
    good = sum(bool(row["same_bits"]) and not row["wrong"] for row in rows)
    again = sum(bool(row["resumed"]) for row in rows)
    print(f"{good} of {len(rows)} whole, and the same bits when done again; {again} went on from a checkpoint")
    record.close(good=good)
    return int(good < len(rows) or not again)  # without resuming, everything is trained again to the same bits


if __name__ == "__main__":
    sys.exit(main())
