"""What happened, moment by moment, and what it was before it was revised."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from hashlib import blake2b
from time import sleep
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from forecaster.errors import RunError
    from forecaster.runs.ledger import Ledger
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel

_BLOCK = 2**20  # numbers that are looked at together: a quarter of a second in which nobody else writes
_PAUSE = 0.1  # seconds after which SQLite has asked again for another process that waits
_MARK = 16  # bytes of a checksum
_LONGEST = 2**26  # bytes of a list of names, or of one moment's numbers


@dataclass
class Changed:
    """Moments whose actuals are not what they were: known for more series, or revised. Both rising."""

    extended: list[int] = field(default_factory=list)
    revised: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.extended or self.revised)

    def add(self, later: Changed) -> None:
        """What has changed of later moments, too."""
        self.extended += later.extended
        self.revised += later.revised

    def due(self, first: int, last: int) -> int:
        """What a forecast of the moments from `first` to `last` is due for: 0 nothing, 1 more is known, 2 revised."""
        if _any_within(self.revised, first, last):
            return 2
        return int(_any_within(self.extended, first, last))


def _any_within(moments: list[int], first: int, last: int) -> bool:
    return bisect_left(moments, first) < bisect_right(moments, last)


def note_actuals(
    book: Ledger,
    source: str,
    panel: Panel,
    moments: Ints,
    *,
    since: int,
    seen: str,
    noted: Callable[[Changed], object] = lambda _: None,
) -> Changed:
    """Keep what a table says of every moment since the first one that was forecast.

    A value that is no longer there keeps what was known; one that differs is kept beside what it was. Between some
    moments and the next ones others may write.

    Args:
        book: The run's ledger.
        source: What the table is called.
        panel: The table.
        moments: (K,) its moments, as the clock counts them.
        since: The first moment that counts.
        seen: SHA-256 of the table, or another word for where the values come from.
        noted: Called with what some moments have changed; what it writes is written with them, or not at all.

    Raises:
        ForecasterError: If the ledger cannot be read or written.
    """
    changed = Changed()
    steps = np.flatnonzero(moments >= since)
    size = max(1, _BLOCK // max(1, len(panel)))
    rosters = _Rosters(book)
    with book.changing():
        ours = rosters.number(panel.ids)
    for begin in range(0, len(steps), size):
        block, new = steps[begin : begin + size], Changed()
        with book.changing():
            _note_block(book, rosters, ours, _Block(source, moments[block], _columns(panel, block), seen), new)
            noted(new)
        changed.add(new)
        if new and begin + size < len(steps):
            sleep(_PAUSE)
    return changed


def actuals_of(book: Ledger, source: str, ids: Sequence[str], moments: Ints) -> Floats:
    """(U, S) what happened to the series `ids` of a table at (U,) moments, as it is known now; NaN where it is not.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    rosters, found = _Rosters(book), np.full((len(moments), len(ids)), np.nan)
    for row, moment in enumerate(moments.tolist()):
        for roster, mark, packed in book.rows(
            "SELECT roster, mark, numbers FROM actuals WHERE source = ? AND moment = ? ORDER BY revision DESC LIMIT 1",
            *(source, moment),
        ):
            found[row] = rosters.placed(_numbers(book, mark, packed), roster, ids)
    return found


def revisions(book: Ledger, source: str, moment: int, ids: Sequence[str]) -> Floats:
    """(R, S) everything that was ever taken for what happened at a moment, oldest first.

    Raises:
        ForecasterError: If the ledger cannot be read.
    """
    sql = "SELECT roster, mark, numbers FROM actuals WHERE source = ? AND moment = ? ORDER BY revision"
    kept = book.rows(sql, source, moment)
    rosters = _Rosters(book)
    return np.array([rosters.placed(_numbers(book, mark, packed), roster, ids) for roster, mark, packed in kept])


@dataclass(frozen=True, eq=False)
class _Block:
    """Of which table, (B,) moments, (B, S) what it says of them, and in which state of it."""

    source: str
    moments: Ints
    columns: Floats
    seen: str

    def __iter__(self) -> Iterator[tuple[int, Floats]]:
        return zip(self.moments.tolist(), self.columns, strict=True)


def _note_block(book: Ledger, rosters: _Rosters, ours: int, block: _Block, changed: Changed) -> None:
    known = {
        moment: rest
        for moment, *rest in book.rows(
            "SELECT moment, max(revision), roster, mark FROM actuals "
            "WHERE source = ? AND moment BETWEEN ? AND ? GROUP BY moment",
            *(block.source, int(block.moments[0]), int(block.moments[-1])),
        )
    }
    for moment, values in block:
        mark = _marked(values)
        if moment not in known:
            if not np.isnan(values).all():
                _put(book, (block.source, moment, 0, ours), values, block.seen)
                changed.extended.append(moment)
        elif known[moment][1:] != [ours, mark]:
            known_as = (moment, known[moment][0], known[moment][1])
            _renew(book, rosters, block, known_as, (ours, values), changed)


