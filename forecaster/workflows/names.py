"""What several workflows call the same, without importing each other for it."""

from __future__ import annotations

import re
from pathlib import Path

RUNS = Path("runs")  # the folder of all runs, where nobody names another
DATE = re.compile(r"[-_.]?\d{4}[-_.]?\d{2}[-_.]?\d{2}")  # in the name of a file that comes anew every day
NO_SKILL = ("no better", "worse")  # verdicts of a network that a baseline could replace


def source_of(file: str) -> str:
    """What the ledger calls a table: its name without folder, ending and date, so that tomorrow's is the same.

    Bytes of a name that are not UTF-8 are escaped: SQLite keeps no other text.

    >>> source_of("/srv/prices-2026-01-05.csv.gz")
    'prices'
    """
    stem = Path(Path(file).name.removesuffix(".gz")).stem
    return (DATE.sub("", stem).strip("-_.") or stem).encode("utf-8", "backslashreplace").decode()
