"""What every benchmark shares: its options, what it says of itself, how it trains, and where its figures go."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

import forecaster
from forecaster.evaluation.folds import from_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.evaluation.folds import Folds
    from forecaster.runs.versions import Run

    Floats = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
CONFIGS = Path(__file__).parent / "configs"
LIBRARIES = ("forecaster", "tensorflow", "keras", "onnxruntime", "numpy")
BESIDE = ("hardware", "tried")  # what stands with figures, and changes none
DRAWS, BOOTSTRAP_SEED = 2000, 0
FOLDS, STEPS = 200, 1000  # from which on a coverage is asked to be within so many points
POINTS = {0.8: 0.04, 0.95: 0.03}
SOURCES = {
    "nn5.csv": "the 111 daily series of the NN5 competition, one a row: id, V1 to V791; in the R package tscompdata",
    "vic_electricity.csv": "half-hourly demand of Victoria with temperature and holidays, UTC; skforecast's datasets, "
    "or vic_elec of the R package tsibbledata",
    "beijing_pm25.csv": "Beijing PM2.5, hourly: data set 381 of the UCI repository, PRSA_data_2010.1.1-2014.12.31.csv",
    "daily-min-temperatures.csv": "daily minima of Melbourne, 1981 to 1990, of the Australian Bureau of Meteorology; "
    "jbrownlee/Datasets",
    "brent-daily.csv": "Brent crude oil, business days since 1987, of the US EIA; datasets/oil-prices",
    **dict.fromkeys(
        ("ETTh1.csv", "ETTh2.csv", "ETTm1.csv", "ETTm2.csv"),
        "electricity transformers, 7 columns by the hour or the quarter of an hour; zhouhaoyi/ETDataset",
    ),
    "exchange_rate.csv": "8 currencies, daily; laiguokun/multivariate-time-series-data",
}


def parser(
    about: str | None, *, needs: Sequence[str] = (), required: bool = True, resumes: bool = False
) -> argparse.ArgumentParser:
    """The options of every benchmark: `--json`, and `--data` where it reads tables that do not lie in this project.

    Args:
        about: The docstring of the benchmark.
        needs: The files that it reads below `--data`, as `SOURCES` describes them.
        required: Whether it can do nothing without them.
        resumes: Whether it can go on from the figures of an interrupted one.
    """
    files = [f"  {name}: {SOURCES[name]}" for name in needs]
    text = "\n".join([(about or "").strip(), *(["", "Files below --data:", *files] if files else [])])
    made = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too, as they come")
    if resumes:
        made.add_argument("--resume", action="store_true", help="keep what --json FILE holds, and measure the rest")
    if needs:
        told = "the folder with the files named above, in it or one folder further down"
        made.add_argument("--data", type=Path, metavar="DIR", required=required, help=told)
    return made


def located(folder: Path | None, name: str) -> Path:
    """A file in a folder or one below it; what is missing ends the benchmark with where to get it."""
    found = [] if folder is None else [folder / name, *sorted(folder.glob(f"*/{name}"))]
    for place in found:
        if place.is_file():
            return place.absolute()
    where = "no --data" if folder is None else f"not in {folder} or one folder below"
    raise SystemExit(f"{name}: {where}; it is {SOURCES.get(name, 'no table that is known here')}")


class Record:
    """The figures of one benchmark, kept as JSON where a file is given.

    Args:
        name: Of the benchmark.
        protocol: What is done, in a sentence or two, with the seeds.
        file: Rewritten after every row, so that an interrupted benchmark leaves what it has found.
        resume: Whether rows that the file holds already, made with the same versions, protocol and `more`, are kept.
        more: What else the figures depend on, such as the config and the part of the data that is scored.
    """

    def __init__(
        self, name: str, protocol: str, *, file: Path | None = None, resume: bool = False, **more: Any
    ) -> None:
        self.file, self.began = file, time.monotonic()
        self.head = {"benchmark": name, "protocol": protocol, "versions": versions(), "hardware": hardware(), **more}
        self.rows: list[dict[str, Any]] = self._earlier() if resume else []
        self.notes: dict[str, Any] = {"complete": False}
        print(f"# {name}: {protocol}\n# {told(versions())}; {hardware()}", flush=True)

    def add(self, **row: Any) -> dict[str, Any]:
        """Keep one row of figures."""
        self.rows.append(row)
        self.save()
        return row

    def found(self, **keys: Any) -> dict[str, Any] | None:
        """The row with these entries; None where there is none yet."""
        return next((row for row in self.rows if all(row.get(key) == value for key, value in keys.items())), None)

    def close(self, **notes: Any) -> None:
        """Add what stands beside the rows, and say how long it all took."""
        self.notes |= notes | {"complete": True}
        self.save()
        print(f"# {time.monotonic() - self.began:.0f} s", flush=True)

    def save(self) -> None:
        """Write everything so far, whole or not at all."""
        if self.file is None:
            return
        whole = {**self.head, "seconds": round(time.monotonic() - self.began, 1), "rows": self.rows, **self.notes}
        beside = self.file.with_name(self.file.name + ".new")
        beside.write_text(json.dumps(_plain(whole), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(self.file)

    def _earlier(self) -> list[dict[str, Any]]:
        if self.file is None or not self.file.exists():
            return []
        stored = json.loads(self.file.read_text(encoding="utf-8"))
        stored_head = {key: stored.get(key) for key in self.head}
        same = _decisive(stored_head) == _decisive(_plain(self.head))
        rows: list[dict[str, Any]] = stored["rows"] if same else []
        return rows


def _decisive(head: dict[str, Any]) -> dict[str, Any]:
    """What figures depend on: a config without its comments, and nothing that only stands beside."""
    kept = {key: value for key, value in head.items() if key not in BESIDE}
    return kept | ({"config": yaml.safe_load(kept["config"])} if kept.get("config") else {})


def versions() -> dict[str, str]:
    """Of what decides the figures."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def told(libraries: Iterable[str]) -> str:
    """Libraries with their versions, as text."""
    found = versions()
    return ", ".join(f"{name} {found[name]}" for name in libraries)


