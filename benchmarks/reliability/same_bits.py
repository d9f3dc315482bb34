"""Goal 3: one config, table and seed give one set of bits, in another process and at any thread count.

Every file of `configs/` is trained twice, in two processes that share nothing but the code: other folders, other
numbers of processors and threads, other hash seeds. Compared are the SHA-256 of every file that a version is judged or
forecast by, and of the forecast. The mutant, the first config with another seed, has to give other weights.

    python -m benchmarks.reliability.same_bits                     # the configs as they are; 20 to 40 minutes
    python -m benchmarks.reliability.same_bits --short             # a few updates each; what CI runs
    python -m benchmarks.reliability.same_bits --only co2 sine
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import ROOT, Record, parser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
FILES = ("weights.safetensors", "model.onnx", "scored.onnx", "calibration.json", "folds.csv", "losses.csv")
LIMITS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS")
SHORT = (
    "training.epochs=null",
    "training.steps=4",
    "training.refit=false",
    "evaluation.folds=5",
    "evaluation.calibration=0",
)
MUTANT = "training.seed=1"


@dataclass(frozen=True)
class Machine:
    """What a process is given: processors, threads, and the seed of Python's hashes."""

    processors: int
    threads: int
    hash_seed: int

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | dict.fromkeys(LIMITS, str(self.threads)) | {"PYTHONHASHSEED": str(self.hash_seed)}


MACHINES = (Machine(1, 1, 1), Machine(os.cpu_count() or 1, 4, 2))


def hashes(config: Path, runs: Path, changes: Sequence[str]) -> dict[str, str]:
    """Train a config here, and the SHA-256 of what came of it, by the name of the file; `forecast` has all its bits."""
    import forecaster

    run = forecaster.train(config, runs=runs, overrides=changes)
    said = forecaster.predict(run, run.manifest.table.path)
    bits = b"".join(values.tobytes() for values in (said.values, said.lower, said.upper))
    found = {name: sha256((run.path / name).read_bytes()).hexdigest() for name in FILES}
    return found | {"forecast": sha256(bits).hexdigest()}


def work(configs: Sequence[Path], machine: Machine, changes: Sequence[str], *, mutant: bool) -> None:
    """What a child does: train every config in a folder of its own, and print a line of JSON each.

    With `mutant` the first config is trained once more, with another seed.
    """
    if hasattr(os, "sched_setaffinity"):  # macOS has none: there only the threads differ
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: machine.processors])
    with tempfile.TemporaryDirectory(prefix="same-bits-") as name:
        folder = Path(name)
        for part in ("configs", "data"):
            shutil.copytree(ROOT / part, folder / part)
        for config in configs:
            for added in ([], [MUTANT]) if mutant and config is configs[0] else ([],):
                began = time.monotonic()
                place = folder / "configs" / config.name
                found = hashes(place, folder / f"runs{len(added)}", [*_fitting(config, changes), *added])
                row = {"config": config.stem, "mutant": bool(added), "seconds": time.monotonic() - began}
                print(json.dumps(row | {"hashes": found}), flush=True)


def _fitting(config: Path, changes: Sequence[str]) -> list[str]:
    """The changes, without those of what a config says on purpose: its own calibration."""
    own = "calibration: 0" in config.read_text(encoding="utf-8")
    return [change for change in changes if not (own and change.startswith("evaluation.calibration"))]


def trained(
    configs: Sequence[Path], machine: Machine, changes: Sequence[str], *, mutant: bool = False
) -> subprocess.Popen[str]:
    """A child at work on configs, on such a machine."""
    sizes = [machine.processors, machine.threads, machine.hash_seed]
    options = ["--child", *map(str, sizes), *(["--mutant"] if mutant else []), *(f"--set={each}" for each in changes)]
    command = [sys.executable, "-m", "benchmarks.reliability.same_bits", *options]
    names = ["--only", *(config.stem for config in configs)]
    return subprocess.Popen(
        [*command, *names], cwd=ROOT, env=machine.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def rows_of(children: Iterable[subprocess.Popen[str]]) -> Iterator[list[dict[str, Any]]]:
    """What every child printed, once all are done; what one could not do ends the benchmark with its words."""
    for child in children:
        out, words = child.communicate()
        if child.returncode:
            raise SystemExit(f"{' '.join(map(str, child.args))}\n{words}")
        yield [json.loads(line) for line in out.splitlines()]


def compare(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a config: which files differ between two processes, and whether the mutant's weights differ.

    Args:
        first: What one process printed; the mutants, if there are any, are among these.
        second: What the other printed.
    """
    others = {row["config"]: row for row in second}
    mutants = {row["config"]: row["hashes"] for row in first if row["mutant"]}
    return [
        {
            "config": row["config"],
            "different": sorted(_differing(row["hashes"], others[row["config"]]["hashes"])),
            "mutant_caught": _other(mutants[row["config"]], row["hashes"]) if row["config"] in mutants else None,
            "seconds": [round(each["seconds"], 1) for each in (row, others[row["config"]])],
            "weights": row["hashes"]["weights.safetensors"][:16],
        }
        for row in first
        if not row["mutant"]
    ]


def _differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _other(mutant: dict[str, str], real: dict[str, str]) -> bool:
    return {"weights.safetensors", "model.onnx", "forecast"} <= _differing(mutant, real)


def missed(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The configs whose bits differ, or whose mutant's do not."""
    return [row["config"] for row in rows if row["different"] or row["mutant_caught"] is False]


def told(row: dict[str, Any]) -> str:
    """One row, as a line."""
    verdict = f"differs: {', '.join(row['different'])}" if row["different"] else "equal"
    mutant = {True: ", mutant caught", False: ", MUTANT NOT CAUGHT", None: ""}[row["mutant_caught"]]
    return f"{row['config']:18} {verdict}{mutant}; {row['seconds'][0]} and {row['seconds'][1]} s; {row['weights']}"


def asked() -> argparse.Namespace:
    options = parser(__doc__)
    options.add_argument("--short", action="store_true", help="a few updates each, all in one process a machine")
    options.add_argument("--only", nargs="+", metavar="NAME", choices=[config.stem for config in CONFIGS])
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a change of every config")
    options.add_argument("--child", nargs=3, type=int, help=argparse.SUPPRESS)
    options.add_argument("--mutant", action="store_true", help=argparse.SUPPRESS)
    return options.parse_args()


def main() -> None:
    options = asked()
    configs = [config for config in CONFIGS if options.only is None or config.stem in options.only]
    changes = [*(SHORT if options.short else ()), *options.set]
    if options.child:
        work(configs, Machine(*options.child), changes, mutant=options.mutant)
        return
    protocol = f"each config on {MACHINES[0]} and {MACHINES[1]}, its own seed; mutant {MUTANT} on the first"
    record = Record("same_bits", protocol + (f"; {' '.join(changes)}" if changes else ""), file=options.json)
    groups = [configs] if options.short else [[config] for config in configs]
    for group in groups:
        mutated = MACHINES[:1] if group is groups[0] else ()
        children = [trained(group, machine, changes, mutant=machine in mutated) for machine in MACHINES]
        for row in compare(*rows_of(children)):
            print(told(record.add(**row)), flush=True)
    wrong = missed(record.rows)
    record.close(missed=wrong)
    raise SystemExit(f"not the same bits: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
