"""What surrounds a training: where runs lie, how long it may take, who watches, and where it is noted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from forecaster.workflows.journal import Journal
from forecaster.workflows.watching import Watch, unwatched

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Session:
    """The circumstances of one command.

    Attributes:
        runs: The folder of all runs.
        deadline: The `time.monotonic()` after which training ends.
        wait: Seconds to wait for another process at work on the run.
        watch: Called after every epoch.
        journal: Filled in on the way.
    """

    runs: Path
    deadline: float | None = None
    wait: float = 0.0
    watch: Watch = unwatched
    journal: Journal = field(default_factory=Journal)

    @classmethod
    def limited(cls, runs: Path, *, seconds: float | None, wait: float, watch: Watch, journal: Journal) -> Self:
        """A session in which training may take so many seconds from now."""
        return cls(runs, None if seconds is None else time.monotonic() + seconds, wait, watch, journal)
