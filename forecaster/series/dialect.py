"""The shape of a CSV: its delimiter, its header and how many fields each line has."""

from __future__ import annotations

import csv
import difflib
import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import DataError, Remedy, quoted, remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

DELIMITERS = (",", ";", "\t", "|")
_TITLES = 20  # lines among which a header that is asked for is looked for
_SNIFFED = 100  # lines from which the delimiter is read
_LONGEST_LINE = 10_000_000
_DATA = re.compile(r"[-+]?[0-9][0-9.,:/\- T]*Z?|")
_INK = re.compile(rb"[^ \t\n\r\f\v]")
_NAMES = {"\t": "tab", "|": "pipe"}


@dataclass(frozen=True)
class Dialect:
    """How the lines of a file are cut.

    Attributes:
        delimiter: Between fields.
        names: The columns of the header, blanks around them stripped.
        header_line: The header's line in the file, from 1.
        body: Where the data begin in the file's bytes, after the header's line.
        body_line: Their first line in the file, from 1.
        quoted: Whether quotes occur at all.
        head: The first lines after the header.
    """

    delimiter: str
    names: tuple[str, ...]
    header_line: int
    body: int
    body_line: int
    quoted: bool
    head: tuple[str, ...] = ()


def sniff(data: bytes, *, skip: int, file: str) -> Dialect:
    """The dialect of a file.

    Args:
        data: UTF-8 with plain line ends.
        skip: Lines above the header.
        file: The path for messages.

    Raises:
        DataError: If there is nothing to read, or no delimiter fits.
    """
    start = 0
    for _ in range(skip):
        end = data.find(b"\n", start)
        start = len(data) if end < 0 else end + 1
    if _INK.search(data, start) is None:
        raise DataError(f"no lines after data.skip_lines: {skip}", hint="skip fewer lines", file=file)
    head = data[start : start + 1_000_000].decode("utf-8", "ignore")
    lines = _first_lines(head)
    delimiter = _delimiter(lines)
    header = _header(head, delimiter, skip, file)
    names = tuple(name.strip() for name in header.cells)
    ends = start
    for _ in range(header.last_line):
        ends = (data.find(b"\n", ends) + 1) or len(data)
    if _INK.search(data, ends) is None:
        raise DataError("header but no data rows", hint="check the export", file=file, line=skip + header.line)
    below = tuple(head.split("\n")[header.last_line : header.last_line + _TITLES])
    mark = data.find(b'"', start) >= 0
    return Dialect(delimiter, names, skip + header.line, ends, skip + header.last_line + 1, mark, below)


def _header(head: str, delimiter: str, skip: int, file: str) -> Record:
    try:
        for record in records(io.StringIO(head, newline=""), delimiter):
            return record
    except DataError as error:
        raise DataError.of([replace(p, file=file, line=(p.line or 1) + skip) for p in error.problems]) from error
    raise DataError("the header has no names", hint="write a header line with the names of the columns", file=file)


def _first_lines(head: str) -> list[str]:
    lines = [line for line in head.split("\n")[: 2 * _SNIFFED] if line.strip()][: _SNIFFED + 1]
    return lines[:-1] if len(lines) > _SNIFFED else lines


def _fields(line: str, delimiter: str) -> int:
    return len(next(csv.reader([line], delimiter=delimiter), [""]))


def _delimiter(lines: Sequence[str]) -> str:
    """The one delimiter on which all the first lines agree; else the one that cuts most of them alike."""
    if not lines:
        return DELIMITERS[0]
    counts = {d: [_fields(line, d) for line in lines] for d in DELIMITERS}
    agreed = [d for d in DELIMITERS if counts[d][0] > 1 and len(set(counts[d])) == 1]
    if agreed:
        return max(agreed, key=lambda d: counts[d][0])
    likely = {d: max(set(counts[d]), key=counts[d].count) for d in DELIMITERS}
    agreeing = {d: (likely[d] > 1) * counts[d].count(likely[d]) for d in DELIMITERS}
    return max(DELIMITERS, key=lambda d: agreeing[d] + (counts[d][0] > 1) * len(lines))


class Record(NamedTuple):
    """One record of the file: its cells, and the lines on which it begins and ends, from 1."""

    cells: list[str]
    line: int
    last_line: int


def records(stream: Iterable[str], delimiter: str, *, above: int = 0) -> Iterator[Record]:
    """The records of a text, blank lines left out.

    Args:
        stream: Its lines.
        delimiter: Between fields.
        above: Lines of the file before the text.

    Raises:
        DataError: If a quote is never closed, or closed in the middle of a cell; without a file.
    """
    csv.field_size_limit(_LONGEST_LINE)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    before = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _misquoted(str(error), above + before + 1) from error
        if cells is None:
            return
        if cells and (len(cells) > 1 or cells[0].strip()):
            yield Record(cells, above + before + 1, above + reader.line_num)
        before = reader.line_num