def _renew(
    book: Ledger,
    rosters: _Rosters,
    block: _Block,
    known: tuple[int, int, int],
    said: tuple[int, Floats],
    changed: Changed,
) -> None:
    """One moment of which the table says something else than the ledger, or says it of other series."""
    (moment, revision, theirs), (ours, values) = known, said
    where = "FROM actuals WHERE source = ? AND moment = ? AND revision = ?"
    key = (block.source, moment, revision)
    ((mark, packed),) = book.rows(f"SELECT mark, numbers {where}", *key)
    ids = rosters.union(theirs, ours)
    old = rosters.placed(_numbers(book, mark, packed), theirs, ids)
    new = rosters.placed(values, ours, ids)
    both = ~np.isnan(old) & ~np.isnan(new)
    merged = np.where(np.isnan(new), old, new)
    if (old[both] != new[both]).any():
        _put(book, (block.source, moment, revision + 1, rosters.number(ids)), merged, block.seen)
        changed.revised.append(moment)
    elif (np.isnan(old) & ~np.isnan(new)).any():
        book.change(f"DELETE {where}", *key)
        _put(book, (*key, rosters.number(ids)), merged, block.seen)
        changed.extended.append(moment)


def _put(book: Ledger, place: tuple[str, int, int, int], values: Floats, seen: str) -> None:
    book.change(
        "INSERT INTO actuals (source, moment, revision, roster, mark, numbers, seen) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(*place, _marked(values), zlib.compress(values.tobytes(), 1), seen),
    )


class _Rosters:
    """Which series the numbers of a moment belong to, in which order."""

    def __init__(self, book: Ledger) -> None:
        self._book = book
        self._ids: dict[int, tuple[str, ...]] = {}
        self._places: dict[int, dict[str, int]] = {}

    def number(self, ids: Sequence[str]) -> int:
        """The number of a list of series, which is kept if it is new."""
        text = json.dumps(list(ids)).encode()
        mark = _digest(text)
        for (number,) in self._book.rows("SELECT id FROM rosters WHERE mark = ?", mark):
            return int(number)
        return self._book.change("INSERT INTO rosters (mark, ids) VALUES (?, ?)", mark, zlib.compress(text, 1))

    def ids(self, number: int) -> tuple[str, ...]:
        """The list of that number."""
        if number not in self._ids:
            for mark, packed in self._book.rows("SELECT mark, ids FROM rosters WHERE id = ?", number):
                self._ids[number] = tuple(json.loads(_unpacked(self._book, mark, packed)))
        if number not in self._ids:
            raise _damaged(self._book)
        return self._ids[number]

    def union(self, first: int, second: int) -> tuple[str, ...]:
        """The series of both, those of the second in front: in nearly every case these alone."""
        return self.ids(second) if first == second else tuple(dict.fromkeys((*self.ids(second), *self.ids(first))))

    def placed(self, values: Floats, number: int, ids: Sequence[str]) -> Floats:
        """(S,) numbers of a list, for the series `ids`; NaN for those that are not in it."""
        if len(values) != len(self.ids(number)):
            raise _damaged(self._book)
        if tuple(ids) == self.ids(number):
            return values
        if number not in self._places:
            self._places[number] = {name: place for place, name in enumerate(self.ids(number))}
        places = np.array([self._places[number].get(name, -1) for name in ids], dtype=np.int64)
        return np.where(places >= 0, values[places], np.nan) if len(values) else np.full(len(ids), np.nan)


def _columns(panel: Panel, steps: Ints) -> Floats:
    """(B, S) the values at some steps of the clock, NaN where a series is not there or a hole of it was filled."""
    inside = (panel.starts <= steps[:, None]) & (steps[:, None] <= panel.last)
    places = np.where(inside, panel.offsets[:-1] + steps[:, None] - panel.starts, 0)
    if panel.behind is not None:
        inside &= panel.behind[places] == 0  # what comes after a hole made the others up: it did not happen
    return np.where(inside, panel.values[places] + 0.0, np.nan)  # + 0.0: no negative zero, which is the same number


def _marked(values: Floats) -> bytes:
    return _digest(values.tobytes())


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_MARK).digest()


def _numbers(book: Ledger, mark: bytes, packed: bytes) -> Floats:
    return np.frombuffer(_unpacked(book, mark, packed), dtype="<f8")


def _unpacked(book: Ledger, mark: bytes, packed: Any) -> bytes:
    try:
        content = zlib.decompressobj().decompress(packed, _LONGEST)
    except (zlib.error, TypeError):
        raise _damaged(book) from None
    if _digest(content) != mark:
        raise _damaged(book)
    return content


def _damaged(book: Ledger) -> RunError:
    return book.damaged("its actuals are not as they were written")
