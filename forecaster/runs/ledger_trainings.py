"""What was trained, or tried, and what came of it: the memory of whoever decides about the next training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forecaster.runs.ledger import seal

if TYPE_CHECKING:
    from forecaster.runs.ledger import Ledger


@dataclass(frozen=True)
class Training:
    """One attempt.

    Attributes:
        kind: What was done, such as `train` or `update`.
        outcome: What came of it, such as `published`, `kept the champion` or `failed`.
        version: The version that came of it; None if none did.
        why: The reason, a sentence.
        at: When it ended: UTC, ISO 8601.
    """

    kind: str
    outcome: str
    version: str | None
    why: str
    at: str

    @property
    def moment(self) -> datetime:
        """`at`, as a time."""
        return datetime.fromisoformat(self.at)


def note_training(
    book: Ledger, *, kind: str, outcome: str, version: str | None, why: str, at: datetime | None = None
) -> None:
    """Add an attempt.

    Args:
        book: The run's ledger.
        kind: What was done.
        outcome: What came of it.
        version: The version that came of it, if one did.
        why: The reason.
        at: When, with a zone; by default now.

    Raises:
        ForecasterError: If the ledger cannot be written.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    row = (kind, outcome, version, why, moment)
    with book.changing():
        book.change(
            "INSERT INTO trainings (kind, outcome, version, why, at, seal) VALUES (?, ?, ?, ?, ?, ?)", *row, seal(*row)
        )


def trainings(book: Ledger) -> list[Training]:
    """Every attempt, the last one first.

    Raises:
        RunError: If one is not as it was written.
        ForecasterError: If the ledger cannot be read.
    """
    found = []
    for number, *row, sealed in book.rows(
        "SELECT id, kind, outcome, version, why, at, seal FROM trainings ORDER BY id DESC"
    ):
        if sealed != seal(*row):
            raise book.damaged(f"training {number} is not as it was written")
        found.append(Training(*row))
    return found


def last_training(book: Ledger, *, kind: str | None = None, outcome: str | None = None) -> Training | None:
    """The attempt that was noted last, of a kind and with an outcome where these are given; None if there is none.

    Raises:
        ForecasterError: As `trainings`: a damaged one may be of that kind.
    """
    asked = (one for one in trainings(book) if kind in {None, one.kind} and outcome in {None, one.outcome})
    return next(asked, None)
