"""Tables and configs that are fine, and ways to break them: byte by byte, cell by cell, line by line."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SMALL = """\
name: small
data: {path: small.csv, time: date, target: price}
window: {lookback: 10, horizon: 3}
model: {layers: [{gru: {units: 4}}]}
training: {steps: 40}
"""


@dataclass(frozen=True)
class Seed:
    """A file that is fine, and the `data` of the config that reads it."""

    name: str
    content: bytes
    options: dict[str, Any] = field(default_factory=dict)


def _lines(header: str, rows: list[str], end: str = "\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def _days(count: int, start: str = "2024-01-01", unit: str = "D") -> list[str]:
    return [str(np.datetime64(start, unit) + step) for step in range(count)]


@cache
def tables() -> tuple[Seed, ...]:
    """Tables of some forty rows, one for each way of writing them."""
    days = _days(40)
    work = [day for day in _days(60) if np.is_busday(day)]
    hours = [hour.replace("T", " ") + ":00" for hour in _days(60, "2024-03-30T00", "h")]
    values = [f"{100 + 7 * np.sin(n / 3):.2f}" for n in range(60)]
    comma = [value.replace(".", ",") for value in values]
    european = [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in days]
    american = [f"{day[5:7]}/{day[8:]}/{day[:4]}" for day in days]
    panel = [f"{day},{name},{value}" for name in ("a", "b", "c") for day, value in zip(days[:20], values, strict=False)]
    beside = [f"{day},{value},{n % 7},{'xyz'[n % 3]}" for n, (day, value) in enumerate(zip(days, values, strict=False))]
    one = {"time": ("date",), "target": ("y",)}
    return (
        Seed("days", _lines("date,y", [f"{d},{v}" for d, v in zip(days, values, strict=False)]), one),
        Seed("business days", _lines("date,y", [f"{d},{v}" for d, v in zip(work, values, strict=False)]), one),
        Seed("hours", _lines("date,y", [f"{d},{v}" for d, v in zip(hours, values, strict=True)]), one),
        Seed("months", _lines("date,y", [f"{m},{v}" for m, v in zip(_days(40, "2020-01", "M"), values, strict=False)]),
             one),
        Seed("semicolons", _lines("date;y", [f"{d};{v}" for d, v in zip(european, comma, strict=False)], "\r\n"),
             one | {"decimal": ","}),
        Seed("american", _lines("date\ty", [f"{d}\t{v}" for d, v in zip(american, values, strict=False)]), one),
        Seed("panel", _lines("date,id,y", panel), one | {"id": "id"}),
        Seed("covariates", _lines("date,y,x,kind", beside), one | {"known": ("x",), "past": ("kind",)}),
        Seed("quoted", _lines('"date","y"', [f'"{d}","{v}"' for d, v in zip(days, values, strict=False)]), one),
        Seed("steps", _lines("t,y", [f"{n},{v}" for n, v in enumerate(values)]), {"time": ("t",), "target": ("y",)}),
        Seed("rows", _lines("y,z", [f"{v},{n}" for n, v in enumerate(values)]), {"target": ("*",)}),
        Seed("parts", _lines("year,month,day,y", [f"{d.replace('-', ',')},{v}"
                                                 for d, v in zip(days, values, strict=False)]),
             {"time": ("year", "month", "day"), "target": ("y",)}),
        Seed("epoch", _lines("date,y", [f"{1_700_000_000 + 3600 * n},{v}" for n, v in enumerate(values)]),
             one | {"time_unit": "s"}),
        Seed("thousands", _lines("date;y", [f"{d};1,{n:03}.5" for n, d in enumerate(days)]), one | {"thousands": ","}),
        Seed("merged", _lines("date,y", [f"{d},{v}" for d, v in zip(days, values, strict=False)]),
             one | {"duplicates": "mean", "gaps": "mask"}),
        Seed("one column", _lines("y", values), {"target": ("y",)}),
    )  # fmt: skip


@cache
def configs() -> tuple[Seed, ...]:
    """The configs of this project, and a small one with its table."""
    files = sorted((ROOT / "configs").glob("*.yaml"))
    return (Seed("small", SMALL.encode()), *(Seed(file.stem, file.read_bytes()) for file in files))


NUMBERS = (
    "", "NaN", "nan", "inf", "-inf", "1e400", "1e308", "1e-400", "-0", "1,5", "1.5.5", "1_000", "0x1f",
    "1e5", "--1", "+1", "1 000", "1\u00a0000", "\u22121", "\u0661", "12%", "€5", "1/2", "=1+1", "9" * 400,
    "1" * 20, ".", "-", "1e", "5.", "TRUE", "null", "N/A", "#DIV/0!", "1.7976931348623157e308", "3.5e38",
    "-999",
)  # fmt: skip
DATES = (
    "", "2024-02-30", "0000-00-00", "9999-12-31", "1000-01-01", "2024-13-01", "01/02/2024", "1/2/24",
    "2024-01-01T25:00", "2024-01-01 00:00:00.123456789", "2024-01-01T00:00+01:00", "2024-01-01T00:00Z",
    "1700000000", "20240101", "2024-W01", "2024Q1", "Jan 5, 2024", "NaT", "now", "-1", "1e9",
    "2024-01-01\n", "\uff12\uff10\uff12\uff14-01-01",
)  # fmt: skip
WORDS = (
    "", " ", '"', '""', '"a', "a\nb", "../x", "=cmd()", "\ufeff", "é", "x" * 5000, "null", "1", "*", "\t",
    "a,b", "a;b", "'", "\\", "%s", "{}", "\u202e", "\U0001f600",
)  # fmt: skip
SCALARS = (
    "", "null", "true", "no", "0", "-1", "1e9", "1e999", ".nan", "012", "0x10", "1_000", "12:30:45",
    "2024-01-02", "[]", "{}", "[1, 2", "{a: b", '"x', "*a", "&a x", "!!python/object:os.system x", "<<",
    "| text", "~", "@", "%", "a: b: c", "9" * 400, "7d", "1b", "36h", "auto", "none", "x" * 5000, "é",
    "\u2028", "1e-3", "0.5", "64", "1000000",
)  # fmt: skip
KEYS = (
    "lookback", "horizon", "data", "model", "layers", "lstm", "units", "path", "name", "training",
    "__class__", "", "version", "seed", "attention", "decoder", "known", "id", "target", "segment",
    "scale", "skip",
)  # fmt: skip


def broken(random: np.random.Generator, seed: Seed, *, table: bool) -> bytes:
    """A seed after one to four mutations."""
    ways = CSV_WAYS if table else YAML_WAYS
    content = seed.content
    for _ in range(int(_pick(random, (1, 1, 1, 1, 2, 2, 3, 4)))):
        way = ways[int(random.integers(len(ways)))]
        content = way(random, content)
    return content


def _pick(random: np.random.Generator, choices: Any) -> Any:
    return choices[int(random.integers(len(choices)))]


def _place(random: np.random.Generator, content: bytes) -> int:
    return int(random.integers(len(content) + 1))


def flip(random: np.random.Generator, content: bytes) -> bytes:
    """One bit."""
    if not content:
        return content
    place = int(random.integers(len(content)))
    return content[:place] + bytes([content[place] ^ (1 << int(random.integers(8)))]) + content[place + 1 :]


def insert(random: np.random.Generator, content: bytes) -> bytes:
    """Some bytes that mean something somewhere."""
    odd = (
        b"\0",
        b'"',
        b"\n",
        b"\r",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b",",
        b";",
        b"\t",
        b"[" * 50,
        b"\xed\xa0\x80",
        b"#",
        b": ",
    )
    place = _place(random, content)
    return content[:place] + _pick(random, odd) + content[place:]


def cut(random: np.random.Generator, content: bytes) -> bytes:
    """What comes after some place is lost."""
    return content[: _place(random, content)]


def drop(random: np.random.Generator, content: bytes) -> bytes:
    """Some bytes in the middle are lost."""
    place = _place(random, content)
    return content[:place] + content[place + int(random.integers(1, 30)) :]


def lines(random: np.random.Generator, content: bytes) -> bytes:
    """Lines in another order, twice, or gone."""
    rows = content.split(b"\n")
    places = random.integers(len(rows), size=3)
    kind = int(random.integers(6))
    if kind == 0:
        del rows[places[0]]
    elif kind == 1:
        rows.insert(int(places[0]), rows[places[1]])
    elif kind == 2:  # noqa: PLR2004
        rows[places[0]], rows[places[1]] = rows[places[1]], rows[places[0]]
    elif kind == 3:  # noqa: PLR2004
        rows = [rows[0], *rows[:0:-1]]
    elif kind == 4:  # noqa: PLR2004
        head, body = rows[0], rows[1:]
        rows = [head, *(body[place] for place in random.permutation(len(body)))]
    else:
        rows[places[0] : places[0]] = [b""] * int(random.integers(1, 4))
    return b"\n".join(rows)


def _delimiter(row: bytes) -> bytes:
    return max((b",", b";", b"\t"), key=row.count)


def cells(random: np.random.Generator, content: bytes) -> bytes:
    """A cell that is another, gone, or there twice."""
    rows = content.split(b"\n")
    row = int(random.integers(len(rows)))
    mark = _delimiter(rows[row])
    parts = rows[row].split(mark)
    place, other = (int(one) for one in random.integers(len(parts), size=2))
    kind = int(random.integers(6))
    if kind <= 2:  # noqa: PLR2004
        parts[place] = str(_pick(random, (NUMBERS, DATES, WORDS)[kind])).encode()
    elif kind == 3:  # noqa: PLR2004
        del parts[place]
    elif kind == 4:  # noqa: PLR2004
        parts.insert(other, parts[place])
    else:
        parts[place], parts[other] = parts[other], parts[place]
    rows[row] = mark.join(parts)
    return b"\n".join(rows)


def columns(random: np.random.Generator, content: bytes) -> bytes:
    """The same cell in many rows: a column emptied, or made a word."""
    rows = content.split(b"\n")
    mark = _delimiter(rows[0])
    place = int(random.integers(rows[0].count(mark) + 1))
    text = str(_pick(random, (*NUMBERS[:12], *DATES[:8], *WORDS[:8]))).encode()
    first = int(random.integers(1, len(rows) + 1))
    for row in range(first, min(len(rows), first + int(random.integers(1, 50)))):
        parts = rows[row].split(mark)
        if place < len(parts) > 1:
            parts[place] = text
            rows[row] = mark.join(parts)
    return b"\n".join(rows)


def dialect(random: np.random.Generator, content: bytes) -> bytes:
    """Another delimiter, other line ends, another encoding, packed, or with lines above."""
    kind = int(random.integers(8))
    text = content.decode("utf-8", "surrogateescape")
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: content.replace(_delimiter(content), bytes(_pick(random, (b",", b";", b"\t", b"|", b" ")))),
        lambda: content.replace(b"\n", bytes(_pick(random, (b"\r\n", b"\r", b"\n\n")))),
        lambda: text.encode("utf-16", "surrogatepass"),
        lambda: text.encode("utf-16-le", "surrogatepass"),
        lambda: b"\xef\xbb\xbf" + content,
        lambda: gzip.compress(content, mtime=0),
        lambda: b"Prices of 2024\n" * int(random.integers(1, 3)) + content,
        lambda: content + b"Total,5000\n",
    )
    return ways[kind]()


def grow(random: np.random.Generator, content: bytes) -> bytes:
    """Far more of something: rows, one long line, one long cell, columns."""
    kind = int(random.integers(4))
    head, _, body = content.partition(b"\n")
    if kind == 0:
        return content + body * min(int(random.integers(2, 40)), MOST // max(1, len(body)))
    if kind == 1:
        return content + b"x" * int(random.integers(1, 200_000))
    if kind == 2:  # noqa: PLR2004
        return content + b"9" * int(random.integers(1, 20_000)) + b"\n"
    return head + b",c" * int(random.integers(1, 2000)) + b"\n" + body


def scalars(random: np.random.Generator, content: bytes) -> bytes:
    """Another value behind a colon."""
    parts = content.split(b":")
    place = int(random.integers(len(parts)))
    head = parts[place]
    end = min((at for at in (head.find(mark) for mark in (b",", b"}", b"\n", b"]")) if at >= 0), default=len(head))
    parts[place] = b" " + str(_pick(random, SCALARS)).encode() + head[end:]
    return b":".join(parts)


def keys(random: np.random.Generator, content: bytes) -> bytes:
    """Another key in front of a colon."""
    parts = content.split(b":")
    place = int(random.integers(len(parts)))
    head = parts[place].rstrip(b"abcdefghijklmnopqrstuvwxyz_")
    parts[place] = head + str(_pick(random, KEYS)).encode()
    return b":".join(parts)


def indent(random: np.random.Generator, content: bytes) -> bytes:
    """A line further in or out, or behind a tab."""
    rows = content.split(b"\n")
    place = int(random.integers(len(rows)))
    rows[place] = bytes(_pick(random, (b" ", b"  ", b"\t", b"- ", b""))) + rows[place].lstrip(b" ")
    return b"\n".join(rows)


def nest(random: np.random.Generator, content: bytes) -> bytes:
    """Brackets in brackets, anchors and documents."""
    odd = (b"[" * 2000, b"{a: " * 500, b"a: &a [*a]\n", b"---\n", b"x: " + b"[[" * 30 + b"]]" * 30 + b"\n", b"- " * 300,
           b"b: &b [x, x]\nc: [*b, *b]\n", b"# " + b"x" * 70_000 + b"\n", b"? [a]\n: b\n", b"<<: *a\n")  # fmt: skip
    place = _place(random, content)
    return content[:place] + bytes(_pick(random, odd)) + content[place:]


MOST = 2**20  # bytes that rows are repeated to: a large file may take its time
ANY = (flip, insert, cut, drop, lines)
CSV_WAYS = (*ANY, cells, cells, cells, columns, dialect, grow)
YAML_WAYS = (*ANY, scalars, scalars, scalars, keys, indent, nest)
