"""The command line as cron runs it: another process, no terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WIDE = 300  # seconds


def forecast(*arguments, cwd, stdin=b"", environment=None, check=None):
    """Run `forecast` and give what became of it, its output as text."""
    done = subprocess.run(
        [sys.executable, "-m", "forecaster", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=WIDE,
        env=environment if environment is not None else {**os.environ, "COLUMNS": "100"},
        check=False,
    )
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    if check is not None:
        assert done.returncode == check, done.stderr
    return done


SMALL = """\
name: small
data: {path: small.csv, time: date, target: price}
window: {lookback: 10, horizon: 3}
model: {layers: [{gru: {units: 4}}]}
training: {steps: 40}
"""


def business_days(count, start="2024-01-01", value=100.0):
    """A table of a price on weekdays, the same every time."""
    import numpy as np

    days = np.busday_offset(start, np.arange(count), roll="forward")
    steps = np.random.default_rng(0).normal(size=count)
    prices = value + np.cumsum(steps)
    return "date,price\n" + "".join(f"{day},{price:.2f}\n" for day, price in zip(days, prices, strict=True))


def write(path: Path, text: str) -> Path:
    """A file, and its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
