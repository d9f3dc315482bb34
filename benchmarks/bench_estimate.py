"""What `forecast check` says that a training takes, beside what it took.

    python benchmarks/bench_estimate.py                   # every config, and the automatic choice on every table
    python benchmarks/bench_estimate.py --only air co2    # some of them

Protocol: each training is a process of its own, `forecast train` on a fresh folder. The estimate is held against the
seconds of the clock, or those that the process computed where they are fewer: other processes at work stretch the
clock, and on idle cores two threads share the work. Memory is the process's peak. The goal, a factor of two either way
for every one, is missed with exit code 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import common

from forecaster.config.reading import to_yaml
from forecaster.series.choice import choose
from forecaster.workflows.estimating import estimate
from forecaster.workflows.generate import ensure_table
from forecaster.workflows.preparing import prepare, read

FACTOR = 2.0
LARGER = {  # than the configs: by name, the config and what is changed
    "panel, lstm 128": ("panel", ["model.layers=[{lstm: {units: 128}}]", "model.segment=null"]),
    "panel, batch 256": ("panel", ["model.layers=[{gru: {units: 256}}]", "training.batch_size=256"]),
    "segrnn, recursive": ("segrnn", ["model.decoder=recursive"]),
    "air, 5 networks": ("air", ["training.ensemble=5"]),
    "co2, step by step": ("co2", ["model.segment=null", "training.early_stopping=null"]),
}


def cases() -> dict[str, tuple[Path, list[str]]]:
    """By name, the config or the table, and the overrides."""
    configs, tables = sorted((common.ROOT / "configs").glob("*.yaml")), sorted((common.ROOT / "data").glob("*.csv"))
    chosen = [table for table in tables if table.stem in {"air", "co2", "macro", "prices", "sunspots"}]
    larger = {name: (common.ROOT / "configs" / f"{config}.yaml", said) for name, (config, said) in LARGER.items()}
    return {
        **{config.stem: (config, []) for config in configs},
        **{f"{table.name}, no config": (table, []) for table in chosen},
        **larger,
    }


def measure(source: Path, overrides: list[str], folder: Path) -> dict[str, Any]:
    """Estimate a training, then run it."""
    config = read(source, overrides) if source.suffix == ".yaml" else choose(source).config
    ensure_table(config)
    told = estimate(prepare(config))
    place = folder / f"{config.name}.yaml"
    place.write_text(to_yaml(config), encoding="utf-8")
    began = time.monotonic()
    command = [sys.executable, "-m", "forecaster", "train", str(place), "--runs", str(folder / "runs")]
    process = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(process, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "told": told.seconds,
        "clock": time.monotonic() - began,
        "computed": usage.ru_utime + usage.ru_stime,
        "told_mib": told.bytes / 2**20,
        "mib": usage.ru_maxrss / 2**10,
    }


def main() -> int:
    """Measure, print, and say whether every estimate is good enough."""
    parser = common.parser(__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of the first column")
    asked = parser.parse_args()
    record = common.Record("bench_estimate", "forecast check beside forecast train", file=asked.json)
    head = ["training", "told s", "computed s", "clock s", "told ÷ took", "told MiB", "peak MiB", "told ÷ peak"]
    print(common.line(head), "\n|--|" + "--:|" * 7, sep="", flush=True)
    missed = []
    for name, (source, overrides) in cases().items():
        if asked.only and name not in asked.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = record.add(name=name, **measure(source, overrides, Path(folder)))
        seconds, memory = found["told"] / min(found["computed"], found["clock"]), found["told_mib"] / found["mib"]
        figures = [f"{found[key]:.1f}" for key in ("told", "computed", "clock")]
        sizes = [f"{found['told_mib']:.0f}", f"{found['mib']:.0f}", f"{memory:.2f}"]
        print(common.line([name, *figures, f"{seconds:.2f}", *sizes]), flush=True)
        if found["code"] or not all(1 / FACTOR <= ratio <= FACTOR for ratio in (seconds, memory)):
            missed.append(name)
    record.close(missed=missed)
    print(f"missed by more than a factor of {FACTOR:g}: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
