"""A year of nights: train weekly, predict nightly, score; every night has to be accounted for in the ledger.

Run it with `python -m benchmarks.reliability.year`; it takes some ten minutes on two cores. The table is hourly and in
local time, so that one day has 23 hours and one 25. Some nights go wrong: the file is late, or cut off, or two jobs
forecast it, or the process is killed before it can say that its forecast is out. Then 1,000 forecasts are made in one
process, whose memory may grow by 5 % at most. The goal: no night lost, none doubled, the right exit codes.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

import forecaster
from forecaster.cli import run as command_line
from forecaster.cli.boundary import guarded
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import published, states
from forecaster.store import digest
from forecaster.workflows.journal import Journal
from forecaster.workflows.score import score

FIRST = datetime(2026, 2, 1, tzinfo=UTC)  # the clocks change in the nights after March 28 and after October 24
HISTORY, DAY = 40, 24  # days before the first night, hours
ZONE = ZoneInfo("Europe/Berlin")
NIGHTS, FORECASTS, MOST = 365, 1000, 0.05
WEEK = 7
CONFIG = """\
name: load
data: {path: load.csv, time: time, target: load, timezone: Europe/Berlin, season: 24, max_age: 26h}
window: {lookback: 48, horizon: 24}
model: {scale: standard, layers: [{gru: {units: 4}}], skip: seasonal_naive}
training: {steps: 40}
"""
KILL = """
import os, signal, sys
from forecaster.workflows import keeping
keeping.publish_entry = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # everything is out but the last word
from forecaster.cli import main
sys.argv = ["forecast", *sys.argv[1:]]
main()
"""
GROWTH = """
import sys
from pathlib import Path
from benchmarks.reliability.year import grown
print(*grown(Path(sys.argv[1]), int(sys.argv[2]), warm=int(sys.argv[3])))
"""


def table(days: int, seed: int) -> list[str]:
    """The lines of an hourly table in local time: a daily cycle, a slow drift, and noise."""
    rng, count = np.random.default_rng(seed), days * DAY
    hours = np.arange(count)
    values = 100 + 10 * np.sin(2 * np.pi * hours / DAY) + np.cumsum(rng.normal(scale=0.1, size=count))
    values += rng.normal(size=count)
    first = FIRST - timedelta(days=HISTORY)
    moments = ((first + timedelta(hours=int(hour))).astimezone(ZONE) for hour in hours)
    return [f"{moment:%Y-%m-%d %H:%M},{value:.3f}\n" for moment, value in zip(moments, values, strict=True)]


@dataclass
class Year:
    """A folder with a table that grows by a day a night, and the run that forecasts it.

    Attributes:
        folder: Of the table and the runs.
        seed: Of the table.
        nights: How many there are.
        weekly: Whether a new version is trained every seventh night.
        expected: By the hours of history at a cutoff, how often it was forecast from how much of the table.
        faults: What was not as it has to be, a sentence each.
    """

    folder: Path
    seed: int = 0
    nights: int = NIGHTS
    weekly: bool = True
    expected: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = table(HISTORY + self.nights + 1, self.seed)

    @property
    def csv(self) -> Path:
        """The table."""
        return self.folder / "load.csv"

    def begin(self) -> None:
        """Write the table of the first night, and train on it."""
        (self.folder / "load.yaml").write_text(CONFIG, encoding="utf-8")
        self._deliver(HISTORY * DAY)
        self._train()

    def live(self) -> None:
        """Every night in its turn."""
        odd = self._odd()
        for night in range(1, self.nights + 1):
            hours = (HISTORY + night) * DAY
            if self.weekly and night % WEEK == 0:
                self._deliver(hours)
                self._train()
            getattr(self, f"_{odd.get(night, 'usual')}")(night, hours)
            if night % WEEK == 0:
                self._say(0, "score", "load", "--csv", str(self.csv))

    def _odd(self) -> dict[int, str]:
        """Which nights are not as usual: the first ones early, so that a short form has them too."""
        kinds = ("late", "cut", "twice", "killed")
        early = {2 + 3 * place: kind for place, kind in enumerate(kinds)}  # 2, 5, 8, 11
        later = {night: kinds[night // 50 % len(kinds)] for night in range(52, self.nights + 1, 50)}
        return {night: kind for night, kind in (early | later).items() if night % WEEK}

    def _usual(self, night: int, hours: int) -> None:
        self._deliver(hours)
        self._predict(0, night)
        self._expect(hours)

    def _late(self, night: int, hours: int) -> None:
        """Yesterday's table once more: it is forecast again, marked, and told with code 3; today's comes at noon."""
        self._predict(3, night)
        self._expect(hours - DAY)
        self._usual(night, hours)

    def _cut(self, night: int, hours: int) -> None:
        """A table whose last line stops at the point: nothing is recorded, and the night is caught up."""
        before = self._counts()
        self.csv.write_text("".join(self.lines_until(hours))[:-4], encoding="utf-8")
        self._predict(5, night)
        if self._counts() != before:
            self.faults.append(f"night {night}: a table that was cut off has changed the ledger")
        self._deliver(hours + DAY)  # tomorrow's, in which today's rows are whole
        cutoff = self.lines[hours - 1].partition(",")[0]
        self._predict(0, night, "--cutoff", cutoff, "--out", str(self.folder / "missed.csv"))
        self._expect(hours)

    def _twice(self, night: int, hours: int) -> None:
        self._usual(night, hours)
        self._usual(night, hours)

    def _killed(self, night: int, hours: int) -> None:
        """kill -9 when everything is out but the last word, and nobody repeats it: the next start has to see it."""
        self._deliver(hours)
        arguments = [sys.executable, "-c", KILL, *self._predicting(night)]
        done = subprocess.run(arguments, check=False, capture_output=True)
        if done.returncode != -signal.SIGKILL:
            self.faults.append(f"night {night}: killed, and it ended with {done.returncode}: {done.stderr.decode()}")
        self._expect(hours)

    def lines_until(self, hours: int) -> list[str]:
        """The table after so many hours."""
        return ["time,load\n", *self.lines[:hours]]

    def _deliver(self, hours: int) -> None:
        self.csv.write_text("".join(self.lines_until(hours)), encoding="utf-8")

    def _expect(self, hours: int) -> None:
        self.expected[hours] = self.expected.get(hours, 0) + 1

    def _train(self) -> None:
        self._say(0, "train", str(self.folder / "load.yaml"))

    def _predict(self, code: int, night: int, *more: str) -> None:
        self._say(code, *self._predicting(night), *more)

    def _predicting(self, night: int) -> list[str]:
        now = FIRST + timedelta(days=night, hours=3)
        return ["predict", "--csv", str(self.csv), "--now", now.isoformat(), *self._runs()]

    def _runs(self) -> list[str]:
        return ["--runs", str(self.folder / "runs")]

    def _say(self, code: int, *arguments: str) -> None:
        """One command line in this process; its code has to be `code`, and its output nothing but why it is not 0."""
        words = list(arguments) if "--runs" in arguments else [*arguments, *self._runs()]
        journal, told = Journal(), StringIO()
        with redirect_stderr(told):
            got = guarded(lambda: command_line(words, journal), journal)
        if got != code or (code == 0 and told.getvalue()):
            self.faults.append(f"{' '.join(words)}: code {got} where {code} is right; {told.getvalue().strip()}")

    def _counts(self) -> dict[str, int]:
        with ledger(self.folder / "runs/load") as book:
            return states(book)

    def account(self) -> list[str]:
        """What does not add up at the end: nights that are lost or doubled, files that nobody knows of."""
        folder, found = self.folder / "runs/load", list(self.faults)
        with ledger(folder) as book:
            entries, left = published(book), states(book)
        made: dict[str, int] = {}
        for one in entries:
            made[one.entry.cutoff] = made.get(one.entry.cutoff, 0) + 1
        wanted = {self.lines[hours - 1].partition(",")[0]: times for hours, times in self.expected.items()}
        found += [f"{cutoff}: lost" for cutoff in wanted if cutoff not in made]
        found += [f"{cutoff}: {count} entries" for cutoff, count in made.items() if count != 1]
        found += [f"{cutoff}: nobody asked for it" for cutoff in made if cutoff not in wanted]
        repeats = {one.entry.cutoff: one.repeats + 1 for one in entries}
        found += [
            f"{cutoff}: made {times} times, and the ledger says {repeats[cutoff]}"
            for cutoff, times in wanted.items()
            if cutoff in repeats and repeats[cutoff] != times and made[cutoff] == 1
        ]
        found += [f"{count} entries are {state}" for state, count in left.items() if state != "published"]
        kept = {path.name: digest(path) for path in (folder / "forecasts").iterdir()}
        if kept != {one.entry.file: one.entry.sha256 for one in entries}:
            found.append(f"{len(kept)} kept forecasts, and the ledger knows of {len(entries)}")
        return found

    def scored(self) -> str:
        """The last look back, in a line."""
        report = score("load", self.csv, runs=self.folder / "runs")
        decision = f"retrain: {report.retrain}, because {report.because}"
        return f"{report.forecasts} forecasts scored, {report.left_out}; {report.error}; {decision}"


def grown(folder: Path, count: int, *, warm: int = 50) -> tuple[int, int]:
    """The memory of this process in KiB before and after so many forecasts, each from one hour more of the table."""
    lines = (folder / "load.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    csv, shortest, before = folder / "grown.csv", len(lines) - warm - count, 0
    arguments = ["predict", "--csv", str(csv), "--run", "load", "--runs", str(folder / "runs"), "--now", "2026-01-01"]
    for step in range(warm + count):
        if step == warm:
            before = _resident()
        csv.write_text("".join(lines[: shortest + step]), encoding="utf-8")
        journal = Journal()
        if guarded(lambda journal=journal: command_line(arguments, journal), journal):
            raise SystemExit(f"forecast {step} failed")
    return before, _resident()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> int:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], epilog=(__doc__ or "").split("\n\n")[1]
    )
    parser.add_argument("--nights", type=int, default=NIGHTS)
    parser.add_argument("--forecasts", type=int, default=FORECASTS, help="in one process, for its memory")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"forecaster {forecaster.__version__}, python {platform.python_version()}, seed {asked.seed}")
    folder = Path(tempfile.mkdtemp(prefix="forecaster-year-"))
    try:
        began = time.monotonic()
        year = Year(folder, asked.seed, asked.nights)
        year.begin()
        year.live()
        faults = year.account()
        print(f"{asked.nights} nights, {len(year.expected)} cutoffs, {time.monotonic() - began:.0f} s")
        print(year.scored())
        print(f"{len(faults)} faults", *faults, sep="\n  ")
        words = [sys.executable, "-c", GROWTH, str(folder), str(asked.forecasts), "50"]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        before, after = map(int, done.stdout.split())
        growth = after / before - 1
        print(f"{asked.forecasts} forecasts in one process: {before:,} KiB, then {after:,} KiB ({growth:+.1%})")
    finally:
        shutil.rmtree(folder)
    return int(bool(faults) or growth > MOST)


if __name__ == "__main__":
    sys.exit(main())
