"""What a table says, read once more in the plainest way, to find values that were read wrongly without a word.

Only what can be said without the reader's own cleverness is said: cells by `csv`, times by `strptime` under the form
that the reader found, numbers by `float`. Local times with a zone are left out.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.config.data import DataConfig
    from forecaster.series.panel import Panel
    from forecaster.series.tables import Table

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_UNITS = {"s": 1_000_000, "ms": 1000, "us": 1}
_SHORT = 3  # steps that `gaps: auto` fills


def wrong(content: bytes, data: DataConfig, table: Table) -> str | None:
    """What a table that was accepted says otherwise than the panel, in words; None where both agree.

    Args:
        content: The bytes of the file.
        data: How it was read.
        table: What it was read as.
    """
    panel = table.panel
    if data.timezone is not None or data.resample is not None or any(text in panel.clock.form for text in ("%q", "z")):
        return None
    rows = _rows(content, data, table.layout.delimiter)
    if any(len(row) != len(rows[0]) for row in rows):
        return "rows of different lengths were accepted"
    said = _said(rows, data, table)
    if set(said) != set(panel.ids):
        return f"series {sorted(said)} were read as {sorted(panel.ids)}"
    whole = (_differs(panel, series, said[name], data) for series, name in enumerate(panel.ids))
    return next((what for what in whole if what is not None), None)


def _rows(content: bytes, data: DataConfig, delimiter: str) -> list[list[str]]:
    plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    wide = plain.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = plain.decode("utf-16" if wide else "utf-8-sig" if data.encoding == "utf-8" else data.encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(text.split("\n")[data.skip_lines :])
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [row for row in rows if len(row) > 1 or "".join(row).strip()]


def _said(rows: Sequence[Sequence[str]], data: DataConfig, table: Table) -> dict[str, dict[int, list[float]]]:
    """The numbers of each series by their moment: microseconds since 1970, or steps."""
    header = [name.strip() for name in rows[0]]
    targets, form = table.layout.targets, table.panel.clock.form
    said: dict[str, dict[int, list[float]]] = {}
    counted: dict[str, int] = {}
    for record in rows[1:]:
        cells = dict(zip(header, record, strict=True))
        identity = cells[data.id.strip()].strip() if data.id else ""
        moment = counted[identity] = counted.get(identity, -1) + 1
        if data.time is not None:
            moment = _moment(" ".join(cells[name.strip()].strip() for name in data.time), form)
        for target in targets:
            value = _number(cells[target], data)
            name = f"{identity}/{target}" if data.id and len(targets) > 1 else identity if data.id else target
            if not math.isnan(value):
                said.setdefault(name, {}).setdefault(moment, []).append(value)
    return said


def _moment(text: str, form: str) -> int:
    if form == "" or form.startswith("."):
        return int(float(text))
    if form in _UNITS:
        return round(float(text) * _UNITS[form])
    plain = form.replace("%-", "%")
    for digits in "123456789":
        plain = plain.replace(f"%{digits}f", "%f")
    if "%f" in plain:  # strptime knows six digits
        head, _, tail = text.rpartition(".")
        text = f"{head}.{tail[:6]}"
    elapsed = datetime.strptime(text, plain) - _EPOCH  # noqa: DTZ007
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def _number(cell: str, data: DataConfig) -> float:
    text = cell.strip()
    if text in {word.strip() for word in data.missing}:
        return math.nan
    text = text.replace(data.thousands, "") if data.thousands else text
    return float(text.replace(data.decimal, "."))


def _differs(panel: Panel, series: int, said: Mapping[int, Sequence[float]], data: DataConfig) -> str | None:
    """Where a series of the panel says otherwise."""
    name, values = panel.ids[series], panel.series(series)
    first = int(panel.starts[series])
    times = panel.times[first : first + len(values)]
    moments = times.astype("datetime64[us]").astype(np.int64).tolist() if times.dtype.kind == "M" else times.tolist()
    places = {moment: place for place, moment in enumerate(moments)}
    known = np.zeros(len(values), dtype=bool)
    for moment, found in said.items():
        place = places.get(moment)
        if place is None:
            return f"{name} at {moment}: {found} is not in the panel"
        known[place] = True
        if data.duplicates == "error" and len(set(found)) > 1:
            return f"{name} at {moment}: {found} contradict each other"
        if len(set(found)) == 1 and values[place] != found[0] and data.duplicates != "sum":
            return f"{name} at {moment}: {found} was read as {values[place]}"
    return _badly_filled(name, values, known, data)


def _badly_filled(name: str, values: Any, known: Any, data: DataConfig) -> str | None:
    """Where a value that the file does not say is not what its hole should be filled with."""
    if not (known[0] and known[-1]):
        return f"{name} does not begin and end with a number of the file"
    there = np.flatnonzero(known)
    holed = np.flatnonzero(np.diff(there) > 1)
    for before, after in zip(there[holed].tolist(), there[holed + 1].tolist(), strict=True):
        hole = values[before + 1 : after]
        line = np.interp(np.arange(before + 1, after), [before, after], values[[before, after]])
        if data.gaps == "ffill":
            line[:] = values[before]
        elif data.gaps in {"mask", "error"} or (data.gaps == "auto" and len(hole) > _SHORT):
            line[:] = np.nan
        if not np.allclose(hole, line, rtol=1e-9, equal_nan=True):
            return f"{name}: the hole after step {before} was filled with {hole.tolist()}"
    return None
