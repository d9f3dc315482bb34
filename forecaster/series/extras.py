"""The cells of covariates: numbers, or codes of categories where the cells of a column are no numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import numpy as np

from forecaster.errors import DataError, Problem, quoted
from forecaster.series.cells import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Floats, Ints
    from forecaster.series.cells import Faults
    from forecaster.series.numbers import NumberStyle

MOST_CATEGORIES = 10_000
_NUMBERS = 50  # different numbers, from which a column that has texts too is one of numbers with slips
_SLIPS = 20  # numbers for each text, from which it is one whatever they are
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Extras:
    """The covariates of R records, in the order of the file.

    Attributes:
        values: (R, E) numbers, and codes of categories; NaN where a cell is missing.
        names: The columns.
        categories: The texts, in their own order, that the codes of a column mean.
    """

    values: Floats
    names: tuple[str, ...] = ()
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, names: Sequence[str]) -> Floats:
        """(R, n) some of the columns."""
        return self.values[:, [self.names.index(name) for name in names]]


class Beside(NamedTuple):
    """The covariates of some records in a row, and the (N,) lines on which these begin."""

    parts: tuple[Texts | Floats, ...]
    lines: Ints


def joined(found: Sequence[Beside], names: tuple[str, ...], style: NumberStyle, faults: Faults) -> Extras:
    """The covariates of all blocks; a cell that is no number among numbers becomes a problem with its line.

    Args:
        found: Of each block: numbers, or texts of which nobody knows yet what they are.
        names: (E,) their columns.
        style: How numbers are written.
        faults: Where problems go.
    """
    lines = np.concatenate([np.zeros(0, dtype=np.int64), *(block.lines for block in found)])
    values = np.empty((len(lines), len(names)))
    categories = {}
    for place, name in enumerate(names):
        parts = [block.parts[place] for block in found]
        if _numbers(parts):
            values[:, place] = np.concatenate(parts)
            continue
        texts = _one([part for part in parts if isinstance(part, Texts)])
        numbers, bad = style.read(texts.distinct)
        if _is_numeric(numbers, bad, np.bincount(texts.codes, minlength=len(numbers))):
            _report(texts, bad, lines, name, style, faults)
            values[:, place] = numbers[texts.codes]
        else:
            values[:, place], categories[name] = _coded(texts, style, name, faults)
    return Extras(values, names, categories)


def _numbers(parts: Sequence[Texts | Floats]) -> TypeGuard[Sequence[Floats]]:
    return not any(isinstance(part, Texts) for part in parts)


def _one(parts: Sequence[Texts]) -> Texts:
    known: dict[str, int] = {}
    codes = []
    for part in parts:
        places = [known.setdefault(text, len(known)) for text in part.distinct]
        codes.append(np.array(places, dtype=np.int64)[part.codes])
    return Texts(np.concatenate(codes), list(known))


def _is_numeric(numbers: Floats, bad: Sequence[int], counts: Ints) -> bool:
    """Whether a column has numbers, of whose cells some may be slips."""
    there = ~np.isnan(numbers)
    slips = int(counts[list(bad)].sum()) * _SLIPS <= int(counts[there].sum())
    return not bad or (slips and bool(there.any())) or int(there.sum()) > _NUMBERS


def _report(texts: Texts, bad: Sequence[int], lines: Ints, name: str, style: NumberStyle, faults: Faults) -> None:
    for row in np.flatnonzero(np.isin(texts.codes, bad)).tolist():
        cell = texts.distinct[int(texts.codes[row])]
        what, hint, mends = style.explain(cell)
        faults.add(f"{quoted(cell)} {what}", hint, line=int(lines[row]), subject=f"column {name}", remedies=mends)


def _coded(texts: Texts, style: NumberStyle, name: str, faults: Faults) -> tuple[Floats, tuple[str, ...]]:
    categories = sorted(set(texts.distinct) - style.missing)
    if len(categories) > MOST_CATEGORIES:
        faults.add(
            f"column {quoted(name)} has {len(categories):,} different texts, and {MOST_CATEGORIES:,} are the most",
            "leave it out; what differs from series to series is learned with model.embed: {series: 16}",
            subject=f"column {name}",
        )
    codes = {text: float(code) for code, text in enumerate(categories)}
    table = np.array([codes.get(text, np.nan) for text in texts.distinct])
    return table[texts.codes], tuple(categories)


def constants(extras: Extras, names: tuple[str, ...], series: Ints, ids: tuple[str, ...], where: Where) -> Floats:
    """(len(ids), Cs) the one value of each series in each of the static columns.

    Args:
        extras: Of all records.
        names: The static columns.
        series: (R,) codes into `ids`.
        ids: The series.
        where: The file and the lines of the records.

    Raises:
        DataError: If a series has two values in a column, with both lines.
    """
    values = extras.of(names)
    found = np.full((len(ids), len(names)), np.nan)
    for place, name in enumerate(names):
        rows = np.flatnonzero(~np.isnan(values[:, place]))
        owners, first = np.unique(series[rows], return_index=True)
        found[owners, place] = values[rows[first], place]
        other = rows[values[rows, place] != found[series[rows], place]]
        if len(other):
            first_rows = np.zeros(len(ids), dtype=np.int64)
            first_rows[owners] = rows[first]
            _, each = np.unique(series[other], return_index=True)
            raise DataError.of(
                [
                    _changed(extras, name, (int(first_rows[series[row]]), int(row)), ids[int(series[row])], where)
                    for row in other[each][:_SHOWN]
                ]
            )
    return found


@dataclass(frozen=True, eq=False)
class Where:
    """A file, and the (R,) lines on which its records begin."""

    file: str
    lines: Ints


def _changed(extras: Extras, name: str, rows: tuple[int, int], series: str, where: Where) -> Problem:
    before, after = (_shown(extras, name, row) for row in rows)
    lines = [int(where.lines[row]) for row in rows]
    whose = f" of series {quoted(series)}" if series else ""
    return Problem(
        f"column {quoted(name)}{whose} is {before} on line {lines[0]} and {after} on line {lines[1]}, but is static",
        "correct it, or name the column in data.past or data.known",
        where.file,
        lines[1],
        None,
        f"column {name}",
    )


def _shown(extras: Extras, name: str, row: int) -> str:
    value = float(extras.of([name])[row, 0])
    texts = extras.categories.get(name)
    return f"{value:g}" if texts is None else quoted(texts[int(value)])