def _misquoted(reason: str, line: int) -> DataError:
    if "end of data" in reason or "limit" in reason:
        return DataError(
            "a quote opens here and is never closed", hint="close it, or double a quote that is text", line=line
        )
    return DataError(
        "a quote opens here and is closed in the middle of a cell",
        hint="close it before the delimiter, or double a quote that is text",
        line=line,
    )


def looks_like_data(names: Sequence[str]) -> bool:
    """Whether a header is none: every one of its cells is a number, a date or empty."""
    return all(_DATA.fullmatch(name) for name in names) and any(name for name in names)


def column_index(dialect: Dialect, wanted: str, key: str, file: str) -> int:
    """Where a column stands.

    Raises:
        DataError: If it is missing or stands there twice, or if the file has no header.
    """
    names = dialect.names
    found = [index for index, name in enumerate(names) if name == wanted.strip()]
    if len(found) > 1:
        places = " and ".join(_ordinal(index + 1) for index in found[:2])
        raise DataError(
            f"column {quoted(wanted)} appears {'twice' if len(found) == 2 else f'{len(found)} times'} ({places})",  # noqa: PLR2004
            hint="give each column a name of its own",
            file=file,
            line=dialect.header_line,
        )
    if found:
        return found[0]
    if looks_like_data(names):
        shown = dialect.delimiter.join(names)
        raise DataError(
            f"the first line looks like data: {quoted(shown)}",
            hint="write a header line with the names of the columns above it",
            file=file,
            line=dialect.header_line,
        )
    asked = wanted.strip()
    hint, mends = (
        _below(dialect, asked, str)
        or _proposal(names, asked, key)
        or _below(dialect, asked, str.casefold)
        or _any_of(key)
    )
    raise DataError(
        f"no column {quoted(wanted)}; the columns are {listed(names)}",
        hint=hint,
        file=file,
        line=dialect.header_line,
        subject=key,
        remedies=mends,
    )


def _any_of(key: str) -> tuple[str, tuple[Remedy, ...]]:
    return f"set {key} to one of them", ()


def _proposal(names: Sequence[str], wanted: str, key: str) -> tuple[str, tuple[Remedy, ...]] | None:
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(wanted.casefold(), list(folded), n=1)
    if not near:
        return None
    meant = folded[near[0]]
    single = key in {"data.target", "data.time", "data.id"}  # of a list of columns nobody knows which entry it is
    return f"did you mean {quoted(meant)}?", (remedy(key, meant, "that one is meant"),) if single else ()


def _below(dialect: Dialect, wanted: str, fold: Callable[[str], str]) -> tuple[str, tuple[Remedy, ...]] | None:
    for offset, line in enumerate(dialect.head, start=1):
        if any(fold(wanted) in (fold(cell.strip(' "')) for cell in line.split(mark)) for mark in DELIMITERS):
            at = dialect.header_line + offset
            return f"it stands on line {at}: set data.skip_lines: {at - 1}", (remedy("data.skip_lines", at - 1),)
    return None


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names for a message, the first ones and a count."""
    shown = ", ".join(quoted(name, longest=40) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def delimiter_name(delimiter: str) -> str:
    """A delimiter as a message names it."""
    return _NAMES.get(delimiter, quoted(delimiter))


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")  # noqa: PLR2004
    return f"{number}{ending}"


def ragged(cells: Sequence[str], dialect: Dialect, *, line: int, is_last: bool, cut_off: bool) -> DataError:
    """The error of a record whose fields do not match the header.

    Args:
        cells: What it holds.
        dialect: The file's.
        line: Where it begins.
        is_last: Whether it is the file's last record.
        cut_off: Whether the file ends without a line end.
    """
    have, want = len(cells), len(dialect.names)
    fields = (
        f"{have} field{'s' if have != 1 else ''}, header has {want} (delimiter {delimiter_name(dialect.delimiter)})"
    )
    if is_last and cut_off and have < want:
        hint = "the file may still be being written: have the exporter write to a temporary name and rename it"
    elif line <= dialect.body_line + 1 and want == 1 < have:
        hint = "if title lines stand above the header, set data.skip_lines"
    elif have > want and dialect.delimiter == ",":
        hint = "a decimal comma or an unquoted comma? export with semicolons and set data.decimal, or quote the cell"
    elif have < want:
        hint = "complete the row, or export the file again: a write may have been cut off"
    else:
        hint = "remove the fields that are too many"
    return DataError(fields, hint=hint, line=line)
