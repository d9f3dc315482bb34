"""What several workflows call the same, without importing each other for it."""

from __future__ import annotations

from pathlib import Path

RUNS = Path("runs")  # the folder of all runs, where nobody names another
NO_SKILL = ("no better", "worse")  # verdicts of a network that a baseline could replace
