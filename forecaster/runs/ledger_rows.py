"""An entry of the ledger: what it says, as its columns have it, and its checksum."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from forecaster.runs.ledger import seal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the ledger knows of a forecast.

    Attributes:
        source: What the table is called: one run may serve several.
        cutoff: The last moment that was seen, as the user's file writes it.
        moment: The same as the clock counts it: microseconds or steps.
        first: The earliest moment that was forecast.
        last: The latest one.
        horizon: Steps.
        series: How many series.
        version: What made it.
        input: SHA-256 of the table.
        words: Every status in it, and `hindsight` where `hindsight` is true.
        hindsight: Whether the deployed network has learned from rows after the cutoff.
        file: The kept forecast, in the run's folder `forecasts`.
        sha256: Of the kept forecast.
        place: The user's file; None for stdout.
        place_sha256: Of the user's file, or of what went to stdout.
    """

    source: str
    cutoff: str
    moment: int
    first: int
    last: int
    horizon: int
    series: int
    version: str
    input: str
    words: tuple[str, ...]
    hindsight: bool
    file: str
    sha256: str
    place: str | None
    place_sha256: str


@dataclass(frozen=True)
class Recorded:
    """An entry as it stands in the ledger.

    Attributes:
        id: Rising in the order in which forecasts were begun.
        entry: What was forecast.
        made: When it was begun: UTC, ISO 8601.
        pid: By which process.
        repeats: How often the same was forecast once more.
        due: 0 if its score is up to date, 1 if more is known of what happened, 2 if that was revised.
        state: `pending`, `published` or `lost`.
    """

    id: int
    entry: Entry
    made: str
    pid: int
    repeats: int
    due: int
    state: str


NAMES = [field.name for field in fields(Entry)]
_SEALED = [name for name in NAMES if not name.startswith("place")]  # the same night once more may go elsewhere


def written(entry: Entry) -> dict[str, Any]:
    """An entry as its columns have it, by their names."""
    record = {**asdict(entry), "words": ", ".join(entry.words), "place": place_bytes(entry.place)}
    return {**record, "hindsight": int(entry.hindsight)}


def sealed(record: Mapping[str, object], turn: object) -> bytes:
    """The checksum of an entry: over what is read of it, and over the counter that says which was published last.

    Args:
        record: As `written` made it.
        turn: The counter.
    """
    return seal(*(record[name] for name in _SEALED), turn)


def place_bytes(place: str | None) -> bytes | None:
    """A path as the system has it: it need not be text."""
    return None if place is None else os.fsencode(place)
