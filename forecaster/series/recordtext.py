"""The records of a file as the text that they are on disk: kept to the byte, but for the cells that change."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.writing import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.series import Ints

_BLANK_LINES = re.compile(rb"(\n[ \t\f\v]*)+\Z")


def texts(data: bytes, lines: Ints) -> list[str]:
    """(R,) the text of each record, without its line end and the blank lines after it.

    Args:
        data: The file, as `Raw.data`.
        lines: (R,) where each record begins, rising, from 1.
    """
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    begins = np.concatenate([[0], ends])[lines - 1]
    borders = [*begins.tolist(), len(data)]
    pieces = (data[begin:end] for begin, end in pairwise(borders))
    return [_BLANK_LINES.sub(b"", piece).decode("utf-8", "surrogatepass") for piece in pieces]


def with_cells(text: str, delimiter: str, cells: Mapping[int, str]) -> str:
    """The text of a record with other texts in some of its cells.

    >>> with_cells('2024-01-01, "a;b" ;3', ";", {2: "4"})
    '2024-01-01, "a;b" ;4'
    """
    parts = _cut(text, delimiter)
    for place, cell in cells.items():
        parts[place] = cell_of(cell, delimiter)
    return delimiter.join(parts)


def cell_of(text: str, delimiter: str) -> str:
    """A cell, in quotes where it needs them."""
    return line_of([text], delimiter)[:-1]


def _cut(text: str, delimiter: str) -> list[str]:
    """The cells of a record with their quotes; a quote that does not open a cell is text, as for `csv`."""
    parts, begin, place, size = [], 0, 0, len(text)
    while place <= size:
        if place == begin and text[place : place + 1] == '"':
            place = _closed(text, place + 1)
        elif place == size or text[place] == delimiter:
            parts.append(text[begin:place])
            begin = place = place + 1
        else:
            place += 1
    return parts


def _closed(text: str, place: int) -> int:
    """Where the text goes on after the quote that closes a cell."""
    while (quote := text.find('"', place)) >= 0:
        if text[quote + 1 : quote + 2] != '"':
            return quote + 1
        place = quote + 2
    return len(text)
