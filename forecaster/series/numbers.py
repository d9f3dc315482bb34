"""Cells as numbers: one strict reading for the whole file, and what to do about a cell that is none."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Remedy, quoted, remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Floats

LARGEST = float(np.finfo(np.float32).max)
# No two parts of it match the same digits: ten thousand of them in a cell would take seconds to be no number.
_PLAIN = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?inf(?:inity)?", re.IGNORECASE)
TWO_READINGS = re.compile(r"[-+]?[0-9]{1,3},[0-9]{3}")  # a decimal comma, or one that stands between thousands
_SPACES = " \u00a0\u2009\u202f'\u2019"  # what stands between thousands, besides comma and point
_OR_MISSING = "correct the cell, or add it to data.missing if it means no value"
_ESCAPED = {"\u00a0": r"\u00a0", "\u2009": r"\u2009", "\u202f": r"\u202f", "\u2019": r"\u2019"}


@dataclass(frozen=True)
class NumberStyle:
    """How the file writes numbers, and which cells mean that there is none."""

    decimal: str = "."
    thousands: str | None = None
    missing: frozenset[str] = field(default_factory=lambda: frozenset({""}))

    def read(self, cells: Sequence[str]) -> tuple[Floats, list[int]]:
        """(N,) numbers, NaN where there is none, and the places of the cells that are neither."""
        quick = self._quick(cells)
        if quick is not None:
            return quick, []
        values = np.full(len(cells), np.nan)
        bad = []
        for place, cell in enumerate(cells):
            value = self.number(cell)
            if value is None or not abs(value) <= LARGEST:
                if value is None or not math.isnan(value):
                    bad.append(place)
            else:
                values[place] = value
        return values, bad

    def _quick(self, cells: Sequence[str]) -> Floats | None:
        if self.decimal != "." or self.thousands is not None:
            return None
        try:
            values = np.array(list(map(float, cells)), dtype=np.float64)
        except ValueError:
            return None
        joined = "".join(cells)
        plain = joined.isascii() and "_" not in joined and bool((np.abs(values) <= LARGEST).all())
        # A number such as -999 may mean that there is none.
        return values if plain and self.missing.isdisjoint(map(str.strip, cells)) else None

    def number(self, cell: str) -> float | None:
        """The number a cell holds, NaN if it means that there is none; None if it is neither."""
        text = cell.strip()
        if text in self.missing:
            return math.nan
        if self.thousands is not None and self.thousands in text:
            sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
            whole, point, rest = digits.partition(self.decimal)
            groups = whole.split(self.thousands)
            if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 or not group.isdecimal() for group in groups[1:]):  # noqa: PLR2004
                return None  # in 1.2e5 the point stands between no thousands
            text = sign + "".join(groups) + point + rest
        if self.decimal != ".":
            if "." in text:
                return None
            text = text.replace(self.decimal, ".")
        return float(text) if _PLAIN.fullmatch(text) and text.isascii() else None

    def explain(self, cell: str) -> tuple[str, str, tuple[Remedy, ...]]:
        """What is wrong with a cell that `read` found bad (to follow its text), what to do, and what may be set."""
        text = cell.strip()
        value = self.number(text)
        if _INFINITE.fullmatch(text) or (value is not None and math.isinf(value)):
            return "is infinite", _OR_MISSING, _missing(text)
        if value is not None:
            return f"is beyond the largest 32-bit number, {LARGEST:.2g}", "divide the column by a power of ten", ()
        return "is not a number", *self._remedy(text)

    def _remedy(self, text: str) -> tuple[str, tuple[Remedy, ...]]:
        if "\u2212" in text:
            return "write a plain minus (-) instead of U+2212", ()
        for mark in _SPACES:
            if mark in text and NumberStyle(self.decimal, mark).number(text) is not None:
                return f'set data.thousands: "{_ESCAPED.get(mark, mark)}"', (remedy("data.thousands", mark),)
        for decimal, thousands in ((".", ","), (",", "."), (".", None), (",", None)):
            if NumberStyle(decimal, thousands).number(text) is not None and (decimal, thousands) != (
                self.decimal,
                self.thousands,
            ):
                return self._settings(decimal, thousands if thousands and thousands in text else None, text)
        if any(not c.isascii() or c in "$%" for c in text) and re.search(r"[0-9]", text):
            return "remove the sign and keep the plain number", ()
        return _OR_MISSING, _missing(text)

    def _settings(self, decimal: str, thousands: str | None, text: str) -> tuple[str, tuple[Remedy, ...]]:
        if TWO_READINGS.fullmatch(text):
            return 'set data.thousands: ",", or data.decimal: "," where the comma is a decimal one', (
                remedy("data.thousands", ",", "the comma stands between thousands"),
                remedy("data.decimal", ",", "the comma is a decimal one"),
            )
        wanted = [("data.decimal", decimal)] if decimal != self.decimal and decimal in text else []
        if thousands is not None and thousands != self.thousands:
            wanted.append(("data.thousands", thousands))
        wanted = wanted or [("data.decimal", decimal)]
        return f"set {' and '.join(f'{key}: {quoted(mark)}' for key, mark in wanted)}", (Remedy(tuple(wanted)),)


def _missing(text: str) -> tuple[Remedy, ...]:
    return (remedy("data.missing", (text,), f"{quoted(text)} means that there is no value"),) if text else ()