def hardware() -> str:
    """The processor, how many of its cores may be used, and the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {cores} cores, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f} before"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8")) if info.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


@dataclass(frozen=True, eq=False)
class Trained:
    """A run, the folds it was judged on, and how long it took."""

    run: Run
    folds: Folds
    seconds: float

    @property
    def errors(self) -> Floats:
        """(N, H) the absolute errors of the judged network."""
        return np.asarray(np.abs(self.folds.actual - self.folds.forecasts[self.folds.judged].values))


def train(config: Path, runs: Path, changes: Mapping[str, object]) -> Trained:
    """Train a config with changes, as `forecast train CONFIG --set KEY=VALUE` does."""
    began = time.monotonic()
    run = forecaster.train(config, runs=runs, overrides=overrides(changes))
    return Trained(run, from_csv(run.read("folds.csv").decode()), time.monotonic() - began)


def overrides(changes: Mapping[str, object]) -> list[str]:
    """Changes of a config as `--set` takes them: text as it stands, everything else as YAML.

    >>> overrides({"model.output": "point", "training.refit": False, "data.known": [], "training.seed": 1})
    ['model.output=point', 'training.refit=false', 'data.known=[]', 'training.seed=1']
    """
    return [f"{key}={value if isinstance(value, str | Path) else _flow(value)}" for key, value in changes.items()]


def _flow(value: object) -> str:
    """A value as YAML on one line: JSON, with keys as people write them."""
    return re.sub(r'"([A-Za-z_][\w.]*)"', r"\1", json.dumps(value))


def line(cells: Iterable[object]) -> str:
    """One row of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def written(page: Path, mark: str, text: str) -> None:
    """Put text between the two marks of a page; a page without them ends the benchmark."""
    old = page.read_text(encoding="utf-8")
    between = re.compile(rf"(<!-- {mark}: written.*?-->\n).*?(<!-- {mark}: end -->)", flags=re.DOTALL)
    if not between.search(old):
        raise SystemExit(f"{page}: no <!-- {mark}: written ... --> and <!-- {mark}: end --> to write between")
    page.write_text(between.sub(lambda found: f"{found[1]}{text}\n{found[2]}", old), encoding="utf-8")


def block_limits(values: Floats, block: int) -> tuple[float, float]:
    """95 % limits of the mean of dependent values, by a circular moving-block bootstrap.

    Args:
        values: (N,) in time order.
        block: As many neighbours as depend on each other.
    """
    around = np.concatenate([values, values[: block - 1]])
    means = np.convolve(around, np.ones(block) / block, mode="valid")
    draws = np.random.default_rng(BOOTSTRAP_SEED).integers(0, len(values), size=(DRAWS, -(-len(values) // block)))
    low, high = np.quantile(means[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def binomial_limits(count: int, share: float) -> tuple[float, float]:
    """Between which shares 95 % of the outcomes of `count` independent trials lie.

    >>> binomial_limits(40, 0.8)
    (0.675, 0.925)
    """
    hits = np.arange(count + 1)
    ways = np.array([math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) for k in hits.tolist()])
    below = np.cumsum(np.exp(ways + hits * math.log(share) + (count - hits) * math.log1p(-share)))
    low, high = np.searchsorted(below, [0.025, 0.975])
    return float(low) / count, float(high) / count


def within(interval: float, share: float, *, folds: int, steps: int, different: int) -> bool:
    """Whether a coverage is as close to its nominal share as it is asked to be.

    With 200 folds and 1,000 step-forecasts: within 4 points of 80 % and 3 of 95 %; with fewer, inside the 95 % limits
    of a binomial of as many trials as there are different steps that were forecast.

    >>> within(0.8, 0.77, folds=200, steps=2600, different=400), within(0.8, 0.64, folds=8, steps=40, different=40)
    (True, False)
    """
    if interval in POINTS and folds >= FOLDS and steps >= STEPS:
        return abs(share - interval) <= POINTS[interval]
    low, high = binomial_limits(different, interval)
    return low <= share <= high


def _plain(value: Any) -> Any:
    """A value as JSON knows it: no NumPy, and null where there is no number."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
