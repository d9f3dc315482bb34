"""Large files by pandas' C engine: only the needed columns, a chunk at a time, once every line is known to be whole."""

from __future__ import annotations

import importlib
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.series.cells import Block, Columns, Texts, body_of
from forecaster.series.numbers import LARGEST, NumberStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.series import Floats, Ints
    from forecaster.series.dialect import Dialect
    from forecaster.series.rawfile import Raw

_BYTES = 1 << 24
_ROWS = 1_000_000


def large_blocks(raw: Raw, dialect: Dialect, columns: Columns, style: NumberStyle) -> list[Block] | None:
    """The records of a large file; None if anything is out of the ordinary, so that every line must be looked at.

    Args:
        raw: The file.
        dialect: Its shape.
        columns: What is needed.
        style: How numbers are written.
    """
    if style.thousands is not None:
        return None  # pandas takes 1,1,5 for 115
    if any(text and NumberStyle(style.decimal).number(text) is not None for text in style.missing):
        return None  # where -999 means that there is no value, pandas takes -999.0 for it too
    lines = whole_lines(raw.data, dialect)
    if lines is None:
        return None
    pd: Any = importlib.import_module("pandas")

    numbers = {*columns.targets, *columns.numeric}
    used = sorted({*columns.time, *numbers, *columns.extras, *(() if columns.id is None else (columns.id,))})
    kinds: dict[int, Any] = {column: "float64" if column in numbers else "category" for column in used}
    try:
        chunks = pd.read_csv(
            body_of(raw, dialect),
            sep=dialect.delimiter,
            header=None,
            names=list(range(len(dialect.names))),
            usecols=used,
            dtype=kinds,
            na_values={column: sorted(style.missing) for column in numbers},
            keep_default_na=False,
            decimal=style.decimal,
            thousands=style.thousands,
            engine="c",
            chunksize=_ROWS,
            encoding_errors="surrogateescape",
        )
        blocks = []
        start = 0
        for chunk in chunks:
            block = _block(chunk, columns, start, lines)
            if block is None:
                return None
            blocks.append(block)
            start += len(chunk)
    except (ValueError, OverflowError):
        return None  # a cell that is no number: the slow reader names its line
    gaps = any(np.isnan(part).any() for block in blocks for part in (block.values, *_numbers(block)))
    return None if start != len(lines) or (gaps and _other_nan(raw.data, style)) else blocks


def _other_nan(data: bytes, style: NumberStyle) -> bool:
    """Whether the file writes "nan" in a way that the config does not list, which pandas would read all the same."""
    ways = ["".join(letters) for letters in itertools.product("nN", "aA", "nN")]
    signed = [sign + way for way in ways if way in style.missing for sign in "+-"]
    return any(way.encode() in data for way in [*signed, *ways] if way not in style.missing)


def _block(chunk: Any, columns: Columns, start: int, lines: Ints) -> Block | None:
    values = chunk[list(columns.targets)].to_numpy(dtype=np.float64)
    numbers = {*columns.targets, *columns.numeric}
    extras = tuple(
        chunk[column].to_numpy(dtype=np.float64) if column in numbers else _texts(chunk[column])
        for column in columns.extras
    )
    times = None
    if len(columns.time) == 1:
        times = _texts(chunk[columns.time[0]])
    elif columns.time:
        parts = [chunk[column].astype(str).str.strip() for column in columns.time]
        joined = [" ".join(cells) for cells in zip(*parts, strict=True)]
        known: dict[str, int] = {}
        codes = np.array([known.setdefault(text, len(known)) for text in joined], dtype=np.int64)
        times = Texts(codes, list(known))
    ids = None if columns.id is None else _texts(chunk[columns.id])
    if ids is not None:
        seen, first = np.unique(ids.codes, return_index=True)  # pandas sorts the names; the file has its own order
        order = seen[np.argsort(first)]
        places = np.zeros(len(ids.distinct), dtype=np.int64)
        places[order] = np.arange(len(order))
        ids = Texts(places[ids.codes], [ids.distinct[code] for code in order.tolist()])
    block = Block(times, ids, values, lines[start : start + len(chunk)], extras)
    whole = all((np.isnan(part) | (np.abs(part) <= LARGEST)).all() for part in (values, *_numbers(block)))
    return block if whole else None


def _numbers(block: Block) -> Iterator[Floats]:
    return (part for part in block.extras if not isinstance(part, Texts))


def _texts(column: Any) -> Texts:
    return Texts(column.cat.codes.to_numpy().astype(np.int64), [str(text).strip() for text in column.cat.categories])


def whole_lines(data: bytes, dialect: Dialect) -> Ints | None:
    """(R,) the line of each record, if every line has as many fields as the header; None if one has not.

    Delimiters are counted outside quotes, sixteen megabytes at a time; blank lines are no records.
    """
    found: list[Ints] = []
    line, delimiters, inside = dialect.body_line, 0, False
    body = np.frombuffer(data, dtype=np.uint8)[dialect.body :]
    if len(body) and body[-1] != ord("\n"):
        body = np.append(body, np.uint8(ord("\n")))
    for start in range(0, len(body), _BYTES):
        block = body[start : start + _BYTES]
        quoted = _quoted(block, inside=inside) if dialect.quoted else None
        inside = bool(quoted[-1]) if quoted is not None else False
        marks = (block == ord("\n")) | (block == ord(dialect.delimiter))
        places = np.flatnonzero(marks if quoted is None else marks & ~quoted)
        ends = np.flatnonzero(block[places] == ord("\n"))
        if quoted is not None and (block[np.flatnonzero(quoted)] == ord("\n")).any():
            return None  # a cell over several lines
        counts = np.diff(ends, prepend=-1) - 1
        if len(counts):
            counts[0] += delimiters
            delimiters = len(places) - int(ends[-1]) - 1
        else:
            delimiters += len(places)
        at = start + places[ends]
        blank = (at == 0) | (body[at - 1] == ord("\n"))
        if (counts[~blank] != len(dialect.names) - 1).any():
            return None
        numbers = line + np.arange(len(ends))
        found.append(numbers[~blank])
        line += len(ends)
    return None if inside else np.concatenate([*found, np.zeros(0, dtype=np.int64)])


def _quoted(block: NDArray[np.uint8], *, inside: bool) -> NDArray[np.bool_]:
    """Whether each byte stands inside quotes."""
    return np.asarray(np.bitwise_xor.accumulate(block == ord('"')) ^ inside)
