"""kill -9 at every system call by which a forecast writes: ledger, kept file and the user's file agree afterwards.

Run it with `python -m benchmarks.reliability.killed_predict`; it needs `strace` (Linux) and takes some minutes. Each
time another process forecasts a table that has a row more; `strace` kills it as it enters the 1st, the 2nd, ... call
that changes anything on the disk, those of SQLite among them. The next start then has to find the user's file old or
new, never torn, and every entry published with both of its files, or lost with neither; the same night once more has to
be one entry. The goal: 0 faults.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import forecaster
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import published, reconcile, states
from forecaster.store import digest

CALLS = ("write", "pwrite64", "rename", "link", "unlink", "fsync", "fdatasync", "ftruncate", "mkdir", "chmod")
ROWS, MOST = 300, 500
CONFIG = """\
name: small
data: {path: small.csv, time: date, target: price}
window: {lookback: 10, horizon: 3}
model: {layers: [{gru: {units: 4}}]}
training: {steps: 40}
"""


class Night:
    """A folder with a table and its run, night after night."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        days = np.busday_offset("2024-01-01", np.arange(ROWS + MOST), roll="forward")
        prices = 100 + np.cumsum(np.random.default_rng(seed).normal(size=len(days)))
        self.rows = [f"{day},{price:.2f}\n" for day, price in zip(days, prices, strict=True)]

    @property
    def told(self) -> Path:
        """The user's file."""
        return self.folder / "small.forecast.csv"

    def deliver(self, more: int) -> None:
        """The table with so many rows more."""
        text = "date,price\n" + "".join(self.rows[: ROWS + more])
        (self.folder / "small.csv").write_text(text, encoding="utf-8")

    def command(self, *words: str, tracing: tuple[str, ...] = ()) -> int:
        """One command line in a process of its own, and its exit code."""
        program = [*tracing, sys.executable, "-m", "forecaster", *words, "--runs", str(self.folder / "runs")]
        return subprocess.run(program, cwd=self.folder, check=False, capture_output=True).returncode

    def predict(self, *, killed_at: tuple[str, int] | None = None) -> int:
        """Forecast the table, perhaps only until the Nth of a kind of calls."""
        tracing: tuple[str, ...] = ()
        if killed_at is not None:
            call, step = killed_at
            inject = f"--inject={call}:signal=SIGKILL:when={step}"
            tracing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", inject)
        return self.command("predict", "--csv", str(self.folder / "small.csv"), tracing=tracing)

    def killed(self, call: str, step: int, count: int) -> tuple[int, str, list[str]]:
        """One night that is killed and made once more: the exit code, the user's file between, and what is wrong."""
        self.deliver(count)
        old = self.told.read_bytes()
        code = self.predict(killed_at=(call, step))
        after = self.told.read_bytes()
        found = self.faults(None)
        if self.predict():
            found.append("the next start failed")
        found += self.faults(count + 1)
        state = "old" if after == old else "new" if after == self.told.read_bytes() else "torn"
        return code, state, [*found, *(["the user's file is torn"] if state == "torn" else [])]

    def faults(self, nights: int | None) -> list[str]:
        """What does not agree after the next start."""
        run = self.folder / "runs/small"
        with ledger(run) as book:
            reconcile(book)
            entries, left = published(book), states(book)
        kept = {file.name: digest(file) for file in (run / "forecasts").iterdir() if not file.name.startswith(".tmp-")}
        told = max(entries, key=lambda one: one.id).entry.place_sha256
        wrong = {
            "an entry is pending": left.get("pending", 0) > 0,
            "the kept files are not those of the ledger": kept != {one.entry.file: one.entry.sha256 for one in entries},
            "the user's file is not that of the newest entry": told != digest(self.told),
            "a night is doubled": len({one.entry.cutoff for one in entries}) != len(entries),
            f"{len(entries)} nights": nights is not None and len(entries) != nights,
        }
        return [what for what, so in wrong.items() if so]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"forecaster {forecaster.__version__}, python {platform.python_version()}, seed {asked.seed}")
    folder, faults, killed = Path(tempfile.mkdtemp(prefix="forecaster-killed-")), [], {"old": 0, "new": 0, "torn": 0}
    try:
        night = Night(folder, asked.seed)
        night.deliver(0)
        (folder / "small.yaml").write_text(CONFIG, encoding="utf-8")
        if night.command("train", "small.yaml") or night.predict():
            raise SystemExit("the first night failed")
        count = 0
        for call in CALLS:
            for step in range(1, MOST):
                count += 1
                code, state, found = night.killed(call, step, count)
                faults += [f"{call} {step}: {what}" for what in found]
                if code == 0:
                    break
                killed[state] += 1
        print(f"{sum(killed.values())} processes killed; the user's file afterwards: {killed}")
        left = [str(file.relative_to(folder)) for file in folder.rglob(".tmp-*")]
        print(f"{len(faults)} faults", *faults, sep="\n  ")
        print(f"{len(left)} temporary files are left", *left, sep="\n  ")
    finally:
        shutil.rmtree(folder)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
