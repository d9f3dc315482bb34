"""Fuzzed tables and configs: every one is read or refused in one way, quickly, in bounded memory, and read rightly.

    python -m benchmarks.reliability.fuzz --count 100000

A case is made from (seed, its number) alone: `--first N --count 1 --verbose` looks at case N again. Goal: no
exception but our own, none over 2 s, the memory of the validators under 500 MB, no value read wrongly.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import resource
import signal
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import forecaster
from benchmarks.reliability.mutations import SMALL, Seed, broken, configs, tables
from benchmarks.reliability.oracle import wrong
from forecaster.config.data import DataConfig
from forecaster.config.reading import parse_config, read_config, to_yaml
from forecaster.errors import ForecasterError
from forecaster.series.choice import choose
from forecaster.series.tables import read_table
from forecaster.workflows.check import examine as check
from forecaster.workflows.preparing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[["Case", Path], str | None]

SLOWEST = 2.0  # seconds of processor that one file may take: what else runs on the machine is no fault of it
LARGEST = 500 * 2**20  # bytes that the validators may take
STUCK = 20  # seconds after which a file is given up
SHOWN = 20


@dataclass
class Figures:
    """What became of all cases."""

    accepted: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    memory: int = 0

    @property
    def good(self) -> bool:
        """Whether the goal is met."""
        return not (self.foreign or self.slow or self.wrong) and self.memory < LARGEST


class StuckError(Exception):
    """A file that takes longer than anybody would wait."""


@dataclass(frozen=True)
class Case:
    """One file: its number, what it was made from, and its bytes."""

    number: int
    kind: str
    seed: Seed
    content: bytes

    def __str__(self) -> str:
        return f"case {self.number} ({self.kind} from {self.seed.name!r}, {len(self.content)} bytes)"


def case(seed: int, number: int) -> Case:
    """The case of that number: every third a config, every ninth a table alone, every other ninth one for `check`."""
    random = np.random.default_rng([seed, number])
    kind = {0: "choice", 2: "config", 4: "check", 5: "config", 8: "config"}.get(number % 9, "table")
    seeds = configs() if kind == "config" else tables()
    chosen = seeds[int(random.integers(len(seeds)))]
    return Case(number, kind, chosen, broken(random, chosen, table=kind != "config"))


def examine(one: Case, folder: Path) -> str | None:
    """Read one case as the tool does; what was read wrongly, in words.

    Raises:
        ForecasterError: If it is refused.
    """
    if one.kind == "config":
        return _config(one, folder)
    if one.kind == "check":
        return _checked(one, folder)
    data = DataConfig(path="-", **one.seed.options)
    if one.kind == "choice":
        data = choose(Path("fuzz.csv"), content=one.content, now=1_709_251_200.0).config.data
    return wrong(one.content, data, read_table(data, content=one.content))


def _config(one: Case, folder: Path) -> str | None:
    path = folder / "fuzz.yaml"
    path.write_bytes(one.content)
    config = read_config(path)
    again = parse_config(to_yaml(config), file="again", base=folder)
    if again != config:
        return "the config that is written is another than the one that was read"
    if one.seed.content == SMALL.encode():
        prepare(config, content=_table())
    return None


def _checked(one: Case, folder: Path) -> str | None:
    """`check` goes on after every problem that a setting mends, and `--fix` makes a copy that reads the same."""
    path = folder / "fuzz.csv"
    path.write_bytes(one.content)
    done = check(path)
    if done.error is not None:
        raise done.error
    copy = folder / "fixed.csv"
    check(path, fix=copy)
    again = check(copy)
    return None if again.error is None else f"the repaired copy is refused: {again.error}"


def _table() -> bytes:
    days = np.busday_offset("2024-01-01", np.arange(300), roll="forward")
    return "".join(["date,price\n", *(f"{day},{100 + n % 7}\n" for n, day in enumerate(days))]).encode()


def fuzz(count: int, *, seed: int = 0, first: int = 0, reader: Reader | None = None, verbose: bool = False) -> Figures:
    """Read `count` cases, and count what became of them.

    Args:
        count: How many.
        seed: Of all cases.
        first: The number of the first one.
        reader: What reads a case; by default the tool.
        verbose: Whether to print each.
    """
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, limited() as used:
        for number in range(first, first + count):
            _one(case(seed, number), Path(folder), reader or examine, figures, verbose=verbose)
            figures.memory = max(figures.memory, used())
    return figures


def _one(one: Case, folder: Path, reader: Reader, figures: Figures, *, verbose: bool) -> None:
    began = time.process_time()
    told = "accepted"
    signal.setitimer(signal.ITIMER_PROF, STUCK)
    try:
        what = reader(one, folder)
        if what is None:
            figures.accepted += 1
        else:
            figures.wrong.append(told := f"{one}: {what}")
    except ForecasterError as error:
        figures.refused[error.exit_code] = figures.refused.get(error.exit_code, 0) + 1
        told = f"refused: {error}"
    except Exception as error:  # noqa: BLE001  (what this program is looking for)
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{one}: {type(error).__name__}: {error!s:.200} ({Path(where.filename).name}:{where.lineno})"
        figures.foreign.append(told)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - began
    figures.slowest = max(figures.slowest, seconds)
    if seconds > SLOWEST:
        figures.slow.append(f"{one}: {seconds:.1f} s")
    if verbose:
        print(f"{one}: {told}")


@contextmanager
def limited() -> Iterator[Callable[[], int]]:
    """Give the process no more than the validators may take, and tell by how much its peak has grown."""

    def stuck(*_: Any) -> None:
        raise StuckError(f"over {STUCK} s")

    importlib.import_module("pandas")  # which a table from 8 MB on would load
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    handler = signal.signal(signal.SIGPROF, stuck)
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2 * LARGEST, hard))
    try:
        yield lambda: (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, handler)


def main() -> int:
    """Run, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    began = time.perf_counter()
    figures = fuzz(options.count, seed=options.seed, first=options.first, verbose=options.verbose)
    for name in ("foreign", "slow", "wrong"):
        for line in getattr(figures, name)[:SHOWN]:
            print(f"{name}: {line}")
    print(
        json.dumps(
            {
                "goal": "no foreign exception, none over 2 s, under 500 MB, none read wrongly",
                "count": options.count,
                "seed": options.seed,
                "first": options.first,
                "accepted": figures.accepted,
                "refused": {str(code): count for code, count in sorted(figures.refused.items())},
                "foreign": len(figures.foreign),
                "over_2_s": len(figures.slow),
                "read_wrongly": len(figures.wrong),
                "slowest_seconds": round(figures.slowest, 3),
                "memory_mib": round(figures.memory / 2**20, 1),
                "seconds": round(time.perf_counter() - began, 1),
                "versions": {"forecaster": forecaster.__version__, "python": platform.python_version(),
                             "numpy": np.__version__},
            },
            indent=1,
        )
    )  # fmt: skip
    return 0 if figures.good else 1


if __name__ == "__main__":
    sys.exit(main())
