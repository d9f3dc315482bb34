"""A small run to break, commands called in this process, and the head of every protocol."""

from __future__ import annotations

import contextlib
import io
import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """\
name: small
data: {path: small.csv, time: date, target: price}
window: {lookback: 10, horizon: 3}
model: {layers: [{gru: {units: 4}}]}
training: {steps: 40}
"""
TABLE = "small.csv"


def head(what: str, **options: object) -> None:
    """Say what is measured, with what, and on which versions."""
    print(what)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "onnxruntime", "keras", "tensorflow"))
    print(f"python {platform.python_version()}, {libraries}; {platform.platform()}")
    print(", ".join(f"{key} {value}" for key, value in options.items()), flush=True)


def table(folder: Path, rows: int = 300) -> None:
    """A table of a price on weekdays, the same every time."""
    import numpy as np

    days = np.busday_offset("2024-01-01", np.arange(rows), roll="forward")
    prices = 100.0 + np.cumsum(np.random.default_rng(0).normal(size=rows))
    lines = "".join(f"{day},{price:.2f}\n" for day, price in zip(days, prices, strict=True))
    (folder / TABLE).write_text(f"date,price\n{lines}", encoding="utf-8")


def trained(folder: Path, versions: int = 1) -> Path:
    """A folder with a table and the run `small`, its forecast kept; gives the folder of runs."""
    folder.mkdir(parents=True, exist_ok=True)
    table(folder)
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    for seed in range(versions):
        called("train", folder / "small.yaml", "--runs", folder / "runs", "--set", f"training.seed={seed}", check=0)
    predicted(folder, check=0)
    return folder / "runs"


def predicted(folder: Path, *more: object, check: int | None = None) -> tuple[int, str]:
    """Forecast the table of `trained`."""
    return called("predict", "--csv", folder / TABLE, "--run", "small", "--runs", folder / "runs", *more, check=check)


def called(*arguments: object, check: int | None = None) -> tuple[int, str]:
    """Run one command line in this process: its exit code, and what it wrote to stderr."""
    from forecaster.cli import run
    from forecaster.cli.boundary import guarded
    from forecaster.workflows.journal import Journal

    out, err, journal = io.StringIO(), io.StringIO(), Journal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = guarded(lambda: run([str(each) for each in arguments], journal), journal)
    if check is not None and code != check:
        raise SystemExit(f"{arguments}: code {code}, not {check}: {err.getvalue()}")
    return code, err.getvalue()


def version_of(runs: Path, name: str = "small") -> Path:
    """The folder of the version that `latest` points to."""
    return (runs / name / "latest").resolve()


def ended(missed: object) -> NoReturn:
    """End with 0 where the goal is met, with 1 where it is missed."""
    print("the goal is met" if not missed else f"MISSED: {missed}")
    sys.exit(int(bool(missed)))
